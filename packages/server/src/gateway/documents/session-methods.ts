/** What the WebSocket API's methods about the connection itself take and answer. */
import type { TSchema } from "#typebox";
import { OwnMethod } from "../websocket/own-methods.js";
import { count, listOf, ms, Nothing, object, optional, orNull, text, yesNo } from "./terms.js";

const SessionStatus = object(
  {
    apiKey: orNull(text("Whose session it is; null before session.logon.")),
    authorizedSince: orNull(ms()),
    connectedSince: ms(),
    returnRateLimits: yesNo(),
    serverTime: ms(),
    userDataStream: yesNo("The session's account sends its events here."),
    cancelOnDisconnect: yesNo(
      "All open orders of the session's account are canceled when the connection ends.",
    ),
  },
  { title: "SessionStatus" },
);
const Subscription = object({ subscriptionId: count() }, { title: "Subscription" });

export interface SessionMethodNote {
  readonly summary: string;
  /** It carries apiKey, timestamp and signature itself. */
  readonly isSigned: boolean;
  readonly parameters: TSchema;
  readonly response: TSchema;
}

const none = object({});

/** In the order in which they can be played. */
export const SESSION_METHODS: Readonly<Record<OwnMethod, SessionMethodNote>> = {
  [OwnMethod.LOGON]: {
    summary:
      "Logs the connection on: requests after it need no key and no signature. With cancelOnDisconnect all open orders of the account are canceled when the connection ends.",
    isSigned: true,
    parameters: object({ cancelOnDisconnect: optional(yesNo()) }),
    response: SessionStatus,
  },
  [OwnMethod.STATUS]: {
    summary: "Who is logged on.",
    isSigned: false,
    parameters: none,
    response: SessionStatus,
  },
  [OwnMethod.SUBSCRIBE]: {
    summary: "Sends the events of the session's account.",
    isSigned: false,
    parameters: none,
    response: Subscription,
  },
  [OwnMethod.SUBSCRIPTIONS]: {
    summary: "The event subscriptions of this connection.",
    isSigned: false,
    parameters: none,
    response: listOf(Subscription),
  },
  [OwnMethod.UNSUBSCRIBE]: {
    summary: "Ends one event subscription, or all.",
    isSigned: false,
    parameters: object({ subscriptionId: optional(count()) }),
    response: Nothing,
  },
  [OwnMethod.LOGOUT]: {
    summary: "Ends the session; the connection stays.",
    isSigned: false,
    parameters: none,
    response: SessionStatus,
  },
  [OwnMethod.SUBSCRIBE_SIGNED]: {
    summary: "Sends the events of the account whose key signs this request, without a session.",
    isSigned: true,
    parameters: none,
    response: Subscription,
  },
};

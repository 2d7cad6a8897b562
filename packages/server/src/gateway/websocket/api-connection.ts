/** A connection to `/ws-api/v3`: requests as JSON messages, sessions, and the account's own events. */
import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import type { RequestTracer, TraceSpan } from "../../platform/tracing/request-tracer.js";
import { Caller, type Endpoint, type GatewayContext, NOBODY, Security, toMs } from "../endpoint.js";
import { type ApiError, refusal } from "../errors.js";
import { asApiError } from "../failure.js";
import { JsonFault, jsonFault } from "../json-shape.js";
import { addParameter, type RawParameters } from "../parameters.js";
import { METHODS } from "../routes.js";
import {
  checkScope,
  checkSignedParameters,
  credentialOf,
  mayBeUsed,
  namesUnlimited,
  takeDeadline,
} from "../session/authentication.js";
import { type Credential, KeyRateLimits, type KeyStore } from "../session/key-store.js";
import { RateRefusal } from "../session/rate-refusal.js";
import { answeredSpan, followMethod, scopeOf } from "../tracing/follow.js";
import type { UserFeed } from "../user-feed.js";
import type { ApiRequestMeters } from "./api-request-meters.js";
import { type ClientSocket, CloseReason } from "./client-socket.js";
import { isOwnMethod, OwnMethod } from "./own-methods.js";
import { streamTerminatedJson } from "./user-events.js";

/** Requests of one connection that may wait for their answers. */
const PENDING_MAX = 1024;
const SUBSCRIPTIONS_MAX = 16;
const NESTED_DEPTH_MAX = 8;
/** Weight of a request about the connection itself. */
const OWN_METHOD_WEIGHT = 1;

export interface ApiParts {
  readonly context: GatewayContext;
  readonly keys: KeyStore;
  readonly userFeed: UserFeed;
  readonly logger: Logger;
  readonly tracer?: RequestTracer | undefined;
}

interface Session {
  credential: Credential;
  readonly sinceUs: number;
  /** All open orders of the account are canceled when the connection is gone. */
  readonly cancelsOnDisconnect: boolean;
}

interface Subscription {
  credential: Credential;
  /** Made by the session's key, so ended with the session. */
  readonly ofSession: boolean;
  stop: () => void;
}

interface Request {
  readonly id: string | number | null;
  readonly method: string;
  readonly raw: RawParameters;
  readonly showsLimits: boolean;
}

export class ApiConnection {
  readonly #parts: ApiParts;
  readonly #socket: ClientSocket;
  readonly #showsLimits: boolean;
  /** The key that was named when the connection was opened. */
  readonly #openedBy: string | undefined;
  #session: Session | undefined;
  readonly #subscriptions = new Map<number, Subscription>();
  #nextSubscription = 0;
  #pending = 0;
  readonly #requests: ApiRequestMeters;

  constructor(
    parts: ApiParts,
    socket: ClientSocket,
    {
      showsLimits,
      openedBy,
      requests,
    }: {
      readonly showsLimits: boolean;
      readonly openedBy: string | undefined;
      readonly requests: ApiRequestMeters;
    },
  ) {
    this.#requests = requests;
    this.#parts = parts;
    this.#socket = socket;
    this.#showsLimits = showsLimits;
    this.#openedBy = openedBy;
  }

  get isLoggedOn(): boolean {
    return this.#session !== undefined;
  }

  /** Subscriptions to accounts' own events. */
  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  /** Whether the connection is of a key for which no rate limits hold. */
  get isUnlimited(): boolean {
    return (
      this.#session?.credential.rateLimits === KeyRateLimits.NONE ||
      (this.#openedBy !== undefined && this.#names(this.#openedBy))
    );
  }

  onMessage(text: string): void {
    let id: Request["id"] = null;
    let showsLimits = this.#showsLimits;
    let account = -1;
    const startedMs = performance.now();
    let meter = this.#requests.unknown;
    let span: TraceSpan | undefined;
    const answered = (status: number, code?: number): void => {
      meter.answered(status, (performance.now() - startedMs) / 1000);
      if (span !== undefined) answeredSpan(span, status, code, this.#parts.context.clock);
    };
    const fail = (error: unknown): void => {
      const refused = asApiError(error, this.#parts.logger);
      this.#refuse(id, refused, showsLimits, account);
      answered(refused.entry.status, refused.entry.code);
    };
    const answer = (json: string): void => {
      this.#answer(id, json, showsLimits, account);
      answered(200);
    };
    // One for all kinds: how many are in flight is told together.
    meter.began();
    const { limiter } = this.#parts.context;
    const { source } = this.#socket;
    let isCounted = false;
    try {
      const message = parseMessage(text);
      id = requestId(message.id);
      const request = readRequest(id, message, this.#showsLimits);
      showsLimits = request.showsLimits;
      meter = this.#requests.of(request.method);
      const isUnlimited = this.isUnlimited || this.#names(request.raw.get("apiKey"));
      if (!isUnlimited) limiter.admit(source);
      if (this.#pending >= PENDING_MAX) throw refusal("OVERLOADED");
      const own = this.#ownMethod(request);
      if (own !== undefined) {
        isCounted = true;
        if (!isUnlimited) limiter.take(source, OWN_METHOD_WEIGHT);
        this.#answerWith(own, answer, fail);
        return;
      }
      const endpoint = METHODS.get(request.method);
      if (endpoint === undefined) throw refusal("UNSUPPORTED");
      const { context, tracer } = this.#parts;
      span = tracer && followMethod(tracer, request.method, context.clock);
      const { caller, alreadyRead } = this.#authenticate(endpoint, request.raw);
      account = endpoint.security === Security.TRADE ? caller.account : -1;
      isCounted = true;
      if (!isUnlimited) limiter.take(source, endpoint.weight(request.raw));
      const result = endpoint.call(scopeOf(context, span), request.raw, alreadyRead, caller);
      this.#answerWith(result, answer, fail);
    } catch (error) {
      fail(error);
      if (error instanceof RateRefusal) limiter.struck(source, error);
      // Before its weight is known it counts as one, also when it only names a key without limits and can't sign.
      else if (!isCounted) limiter.note(source, 1);
    }
  }

  #names(apiKey: string | undefined): boolean {
    const { keys, context } = this.#parts;
    return namesUnlimited(keys, apiKey, this.#socket.address, context.clock);
  }

  #answerWith(
    result: string | Promise<string>,
    answer: (json: string) => void,
    fail: (error: unknown) => void,
  ): void {
    if (typeof result === "string") {
      answer(result);
      return;
    }
    this.#pending++;
    result.then(answer, fail).finally(() => this.#pending--);
  }

  /** Takes what has become of a key: ends what it opened when it is no more, or may no longer do it. */
  onKeyChange(apiKey: string): void {
    const { keys } = this.#parts;
    const now = keys.find(apiKey);
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.credential.apiKey === apiKey && now !== undefined) subscription.credential = now;
    }
    if (this.#session?.credential.apiKey === apiKey && now !== undefined) this.#session.credential = now;
    this.#endOf(({ credential }) => credential.apiKey === apiKey && now === undefined, CloseReason.REVOKED);
    this.#endOf(({ credential }) => credential.apiKey === apiKey && !credential.canRead, undefined);
    this.endUnusable();
  }

  /** Ends what keys opened that have expired, or may no longer be used from here. */
  endUnusable(): void {
    const { clock } = this.#parts.context;
    const { address } = this.#socket;
    this.#endOf(({ credential }) => !mayBeUsed(credential, address, clock), CloseReason.ENDED);
  }

  /** Ends what the keys of some holders opened; the session too when there is a reason to tell. */
  #endOf(ends: (holder: { readonly credential: Credential }) => boolean, reason?: CloseReason): void {
    for (const [id, subscription] of this.#subscriptions) {
      if (ends(subscription)) this.#terminate(id, subscription);
    }
    if (reason === undefined || this.#session === undefined || !ends(this.#session)) return;
    // Nothing more is read from it. What is to be done when it is gone still has to be: the session stays until then.
    this.#socket.close(reason);
  }

  /** Ends all event streams, after events were missed: the client starts over from what is. */
  terminateStreams(): void {
    for (const [id, subscription] of this.#subscriptions) this.#terminate(id, subscription);
  }

  onShutdown(): void {
    this.#socket.send(`{"event":{"e":"serverShutdown","E":${toMs(this.#parts.context.clock.nowUs())}}}`);
  }

  onClose(): void {
    if (this.#session?.cancelsOnDisconnect === true) this.#cancelEverything(this.#session.credential.account);
    for (const subscription of this.#subscriptions.values()) subscription.stop();
    this.#subscriptions.clear();
  }

  /** The client is gone, and has asked for this: nobody hears the answer, and who has no open order loses nothing. */
  #cancelEverything(account: number): void {
    const { context, logger } = this.#parts;
    context.engine.submit({ kind: "CANCEL_ALL", account, market: -1, side: -1 }).catch((error: unknown) => {
      logger.error(
        { account, error: String(error) },
        "the open orders of a client that has gone, and asked for their cancellation, may not be canceled; " +
          "cancel them by hand, or let such clients use countdownCancelAll too",
      );
    });
  }

  #authenticate(endpoint: Endpoint, raw: RawParameters): { caller: Caller; alreadyRead: number } {
    switch (endpoint.security) {
      case Security.NONE:
        // Clients send their key with public requests too.
        return { caller: NOBODY, alreadyRead: raw.delete("apiKey") ? 1 : 0 };
      case Security.KEY:
        this.#credential(raw.get("apiKey") ?? this.#session?.credential.apiKey);
        return { caller: NOBODY, alreadyRead: raw.delete("apiKey") ? 1 : 0 };
      case Security.READ:
      case Security.TRADE: {
        const sent = raw.size;
        const { credential, signature } = this.#signer(raw);
        checkScope(endpoint.security, credential);
        const deadlineUs = takeDeadline(raw, this.#parts.context.clock);
        return {
          caller: new Caller(credential.account, deadlineUs, signature, credential),
          alreadyRead: sent - raw.size,
        };
      }
    }
  }

  #credential(apiKey: string | undefined): Credential {
    const { keys, context } = this.#parts;
    return credentialOf(keys, apiKey, this.#socket.address, context.clock);
  }

  /** Who signed a request: itself, or the session it comes on. Takes `apiKey` and `signature` out. */
  #signer(raw: RawParameters): { credential: Credential; signature: string } {
    if (!raw.has("signature") && !raw.has("apiKey") && this.#session !== undefined) {
      // Messages of a session can't be replayed from outside, so any id of their own will do.
      const { credential } = this.#session;
      if (!mayBeUsed(credential, this.#socket.address, this.#parts.context.clock)) {
        throw refusal("REJECTED_API_KEY");
      }
      return { credential, signature: randomUUID() };
    }
    const apiKey = raw.get("apiKey");
    if (apiKey === undefined) throw refusal("MANDATORY_PARAMETER", "apiKey");
    const credential = this.#credential(apiKey);
    const signature = checkSignedParameters(credential, raw);
    for (const name of ["apiKey", "signature", "returnRateLimits"]) raw.delete(name);
    return { credential, signature };
  }

  /** Methods about the connection itself; undefined for all others. */
  #ownMethod({ method, raw }: Request): string | Promise<string> | undefined {
    if (!isOwnMethod(method)) return undefined;
    switch (method) {
      case OwnMethod.LOGON: {
        const cancels = raw.get("cancelOnDisconnect") ?? "false";
        if (cancels !== "true" && cancels !== "false") throw refusal("INVALID_DATA", "cancelOnDisconnect");
        const { credential } = this.#signedBySelf(raw, ["cancelOnDisconnect"]);
        const cancelsOnDisconnect = cancels === "true";
        if (cancelsOnDisconnect) checkScope(Security.TRADE, credential);
        this.#endSession();
        this.#session = { credential, sinceUs: this.#parts.context.clock.nowUs(), cancelsOnDisconnect };
        return this.#sessionJson();
      }
      case OwnMethod.STATUS:
        checkNone(raw);
        return this.#sessionJson();
      case OwnMethod.LOGOUT:
        checkNone(raw);
        this.#endSession();
        return this.#sessionJson();
      case OwnMethod.SUBSCRIPTIONS:
        checkNone(raw);
        return `[${[...this.#subscriptions.keys()].map((id) => `{"subscriptionId":${id}}`).join(",")}]`;
      case OwnMethod.SUBSCRIBE:
        checkNone(raw);
        if (this.#session === undefined) throw refusal("SESSION_REQUIRED");
        return this.#subscribe(this.#session.credential, true);
      case OwnMethod.SUBSCRIBE_SIGNED:
        return this.#subscribe(this.#signedBySelf(raw).credential, false);
      case OwnMethod.UNSUBSCRIBE:
        return this.#unsubscribe(raw);
    }
  }

  /** A request about the connection that carries its own key and signature. */
  #signedBySelf(raw: RawParameters, taken: readonly string[] = []): { credential: Credential } {
    const { credential } = this.#signer(raw);
    takeDeadline(raw, this.#parts.context.clock);
    for (const name of taken) raw.delete(name);
    checkNone(raw);
    return { credential };
  }

  #sessionJson(): string {
    const { clock } = this.#parts.context;
    const session = this.#session;
    const ofSession = [...this.#subscriptions.values()].some((subscription) => subscription.ofSession);
    return (
      `{"apiKey":${session === undefined ? "null" : JSON.stringify(session.credential.apiKey)},` +
      `"authorizedSince":${session === undefined ? "null" : toMs(session.sinceUs)},` +
      `"connectedSince":${toMs(this.#socket.openedUs)},"returnRateLimits":${this.#showsLimits},` +
      `"serverTime":${toMs(clock.nowUs())},"userDataStream":${ofSession},` +
      `"cancelOnDisconnect":${session?.cancelsOnDisconnect === true}}`
    );
  }

  #endSession(): void {
    this.#session = undefined;
    for (const [id, subscription] of this.#subscriptions) {
      if (subscription.ofSession) this.#terminate(id, subscription);
    }
  }

  async #subscribe(credential: Credential, ofSession: boolean): Promise<string> {
    checkScope(Security.READ, credential);
    for (const open of this.#subscriptions.values()) {
      if (open.credential.account === credential.account) throw refusal("SUBSCRIPTION_ACTIVE");
    }
    if (this.#subscriptions.size >= SUBSCRIPTIONS_MAX) throw refusal("OVERLOADED");
    const id = this.#nextSubscription++;
    const head = `{"subscriptionId":${id},"event":`;
    // Before its events come, it is there already: it can be ended, and no second one can be opened.
    const subscription: Subscription = { credential, ofSession, stop: () => undefined };
    this.#subscriptions.set(id, subscription);
    try {
      const stop = await this.#parts.userFeed.watch(credential.account, (json) =>
        this.#socket.send(`${head}${json}}`),
      );
      subscription.stop = stop;
      if (this.#subscriptions.get(id) !== subscription) {
        stop();
        throw refusal("DISCONNECTED");
      }
      return `{"subscriptionId":${id}}`;
    } catch (error) {
      this.#subscriptions.delete(id);
      throw error;
    }
  }

  #unsubscribe(raw: RawParameters): string {
    const text = raw.get("subscriptionId");
    raw.delete("subscriptionId");
    checkNone(raw);
    if (text === undefined) {
      for (const subscription of this.#subscriptions.values()) subscription.stop();
      this.#subscriptions.clear();
      return "{}";
    }
    if (!/^\d{1,9}$/.test(text)) throw refusal("ILLEGAL_CHARACTERS", "subscriptionId", "^[0-9]{1,9}$");
    const id = Number.parseInt(text, 10);
    const subscription = this.#subscriptions.get(id);
    if (subscription === undefined) throw refusal("SUBSCRIPTION_INACTIVE");
    subscription.stop();
    this.#subscriptions.delete(id);
    return "{}";
  }

  #terminate(id: number, subscription: Subscription): void {
    subscription.stop();
    this.#subscriptions.delete(id);
    const json = streamTerminatedJson(this.#parts.context.clock.nowUs());
    this.#socket.send(`{"subscriptionId":${id},"event":${json}}`);
  }

  #answer(id: Request["id"], result: string, showsLimits: boolean, account: number): void {
    this.#socket.send(
      `{"id":${JSON.stringify(id)},"status":200,"result":${result}${this.#limits(showsLimits, account)}}`,
    );
  }

  #refuse(id: Request["id"], error: ApiError, showsLimits: boolean, account: number): void {
    const body = error instanceof RateRefusal ? error.bodyWithTimes : error.body;
    this.#socket.send(
      `{"id":${JSON.stringify(id)},"status":${error.entry.status},"error":${body}` +
        `${this.#limits(showsLimits, account)}}`,
    );
  }

  #limits(shows: boolean, account: number): string {
    if (!shows) return "";
    return `,"rateLimits":${this.#parts.context.limiter.usedJson(this.#socket.source, account)}`;
  }
}

/** What a request is signed with. */
const SIGNING_NAMES = ["apiKey", "signature", "timestamp", "recvWindow"] as const;

/** Refuses parameters. Some clients sign also what concerns the connection alone, where no signature is read. */
function checkNone(raw: RawParameters): void {
  for (const name of SIGNING_NAMES) raw.delete(name);
  if (raw.size > 0) throw refusal("UNREAD_PARAMETERS", 0, raw.size);
}

function parseMessage(text: string): Record<string, unknown> {
  let message: unknown;
  switch (jsonFault(text, NESTED_DEPTH_MAX)) {
    case JsonFault.TOO_DEEP:
      throw refusal("INVALID_MESSAGE");
    case JsonFault.DUPLICATE_KEY:
      throw refusal("DUPLICATE_PARAMETER");
  }
  try {
    message = JSON.parse(text);
  } catch {
    throw refusal("INVALID_MESSAGE");
  }
  if (typeof message !== "object" || message === null || Array.isArray(message))
    throw refusal("INVALID_MESSAGE");
  return message as Record<string, unknown>;
}

function requestId(id: unknown): string | number | null {
  if (id === null || id === undefined) return null;
  if (typeof id === "string" && /^[a-zA-Z0-9-_]{1,36}$/.test(id)) return id;
  if (typeof id === "number" && Number.isSafeInteger(id)) return id;
  throw refusal("ILLEGAL_CHARACTERS", "id", "^[a-zA-Z0-9-_]{1,36}$");
}

function readRequest(id: Request["id"], message: Record<string, unknown>, showsByDefault: boolean): Request {
  const { method, params } = message;
  if (typeof method !== "string") throw refusal("MANDATORY_PARAMETER", "method");
  const raw: RawParameters = new Map();
  if (params !== undefined) {
    if (typeof params !== "object" || params === null || Array.isArray(params)) {
      throw refusal("INVALID_DATA", "params");
    }
    for (const [name, value] of Object.entries(params)) addParameter(name, parameterText(name, value), raw);
  }
  let showsLimits = showsByDefault;
  const shows = raw.get("returnRateLimits");
  if (shows !== undefined) {
    if (shows !== "true" && shows !== "false") throw refusal("INVALID_DATA", "returnRateLimits");
    showsLimits = shows === "true";
    // Where there is a signature, it is over this too, and goes with it.
    if (!raw.has("signature")) raw.delete("returnRateLimits");
  }
  return { id, method, raw, showsLimits };
}

/** A JSON value as the text it stands for, as clients sign it. */
function parameterText(name: string, value: unknown): string {
  switch (typeof value) {
    case "string":
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds.
      if (/[\u0000-\u001f\u007f-\uffff]/.test(value)) throw refusal("ILLEGAL_ENCODING");
      return value;
    case "number":
    case "boolean":
      return String(value);
    case "object":
      if (Array.isArray(value)) return JSON.stringify(value);
      throw refusal("INVALID_DATA", name);
    default:
      throw refusal("INVALID_DATA", name);
  }
}

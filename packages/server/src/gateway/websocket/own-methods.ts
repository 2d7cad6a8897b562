/** WebSocket API methods about the connection itself: its session, and its account's events. */

export const OwnMethod = {
  LOGON: "session.logon",
  STATUS: "session.status",
  LOGOUT: "session.logout",
  SUBSCRIPTIONS: "session.subscriptions",
  SUBSCRIBE: "userDataStream.subscribe",
  SUBSCRIBE_SIGNED: "userDataStream.subscribe.signature",
  UNSUBSCRIBE: "userDataStream.unsubscribe",
} as const;
export type OwnMethod = (typeof OwnMethod)[keyof typeof OwnMethod];

const OWN_METHODS: ReadonlySet<string> = new Set(Object.values(OwnMethod));

export function isOwnMethod(method: string): method is OwnMethod {
  return OWN_METHODS.has(method);
}

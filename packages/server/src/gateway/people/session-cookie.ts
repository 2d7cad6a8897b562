/** The cookie that holds a session's token. Scripts can't read it, and no other site's page can make a browser send it. */
import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import { parseCookie, type SetCookie, stringifySetCookie } from "cookie";
import { normalAddress } from "../session/address-list.js";
import { connectedAddress } from "../session/client-address.js";

/** Cookies ignore ports: each listener's has a name of its own, so that one on the same host does not overwrite it. */
export const CookieName = { TRADERS: "buttonwood-session", OPERATORS: "buttonwood-console" } as const;
export type CookieName = (typeof CookieName)[keyof typeof CookieName];

/** Over TLS browsers take a cookie of this prefix only from this host, over TLS, and for all of its paths. */
const SECURE_PREFIX = "__Host-";
const TOKEN = /^[\w-]{43}$/;

/** Whether a request came over TLS. */
export type IsSecure = (request: IncomingMessage) => boolean;

export const connectedSecurely: IsSecure = ({ socket }) => (socket as TLSSocket).encrypted === true;

/** Behind an edge: what it says in `x-forwarded-proto`, which it has written itself; see `addressBehind`. */
export function securelyBehind(edgeHosts: readonly string[]): IsSecure {
  const isEdge = new Set(["", "127.0.0.1", "::1", ...edgeHosts.map(normalAddress)]);
  // What comes over TLS does so, whoever sends it: a browser on this machine is taken for the edge too.
  return (request) =>
    connectedSecurely(request) ||
    (isEdge.has(connectedAddress(request)) && request.headers["x-forwarded-proto"] === "https");
}

/** The token that a browser sends; undefined for none, or what can't be one. */
export function tokenOf(request: IncomingMessage, name: CookieName, isSecure: boolean): string | undefined {
  const { cookie } = request.headers;
  if (cookie === undefined) return undefined;
  const token = parseCookie(cookie)[isSecure ? SECURE_PREFIX + name : name];
  return token !== undefined && TOKEN.test(token) ? token : undefined;
}

/** The header that keeps a token for so many seconds. */
export function keepToken(name: CookieName, isSecure: boolean, token: string, seconds: number): string {
  return stringifySetCookie({ ...attributes(name, isSecure), value: token, maxAge: seconds });
}

/** The header that forgets it. */
export function forgetToken(name: CookieName, isSecure: boolean): string {
  return stringifySetCookie({ ...attributes(name, isSecure), value: "", maxAge: 0 });
}

function attributes(name: CookieName, isSecure: boolean): Omit<SetCookie, "value"> {
  return {
    name: isSecure ? SECURE_PREFIX + name : name,
    path: "/",
    httpOnly: true,
    sameSite: "strict",
    secure: isSecure,
  };
}

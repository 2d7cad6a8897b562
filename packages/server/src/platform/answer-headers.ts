/** Headers that are the same on every answer: constants, so that an order pays for a few bytes and nothing else. */
import type { IncomingHttpHeaders } from "node:http";

/** Everything here is data: no browser may run it, frame it, guess its type, keep it, or pass on its address. */
export const DATA_HEADERS = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none';frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
} as const;

/**
 * For pages of any origin. A request's rights come from its key and signature alone, never from the browser that
 * sends it, so there is nothing that a foreign page could borrow; credentials stay forbidden.
 */
export const ORIGIN_HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers":
    "X-MBX-USED-WEIGHT-1M,X-MBX-ORDER-COUNT-10S,X-MBX-ORDER-COUNT-1D,Retry-After",
} as const;

/** The answer to a browser that asks before it sends: it may, and need not ask again for a day. */
export const PREFLIGHT_HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET,POST,PUT,DELETE",
  "access-control-allow-headers": "X-MBX-APIKEY,Content-Type",
  "access-control-max-age": "86400",
} as const;

/** Whether the answer goes to a page of another origin. */
export function isCrossOrigin(headers: IncomingHttpHeaders): boolean {
  return headers.origin !== undefined;
}

export function isPreflight(headers: IncomingHttpHeaders): boolean {
  return isCrossOrigin(headers) && headers["access-control-request-method"] !== undefined;
}

/** Over TLS: browsers that came over it once don't come without it any more, for a year. Others ignore it. */
export const STRICT_TRANSPORT_HEADER = { "strict-transport-security": "max-age=31536000" } as const;

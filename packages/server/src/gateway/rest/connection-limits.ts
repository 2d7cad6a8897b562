/** What one connection may cost, whatever its client does: the same with and without TLS. */
import type { ServerOptions } from "node:http";
import type { Duplex } from "node:stream";
import { refusal } from "../errors.js";

/** A client that takes longer than this to send a request is cut, or slow ones would hold every socket. */
const REQUEST_TIMEOUT_MS = 10_000;
/** How often slow requests are looked for: they live this much longer at most. */
const TIMEOUT_CHECK_MS = 2_000;
/** Longer than load balancers keep idle connections, so that they close them and not we, under a request. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

export const CONNECTION_LIMITS = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  // Of the two limits Node takes the smaller one for the headers: left at 60 s, a slow body had that long.
  headersTimeout: REQUEST_TIMEOUT_MS,
  connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
} as const satisfies ServerOptions;

export const JSON_TYPE = "application/json;charset=UTF-8";

/** What is said to a client whose bytes are no request, by Node's code. */
const STATUS_OF_BROKEN_REQUEST: Record<string, string> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** Answers what is no request, and closes. */
export function answerBrokenRequest(error: Error, socket: Duplex): void {
  if (socket.destroyed || !socket.writable) return;
  const { body } = refusal("ILLEGAL_ENCODING");
  const status = STATUS_OF_BROKEN_REQUEST[(error as { code?: string }).code ?? ""] ?? "400 Bad Request";
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: ${JSON_TYPE}\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}

/** What one connection may cost, whatever its client does: the same with and without TLS. */
import { type ServerOptions, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { DATA_HEADERS, ORIGIN_HEADERS } from "../../platform/answer-headers.js";
import { type ApiErrorName, refusal } from "../errors.js";

/** A client that takes longer than this to send a request is cut, or slow ones would hold every socket. */
const REQUEST_TIMEOUT_MS = 10_000;
/** How often slow requests are looked for: they live this much longer at most. */
const TIMEOUT_CHECK_MS = 2_000;
/** A connection on which nothing moves for this long is cut: a client that does not read its answers holds memory. */
export const SILENCE_MS_MAX = 60_000;
/** Bytes of a request's line and headers together: a list of symbols in a query is the longest that is asked. */
const HEADER_BYTES_MAX = 16 * 1024;
/** Headers of a request. Browsers send some twenty, and each proxy adds a few. */
export const HEADERS_MAX = 100;
/** Longer than load balancers keep idle connections, so that they close them and not we, under a request. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

export const CONNECTION_LIMITS = {
  requestTimeout: REQUEST_TIMEOUT_MS,
  // Of the two limits Node takes the smaller one for the headers: left at 60 s, a slow body had that long.
  headersTimeout: REQUEST_TIMEOUT_MS,
  connectionsCheckingInterval: TIMEOUT_CHECK_MS,
  keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
  maxHeaderSize: HEADER_BYTES_MAX,
} as const satisfies ServerOptions;

export const JSON_TYPE = "application/json;charset=UTF-8";

/** What is said to a client whose bytes are no request that is read to its end, by Node's code. */
const REFUSAL_OF_BROKEN_REQUEST: Record<string, ApiErrorName> = {
  HPE_HEADER_OVERFLOW: "HEADERS_TOO_LARGE",
  ERR_HTTP_REQUEST_TIMEOUT: "REQUEST_TOO_SLOW",
};

const HEADER_LINES = Object.entries({ ...DATA_HEADERS, ...ORIGIN_HEADERS })
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join("");

/**
 * Answers what is no request, and closes. A connection on which nothing was ever asked ends without a word: clients
 * keep some ready, and would take what is said there for the answer to the request that they send next.
 */
export function answerBrokenRequest(error: Error, socket: Duplex): void {
  if (socket.destroyed || !socket.writable) return;
  if ((socket as Partial<Socket>).bytesRead === 0) {
    socket.destroy();
    return;
  }
  const name = REFUSAL_OF_BROKEN_REQUEST[(error as { code?: string }).code ?? ""] ?? "ILLEGAL_ENCODING";
  const { body, entry } = refusal(name);
  socket.end(
    `HTTP/1.1 ${entry.status} ${STATUS_CODES[entry.status]}\r\nConnection: close\r\nContent-Type: ${JSON_TYPE}\r\n` +
      `${HEADER_LINES}Content-Length: ${body.length}\r\n\r\n${body}`,
  );
}

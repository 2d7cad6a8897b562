/** HTTPS and WSS for the same app: one more server, whose requests take the same way. */
import { createServer, type Server } from "node:https";
import type { FastifyInstance } from "fastify";
import { STRICT_TRANSPORT_HEADER } from "../../platform/answer-headers.js";
import { type ServerCertificate, TLS_VERSION_MIN } from "../../platform/server-certificate.js";
import { answerBrokenRequest, CONNECTION_LIMITS, HEADERS_MAX, SILENCE_MS_MAX } from "./connection-limits.js";

/** A client that takes longer for a handshake is cut: it holds a socket and has said nothing yet. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/**
 * Not shown with a certificate for development: on `localhost` it would hold for every other program of this machine.
 */
const [STRICT_TRANSPORT] = Object.entries(STRICT_TRANSPORT_HEADER);

/** Builds the server without listening. The app must be ready before it listens. */
export function createTlsServer(
  app: FastifyInstance,
  { cert, key, isSelfSigned }: ServerCertificate,
): Server {
  const server = createServer(
    { ...CONNECTION_LIMITS, cert, key, minVersion: TLS_VERSION_MIN, handshakeTimeout: HANDSHAKE_TIMEOUT_MS },
    (request, response) => {
      if (!isSelfSigned) response.setHeader(...STRICT_TRANSPORT!);
      app.routing(request, response);
    },
  );
  server.maxHeadersCount = HEADERS_MAX + 1;
  server.setTimeout(SILENCE_MS_MAX);
  server.on("clientError", answerBrokenRequest);
  return server;
}

/** Shows another certificate to those who connect from now on. */
export function replaceCertificate(server: Server, { cert, key }: ServerCertificate): void {
  server.setSecureContext({ cert, key, minVersion: TLS_VERSION_MIN });
}

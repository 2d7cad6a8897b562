/** HTTPS and WSS for the same app: one more server, whose requests take the same way. */
import { createServer, type Server } from "node:https";
import type { FastifyInstance } from "fastify";
import { type ServerCertificate, TLS_VERSION_MIN } from "../../platform/server-certificate.js";
import { answerBrokenRequest, CONNECTION_LIMITS } from "./connection-limits.js";

/** A client that takes longer for a handshake is cut: it holds a socket and has said nothing yet. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/**
 * Browsers that came over TLS once don't come without it any more, for a year. Not with a certificate for development:
 * on `localhost` it would hold for every other program of this machine too.
 */
const STRICT_TRANSPORT = "max-age=31536000";

/** Builds the server without listening. The app must be ready before it listens. */
export function createTlsServer(
  app: FastifyInstance,
  { cert, key, isSelfSigned }: ServerCertificate,
): Server {
  const server = createServer(
    { ...CONNECTION_LIMITS, cert, key, minVersion: TLS_VERSION_MIN, handshakeTimeout: HANDSHAKE_TIMEOUT_MS },
    (request, response) => {
      if (!isSelfSigned) response.setHeader("Strict-Transport-Security", STRICT_TRANSPORT);
      app.routing(request, response);
    },
  );
  server.on("clientError", answerBrokenRequest);
  return server;
}

/** Shows another certificate to those who connect from now on. */
export function replaceCertificate(server: Server, { cert, key }: ServerCertificate): void {
  server.setSecureContext({ cert, key, minVersion: TLS_VERSION_MIN });
}

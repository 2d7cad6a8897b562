import { createServer, type Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { FastifyInstance } from "fastify";
import { formatAddress, type TcpAddress } from "../../platform/address.js";
import type { ServerCertificate } from "../../platform/server-certificate.js";
import { CONNECTION_LIMITS } from "../rest/connection-limits.js";
import { createTlsServer, replaceCertificate } from "../rest/tls-server.js";

/** Where the console listens. */
export interface ConsoleListener {
  readonly url: string;
  replaceCertificate(certificate: ServerCertificate): void;
  close(): Promise<void>;
}

/** Where it shall listen; `orAnyPort`: on any free port when this one is taken. */
export interface ConsoleAddress extends TcpAddress {
  readonly orAnyPort?: boolean;
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "::1"]);

/** Whether nobody on another machine can connect to a host. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** The console was to listen for other machines without TLS: passwords would go over the wire as they are. */
export class ConsoleExposedError extends Error {
  override readonly name = "ConsoleExposedError";
}

/** Throws {@link ConsoleExposedError} unless a console may listen there. */
export function checkConsoleAddress({ host }: TcpAddress, hasTls: boolean): void {
  if (hasTls || isLoopback(host)) return;
  throw new ConsoleExposedError(
    `The operator's console would listen on ${host} without TLS: passwords could be read on their way.`,
  );
}

/** Listens; port 0 takes a free one. With a certificate over TLS alone. Rejects with Node's error. */
export async function listenConsole(
  app: FastifyInstance,
  address: ConsoleAddress,
  certificate: ServerCertificate | undefined,
): Promise<ConsoleListener> {
  checkConsoleAddress(address, certificate !== undefined);
  await app.ready();
  const server: Server | TlsServer =
    certificate === undefined
      ? createServer(CONNECTION_LIMITS, (request, response) => app.routing(request, response))
      : createTlsServer(app, certificate);
  await listen(server, address).catch((error: NodeJS.ErrnoException) => {
    if (address.orAnyPort !== true || error.code !== "EADDRINUSE") throw error;
    return listen(server, { host: address.host, port: 0 });
  });
  const { port, address: host } = server.address() as AddressInfo;
  return {
    url: `${certificate === undefined ? "http" : "https"}://${formatAddress({ host, port })}`,
    replaceCertificate(replacement) {
      if (certificate !== undefined) replaceCertificate(server as TlsServer, replacement);
    },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS).unref();
      });
      await app.close();
    },
  };
}

/** How long requests under way are waited for, in ms. */
const CLOSE_GRACE_MS = 2_000;

function listen(server: Server | TlsServer, { host, port }: TcpAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // By this process alone, also where others share its ports.
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

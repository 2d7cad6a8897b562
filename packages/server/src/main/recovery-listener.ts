import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { RecoveryProgress } from "../engine/recovery.js";
import { refusal } from "../gateway/errors.js";
import { DATA_HEADERS, ORIGIN_HEADERS } from "../platform/answer-headers.js";
import { type ServerCertificate, TLS_VERSION_MIN } from "../platform/server-certificate.js";

/** When a client should come back, in s: recovery reads some hundred thousand commands a second. */
const RETRY_AFTER_SECONDS = 1;
const JSON_TYPE = "application/json;charset=UTF-8";

/**
 * Holds the clients' port while the exchange recovers, so that a port that is taken is known before the data is
 * touched, and a supervisor sees a process that lives and is not ready yet. Everything but the health checks is
 * refused; nothing is changed.
 */
export class RecoveryListener {
  readonly #server: Server | TlsServer;
  #progress: RecoveryProgress | undefined;

  constructor(scheme: "http" | "https" = "http") {
    const answer = (request: IncomingMessage, response: ServerResponse): void =>
      this.#answer(request.url ?? "", response);
    this.#server =
      scheme === "http" ? createServer(answer) : createTlsServer({ minVersion: TLS_VERSION_MIN }, answer);
  }

  /** Listens; port 0 takes a free one. Rejects with Node's error when it can't. */
  async listen(options: { readonly host: string; readonly port: number }): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(options, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /** What an `https` listener shows; before that it holds its port and no client can connect. */
  showCertificate({ cert, key }: Pick<ServerCertificate, "cert" | "key">): void {
    (this.#server as TlsServer).setSecureContext({ cert, key, minVersion: TLS_VERSION_MIN });
  }

  /** What `/health/ready` tells from now on. */
  update(progress: RecoveryProgress): void {
    this.#progress = progress;
  }

  /** Gives the port back. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #answer(url: string, response: ServerResponse): void {
    const path = url.split("?", 1)[0];
    const [status, body] =
      path === "/health/live"
        ? [200, '{"status":"live"}']
        : [503, path === "/health/ready" ? this.#recovering() : refusal("OVERLOADED").body];
    response.writeHead(status, {
      ...DATA_HEADERS,
      ...ORIGIN_HEADERS,
      "Content-Type": JSON_TYPE,
      "Content-Length": Buffer.byteLength(body),
      // A connection that stays open would have to be cut when the port is handed over.
      Connection: "close",
      ...(status === 503 ? { "Retry-After": RETRY_AFTER_SECONDS } : {}),
    });
    response.end(body);
  }

  #recovering(): string {
    const { sequence, target } = this.#progress ?? {};
    return JSON.stringify({ status: "recovering", sequence, target });
  }
}

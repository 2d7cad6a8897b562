import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { type Address, formatAddress } from "./address.js";
import { type FrameLink, type LinkLimits, SocketLink } from "./framing.js";
import { exchangeHellos, type Hello } from "./hello.js";
import { freeSocketPath } from "./socket-path.js";
import type { TlsCredentials } from "./tls-credentials.js";

export interface FrameServerOptions {
  /** Port 0 = any that is free. */
  readonly address: Address;
  /** For TCP. A Unix socket is for this process's user alone. */
  readonly tls?: TlsCredentials | undefined;
  /** What a client must agree on. */
  readonly hello: Hello;
  readonly limits?: LinkLimits;
  /** A client has connected and said hello. Must set the link's listener before it returns. */
  readonly onLink: (link: FrameLink) => void;
  /** A client was turned away: a wrong hello, a certificate that is not trusted. */
  readonly onRefused?: ((remote: string, error: Error) => void) | undefined;
}

/** How long connections may take to end when the server closes, in ms; a half-open one would keep it for ever. */
const CLOSE_MS_MAX = 1_500;

/** Takes connections that carry frames. */
export class FrameServer {
  readonly #options: FrameServerOptions;
  readonly #server: Server;
  readonly #links = new Set<SocketLink>();
  /** Every connection, those included whose TLS is not yet agreed. */
  readonly #sockets = new Set<Socket>();

  private constructor(options: FrameServerOptions) {
    this.#options = options;
    const secure = options.tls !== undefined && "port" in options.address;
    this.#server = secure
      ? createTlsServer(options.tls!, (socket) => this.#accept(socket))
      : createServer((socket) => this.#accept(socket));
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    this.#server.on("tlsClientError", (error: Error, socket: Socket) => {
      options.onRefused?.(nameOf(socket), error);
    });
  }

  /** Listens. Rejects with the system's error when the address is taken or not ours. */
  static async listen(options: FrameServerOptions): Promise<FrameServer> {
    const server = new FrameServer(options);
    await listenOn(server.#server, options.address);
    return server;
  }

  /** Where it listens, as clients must write it. */
  get address(): string {
    const address = this.#server.address() as AddressInfo | string;
    return formatAddress(
      typeof address === "string" ? { path: address } : { host: address.address, port: address.port },
    );
  }

  /** Takes no more connections and closes those that are there, telling them why. */
  async close(reason: string): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const link of this.#links) link.close(reason);
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, CLOSE_MS_MAX);
    await closed;
    clearTimeout(timer);
  }

  #accept(socket: Socket): void {
    const link = new SocketLink(socket, nameOf(socket), this.#options.limits);
    this.#links.add(link);
    socket.on("close", () => this.#links.delete(link));
    exchangeHellos(link, this.#options.hello, "server").then(
      () => this.#options.onLink(link),
      (error: Error) => this.#options.onRefused?.(link.remote, error),
    );
  }
}

function nameOf(socket: Socket): string {
  return socket.remoteAddress === undefined
    ? "a local process"
    : `${socket.remoteAddress}:${socket.remotePort}`;
}

async function listenOn(server: Server, address: Address): Promise<void> {
  if ("path" in address) await freeSocketPath(address.path);
  // The mask holds for the moment in which the socket's file is made.
  const mask = "path" in address ? process.umask(0o177) : undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(address, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } finally {
    if (mask !== undefined) process.umask(mask);
  }
}

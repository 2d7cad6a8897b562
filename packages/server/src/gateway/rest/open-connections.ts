import type { Server, Socket } from "node:net";

/**
 * A server's connections, so that it can be closed while clients hold some open on which they say nothing: Node waits
 * for those, and before a handshake is done it does not count them.
 */
export class OpenConnections {
  readonly #open = new Set<Socket>();

  constructor(server: Server) {
    server.on("connection", (socket) => {
      this.#open.add(socket);
      socket.once("close", () => this.#open.delete(socket));
    });
  }

  get count(): number {
    return this.#open.size;
  }

  /** Cuts those that are still open after this time; the returned function calls it off. */
  cutAfter(graceMs: number): () => void {
    const timer = setTimeout(() => {
      for (const socket of this.#open) socket.destroy();
    }, graceMs);
    return () => clearTimeout(timer);
  }
}

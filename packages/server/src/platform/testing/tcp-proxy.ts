import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Which way bytes go: to the server, or back to its client. */
type Way = "requests" | "replies";

/** One connection through the proxy. What is held back lies in `held`, in the order it came. */
interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  readonly held: Record<Way, Buffer[]>;
}

/**
 * A link that a test can cut: TCP connections to a port of 127.0.0.1 pass through it. A cut link is silent, as in a
 * real network: nobody is told.
 */
export class TcpProxy {
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  readonly #holds: Record<Way, boolean> = { requests: false, replies: false };

  private constructor(listener: Server) {
    this.#listener = listener;
  }

  static async listen(targetPort: number): Promise<TcpProxy> {
    const listener = createServer();
    const proxy = new TcpProxy(listener);
    listener.on("connection", (client) => proxy.#accept(client, connect(targetPort, "127.0.0.1")));
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** Holds bytes back, of one way or of both, until {@link pass}. */
  hold(...ways: readonly Way[]): void {
    for (const way of ways.length > 0 ? ways : (["requests", "replies"] as const)) this.#holds[way] = true;
  }

  /** Lets everything pass again, what was held back first. */
  pass(): void {
    this.#holds.requests = false;
    this.#holds.replies = false;
    for (const pair of this.#pairs) {
      for (const chunk of pair.held.requests.splice(0)) pair.server.write(chunk);
      for (const chunk of pair.held.replies.splice(0)) pair.client.write(chunk);
      if (pair.client.readableEnded || pair.client.destroyed) pair.server.end();
    }
  }

  /** Breaks every connection; what was held back is lost. */
  break(): void {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
    this.#pairs.clear();
  }

  async close(): Promise<void> {
    this.#listener.close();
    this.break();
    await once(this.#listener, "close");
  }

  #accept(client: Socket, server: Socket): void {
    const pair: Pair = { client, server, held: { requests: [], replies: [] } };
    this.#pairs.add(pair);
    const carry = (way: Way, from: Socket, to: Socket): void => {
      from.on("data", (chunk) => {
        if (this.#holds[way]) pair.held[way].push(chunk);
        else to.write(chunk);
      });
      // A client that is gone is no news to the server while its last words are still under way.
      from.on("close", () => {
        if (way === "replies" || pair.held.requests.length === 0) this.#end(pair);
      });
      from.on("error", () => {});
    };
    carry("requests", client, server);
    carry("replies", server, client);
  }

  #end(pair: Pair): void {
    this.#pairs.delete(pair);
    pair.client.destroy();
    pair.server.destroy();
  }
}

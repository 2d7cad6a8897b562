/** A proxy between WebSocket clients and an exchange that handles whole messages: it drops, repeats and delays them. */
import type { AddressInfo } from "node:net";
import WebSocket, { WebSocketServer } from "ws";

/** What becomes of a message of the exchange. LATE: it comes after the next one. CUT: the connection ends instead. */
export const Fate = { PASS: "PASS", DROP: "DROP", REPEAT: "REPEAT", LATE: "LATE", CUT: "CUT" } as const;
export type Fate = (typeof Fate)[keyof typeof Fate];

export class MessageProxy {
  readonly #server: WebSocketServer;
  readonly #target: string;
  readonly #far = new Set<WebSocket>();
  /** How often each fate was met. */
  readonly counts: Record<Fate, number> = { PASS: 0, DROP: 0, REPEAT: 0, LATE: 0, CUT: 0 };
  #fateOf: (text: string) => Fate = () => Fate.PASS;
  #connections = 0;

  private constructor(target: string) {
    this.#target = target;
    this.#server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    this.#server.on("connection", (near, request) => this.#serve(near, request.url ?? "/"));
  }

  /** `target` is the exchange's WebSocket address, e.g. `ws://127.0.0.1:8080`. */
  static async start(target: string): Promise<MessageProxy> {
    const proxy = new MessageProxy(target);
    await new Promise((resolve) => proxy.#server.once("listening", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get connections(): number {
    return this.#connections;
  }

  /** Says what becomes of each message. */
  decide(fateOf: (text: string) => Fate): void {
    this.#fateOf = fateOf;
  }

  async close(): Promise<void> {
    for (const socket of this.#far) socket.terminate();
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(near: WebSocket, path: string): void {
    this.#connections++;
    const far = new WebSocket(this.#target + path, { perMessageDeflate: false });
    this.#far.add(far);
    const waiting: string[] = [];
    const late: string[] = [];
    near.on("message", (data) => {
      if (far.readyState === WebSocket.OPEN) far.send(String(data));
      else waiting.push(String(data));
    });
    far.on("open", () => {
      for (const text of waiting.splice(0)) far.send(text);
    });
    far.on("message", (data) => {
      const text = String(data);
      const fate = this.#fateOf(text);
      this.counts[fate]++;
      switch (fate) {
        case Fate.PASS:
          near.send(text);
          break;
        case Fate.DROP:
          return;
        case Fate.REPEAT:
          near.send(text);
          near.send(text);
          break;
        case Fate.LATE:
          late.push(text);
          return;
        case Fate.CUT:
          near.terminate();
          far.terminate();
          return;
      }
      for (const each of late.splice(0)) near.send(each);
    });
    for (const socket of [near, far]) {
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#far.delete(far);
        near.terminate();
        far.terminate();
      });
    }
  }
}

/** A TCP proxy before an exchange that does to connections what networks do: cuts them, and loses answers. */
import { connect, createServer, type Server, type Socket } from "node:net";

/** The first byte of a whole frame of a server's ping (RFC 6455, section 5.5.2). */
const PING_FRAME = 0x89;

export class FaultyProxy {
  readonly #server: Server;
  readonly #target: number;
  readonly #pairs = new Set<{ readonly near: Socket; readonly far: Socket }>();
  #connections = 0;
  #losesAnswers = 0;
  #holdsRequests = 0;
  #answers = 0;
  readonly #held: (() => void)[] = [];
  #isRefusing = false;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((near) => this.#serve(near));
  }

  /** Listens on a free port for an exchange that listens on another one. */
  static async start(target: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { readonly port: number }).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** How many connections it has taken. */
  get connections(): number {
    return this.#connections;
  }

  /** The next so many answers never arrive: the request does, and then the connection breaks. */
  loseAnswers(count: number): void {
    this.#losesAnswers = count;
  }

  /** How many answers are still to be lost. */
  get answersToLose(): number {
    return this.#losesAnswers;
  }

  /** How many pieces of answers have passed. */
  get answers(): number {
    return this.#answers;
  }

  /** The next so many requests stay on the way, and their clients' connections break at once. */
  holdRequests(count: number): void {
    this.#holdsRequests = count;
  }

  /** Requests that were held arrive. */
  releaseRequests(): void {
    for (const release of this.#held.splice(0)) release();
  }

  /** Connections of this moment pass nothing more back, and look alive. */
  mute(): void {
    for (const { far } of this.#pairs) {
      far.removeAllListeners("data");
      far.resume();
    }
  }

  /** Breaks all connections. */
  cut(): void {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }

  /** Breaks all connections and makes none until {@link restore}. */
  down(): void {
    this.#isRefusing = true;
    this.cut();
  }

  restore(): void {
    this.#isRefusing = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(near: Socket): void {
    if (this.#isRefusing) {
      near.destroy();
      return;
    }
    this.#connections++;
    const far = connect(this.#target, "127.0.0.1");
    const pair = { near, far };
    this.#pairs.add(pair);
    near.on("data", (bytes: Buffer) => {
      if (this.#holdsRequests === 0) {
        far.write(bytes);
        return;
      }
      this.#holdsRequests--;
      this.#held.push(() => far.write(bytes));
      near.removeAllListeners("close");
      near.destroy();
    });
    far.on("data", (bytes: Buffer) => {
      if (near.destroyed) return;
      if (this.#losesAnswers > 0 && !isPing(bytes)) {
        this.#losesAnswers--;
        near.destroy();
        far.destroy();
        return;
      }
      this.#answers++;
      // A slow reader slows the exchange, as it would without a proxy.
      if (!near.write(bytes)) {
        far.pause();
        near.once("drain", () => far.resume());
      }
    });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
  }
}

/** A ping comes when the exchange likes, and answers nothing. */
const isPing = (bytes: Buffer): boolean => bytes[0] === PING_FRAME && bytes.length === 2 + bytes[1]!;

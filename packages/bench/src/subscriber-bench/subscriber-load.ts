/**
 * The subscribers, a process of its own: thousands of WebSocket connections that listen to the depth of one symbol. It
 * reads with as little of its own work as it can, and tells how much CPU it took and how late it was itself.
 */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { build } from "hdr-histogram-js";
import { mainThreadTimes } from "../api-bench/thread-cpu.js";
import { DepthReader } from "./depth-reader.js";
import { FrameReader, Opcode, PONG } from "./frame-reader.js";
import type { FromSubscribers, SubscriberPlan, SubscriberResult, ToSubscribers } from "./plan.js";

/** Connections that are being opened at a time: the server's queue for them is 511 long. */
const OPENING_MAX = 200;
/** What was sent in the timed part is waited for so long. */
const GRACE_MS = 2_000;
const READ_BYTES_MAX = 64 * 1024;
const NS_PER_MS = 1e6;

const say = (message: FromSubscribers): void => {
  process.send?.(message);
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class Subscribers {
  readonly #plan: SubscriberPlan;
  readonly #histogram = build({ useWebAssembly: false, numberOfSignificantValueDigits: 3 });
  readonly #delay = monitorEventLoopDelay({ resolution: 1 });
  readonly #depth: DepthReader;
  readonly #sockets: Socket[] = [];
  /** All connections read into the same memory: each is done with it when its call returns. */
  readonly #memory = Buffer.allocUnsafe(READ_BYTES_MAX);
  /** Of each connection: the last update heard, and its messages of the timed part. */
  readonly #lastUpdateIds: Float64Array;
  readonly #counts: Int32Array;
  /** Between `Date.now()`, which the exchange goes by, and the finer clock. */
  #clockMs = 0;
  /** Messages count whose changes happened from here to there. */
  #fromMs = Number.POSITIVE_INFINITY;
  #toMs = Number.POSITIVE_INFINITY;
  #received = 0;
  #bytes = 0;
  #gaps = 0;
  #closed = 0;
  #ending = false;

  constructor(plan: SubscriberPlan) {
    this.#plan = plan;
    this.#depth = new DepthReader(plan.symbol);
    this.#lastUpdateIds = new Float64Array(plan.subscribers);
    this.#counts = new Int32Array(plan.subscribers);
  }

  async open(): Promise<void> {
    let next = 0;
    let open = 0;
    const openSome = async (): Promise<void> => {
      while (next < this.#plan.subscribers) {
        await this.#connect(next++);
        if (++open % 500 === 0) say({ kind: "opening", open });
      }
    };
    await Promise.all(Array.from({ length: OPENING_MAX }, openSome));
  }

  async measure(): Promise<SubscriberResult> {
    const { seconds, subscribers } = this.#plan;
    this.#delay.enable();
    const cpu = process.cpuUsage();
    const before = mainThreadTimes(process.pid);
    const startMs = performance.now();
    this.#clockMs = Date.now() - startMs;
    this.#fromMs = Date.now();
    this.#toMs = this.#fromMs + seconds * 1000;
    await pause(seconds * 1000);
    const { user, system } = process.cpuUsage(cpu);
    const after = mainThreadTimes(process.pid);
    const tookSeconds = (performance.now() - startMs) / 1000;
    this.#delay.disable();
    await pause(GRACE_MS);
    this.#ending = true;
    for (const socket of this.#sockets) socket.destroy();
    const updates = this.#counts.reduce((most, count) => Math.max(most, count), 0);
    const lag = (percentile: number): number => this.#histogram.getValueAtPercentile(percentile) / 1000;
    return {
      seconds,
      updates,
      updatesPerSecond: updates / seconds,
      received: this.#received,
      receivedPerSecond: this.#received / seconds,
      missing: updates * subscribers - this.#received,
      gaps: this.#gaps,
      closed: this.#closed,
      bytesPerMessage: this.#received === 0 ? 0 : this.#bytes / this.#received,
      lagMs: {
        mean: this.#histogram.mean / 1000,
        p50: lag(50),
        p90: lag(90),
        p99: lag(99),
        p999: lag(99.9),
        max: lag(100),
      },
      generatorCpuPercent: (user + system) / 1e4 / tookSeconds,
      generatorWaitPercent:
        before === undefined || after === undefined
          ? undefined
          : ((after.waitSeconds - before.waitSeconds) / tookSeconds) * 100,
      // Its timer is one resolution late at the least.
      generatorDelayMsP99: Math.max(0, this.#delay.percentile(99) / NS_PER_MS - 1),
    };
  }

  #connect(index: number): Promise<void> {
    const { host, port, symbol } = this.#plan;
    return new Promise((resolve, reject) => {
      let head: string | undefined = "";
      const frames = new FrameReader((opcode, bytes, start, end) => {
        if (opcode === Opcode.TEXT) this.#take(index, bytes, start, end);
        else if (opcode === Opcode.PING) socket.write(PONG);
      });
      const socket = connect({
        host,
        port,
        noDelay: true,
        onread: {
          buffer: this.#memory,
          callback: (length) => {
            let chunk = this.#memory.subarray(0, length);
            if (head !== undefined) {
              head += chunk.toString("latin1");
              const end = head.indexOf("\r\n\r\n");
              if (end < 0) return true;
              if (!head.startsWith("HTTP/1.1 101 ")) {
                reject(new Error(`a subscriber was answered ${head.slice(0, head.indexOf("\r\n"))}`));
                return true;
              }
              chunk = Buffer.from(head.slice(end + 4), "latin1");
              head = undefined;
              resolve();
            }
            if (chunk.length > 0) frames.read(chunk);
            return true;
          },
        },
      });
      this.#sockets.push(socket);
      socket.on("error", (error) => reject(error));
      socket.on("close", () => {
        if (!this.#ending) this.#closed++;
      });
      socket.write(
        `GET /ws/${symbol.toLowerCase()}@depth@100ms HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: Upgrade\r\n` +
          `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
          `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
      );
    });
  }

  #take(index: number, bytes: Buffer, start: number, end: number): void {
    const nowMs = performance.now() + this.#clockMs;
    this.#depth.read(bytes, start, end);
    const { eventMs, firstUpdateId, lastUpdateId } = this.#depth.head;
    const before = this.#lastUpdateIds[index]!;
    if (before !== 0 && firstUpdateId !== before + 1) this.#gaps++;
    this.#lastUpdateIds[index] = lastUpdateId;
    if (eventMs < this.#fromMs || eventMs >= this.#toMs) return;
    this.#counts[index]!++;
    this.#received++;
    this.#bytes += end - start;
    this.#histogram.recordValue(Math.max(1, Math.round((nowMs - eventMs) * 1000)));
  }
}

let subscribers: Subscribers | undefined;
const fail = (error: Error): void => {
  say({ kind: "failed", message: error.message });
  process.disconnect();
};

// The parent may end at any time; then nobody is left to listen for.
process.once("disconnect", () => process.exit());
process.on("message", (message: ToSubscribers) => {
  switch (message.kind) {
    case "plan":
      subscribers = new Subscribers(message.plan);
      subscribers.open().then(() => say({ kind: "open" }), fail);
      break;
    case "begin":
      subscribers!.measure().then((result) => {
        say({ kind: "result", result });
        process.disconnect();
      }, fail);
      break;
  }
});

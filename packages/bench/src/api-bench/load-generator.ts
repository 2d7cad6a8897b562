/**
 * The load generator, a process of its own, with one request under way on every connection. In a closed loop each
 * sends the next order as soon as it has its answer; in an open one orders are due at fixed times. It writes, signs,
 * sends and reads with as little of its own work as it can, and tells how much CPU it took.
 */
import { connect, type Socket } from "node:net";
import { build, type Histogram } from "hdr-histogram-js";
import { AnswerReader } from "./answer-reader.js";
import { ArrivalSchedule } from "./arrival-schedule.js";
import { OrderWriter } from "./order-writer.js";
import type { LoadMessage, LoadPlan } from "./plan.js";

/** A request without an answer after this counts as lost. */
const ANSWER_SECONDS_MAX = 10;

/** How often an open loop looks for orders that are due, in ms. What it is late by counts as latency. */
const TICK_MS = 1;

/** Pause before a connection that was refused is tried again, in ms. */
const RECONNECT_MS = 50;

/** Pause before an order is sent again that was refused because something was away, in ms. */
const RETRY_MS = 50;
/** What the exchange and nginx answer then. */
const IS_AWAY: ReadonlySet<number> = new Set([502, 503, 504]);

/** An order that was sent, or is about to be. */
interface Unanswered {
  readonly order: string;
  /** When it was due, or first sent. */
  readonly fromMs: number;
  /** It belongs to the timed part. */
  readonly counts: boolean;
}

interface Counts {
  sent: number;
  accepted: number;
  answers: number;
  lost: number;
  retried: number;
  readonly acceptedBySecond: number[];
  readonly retriedBySecond: number[];
  readonly rejected: Map<string, number>;
}

const newCounts = (): Counts => ({
  sent: 0,
  accepted: 0,
  answers: 0,
  lost: 0,
  retried: 0,
  acceptedBySecond: [],
  retriedBySecond: [],
  rejected: new Map(),
});

/** Counts one more in the second of a moment. */
function countIn(bySecond: number[], elapsedMs: number): void {
  const second = Math.max(0, Math.floor(elapsedMs / 1000));
  while (bySecond.length <= second) bySecond.push(0);
  bySecond[second]!++;
}
const say = (message: LoadMessage): void => {
  process.send?.(message);
};

class Generator {
  readonly #plan: LoadPlan;
  readonly #writer: OrderWriter;
  readonly #histogram: Histogram = build({ useWebAssembly: false, numberOfSignificantValueDigits: 3 });
  readonly #schedule: ArrivalSchedule | undefined;
  /** Connections that wait for an order to be due. */
  readonly #idle: ((dueMs: number) => void)[] = [];
  #counts = newCounts();
  /** Orders that are due from here on count. */
  #timedFromMs = Number.POSITIVE_INFINITY;
  readonly #sockets = new Set<Socket>();
  #sending = true;
  #ended = false;
  #underWay = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#writer = new OrderWriter(plan);
    if (plan.ratePerSecond !== undefined) this.#schedule = new ArrivalSchedule(plan.ratePerSecond);
  }

  async run(): Promise<void> {
    const plan = this.#plan;
    const sockets = await Promise.all(Array.from({ length: plan.connections }, () => this.#open()));
    this.#schedule?.begin(performance.now());
    sockets.forEach((socket, i) => {
      this.#drive(socket, i);
    });
    const ticks = this.#schedule === undefined ? undefined : setInterval(() => this.#sendDue(), TICK_MS);
    await pause(plan.warmUpSeconds * 1000);
    this.#counts = newCounts();
    this.#histogram.reset();
    const cpu = process.cpuUsage();
    const startMs = performance.now();
    this.#timedFromMs = startMs;
    for (;;) {
      await pause(500);
      const seconds = (performance.now() - startMs) / 1000;
      say({
        kind: "progress",
        fraction: Math.min(1, seconds / plan.seconds),
        answersPerSecond: this.#counts.answers / seconds,
      });
      if (seconds >= plan.seconds) break;
    }
    const seconds = (performance.now() - startMs) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const answersAtEnd = this.#counts.answers;
    const acceptedAtEnd = this.#counts.accepted;
    // What is still under way is waited for, so that nothing is called lost that was only late.
    this.#sending = false;
    this.#schedule?.end(startMs + seconds * 1000);
    const deadlineMs = performance.now() + ANSWER_SECONDS_MAX * 1000;
    while ((this.#underWay > 0 || this.#unsent > 0) && performance.now() < deadlineMs) await pause(20);
    clearInterval(ticks);
    this.#counts.sent += this.#unsent;
    this.#counts.lost += this.#underWay + this.#unsent;
    this.#ended = true;
    for (const socket of this.#sockets) socket.destroy();
    const wholeSeconds = (counted: readonly number[]): number[] =>
      Array.from({ length: Math.floor(seconds) }, (_, second) => counted[second] ?? 0);
    const latency = (percentile: number): number => this.#histogram.getValueAtPercentile(percentile) / 1000;
    say({
      kind: "result",
      result: {
        seconds,
        sent: this.#counts.sent,
        accepted: this.#counts.accepted,
        rejected: Object.fromEntries(this.#counts.rejected),
        lost: this.#counts.lost,
        retried: this.#counts.retried,
        acceptedBySecond: wholeSeconds(this.#counts.acceptedBySecond),
        retriedBySecond: wholeSeconds(this.#counts.retriedBySecond),
        answersPerSecond: answersAtEnd / seconds,
        ordersPerSecond: acceptedAtEnd / seconds,
        latencyMs: {
          mean: this.#histogram.mean / 1000,
          p50: latency(50),
          p99: latency(99),
          p999: latency(99.9),
          max: latency(100),
        },
        generatorCpuPercent: (user + system) / 1e4 / seconds,
      },
    });
  }

  #open(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: this.#plan.host, port: this.#plan.port, noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        this.#sockets.add(socket);
        socket.once("close", () => this.#sockets.delete(socket));
        resolve(socket);
      });
    });
  }

  /** Connects again where a connection has ended, as clients do, and sends there what it has not been answered. */
  async #again(index: number, unanswered: Unanswered | undefined): Promise<void> {
    while (!this.#ended) {
      try {
        this.#drive(await this.#open(), index, unanswered);
        return;
      } catch {
        await pause(RECONNECT_MS);
      }
    }
  }

  /** Orders that are due and have found no connection. */
  get #unsent(): number {
    return this.#schedule?.waiting(performance.now()) ?? 0;
  }

  /** Sends what is due, as far as there are connections. */
  #sendDue(): void {
    const nowMs = performance.now();
    while (this.#idle.length > 0) {
      const dueMs = this.#schedule!.take(nowMs);
      if (dueMs === undefined) return;
      this.#idle.pop()!(dueMs);
    }
  }

  #drive(socket: Socket, index: number, unanswered?: Unanswered): void {
    let waiting: Unanswered | undefined;
    const write = (order: Unanswered): void => {
      waiting = order;
      socket.write(this.#writer.request(index, order.order, Date.now()), "latin1");
    };
    const send = (dueMs: number): void => {
      const counts = dueMs >= this.#timedFromMs;
      if (counts) {
        this.#counts.sent++;
        this.#underWay++;
      }
      write({ order: this.#writer.next(), fromMs: dueMs, counts });
    };
    const retry = (order: Unanswered): void => {
      if (order.counts) {
        this.#counts.retried++;
        countIn(this.#counts.retriedBySecond, performance.now() - this.#timedFromMs);
      }
      write(order);
    };
    const next = (): void => {
      const nowMs = performance.now();
      if (this.#schedule === undefined) {
        if (this.#sending) send(nowMs);
        return;
      }
      const dueMs = this.#schedule.take(nowMs);
      if (dueMs === undefined) this.#idle.push(send);
      else send(dueMs);
    };
    const reader = new AnswerReader((status, body, isLast) => {
      const order = waiting!;
      if (this.#plan.retries === true && IS_AWAY.has(status)) {
        // Not at once: who is away is not helped by more requests. Should the connection end first, another one retries.
        setTimeout(() => {
          if (!socket.destroyed) retry(order);
        }, RETRY_MS);
        return;
      }
      waiting = undefined;
      if (order.counts) {
        this.#underWay--;
        this.#histogram.recordValue(Math.max(1, Math.round((performance.now() - order.fromMs) * 1000)));
        this.#count(status, body);
      }
      // Another request on this connection would not be read.
      if (isLast) socket.destroy();
      else next();
    });
    const broken = (): void => {
      const idleAt = this.#idle.indexOf(send);
      if (idleAt >= 0) this.#idle.splice(idleAt, 1);
      const retries = this.#plan.retries === true;
      if (!retries && waiting?.counts === true) {
        this.#underWay--;
        this.#counts.lost++;
      }
      void this.#again(index, retries ? waiting : undefined);
    };
    socket.on("data", (chunk: Buffer) => {
      reader.push(chunk);
    });
    // What went wrong is followed by the close.
    socket.on("error", () => {});
    socket.once("close", broken);
    if (unanswered === undefined) next();
    else retry(unanswered);
  }

  #count(status: number, body: Buffer): void {
    this.#counts.answers++;
    if (status === 200) {
      this.#counts.accepted++;
      countIn(this.#counts.acceptedBySecond, performance.now() - this.#timedFromMs);
      return;
    }
    const reason = reasonOf(status, body);
    this.#counts.rejected.set(reason, (this.#counts.rejected.get(reason) ?? 0) + 1);
  }
}

function reasonOf(status: number, body: Buffer): string {
  try {
    const { code, msg } = JSON.parse(body.toString()) as { code?: number; msg?: string };
    return `${status} ${code} ${msg}`;
  } catch {
    return `${status} ${body.toString("latin1", 0, 80)}`;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

// The parent may end at any time; nobody is left to load a server for.
process.once("disconnect", () => process.exit(1));
process.once("message", (plan: LoadPlan) => {
  new Generator(plan).run().then(
    () => process.disconnect(),
    (error: Error) => {
      say({ kind: "failed", message: error.message });
      process.disconnect();
    },
  );
});

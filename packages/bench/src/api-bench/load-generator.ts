/**
 * The load generator, a process of its own. In a closed loop a connection sends its next request as soon as it has an
 * answer; in an open one requests are due at fixed times. It writes, signs, sends and reads with as little of its own
 * work as it can, and tells how much CPU it took and how late it was itself.
 */
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { build, type Histogram } from "hdr-histogram-js";
import { ArrivalSchedule } from "./arrival-schedule.js";
import { BatchTransport } from "./batch-transport.js";
import { HttpTransport } from "./http-transport.js";
import { LoadCounts } from "./load-counts.js";
import type { LoadSource, LoadTransport, Send, Unanswered } from "./load-transport.js";
import { OrderFlow } from "./order-flow.js";
import type { LoadMessage, LoadPlan, LoadResult } from "./plan.js";
import { WarmUp, WINDOW_SECONDS } from "./warm-up.js";
import { WebSocketTransport } from "./websocket-transport.js";

/** A request without an answer after this counts as lost. */
const ANSWER_SECONDS_MAX = 10;

/** How often an open loop looks for requests that are due, in ms. What it is late by counts as latency. */
const TICK_MS = 1;

/** What the exchange and nginx answer when something they need is away. */
const IS_AWAY: ReadonlySet<number> = new Set([502, 503, 504]);

const NS_PER_MS = 1e6;

const TRANSPORTS = {
  http: HttpTransport,
  websocket: WebSocketTransport,
  batches: BatchTransport,
} as const satisfies Record<LoadPlan["transport"], new (plan: LoadPlan, source: LoadSource) => LoadTransport>;

const say = (message: LoadMessage): void => {
  process.send?.(message);
};

class Generator implements LoadSource {
  readonly #plan: LoadPlan;
  readonly #flow: OrderFlow;
  readonly #transport: LoadTransport;
  readonly #histogram: Histogram = build({ useWebAssembly: false, numberOfSignificantValueDigits: 3 });
  readonly #delay: IntervalHistogram = monitorEventLoopDelay({ resolution: 1 });
  readonly #schedule: ArrivalSchedule | undefined;
  /** Connections that wait for a request to be due. */
  readonly #idle: { readonly key: number; readonly send: Send }[] = [];
  #counts = new LoadCounts();
  /** Requests that are due from here on count. */
  #timedFromMs = Number.POSITIVE_INFINITY;
  #sending = true;
  #underWay = 0;
  #failed: ((error: Error) => void) | undefined;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#flow = new OrderFlow(plan);
    this.#transport = new TRANSPORTS[plan.transport](plan, this);
    if (plan.ratePerSecond !== undefined) this.#schedule = new ArrivalSchedule(plan.ratePerSecond);
  }

  async run(): Promise<LoadResult> {
    const failure = new Promise<never>((_, reject) => {
      this.#failed = reject;
    });
    return Promise.race([failure, this.#measure()]);
  }

  async #measure(): Promise<LoadResult> {
    const plan = this.#plan;
    const begin = await this.#transport.open();
    this.#schedule?.begin(performance.now());
    begin();
    const ticks = this.#schedule === undefined ? undefined : setInterval(() => this.#sendDue(), TICK_MS);
    const warmUp = await this.#warmUp();
    this.#counts = new LoadCounts();
    this.#histogram.reset();
    this.#delay.enable();
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
        answers: this.#counts.answers,
      });
      if (seconds >= plan.seconds) break;
    }
    const seconds = (performance.now() - startMs) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    this.#delay.disable();
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
    this.#transport.close();
    const latency = (percentile: number): number => this.#histogram.getValueAtPercentile(percentile) / 1000;
    return {
      ...warmUp,
      seconds,
      sent: this.#counts.sent,
      accepted: this.#counts.accepted,
      rejected: this.#counts.rejected,
      lost: this.#counts.lost,
      retried: this.#counts.retried,
      acceptedBySecond: this.#counts.acceptedBySecond(seconds),
      retriedBySecond: this.#counts.retriedBySecond(seconds),
      meanLatencyMsBySecond: this.#counts.meanLatencyMsBySecond(seconds),
      answersPerSecond: answersAtEnd / seconds,
      ordersPerSecond: acceptedAtEnd / seconds,
      latencyMs: {
        mean: this.#histogram.mean / 1000,
        p50: latency(50),
        p99: latency(99),
        p999: latency(99.9),
        p9999: latency(99.99),
        max: latency(100),
      },
      generatorCpuPercent: (user + system) / 1e4 / seconds,
      // Its timer is one resolution late at the least.
      generatorDelayMsP99: Math.max(0, this.#delay.percentile(99) / NS_PER_MS - 1),
    };
  }

  async #warmUp(): Promise<Pick<LoadResult, "warmUpSeconds" | "isWarm">> {
    const { warmUpSeconds, warmUpSecondsMax = warmUpSeconds } = this.#plan;
    const startMs = performance.now();
    const elapsed = (): number => (performance.now() - startMs) / 1000;
    await pause(warmUpSeconds * 1000);
    const warmUp = new WarmUp();
    let isWarm = warmUpSecondsMax <= warmUpSeconds;
    while (!isWarm && elapsed() < warmUpSecondsMax) {
      this.#counts = new LoadCounts();
      await pause(Math.min(WINDOW_SECONDS, warmUpSecondsMax - elapsed()) * 1000);
      isWarm = warmUp.isWarmAfter(this.#counts.answers);
      say({ kind: "warm-up", answersPerSecond: this.#counts.answers / WINDOW_SECONDS });
    }
    return { warmUpSeconds: elapsed(), isWarm };
  }

  take(key: number, send: Send): void {
    const nowMs = performance.now();
    if (this.#schedule === undefined) {
      if (this.#sending) this.#begin(key, send, nowMs);
      return;
    }
    const dueMs = this.#schedule.take(nowMs);
    if (dueMs === undefined) this.#idle.push({ key, send });
    else this.#begin(key, send, dueMs);
  }

  withdraw(send: Send): void {
    for (let i = this.#idle.length - 1; i >= 0; i--)
      if (this.#idle[i]!.send === send) this.#idle.splice(i, 1);
  }

  answered({ fromMs, counts }: Unanswered, status: number, body: () => string): boolean {
    if (this.#plan.retries === true && IS_AWAY.has(status)) return true;
    const nowMs = performance.now();
    if (counts) {
      this.#underWay--;
      this.#histogram.recordValue(Math.max(1, Math.round((nowMs - fromMs) * 1000)));
      this.#counts.latency(nowMs - fromMs, nowMs - this.#timedFromMs);
    }
    // Before the timed part all are counted, for the warm-up.
    if (counts || this.#timedFromMs === Number.POSITIVE_INFINITY) {
      if (status === 200) this.#counts.accept(nowMs - this.#timedFromMs);
      else this.#counts.reject(reasonOf(status, body()));
    }
    return false;
  }

  broken({ counts }: Unanswered): boolean {
    if (this.#plan.retries === true) return true;
    if (counts) {
      this.#underWay--;
      this.#counts.lost++;
    }
    return false;
  }

  retrying({ counts }: Unanswered): void {
    if (counts) this.#counts.retry(performance.now() - this.#timedFromMs);
  }

  fail(error: Error): void {
    this.#failed!(error);
  }

  /** Requests that are due and have found no connection. */
  get #unsent(): number {
    return this.#schedule?.waiting(performance.now()) ?? 0;
  }

  /** Sends what is due, as far as there are connections. */
  #sendDue(): void {
    const nowMs = performance.now();
    while (this.#idle.length > 0) {
      const dueMs = this.#schedule!.take(nowMs);
      if (dueMs === undefined) return;
      const { key, send } = this.#idle.pop()!;
      this.#begin(key, send, dueMs);
    }
  }

  #begin(key: number, send: Send, fromMs: number): void {
    const counts = fromMs >= this.#timedFromMs;
    if (counts) {
      this.#counts.sent++;
      this.#underWay++;
    }
    send({ request: this.#flow.next(key), fromMs, counts });
  }
}

function reasonOf(status: number, body: string): string {
  try {
    const { code, msg } = JSON.parse(body) as { code?: number; msg?: string };
    return `${status} ${code} ${msg}`;
  } catch {
    return `${status} ${body.slice(0, 80)}`;
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

// The parent may end at any time; nobody is left to load a server for.
process.once("disconnect", () => process.exit(1));
process.once("message", (plan: LoadPlan) => {
  new Generator(plan).run().then(
    (result) => {
      say({ kind: "result", result });
      process.disconnect();
    },
    (error: Error) => {
      say({ kind: "failed", message: error.message });
      process.disconnect();
    },
  );
});

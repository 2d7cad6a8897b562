import type { Clock } from "../../platform/clock.js";
import type { Logger } from "../../platform/logging.js";
import { type Cluster, connectRedis, type RedisAccess } from "../../platform/redis-connection.js";
import type { Timers } from "../../platform/timers.js";
import type { WindowCounter, WindowCounters } from "../../platform/window-counters.js";
import { type Gathered, SharedCounter } from "./shared-counter.js";

/** How long what was counted gathers before it is sent, in ms: other gateways see it that much later. */
const GATHER_MS = 200;

/** How long until it is sent again after Redis did not take it, in ms. */
const RETRY_MS = 1_000;

const NO_NODE = "no node of the Redis Cluster can be reached";

/** A node that answers nothing for this long, in ms, has failed. */
const SILENCE_MS_MAX = 1_500;

export interface SharedCountersParts {
  readonly redis: RedisAccess;
  /** The gateway's own, for Redis's list of clients. */
  readonly name: string;
  /** How many gateways there are: alone, each counts for all of them. */
  readonly gateways: number;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * Counters that gateways share over a Redis Cluster. Nothing waits for Redis: a count is the last known total and what
 * was counted here since, which is sent a few times a second, and not at all when nothing was counted. While Redis is
 * away, what is counted here counts once for every gateway, as if all of them were as busy: limits get stricter, never
 * looser. What was counted meanwhile is sent when Redis is back.
 */
export class SharedCounters implements WindowCounters {
  readonly #parts: SharedCountersParts;
  readonly #client: Cluster;
  readonly #counters: SharedCounter[] = [];
  #cancelFlush: (() => void) | undefined;
  #isSending = false;
  #isDown = false;
  #isClosed = false;

  constructor(parts: SharedCountersParts) {
    this.#parts = parts;
    this.#client = connectRedis(parts.redis, {
      name: `${parts.name}-counters`,
      silenceMsMax: SILENCE_MS_MAX,
      onError: (error) => this.#down(error),
    });
  }

  /** Whether counts are those of all gateways. */
  get isShared(): boolean {
    return !this.#isDown && this.#client.status === "ready";
  }

  counter(name: string, lengthUs: number): WindowCounter {
    const { clock, gateways } = this.#parts;
    const counter = new SharedCounter({
      name,
      lengthUs,
      clock,
      factor: () => (this.isShared ? 1 : gateways),
      onChange: () => this.#flushSoon(),
    });
    this.#counters.push(counter);
    return counter;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelFlush?.();
    this.#client.disconnect();
  }

  #flushSoon(): void {
    if (this.#isClosed || this.#isSending || this.#cancelFlush !== undefined) return;
    this.#cancelFlush = this.#parts.timers.after(this.#isDown ? RETRY_MS : GATHER_MS, () => {
      this.#cancelFlush = undefined;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    this.#isSending = true;
    const errors = await Promise.all(this.#counters.map((counter) => this.#send(counter)));
    this.#isSending = false;
    if (this.#isClosed) return;
    let error = errors.find((each) => each !== undefined);
    // Where nothing was to be sent, the connection tells.
    if (this.#client.status !== "ready") error ??= new Error(NO_NODE);
    if (error === undefined) this.#up();
    else this.#down(error);
    if (this.#isDown || this.#counters.some(({ hasChanged }) => hasChanged)) this.#flushSoon();
  }

  /** Sends what a counter has gathered, and resolves with what went wrong. */
  async #send(counter: SharedCounter): Promise<Error | undefined> {
    const gathered = counter.take();
    if (gathered === undefined) return undefined;
    try {
      gathered.arrived(await this.#add(counter, gathered));
      return undefined;
    } catch (error) {
      gathered.failed();
      return error as Error;
    }
  }

  /** Adds to a window's hash in Redis, all in one message, and resolves with the totals. */
  async #add({ name, lengthUs }: SharedCounter, { window, amounts }: Gathered): Promise<number[]> {
    // A pipeline would wait for it.
    if (this.#client.status !== "ready") throw new Error(NO_NODE);
    const hash = `bw:{count:${name}}:${window}`;
    const pipeline = this.#client.pipeline();
    for (const { key, amount } of amounts) pipeline.hincrby(hash, key, amount);
    // Twice the window: clocks differ, and what nobody asks for any more is to vanish.
    pipeline.expire(hash, Math.ceil((2 * lengthUs) / 1_000_000));
    const answers = (await pipeline.exec()) ?? [];
    for (const [error] of answers) if (error !== null) throw error;
    return answers.slice(0, amounts.length).map(([, total]) => total as number);
  }

  #down(error: Error): void {
    if (this.#isDown || this.#isClosed) return;
    this.#isDown = true;
    this.#parts.logger.warn(
      { err: error },
      "Redis can't be reached: this gateway counts requests and orders alone, and as if all were as busy",
    );
    // Also when there is nothing to share: it must learn that Redis is back.
    this.#flushSoon();
  }

  #up(): void {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#parts.logger.info("requests and orders are counted over all gateways again");
  }
}

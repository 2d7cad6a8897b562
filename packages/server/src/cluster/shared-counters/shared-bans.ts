import { type Ban, type Bans, LocalBans } from "../../platform/bans.js";
import type { Clock } from "../../platform/clock.js";
import type { Logger } from "../../platform/logging.js";
import { type Cluster, connectRedis, type RedisAccess } from "../../platform/redis-connection.js";
import type { Timers } from "../../platform/timers.js";

/** How often it is looked for bans of other gateways, in ms: they hold here that much later. */
const LOOK_MS = 500;

/** A node that answers nothing for this long, in ms, has failed. */
const SILENCE_MS_MAX = 1_500;

/** A hash of all bans: by address, when it ends and how long it was, in µs. */
const BANS = "bw:bans";

export interface SharedBansParts {
  readonly redis: RedisAccess;
  /** The gateway's own, for Redis's list of clients. */
  readonly name: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * Bans that gateways share over a Redis Cluster. Nothing waits for Redis: a ban holds here at once, and at the others
 * when they look next. While Redis is away each gateway bans by itself; what it banned is shared when Redis is back.
 */
export class SharedBans implements Bans {
  readonly #parts: SharedBansParts;
  readonly #local: LocalBans;
  readonly #client: Cluster;
  /** Bans made here that Redis does not have. */
  readonly #unsent = new Map<string, Ban>();
  #cancelLook: () => void = () => undefined;
  #isDown = false;
  #isClosed = false;

  constructor(parts: SharedBansParts) {
    this.#parts = parts;
    this.#local = new LocalBans(parts.clock);
    this.#client = connectRedis(parts.redis, {
      name: `${parts.name}-bans`,
      silenceMsMax: SILENCE_MS_MAX,
      onError: (error) => this.#down(error),
    });
    this.#lookLater();
  }

  get size(): number {
    return this.#local.size;
  }

  until(address: string): number {
    return this.#local.until(address);
  }

  ban(address: string): number {
    const untilUs = this.#local.ban(address);
    this.#unsent.set(address, this.#local.get(address)!);
    return untilUs;
  }

  onBan(listener: (address: string, untilUs: number) => void): () => void {
    return this.#local.onBan(listener);
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelLook();
    this.#client.disconnect();
  }

  #lookLater(): void {
    this.#cancelLook = this.#parts.timers.after(LOOK_MS, () => {
      void this.#look().then(
        () => {
          this.#isDown = false;
        },
        (error: Error) => this.#down(error),
      );
    });
  }

  /** Sends what was banned here, and takes what was banned elsewhere. */
  async #look(): Promise<void> {
    try {
      // A command would reject at once, as it does while a connection is made.
      if (this.#client.status !== "ready") return;
      for (const [address, ban] of this.#unsent) {
        await this.#client.hset(BANS, address, `${ban.untilUs} ${ban.lengthUs}`);
        if (this.#unsent.get(address) === ban) this.#unsent.delete(address);
      }
      for (const [address, text] of Object.entries(await this.#client.hgetall(BANS))) {
        const [untilUs = 0, lengthUs = 0] = text.split(" ").map(Number);
        if (untilUs > (this.#local.get(address)?.untilUs ?? 0))
          this.#local.set(address, { untilUs, lengthUs });
      }
      const old = this.#local.forget();
      if (old.length > 0) await this.#client.hdel(BANS, ...old);
    } finally {
      if (!this.#isClosed) this.#lookLater();
    }
  }

  #down(error: Error): void {
    if (this.#isDown || this.#isClosed) return;
    this.#isDown = true;
    this.#parts.logger.warn({ err: error }, "Redis can't be reached: this gateway bans addresses by itself");
  }
}

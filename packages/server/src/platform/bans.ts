import type { Clock } from "./clock.js";

const US_PER_MINUTE = 60_000_000;

/** The first ban of an address, in µs; each one after it is twice as long. */
export const BAN_US_MIN = 2 * US_PER_MINUTE;
export const BAN_US_MAX = 3 * 24 * 60 * US_PER_MINUTE;

/** So long after its end, in µs, a ban is forgotten: the next one is a first one again. */
export const BAN_MEMORY_US = BAN_US_MAX;

/** Addresses that are refused for some time. All answer at once. */
export interface Bans {
  /** µs since 1970 at which an address's ban ends; 0 when it is not banned. */
  until(address: string): number;

  /** Bans an address, for longer than the last time. Returns when it ends; one that is banned stays so until then. */
  ban(address: string): number;

  /** Calls back with every address that is banned from now on. Returns how to stop. */
  onBan(listener: (address: string, untilUs: number) => void): () => void;

  /** How many addresses are banned. */
  readonly size: number;
}

/** A ban, over or not. */
export interface Ban {
  readonly untilUs: number;
  readonly lengthUs: number;
}

/** Bans as this process knows them. */
export class LocalBans implements Bans {
  readonly #clock: Clock;
  readonly #bans = new Map<string, Ban>();
  readonly #listeners = new Set<(address: string, untilUs: number) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    const nowUs = this.#clock.nowUs();
    let count = 0;
    for (const { untilUs } of this.#bans.values()) if (untilUs > nowUs) count++;
    return count;
  }

  until(address: string): number {
    // Nearly always there are none.
    if (this.#bans.size === 0) return 0;
    const ban = this.#bans.get(address);
    return ban !== undefined && ban.untilUs > this.#clock.nowUs() ? ban.untilUs : 0;
  }

  ban(address: string): number {
    const nowUs = this.#clock.nowUs();
    this.forget();
    const last = this.#bans.get(address);
    if (last !== undefined && last.untilUs > nowUs) return last.untilUs;
    const lengthUs = last === undefined ? BAN_US_MIN : Math.min(2 * last.lengthUs, BAN_US_MAX);
    const untilUs = nowUs + lengthUs;
    this.set(address, { untilUs, lengthUs });
    return untilUs;
  }

  onBan(listener: (address: string, untilUs: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The last ban of an address, over or not. */
  get(address: string): Ban | undefined {
    return this.#bans.get(address);
  }

  /** Takes a ban in the place of the last one. */
  set(address: string, ban: Ban): void {
    const nowUs = this.#clock.nowUs();
    const wasBanned = this.until(address) > 0;
    this.#bans.set(address, ban);
    if (wasBanned || ban.untilUs <= nowUs) return;
    for (const listener of this.#listeners) listener(address, ban.untilUs);
  }

  /** Forgets bans that are long over, and returns their addresses. */
  forget(): string[] {
    const nowUs = this.#clock.nowUs();
    const old = [...this.#bans].flatMap(([address, { untilUs }]) =>
      untilUs + BAN_MEMORY_US <= nowUs ? [address] : [],
    );
    for (const address of old) this.#bans.delete(address);
    return old;
  }
}

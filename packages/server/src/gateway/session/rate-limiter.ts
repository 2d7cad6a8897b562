/**
 * How much clients have used, and who has used too much: request weight, raw requests and connections by address (as
 * `countedAs` counts it), orders by account. Who goes on after refusals is banned. What nobody exceeds costs a few look-ups.
 */
import type { Bans } from "../../platform/bans.js";
import type { Clock } from "../../platform/clock.js";
import type { WindowCounter, WindowCounters } from "../../platform/window-counters.js";
import { ApiErrors } from "../errors.js";
import {
  intervalText,
  intervalUs,
  LimitsSetting,
  limitJson,
  PUBLISHED_LIMITS,
  type RateLimit,
  type RateLimitName,
} from "./rate-limits.js";
import { RateRefusal } from "./rate-refusal.js";

/** Refusals of an address within a minute after which it is banned: more than were under way when it began. */
export const REFUSALS_MAX = 100;
const REFUSALS_US = 60_000_000;

/** Addresses over a limit that are remembered before those whose interval is over are looked for. */
const OVER_KEPT = 1_024;

export interface RateLimiterParts {
  readonly counters: WindowCounters;
  readonly bans: Bans;
  readonly clock: Clock;
  readonly setting: LimitsSetting;
}

/** One limit, and what is used of it. */
class Meter {
  readonly limit: RateLimit;
  readonly lengthUs: number;
  readonly #max: number;
  readonly #counter: WindowCounter;

  constructor(name: RateLimitName, { counters, setting }: RateLimiterParts) {
    this.limit = PUBLISHED_LIMITS[name];
    this.lengthUs = intervalUs(this.limit);
    this.#max = setting === LimitsSetting.NONE ? Number.POSITIVE_INFINITY : this.limit.limit;
    this.#counter = counters.counter(name, this.lengthUs);
  }

  add(key: string, amount: number): number {
    return this.#counter.add(key, amount);
  }

  get(key: string): number {
    return this.#counter.get(key);
  }

  isOver(count: number): boolean {
    return count > this.#max;
  }
}

export class RateLimiter {
  readonly #clock: Clock;
  readonly #bans: Bans;
  readonly #enforces: boolean;
  readonly #weight: Meter;
  readonly #requests: Meter;
  readonly #orders: readonly [tenSeconds: Meter, day: Meter];
  readonly #connections: Meter;
  readonly #refusals: WindowCounter;
  /** Addresses over a limit, with the limit and when its interval ends. */
  readonly #over = new Map<string, { readonly meter: Meter; readonly untilUs: number }>();
  /** Orders by account that were sent and not answered. */
  readonly #pending = new Map<number, number>();
  /** Limits as `exchangeInfo` lists them. */
  readonly limitsJson: string;
  /** What was refused, by type of limit, since the start. */
  readonly refused = new Map<string, number>();

  constructor(parts: RateLimiterParts) {
    this.#clock = parts.clock;
    this.#bans = parts.bans;
    this.#enforces = parts.setting !== LimitsSetting.NONE;
    this.#weight = new Meter("weight", parts);
    this.#requests = new Meter("requests", parts);
    this.#orders = [new Meter("orders10s", parts), new Meter("orders1d", parts)];
    this.#connections = new Meter("connections", parts);
    this.#refusals = parts.counters.counter("refusals", REFUSALS_US);
    // Clients know no limit of connections here.
    const told = [this.#weight, ...this.#orders, this.#requests];
    this.limitsJson = this.#listed(told.map(({ limit }) => limitJson(limit)));
  }

  /** Refuses an address that is banned or over a limit. Throws {@link RateRefusal}. Before anything else is done. */
  admit(address: string): void {
    const bannedUntilUs = this.#bans.until(address);
    if (bannedUntilUs > 0) throw this.#banned(bannedUntilUs);
    if (this.#over.size === 0) return;
    const over = this.#over.get(address);
    if (over === undefined) return;
    const nowUs = this.#clock.nowUs();
    if (nowUs >= over.untilUs) this.#over.delete(address);
    else throw this.#refusal(over.meter, nowUs);
  }

  /**
   * Counts a request, and returns the weight that its address has used in this minute. Throws {@link RateRefusal}
   * when it is more than the address may.
   */
  take(address: string, weight: number): number {
    const used = this.#weight.add(address, weight);
    const over = this.#exceeded(address, used);
    if (over !== undefined) throw this.#refusal(over, this.#clock.nowUs());
    return used;
  }

  /** Counts a request that is refused anyway. */
  note(address: string, weight: number): void {
    const over = this.#exceeded(address, this.#weight.add(address, weight));
    if (over !== undefined) this.#strike(address);
  }

  /** What an address has used in this minute. */
  weight(address: string): number {
    return this.#weight.get(address);
  }

  /** Counts an attempt to open a WebSocket. Throws {@link RateRefusal} when it is one too many. */
  connect(address: string): void {
    const bannedUntilUs = this.#bans.until(address);
    if (bannedUntilUs > 0) throw this.#banned(bannedUntilUs);
    const meter = this.#connections;
    if (meter.isOver(meter.add(address, 1))) throw this.#refusal(meter, this.#clock.nowUs());
  }

  /** Counts that an address was refused. Bans it when it goes on; orders are an account's, and ban nobody. */
  struck(address: string, refusal: RateRefusal): void {
    if (refusal.isOfAddress) this.#strike(address);
  }

  #strike(address: string): void {
    if (this.#refusals.add(address, 1) > REFUSALS_MAX) this.#bans.ban(address);
  }

  /**
   * Counts orders that are about to be sent; each must be followed by {@link ordersAnswered}. Throws
   * {@link RateRefusal} when they are more than the account may.
   */
  takeOrders(account: number, orders: number): void {
    if (!this.#enforces) return;
    const pending = this.#pending.get(account) ?? 0;
    const key = String(account);
    for (const meter of this.#orders) {
      if (meter.isOver(meter.get(key) + pending + orders)) throw this.#refusal(meter, this.#clock.nowUs());
    }
    this.#pending.set(account, pending + orders);
  }

  /** Orders that were sent are answered, or never will be; `taken` of them count. */
  ordersAnswered(account: number, orders: number, taken: number): void {
    if (this.#enforces) {
      const pending = this.#pending.get(account)! - orders;
      if (pending === 0) this.#pending.delete(account);
      else this.#pending.set(account, pending);
    }
    if (taken > 0) for (const meter of this.#orders) meter.add(String(account), taken);
  }

  /** An order of an account has traded for the first time: it counts no more. */
  orderTraded(account: number): void {
    for (const meter of this.#orders) meter.add(String(account), -1);
  }

  orders(account: number): { readonly tenSeconds: number; readonly day: number } {
    const key = String(account);
    return { tenSeconds: this.#orders[0].get(key), day: this.#orders[1].get(key) };
  }

  /** The limits of an account's orders with what is used of them, as `rateLimit/order` lists them. */
  ordersJson(account: number): string {
    const key = String(account);
    return this.#listed(this.#orders.map((meter) => limitJson(meter.limit, meter.get(key))));
  }

  /** The limits that an answer of the WebSocket API lists; `account` < 0 when it is about no orders. */
  usedJson(address: string, account: number): string {
    const used = [limitJson(this.#weight.limit, this.#weight.get(address))];
    if (account >= 0) {
      const key = String(account);
      used.unshift(...this.#orders.map((meter) => limitJson(meter.limit, meter.get(key))));
    }
    return this.#listed(used);
  }

  #listed(limits: readonly string[]): string {
    return this.#enforces ? `[${limits.join(",")}]` : "[]";
  }

  /** Counts a request, and returns the limit that it exceeds, when its weight is in `used` already. */
  #exceeded(address: string, used: number): Meter | undefined {
    const requests = this.#requests.add(address, 1);
    if (this.#weight.isOver(used)) return this.#remember(address, this.#weight);
    if (this.#requests.isOver(requests)) return this.#remember(address, this.#requests);
    return undefined;
  }

  #remember(address: string, meter: Meter): Meter {
    const nowUs = this.#clock.nowUs();
    if (this.#over.size >= OVER_KEPT) {
      for (const [other, { untilUs }] of this.#over) if (untilUs <= nowUs) this.#over.delete(other);
    }
    this.#over.set(address, { meter, untilUs: endOf(meter, nowUs) });
    return meter;
  }

  #refusal(meter: Meter, nowUs: number): RateRefusal {
    const { limit } = meter;
    this.#tell(limit.type);
    const entry = {
      REQUEST_WEIGHT: ApiErrors.TOO_MUCH_WEIGHT,
      RAW_REQUESTS: ApiErrors.TOO_MANY_REQUESTS,
      ORDERS: ApiErrors.TOO_MANY_ORDERS,
      CONNECTIONS: ApiErrors.TOO_MANY_CONNECTIONS,
    }[limit.type];
    const message = entry.message.replace("%s", String(limit.limit)).replace("%s", intervalText(limit));
    return new RateRefusal(entry, message, { nowUs, retryUs: endOf(meter, nowUs) });
  }

  #banned(untilUs: number): RateRefusal {
    this.#tell("BANNED");
    const entry = ApiErrors.ADDRESS_BANNED;
    const message = entry.message.replace("%s", String(Math.ceil(untilUs / 1000)));
    return new RateRefusal(entry, message, { nowUs: this.#clock.nowUs(), retryUs: untilUs });
  }

  #tell(type: string): void {
    this.refused.set(type, (this.refused.get(type) ?? 0) + 1);
  }
}

/** When the interval of a limit ends, in µs since 1970. */
function endOf({ lengthUs }: Meter, nowUs: number): number {
  return (Math.floor(nowUs / lengthUs) + 1) * lengthUs;
}

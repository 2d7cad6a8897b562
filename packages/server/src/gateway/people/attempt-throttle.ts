/**
 * Slows down who guesses: by login and by address, longer with every failure. An attempt counts as failed from its
 * beginning, so that many at once are no way around it. Kept by each gateway for itself.
 */
import type { Clock } from "../../platform/clock.js";
import { PeopleRefusal } from "./people-errors.js";

interface Rule {
  /** Failures that cost nothing. */
  readonly free: number;
  /** The longest wait, in s. */
  readonly secondsMax: number;
}

/** The wait after the first failure that is not free is 1 s, and doubles with each further one. */
const BY_LOGIN: Rule = { free: 5, secondsMax: 300 };
/** Many people share an address. */
const BY_ADDRESS: Rule = { free: 20, secondsMax: 900 };
/** After this time without an attempt nothing is held against anybody. */
const FORGOTTEN_US = 3_600_000_000;
/** Logins, and addresses, that are remembered: of more the longest unseen are forgotten. */
const KEPT_MAX = 50_000;

interface Failures {
  count: number;
  lastUs: number;
  untilUs: number;
}

class Memory {
  readonly #rule: Rule;
  readonly #keptMax: number;
  /** The longest unseen first. */
  readonly #failures = new Map<string, Failures>();

  constructor(rule: Rule, keptMax: number) {
    this.#rule = rule;
    this.#keptMax = keptMax;
  }

  untilUs(key: string, nowUs: number): number {
    return this.#of(key, nowUs)?.untilUs ?? 0;
  }

  add(key: string, nowUs: number): void {
    const count = (this.#of(key, nowUs)?.count ?? 0) + 1;
    const over = count - this.#rule.free;
    const seconds = over <= 0 ? 0 : Math.min(this.#rule.secondsMax, 2 ** Math.min(over - 1, 20));
    this.#failures.delete(key);
    this.#failures.set(key, { count, lastUs: nowUs, untilUs: nowUs + seconds * 1_000_000 });
    if (this.#failures.size > this.#keptMax) {
      for (const oldest of this.#failures.keys()) {
        this.#failures.delete(oldest);
        break;
      }
    }
  }

  takeBack(key: string): void {
    const failures = this.#failures.get(key);
    if (failures === undefined) return;
    failures.count--;
    failures.untilUs = 0;
    if (failures.count === 0) this.#failures.delete(key);
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  get size(): number {
    return this.#failures.size;
  }

  #of(key: string, nowUs: number): Failures | undefined {
    const failures = this.#failures.get(key);
    return failures === undefined || nowUs - failures.lastUs > FORGOTTEN_US ? undefined : failures;
  }
}

export class AttemptThrottle {
  readonly #clock: Clock;
  readonly #byLogin: Memory;
  readonly #byAddress: Memory;

  constructor(clock: Clock, keptMax = KEPT_MAX) {
    this.#clock = clock;
    this.#byLogin = new Memory(BY_LOGIN, keptMax);
    this.#byAddress = new Memory(BY_ADDRESS, keptMax);
  }

  /**
   * Begins an attempt. Throws {@link PeopleRefusal} when it comes too early; nothing is counted then. `address` is as
   * `countedAs` counts it.
   */
  begin(login: string, address: string): void {
    const nowUs = this.#clock.nowUs();
    const untilUs = Math.max(this.#byLogin.untilUs(login, nowUs), this.#byAddress.untilUs(address, nowUs));
    if (untilUs > nowUs) {
      const seconds = Math.ceil((untilUs - nowUs) / 1_000_000);
      throw new PeopleRefusal("TOO_MANY_ATTEMPTS", String(seconds), seconds);
    }
    this.#byLogin.add(login, nowUs);
    this.#byAddress.add(address, nowUs);
  }

  /** The attempt was right: its login begins anew, its address without this attempt. */
  succeeded(login: string, address: string): void {
    this.#byLogin.forget(login);
    this.#byAddress.takeBack(address);
  }

  /** The attempt was not looked at, or was right as far as it went. */
  calledOff(login: string, address: string): void {
    this.#byLogin.takeBack(login);
    this.#byAddress.takeBack(address);
  }

  /** Logins and addresses that are remembered. */
  get size(): number {
    return this.#byLogin.size + this.#byAddress.size;
  }
}

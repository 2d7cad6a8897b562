import {
  CountdownSet,
  EventType,
  Reason,
  SetCountdown,
  TICK_ORDERS_MAX,
  type WordBuffer,
} from "@buttonwood/protocol";
import { digestCountdown } from "../digest/state-digest.js";
import type { ListEffects } from "../matching/list-effects.js";
import { Scalar } from "../state/scalars.js";
import type { State } from "../state/state.js";
import type { OpenOrders } from "./open-orders.js";

/** SET_COUNTDOWN and TICK: what happens because it is time. */
export class Timers {
  readonly #state: State;
  readonly #lists: ListEffects;
  readonly #openOrders: OpenOrders;

  constructor(state: State, lists: ListEffects, openOrders: OpenOrders) {
    this.#state = state;
    this.#lists = lists;
    this.#openOrders = openOrders;
  }

  /** When the next TICK has something to do, µs; 0: never, as things are. */
  get nextDueUs(): number {
    const order = this.#state.goodTill.nextUs;
    const countdown = this.#state.countdowns.nextUs;
    return order === 0 || (countdown !== 0 && countdown < order) ? countdown : order;
  }

  areCountdownWordsSound(command: WordBuffer, at: number): boolean {
    const atUs = command.f64[(at + SetCountdown.AT_US) >> 1];
    return Number.isSafeInteger(atUs) && atUs >= 0;
  }

  setCountdown(command: WordBuffer, at: number, account: number): number {
    const atUs = command.f64[(at + SetCountdown.AT_US) >> 1];
    if (atUs !== 0 && atUs <= this.#state.scalars[Scalar.NOW]) return Reason.DEADLINE_PASSED;
    this.#set(account, atUs);
    return Reason.OK;
  }

  tick(): number {
    const { scalars, goodTill, countdowns, books } = this.#state;
    const now = scalars[Scalar.NOW];
    for (let ended = 0; ended < TICK_ORDERS_MAX; ended++) {
      const dueUs = goodTill.nextUs;
      if (dueUs === 0 || dueUs > now) {
        const countdownUs = countdowns.nextUs;
        if (countdownUs !== 0 && countdownUs <= now) this.#runOut(countdowns.nextKey);
        return Reason.OK;
      }
      const id = goodTill.nextKey;
      this.#lists.expire(books.find(id | 0, (id / 0x1_0000_0000) | 0), Reason.GOOD_TILL_DATE);
    }
    return Reason.OK;
  }

  #runOut(account: number): void {
    this.#set(account, 0);
    this.#openOrders.cancelEverything(account);
  }

  #set(account: number, atUs: number): void {
    const state = this.#state;
    const { out, countdownsUs } = state;
    digestCountdown(state, account, countdownsUs[account], -1);
    digestCountdown(state, account, atUs, 1);
    countdownsUs[account] = atUs;
    if (atUs !== 0) state.countdowns.add(atUs, account);
    const at = out.reserve(CountdownSet.WORDS);
    out.i32[at] = EventType.COUNTDOWN_SET | (CountdownSet.WORDS << 8);
    out.i32[at + 1] = account;
    out.f64[(at + CountdownSet.AT_US) >> 1] = atUs;
  }
}

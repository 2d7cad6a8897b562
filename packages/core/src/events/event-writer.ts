import {
  CLIENT_ID_WORDS,
  EventType,
  LevelEvent,
  OrderBlock,
  OrderCanceled,
  OrderEnded,
  OrderEvent,
  OrderPrevented,
} from "@buttonwood/protocol";
import { MarketRow } from "../instrument/market-table.js";
import { Hot } from "../order-book/layout.js";
import { Cold } from "../orders/order-store.js";
import { copy9, copy16 } from "../state/copy-words.js";
import type { State } from "../state/state.js";

/** Appends the events about orders and levels to the state's output. */
export class EventWriter {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  /** Reserves an order event of `words` words, writes its header and block, and returns where it starts. */
  order(type: number, words: number, order: number): number {
    const { out, orders, books } = this.#state;
    const at = out.reserve(words);
    const o = out.i32;
    const w = orders.words;
    const c = orders.cold(order);
    o[at] = type | (words << 8);
    o[at + 1] = books.words[order + Hot.ACCOUNT];
    out.f64[(at + OrderBlock.ORDER_ID) >> 1] = orders.idOf(order);
    copy16(o, at + OrderBlock.MARKET, w, c);
    copy9(o, at + OrderBlock.ID, w, c + Cold.CLIENT_ID);
    o[at + OrderBlock.RESERVED] = 0;
    return at;
  }

  accepted(order: number): void {
    this.order(EventType.ORDER_ACCEPTED, OrderEvent.WORDS, order);
  }

  triggered(order: number): void {
    this.order(EventType.ORDER_TRIGGERED, OrderEvent.WORDS, order);
  }

  expired(order: number, reason: number): void {
    this.#ended(EventType.ORDER_EXPIRED, order, reason);
  }

  amended(order: number): void {
    this.#ended(EventType.ORDER_AMENDED, order, 0);
  }

  #ended(type: number, order: number, reason: number): void {
    const at = this.order(type, OrderEnded.WORDS, order);
    const o = this.#state.out.i32;
    o[at + OrderEnded.REASON] = reason;
    o[at + OrderEnded.RESERVED] = 0;
  }

  prevented(order: number, counter: number, priceTicks: number, lots: number): void {
    const at = this.order(EventType.ORDER_PREVENTED, OrderPrevented.WORDS, order);
    const { out, orders } = this.#state;
    out.f64[(at + OrderPrevented.COUNTER_ORDER_ID) >> 1] = orders.idOf(counter);
    out.i32[at + OrderPrevented.PRICE_TICKS] = priceTicks;
    out.i32[at + OrderPrevented.LOTS] = lots;
  }

  /** `cancelId` are the words at `idAt`; length 0: the cancel goes by no id. */
  canceled(order: number, idLength: number, ids: Int32Array, idAt: number): void {
    const at = this.order(EventType.ORDER_CANCELED, OrderCanceled.WORDS, order);
    const o = this.#state.out.i32;
    o[at + OrderCanceled.CANCEL_ID_LENGTH] = idLength;
    for (let i = 0; i < CLIENT_ID_WORDS; i++) {
      o[at + OrderCanceled.CANCEL_ID + i] = idLength === 0 ? 0 : ids[idAt + i];
    }
  }

  /** What is left at a price level, under the market's next update id. `row` is the market's row. */
  level(row: number, side: number, priceTicks: number, lots: number): void {
    const { out, markets } = this.#state;
    const update = (row + MarketRow.UPDATE_ID) >> 1;
    markets.doubles[update] += 1;
    const at = out.reserve(LevelEvent.WORDS);
    const o = out.i32;
    o[at] = EventType.LEVEL | (LevelEvent.WORDS << 8);
    o[at + 1] = markets.words[row + MarketRow.MARKET];
    o[at + LevelEvent.SIDE] = side;
    o[at + LevelEvent.PRICE_TICKS] = priceTicks;
    out.f64[(at + LevelEvent.LOTS) >> 1] = lots;
    out.f64[(at + LevelEvent.UPDATE_ID) >> 1] = markets.doubles[update];
  }
}

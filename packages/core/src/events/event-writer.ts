import {
  CLIENT_ID_WORDS,
  EventType,
  LevelEvent,
  LIST_LEGS_MAX,
  OrderBlock,
  OrderCanceled,
  OrderEnded,
  OrderEvent,
  OrderListEvent,
  OrderPrevented,
  TermsBlock,
} from "@buttonwood/protocol";
import { MarketRow } from "../instrument/market-table.js";
import { Hot } from "../order-book/layout.js";
import { List } from "../orders/list-table.js";
import { Cold } from "../orders/order-store.js";
import { copy9, copy16 } from "../state/copy-words.js";
import type { State } from "../state/state.js";

/** Appends the events about orders and levels to the state's output. */
export class EventWriter {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  /**
   * Reserves an order event of `words` words, and of as many as the order's terms take; writes its header, block and
   * terms, and returns where it starts.
   */
  order(type: number, words: number, order: number): number {
    const { out, orders, books } = this.#state;
    const w = orders.words;
    const c = orders.cold(order);
    const terms = w[c + Cold.TERMS];
    const size = terms === 0 ? words : words + TermsBlock.WORDS;
    const at = out.reserve(size);
    const o = out.i32;
    if (terms !== 0) this.#state.terms.write(terms, out, at + words);
    o[at] = type | (size << 8);
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

  released(order: number): void {
    this.order(EventType.ORDER_RELEASED, OrderEvent.WORDS, order);
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

  /** An order list, by its row. */
  list(row: number, status: number): void {
    const { out, lists } = this.#state;
    const at = out.reserve(OrderListEvent.WORDS);
    const o = out.i32;
    const w = lists.words;
    o[at] = EventType.ORDER_LIST | (OrderListEvent.WORDS << 8);
    o[at + 1] = w[row + List.ACCOUNT];
    out.f64[(at + OrderListEvent.LIST_ID) >> 1] = lists.doubles[(row + List.ID) >> 1];
    o[at + OrderListEvent.MARKET] = w[row + List.MARKET];
    o[at + OrderListEvent.STATUS] = status | (w[row + List.CONTINGENCY] << 8) | (w[row + List.LEGS] << 16);
    out.f64[(at + OrderListEvent.CREATED_US) >> 1] = lists.doubles[(row + List.CREATED_US) >> 1];
    o[at + OrderListEvent.ID_LENGTH] = w[row + List.ID_LENGTH];
    copy9(o, at + OrderListEvent.ID, w, row + List.CLIENT_ID);
    o[at + OrderListEvent.LEG_ID_LENGTHS] = w[row + List.LEG_ID_LENGTHS];
    for (let i = 0; i < LIST_LEGS_MAX * CLIENT_ID_WORDS; i++) {
      o[at + OrderListEvent.LEG_IDS + i] = w[row + List.LEG_IDS + i];
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

import {
  AssetListed,
  CLIENT_ID_WORDS,
  CommandType,
  type Event,
  EventHeader,
  EventType,
  encodeEvent,
  LevelEvent,
  ListMarket,
  type MarketFields,
  MarketListed,
  OrderBlock,
  OrderCanceled,
  OrderEnded,
  OrderEvent,
  OrderFilled,
  type OrderListState,
  OrderPrevented,
  type OrderState,
  OrderStatus,
  OrderType,
  ResultEvent,
  SelfTradePrevention,
  Side,
  TermsBlock,
  TimeInForce,
  WordBuffer,
  writeMarket,
  writeTermsState,
  writeText,
} from "@buttonwood/protocol";
import type { FeedBatch } from "../../feed/port.js";

/** A market of tests: 1 tick × 1 lot = 1 unit of quote. */
export const TEST_MARKET: MarketFields = {
  market: 0,
  symbol: "BTCUSDT",
  baseAsset: 0,
  quoteAsset: 1,
  referenceTicks: 1000,
  tickMantissa: 1,
  tickDecimals: 2,
  lotMantissa: 1,
  lotDecimals: 0,
  priceTicksMin: 1,
  priceTicksMax: 1_000_000,
  lotsMin: 1,
  lotsMax: 1_000_000,
  marketLotsMax: 1_000_000,
  notionalMin: 0,
  notionalMax: 2 ** 50,
  makerFeePpm: 1000,
  takerFeePpm: 1000,
  openOrdersMax: 1000,
  stopOrdersMax: 100,
  bidDownPpm: 0,
  bidUpPpm: 0,
  askDownPpm: 0,
  askUpPpm: 0,
};

/** An order as tests begin one. */
export function testOrder(fields: Partial<OrderState> & { readonly orderId: number }): OrderState {
  return {
    account: 1,
    market: 0,
    side: Side.BUY,
    type: OrderType.LIMIT,
    timeInForce: TimeInForce.GTC,
    selfTradePrevention: SelfTradePrevention.NONE,
    priceTicks: 1000,
    stopTicks: 0,
    lots: 10,
    executedLots: 0,
    executedQuote: 0,
    quoteAmount: 0,
    createdUs: 0,
    workingUs: 0,
    status: OrderStatus.NEW,
    preventedLots: 0,
    clientOrderId: `order-${fields.orderId}`,
    ...fields,
  };
}

/** Writes groups of events by hand, as an engine would have journaled them. */
export class EventLog {
  sequence: number;
  timeUs: number;
  #words = new WordBuffer();
  #group = 0;
  #firstSequence: number;
  readonly #updateIds = new Map<number, number>();

  constructor(firstSequence = 1, timeUs = Date.UTC(2024, 0, 1) * 1000) {
    this.sequence = firstSequence - 1;
    this.#firstSequence = firstSequence;
    this.timeUs = timeUs;
  }

  /** Begins the next command's group. */
  begin(timeUs = this.timeUs, commandType: CommandType = CommandType.NEW_ORDER): this {
    this.#end();
    this.timeUs = timeUs;
    this.sequence++;
    const at = this.#event(EventType.RESULT, ResultEvent.WORDS, 1);
    this.#group = at;
    this.#words.f64[(at + ResultEvent.SEQUENCE) >> 1] = this.sequence;
    this.#words.f64[(at + ResultEvent.TIME_US) >> 1] = timeUs;
    this.#words.i32[at + ResultEvent.REASON] = commandType << 16;
    return this;
  }

  /** Any event, as it is. */
  event(event: Event): this {
    encodeEvent(this.#words, event);
    return this;
  }

  accepted(order: OrderState): this {
    this.#order(EventType.ORDER_ACCEPTED, OrderEvent.WORDS, order);
    return this;
  }

  /** An order of a list that was pending. As it is afterwards. */
  released(order: OrderState): this {
    this.#order(EventType.ORDER_RELEASED, OrderEvent.WORDS, order);
    return this;
  }

  orderList(list: OrderListState): this {
    encodeEvent(this.#words, { kind: "ORDER_LIST", ...list });
    return this;
  }

  amended(order: OrderState): this {
    this.#order(EventType.ORDER_AMENDED, OrderEnded.WORDS, order);
    return this;
  }

  canceled(order: OrderState): this {
    this.#order(EventType.ORDER_CANCELED, OrderCanceled.WORDS, { ...order, status: OrderStatus.CANCELED });
    return this;
  }

  /** A trade: the maker's fill, then the taker's. Orders as they are afterwards. */
  trade(tradeId: number, priceTicks: number, lots: number, maker: OrderState, taker: OrderState): this {
    for (const [order, counter, isMaker] of [
      [maker, taker, 1],
      [taker, maker, 0],
    ] as const) {
      const at = this.#order(EventType.ORDER_FILLED, OrderFilled.WORDS, order);
      const { i32, f64 } = this.#words;
      f64[(at + OrderFilled.TRADE_ID) >> 1] = tradeId;
      f64[(at + OrderFilled.COUNTER_ORDER_ID) >> 1] = counter.orderId;
      f64[(at + OrderFilled.FEE) >> 1] = order.side === Side.BUY ? 1 : 2;
      i32[at + OrderFilled.FEE_ASSET] = order.side === Side.BUY ? 0 : 1;
      i32[at + OrderFilled.PRICE_TICKS] = priceTicks;
      i32[at + OrderFilled.LOTS] = lots;
      i32[at + OrderFilled.IS_MAKER] = isMaker;
    }
    return this;
  }

  /** An order loses lots instead of trading with another of its account. As it is afterwards. */
  prevented(order: OrderState, counterOrderId: number, priceTicks: number, lots: number): this {
    const at = this.#order(EventType.ORDER_PREVENTED, OrderPrevented.WORDS, order);
    this.#words.f64[(at + OrderPrevented.COUNTER_ORDER_ID) >> 1] = counterOrderId;
    this.#words.i32[at + OrderPrevented.PRICE_TICKS] = priceTicks;
    this.#words.i32[at + OrderPrevented.LOTS] = lots;
    return this;
  }

  level(side: Side, priceTicks: number, lots: number, market = 0): this {
    const at = this.#event(EventType.LEVEL, LevelEvent.WORDS, market);
    const updateId = (this.#updateIds.get(market) ?? 0) + 1;
    this.#updateIds.set(market, updateId);
    this.#words.i32[at + LevelEvent.SIDE] = side;
    this.#words.i32[at + LevelEvent.PRICE_TICKS] = priceTicks;
    this.#words.f64[(at + LevelEvent.LOTS) >> 1] = lots;
    this.#words.f64[(at + LevelEvent.UPDATE_ID) >> 1] = updateId;
    return this;
  }

  /** Lists two assets and {@link TEST_MARKET}, with other fields where given. */
  listings(fields: Partial<MarketFields> = {}): this {
    for (const [asset, decimals, name] of [
      [0, 0, "BTC"],
      [1, 2, "USDT"],
    ] as const) {
      this.begin();
      const at = this.#event(EventType.ASSET_LISTED, AssetListed.WORDS, 0);
      this.#words.i32[at + AssetListed.ASSET] = asset;
      this.#words.i32[at + AssetListed.DECIMALS] = decimals;
      writeText(this.#words, at + AssetListed.NAME, 4, name);
    }
    this.begin();
    const market = { ...TEST_MARKET, ...fields };
    const at = this.#event(EventType.MARKET_LISTED, MarketListed.WORDS, market.market);
    writeMarket(this.#words, at + MarketListed.BODY - ListMarket.MARKET, market);
    return this;
  }

  /** Everything since the last batch. */
  batch(): FeedBatch {
    this.#end();
    const batch = {
      firstSequence: this.#firstSequence,
      lastSequence: this.sequence,
      events: this.#words,
    };
    this.#words = new WordBuffer();
    this.#firstSequence = this.sequence + 1;
    return batch;
  }

  #end(): void {
    if (this.#words.length > 0) {
      this.#words.i32[this.#group + ResultEvent.GROUP_WORDS] = this.#words.length - this.#group;
    }
  }

  #event(type: EventType, words: number, subject: number): number {
    const at = this.#words.reserve(words);
    this.#words.i32.fill(0, at, at + words);
    this.#words.i32[at] = type | (words << 8);
    this.#words.i32[at + EventHeader.ACCOUNT] = subject;
    return at;
  }

  #order(type: EventType, words: number, order: OrderState): number {
    const { terms } = order;
    const at = this.#event(type, words + (terms === undefined ? 0 : TermsBlock.WORDS), order.account);
    if (terms !== undefined) writeTermsState(this.#words, at + words, terms);
    const { i32, f64 } = this.#words;
    f64[(at + OrderBlock.ORDER_ID) >> 1] = order.orderId;
    i32[at + OrderBlock.MARKET] = order.market;
    i32[at + OrderBlock.KIND] =
      order.side | (order.type << 8) | (order.timeInForce << 16) | (order.selfTradePrevention << 24);
    i32[at + OrderBlock.PRICE_TICKS] = order.priceTicks;
    i32[at + OrderBlock.STOP_TICKS] = order.stopTicks;
    i32[at + OrderBlock.LOTS] = order.lots;
    i32[at + OrderBlock.EXECUTED_LOTS] = order.executedLots;
    f64[(at + OrderBlock.EXECUTED_QUOTE) >> 1] = order.executedQuote;
    f64[(at + OrderBlock.QUOTE_AMOUNT) >> 1] = order.quoteAmount;
    f64[(at + OrderBlock.CREATED_US) >> 1] = order.createdUs;
    f64[(at + OrderBlock.WORKING_US) >> 1] = order.workingUs;
    i32[at + OrderBlock.STATUS] = order.status | (order.clientOrderId.length << 8);
    i32[at + OrderBlock.PREVENTED_LOTS] = order.preventedLots;
    writeText(this.#words, at + OrderBlock.ID, CLIENT_ID_WORDS, order.clientOrderId);
    return at;
  }
}

import {
  CommandType,
  type Event,
  EventType,
  OrderBlock,
  type OrderListState,
  type PreventedMatch,
  readText,
  TermsBlock,
  termsAt,
  WordBuffer,
} from "@buttonwood/protocol";
import { addTrade, BASE_LENGTHS_S, type Candle, flatCandle } from "./candle.js";
import { clientHashAt } from "./client-hash.js";
import type { Fill, Payment } from "./event-scan.js";
import { joinClientIds } from "./order-list-reader.js";
import { RestingOrders } from "./resting/resting-orders.js";
import type { TableName } from "./table-columns.js";
import type { Cell, Progress, TableChanges, Tables } from "./tables.js";
import { NO_TERMS, termsText } from "./terms-text.js";

const US_PER_SECOND = 1_000_000;
const US_PER_MINUTE = 60 * US_PER_SECOND;

/**
 * An order that waits to be written: the words of its last event, then doubles of our own. Behind them stand its terms
 * if it has some: an order has them in all of its events, or in none.
 */
const Pending = { UPDATED_US: 30, FIRST_TRADE_ID: 32, LAST_TRADE_ID: 34, HAS_TERMS: 36, TERMS: 38 } as const;
const PENDING_WORDS = Pending.TERMS;
const PENDING_WORDS_WITH_TERMS = Pending.TERMS + TermsBlock.WORDS;

/** What the tables know of a market. */
interface MarketRow {
  readonly market: number;
  readonly symbol: string;
  readonly baseAsset: number;
  readonly quoteAsset: number;
  readonly referenceTicks: number;
  readonly tickLotUnits: number;
  updateId: number;
}

const emptyRows = (): Record<TableName, Cell[]> => ({
  asset: [],
  market: [],
  orders: [],
  order_list: [],
  trade: [],
  account_trade: [],
  prevented_match: [],
  payment: [],
  level: [],
  resting_order: [],
  candle: [],
  minute: [],
});

/**
 * Gathers what events say, until it is taken to be written. An order that changes several times in between is one
 * row.
 */
export class TableGatherer {
  readonly #orderIds = new Map<number, number>();
  readonly #lists = new Map<number, { readonly list: OrderListState; readonly updatedUs: number }>();
  readonly #pending = new WordBuffer(1 << 16);
  readonly #levels = new Map<number, Map<number, number>>();
  readonly #markets = new Map<number, MarketRow>();
  readonly #assetDecimals = new Map<number, number>();
  readonly #marketsDirty = new Set<MarketRow>();
  /** Open candle of each market and base length. */
  readonly #candles = new Map<number, Candle[]>();
  readonly #candlesDirty = new Map<Candle, { market: number; lengthS: number }>();
  readonly resting: RestingOrders;
  #rows = emptyRows();
  #minuteEndUs: number;
  /** The command at hand moves an order: amended, it joins the end of its queue. */
  #moves = false;
  #sequence: number;
  #timeUs: number;
  #takenSequence: number;

  /** Begins where the tables stand. */
  static async open(tables: Tables): Promise<TableGatherer> {
    const gatherer = new TableGatherer(await tables.progress(), await RestingOrders.open(tables));
    await gatherer.#load(tables);
    return gatherer;
  }

  private constructor({ sequence, timeUs }: Progress, resting: RestingOrders) {
    this.resting = resting;
    this.#sequence = sequence;
    this.#takenSequence = sequence;
    this.#timeUs = timeUs;
    this.#minuteEndUs = sequence === 0 ? 0 : (Math.floor(timeUs / US_PER_MINUTE) + 1) * US_PER_MINUTE;
  }

  /** Last sequence gathered. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Time of that command. */
  get timeUs(): number {
    return this.#timeUs;
  }

  /** Commands gathered and not yet taken. */
  get untaken(): number {
    return this.#sequence - this.#takenSequence;
  }

  /** Quote units of one lot at one tick; undefined when there is no such market. */
  tickLotUnits(market: number): number | undefined {
    return this.#markets.get(market)?.tickLotUnits;
  }

  /** A command's group begins. */
  group(sequence: number, timeUs: number, commandType: number): void {
    this.#sequence = sequence;
    this.#timeUs = timeUs;
    this.#moves = commandType === CommandType.MOVE_ORDER;
    if (timeUs >= this.#minuteEndUs) {
      const minute = Math.floor(timeUs / US_PER_MINUTE);
      this.#minuteEndUs = (minute + 1) * US_PER_MINUTE;
      this.#rows.minute.push(minute, sequence * 4);
    }
  }

  order(buffer: WordBuffer, at: number, tradeId: number): void {
    this.resting.order(buffer, at, this.#moves && (buffer.i32[at]! & 0xff) === EventType.ORDER_AMENDED);
    const orderId = buffer.f64[(at + OrderBlock.ORDER_ID) >> 1]!;
    const pending = this.#pending;
    const terms = termsAt(buffer, at);
    let slot = this.#orderIds.get(orderId);
    if (slot === undefined) {
      slot = pending.reserve(terms === 0 ? PENDING_WORDS : PENDING_WORDS_WITH_TERMS);
      pending.i32[slot + Pending.HAS_TERMS] = terms === 0 ? 0 : 1;
      pending.f64[(slot + Pending.FIRST_TRADE_ID) >> 1] = tradeId;
      pending.f64[(slot + Pending.LAST_TRADE_ID) >> 1] = tradeId;
      this.#orderIds.set(orderId, slot);
    } else if (tradeId !== 0) {
      if (pending.f64[(slot + Pending.FIRST_TRADE_ID) >> 1] === 0) {
        pending.f64[(slot + Pending.FIRST_TRADE_ID) >> 1] = tradeId;
      }
      pending.f64[(slot + Pending.LAST_TRADE_ID) >> 1] = tradeId;
    }
    const words = pending.i32;
    const source = buffer.i32;
    for (let i = 0; i < OrderBlock.END; i++) words[slot + i] = source[at + i]!;
    pending.f64[(slot + Pending.UPDATED_US) >> 1] = this.#timeUs;
    if (terms === 0) return;
    for (let i = 0; i < TermsBlock.WORDS; i++) words[slot + Pending.TERMS + i] = source[terms + i]!;
  }

  orderList(list: OrderListState, timeUs: number): void {
    this.#lists.set(list.listId, { list, updatedUs: timeUs });
  }

  trade(fill: Fill): void {
    const { market, tradeId, buyOrderId, sellOrderId, buyerIsMaker } = fill;
    const isMaker = buyerIsMaker ? 1 : 0;
    this.#rows.trade.push(
      market,
      tradeId,
      fill.priceTicks,
      fill.lots,
      fill.quote,
      fill.timeUs,
      buyOrderId,
      sellOrderId,
      isMaker,
    );
    const rows = this.#rows.account_trade;
    rows.push(fill.buyAccount, market, tradeId, buyOrderId, 0, isMaker, fill.buyFee, fill.buyFeeAsset);
    rows.push(
      fill.sellAccount,
      market,
      tradeId,
      sellOrderId,
      1,
      1 - isMaker,
      fill.sellFee,
      fill.sellFeeAsset,
    );
    this.#addToCandles(fill);
  }

  prevented(match: PreventedMatch): void {
    this.#rows.prevented_match.push(
      match.account,
      match.market,
      match.id,
      match.takerOrderId,
      match.makerOrderId,
      match.selfTradePrevention,
      match.priceTicks,
      match.takerLots,
      match.makerLots,
      this.#timeUs,
    );
  }

  payment({ account, asset, units, reference }: Payment): void {
    this.#rows.payment.push(account, this.#sequence, asset, units, this.#timeUs, reference);
  }

  level(market: number, side: number, priceTicks: number, lots: number, updateId: number): void {
    let levels = this.#levels.get(market);
    if (levels === undefined) {
      levels = new Map();
      this.#levels.set(market, levels);
    }
    levels.set(priceTicks * 2 + side, lots);
    const row = this.#markets.get(market)!;
    row.updateId = updateId;
    this.#marketsDirty.add(row);
  }

  listed(event: Event & { kind: "ASSET_LISTED" | "MARKET_LISTED" }): void {
    if (event.kind === "ASSET_LISTED") {
      this.#assetDecimals.set(event.asset, event.decimals);
      this.#rows.asset.push(event.asset, event.name, event.decimals);
      return;
    }
    const decimals = this.#assetDecimals.get(event.quoteAsset)!;
    const exponent = decimals - event.tickDecimals - event.lotDecimals;
    const mantissa = BigInt(event.tickMantissa) * BigInt(event.lotMantissa);
    const scale = 10n ** BigInt(Math.abs(exponent));
    const tickLotUnits = Number(exponent >= 0 ? mantissa * scale : mantissa / scale);
    const { market, symbol, baseAsset, quoteAsset, referenceTicks } = event;
    const row = { market, symbol, baseAsset, quoteAsset, referenceTicks, tickLotUnits, updateId: 0 };
    this.#markets.set(market, row);
    this.#marketsDirty.add(row);
  }

  /** Takes what was gathered since the last time. */
  take(): TableChanges {
    const rows = this.#rows;
    for (const row of this.#marketsDirty) {
      const { market, symbol, baseAsset, quoteAsset, referenceTicks, tickLotUnits, updateId } = row;
      rows.market.push(market, symbol, baseAsset, quoteAsset, referenceTicks, tickLotUnits, updateId);
    }
    this.#addOrders(rows.orders);
    for (const { list, updatedUs } of this.#lists.values()) addList(rows.order_list, list, updatedUs);
    for (const [market, levels] of this.#levels) {
      for (const [key, lots] of levels) rows.level.push(market, key % 2, Math.floor(key / 2), lots);
    }
    this.resting.takeRows(rows.resting_order);
    for (const [candle, { market, lengthS }] of this.#candlesDirty) {
      addCandle(rows.candle, market, lengthS, candle);
    }
    const changes = {
      fromSequence: this.#takenSequence,
      sequence: this.#sequence,
      timeUs: this.#timeUs,
      rows,
    };
    this.#rows = emptyRows();
    this.#takenSequence = this.#sequence;
    this.#orderIds.clear();
    this.#lists.clear();
    this.#pending.clear();
    this.#levels.clear();
    this.#candlesDirty.clear();
    this.#marketsDirty.clear();
    return changes;
  }

  #addOrders(rows: Cell[]): void {
    const { i32, f64 } = this.#pending;
    for (const [orderId, slot] of this.#orderIds) {
      const status = i32[slot + OrderBlock.STATUS]!;
      const account = i32[slot + 1]!;
      rows.push(
        orderId,
        account,
        i32[slot + OrderBlock.MARKET]!,
        i32[slot + OrderBlock.KIND]!,
        i32[slot + OrderBlock.PRICE_TICKS]!,
        i32[slot + OrderBlock.STOP_TICKS]!,
        i32[slot + OrderBlock.LOTS]!,
        i32[slot + OrderBlock.EXECUTED_LOTS]!,
        f64[(slot + OrderBlock.EXECUTED_QUOTE) >> 1]!,
        f64[(slot + OrderBlock.QUOTE_AMOUNT) >> 1]!,
        f64[(slot + OrderBlock.CREATED_US) >> 1]!,
        f64[(slot + OrderBlock.WORKING_US) >> 1]!,
        f64[(slot + Pending.UPDATED_US) >> 1]!,
        status & 0xff,
        i32[slot + OrderBlock.PREVENTED_LOTS]!,
        f64[(slot + Pending.FIRST_TRADE_ID) >> 1]!,
        f64[(slot + Pending.LAST_TRADE_ID) >> 1]!,
        readText(this.#pending, slot + OrderBlock.ID, (status >> 8) & 0xff),
        clientHashAt(this.#pending, slot, account),
        i32[slot + Pending.HAS_TERMS] === 0 ? NO_TERMS : termsText(this.#pending, slot + Pending.TERMS),
      );
    }
  }

  #addToCandles(fill: Fill): void {
    const { market } = fill;
    const second = Math.floor(fill.timeUs / US_PER_SECOND);
    let candles = this.#candles.get(market);
    if (candles === undefined) {
      candles = [];
      this.#candles.set(market, candles);
    }
    for (let i = 0; i < BASE_LENGTHS_S.length; i++) {
      const lengthS = BASE_LENGTHS_S[i]!;
      const openUs = Math.floor(second / lengthS) * lengthS * US_PER_SECOND;
      let candle = candles[i];
      if (candle === undefined || candle.openUs !== openUs) {
        candle = flatCandle(openUs, openUs + lengthS * US_PER_SECOND - 1, fill.priceTicks);
        candles[i] = candle;
      }
      addTrade(candle, fill);
      if (!this.#candlesDirty.has(candle)) this.#candlesDirty.set(candle, { market, lengthS });
    }
  }

  async #load(tables: Tables): Promise<void> {
    const assets = tables.query<{ asset: number; decimals: number }>("select asset, decimals from asset");
    for (const { asset, decimals } of await assets()) this.#assetDecimals.set(asset, decimals);
    const markets = tables.query<MarketRow>(
      `select market, symbol, base_asset as "baseAsset", quote_asset as "quoteAsset",
        reference_ticks as "referenceTicks", tick_lot_units as "tickLotUnits", update_id as "updateId"
        from market order by market`,
    );
    const lastCandle = tables.query<Candle>(
      `select open_s as "openUs", open_ticks as "openTicks", high_ticks as "highTicks",
        low_ticks as "lowTicks", close_ticks as "closeTicks", lots, quote, trades,
        taker_buy_lots as "takerBuyLots", taker_buy_quote as "takerBuyQuote",
        first_trade_id as "firstTradeId", last_trade_id as "lastTradeId"
        from candle where market = ?1 and length_s = ?2 order by open_s desc limit 1`,
    );
    for (const row of await markets()) {
      this.#markets.set(row.market, { ...row });
      const candles: Candle[] = [];
      for (const [i, lengthS] of BASE_LENGTHS_S.entries()) {
        const [last] = await lastCandle(row.market, lengthS);
        if (last === undefined) continue;
        const openUs = last.openUs * US_PER_SECOND;
        candles[i] = { ...last, openUs, closeUs: openUs + lengthS * US_PER_SECOND - 1 };
      }
      this.#candles.set(row.market, candles);
    }
  }
}

function addList(rows: Cell[], list: OrderListState, updatedUs: number): void {
  rows.push(
    list.listId,
    list.account,
    list.market,
    list.contingency,
    list.status,
    list.createdUs,
    updatedUs,
    list.listClientOrderId,
    joinClientIds(list.clientOrderIds),
  );
}

function addCandle(rows: Cell[], market: number, lengthS: number, candle: Candle): void {
  rows.push(
    market,
    lengthS,
    candle.openUs / US_PER_SECOND,
    candle.openTicks,
    candle.highTicks,
    candle.lowTicks,
    candle.closeTicks,
    candle.lots,
    candle.quote,
    candle.trades,
    candle.takerBuyLots,
    candle.takerBuyQuote,
    candle.firstTradeId,
    candle.lastTradeId,
  );
}

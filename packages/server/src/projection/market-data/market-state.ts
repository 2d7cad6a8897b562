import { Side } from "@buttonwood/protocol";
import type {
  DepthSnapshot,
  MarketDataMessage,
  MarketDataTopic,
  OrdersSnapshot,
  PublicTrade,
  RestingOrder,
  TickerState,
} from "../../feed/market-data-port.js";
import type { CandleInterval } from "../../transport/history-port.js";
import type { Fill } from "../event-scan.js";
import type { RestingOrders } from "../resting/resting-orders.js";
import type { LiveCandle } from "./live-candle.js";
import { PriceLevels } from "./price-levels.js";
import { TradeWindow, type WindowSums } from "./trade-window.js";

const US_PER_SECOND = 1_000_000;
export const DAY_US = 86_400 * US_PER_SECOND;
/** Granularity of tickers: their windows begin on a whole minute. */
export const TICKER_BUCKET_US = 60 * US_PER_SECOND;
/** Granularity and length of the average price. */
export const AVERAGE_BUCKET_US = US_PER_SECOND;
export const AVERAGE_WINDOW_US = 5 * 60 * US_PER_SECOND;
/** Levels of a side in a depth message, for the partial-depth streams. */
const TOP_LEVELS = 20;

/** Everything that is public about one market, as of the last event. */
export class MarketState {
  readonly market: number;
  /** Quote units of one lot at one tick. */
  readonly tickLotUnits: number;
  readonly bids = new PriceLevels(Side.BUY);
  readonly asks = new PriceLevels(Side.SELL);
  readonly day = new TradeWindow(TICKER_BUCKET_US, DAY_US);
  readonly average = new TradeWindow(AVERAGE_BUCKET_US, AVERAGE_WINDOW_US);
  readonly candles = new Map<CandleInterval, LiveCandle>();
  readonly topics = new Set<MarketDataTopic>();
  lastUpdateId = 0;
  /** The last trade's price, or the listing's reference price before the first, as the core has it. */
  lastTicks: number;
  /** 0 before the first trade. */
  lastLots = 0;
  lastTradeUs = 0;
  /** Time of the last event. */
  timeUs = 0;
  tickerDirty = false;

  #trades: PublicTrade[] = [];
  /** Levels changed since the last depth message: `price × 2 + side` → lots. */
  readonly #changed = new Map<number, number>();
  #depthSentUpdateId = 0;
  #ordersSentUpdateId = 0;
  #sentBid = { ticks: -1, lots: -1 };
  #sentAsk = { ticks: -1, lots: -1 };

  constructor(market: number, tickLotUnits: number, referenceTicks: number) {
    this.market = market;
    this.tickLotUnits = tickLotUnits;
    this.lastTicks = referenceTicks;
  }

  trade(fill: Fill): void {
    this.lastTicks = fill.priceTicks;
    this.lastLots = fill.lots;
    this.lastTradeUs = fill.timeUs;
    this.timeUs = fill.timeUs;
    this.tickerDirty = true;
    this.day.add(fill, fill.timeUs);
    this.average.add(fill, fill.timeUs);
    for (const candle of this.candles.values()) candle.trade(fill);
    if (this.topics.has("trade")) {
      this.#trades.push({
        tradeId: fill.tradeId,
        priceTicks: fill.priceTicks,
        lots: fill.lots,
        timeUs: fill.timeUs,
        buyOrderId: fill.buyOrderId,
        sellOrderId: fill.sellOrderId,
        buyerIsMaker: fill.buyerIsMaker,
      });
    }
  }

  level(side: number, priceTicks: number, lots: number, updateId: number, timeUs: number): void {
    (side === Side.BUY ? this.bids : this.asks).set(priceTicks, lots);
    this.lastUpdateId = updateId;
    this.timeUs = timeUs;
    if (this.topics.has("depth")) this.#changed.set(priceTicks * 2 + side, lots);
  }

  /** Someone begins to listen: what was before is not sent. */
  begin(topic: MarketDataTopic): void {
    this.topics.add(topic);
    if (topic === "depth") {
      this.#changed.clear();
      this.#depthSentUpdateId = this.lastUpdateId;
    } else if (topic === "depthOrders") this.#ordersSentUpdateId = this.lastUpdateId;
    else if (topic === "trade") this.#trades = [];
    else if (topic === "bookTicker") this.bookTicker();
    else if (topic === "ticker") {
      this.bookTicker();
      this.tickerDirty = false;
    }
  }

  depth(limit: number): DepthSnapshot {
    return { lastUpdateId: this.lastUpdateId, bids: this.bids.top(limit), asks: this.asks.top(limit) };
  }

  orders(resting: RestingOrders, limit: number): OrdersSnapshot {
    const side = (levels: PriceLevels, side: Side): RestingOrder[] => {
      const orders: RestingOrder[] = [];
      // A level holds at least one order.
      for (const [priceTicks] of levels.top(limit))
        resting.collect(this.market, side, priceTicks, limit, orders);
      return orders;
    };
    const { lastUpdateId } = this;
    return { lastUpdateId, bids: side(this.bids, Side.BUY), asks: side(this.asks, Side.SELL) };
  }

  /** The trades since the last call. */
  tradeMessage(): MarketDataMessage | undefined {
    if (this.#trades.length === 0) return undefined;
    const trades = this.#trades;
    this.#trades = [];
    return { kind: "trade", market: this.market, trades };
  }

  /** The best bid and ask when they have changed since the last call. */
  bookTicker(): MarketDataMessage | undefined {
    const { bestTicks: bidTicks, bestLots: bidLots } = this.bids;
    const { bestTicks: askTicks, bestLots: askLots } = this.asks;
    const bid = this.#sentBid;
    const ask = this.#sentAsk;
    if (bid.ticks === bidTicks && bid.lots === bidLots && ask.ticks === askTicks && ask.lots === askLots) {
      return undefined;
    }
    bid.ticks = bidTicks;
    bid.lots = bidLots;
    ask.ticks = askTicks;
    ask.lots = askLots;
    this.tickerDirty = true;
    const { market, lastUpdateId: updateId } = this;
    return { kind: "bookTicker", market, updateId, bidTicks, bidLots, askTicks, askLots };
  }

  /** The levels changed since the last call, gapless by update id. */
  depthMessage(): MarketDataMessage | undefined {
    if (this.#depthSentUpdateId === this.lastUpdateId) return undefined;
    const bids: [number, number][] = [];
    const asks: [number, number][] = [];
    for (const [key, lots] of this.#changed) {
      (key % 2 === Side.BUY ? bids : asks).push([Math.floor(key / 2), lots]);
    }
    bids.sort((a, b) => b[0] - a[0]);
    asks.sort((a, b) => a[0] - b[0]);
    this.#changed.clear();
    const firstUpdateId = this.#depthSentUpdateId + 1;
    this.#depthSentUpdateId = this.lastUpdateId;
    return {
      kind: "depth",
      market: this.market,
      timeUs: this.timeUs,
      firstUpdateId,
      lastUpdateId: this.lastUpdateId,
      bids,
      asks,
      topBids: this.bids.top(TOP_LEVELS),
      topAsks: this.asks.top(TOP_LEVELS),
    };
  }

  /** What happened to the resting orders since the last call, gapless by update id. */
  ordersMessage(resting: RestingOrders): MarketDataMessage | undefined {
    if (this.#ordersSentUpdateId === this.lastUpdateId) return undefined;
    const { market, timeUs, lastUpdateId } = this;
    const firstUpdateId = this.#ordersSentUpdateId + 1;
    this.#ordersSentUpdateId = lastUpdateId;
    return {
      kind: "depthOrders",
      market,
      timeUs,
      firstUpdateId,
      lastUpdateId,
      ...resting.difference(market),
    };
  }

  /** The ticker of a window that begins at `openUs`. Without trades in it, prices are the last trade's. */
  ticker(sums: WindowSums | undefined, openUs: number, closeUs: number): TickerState {
    const last = this.lastTicks;
    return {
      openUs,
      closeUs,
      openTicks: sums?.openTicks ?? last,
      highTicks: sums?.highTicks ?? last,
      lowTicks: sums?.lowTicks ?? last,
      lastTicks: last,
      lastLots: this.lastLots,
      previousCloseTicks: sums?.previousCloseTicks ?? (this.lastLots === 0 ? 0 : last),
      lots: sums?.lots ?? 0,
      quote: sums?.quote ?? 0,
      firstTradeId: sums?.firstTradeId ?? -1,
      lastTradeId: sums?.lastTradeId ?? -1,
      trades: sums?.trades ?? 0,
      bidTicks: this.bids.bestTicks,
      bidLots: this.bids.bestLots,
      askTicks: this.asks.bestTicks,
      askLots: this.asks.bestLots,
    };
  }
}

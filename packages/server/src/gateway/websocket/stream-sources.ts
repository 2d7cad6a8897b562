/** Streams by name: what is listened to, and how its messages look. */
import type { Level, MarketDataMessage, TickerState } from "../../feed/market-data-port.js";
import { CANDLE_INTERVALS, type CandleInterval } from "../../transport/history-port.js";
import type { MarketEntry } from "../catalog.js";
import { type GatewayContext, toMs } from "../endpoint.js";
import { averageText, levelsJson, ordersJson } from "../endpoints/market-data.js";
import { array } from "../json.js";
import { miniTickerEventJson, tickerEventJson } from "../ticker-report.js";
import { parseStreamName, StreamKind } from "./stream-kinds.js";

/** Takes a message, as JSON, to everyone who listens. */
export type Publish = (json: string) => void;
/** Told before the first message after some were missed: a stream of numbered messages must not have a hole. */
export type OnMissed = () => void;
/** Ends a source. */
export type Stop = () => void;

const SECOND_MS = 1000;
/** Tickers of all symbols arrive within a few ms of each other and leave as one message. */
const GATHER_MS = 50;

/** Opens the source of a stream; undefined when there is no stream of that name. */
export function openStream(
  context: GatewayContext,
  name: string,
  publish: Publish,
  onMissed: OnMissed,
): Stop | undefined {
  const named = parseStreamName(name);
  if (named === undefined) return undefined;
  switch (named.kind) {
    case StreamKind.ALL_MINI_TICKERS:
      return allTickers(context, miniTickerEventJson, publish);
    case StreamKind.ALL_TICKERS:
      return allTickers(context, tickerEventJson, publish);
    case StreamKind.ALL_BOOK_TICKERS: {
      const stops = context.catalog.markets.map((market) => bookTicker(context, market, publish));
      return () => {
        for (const stop of stops) stop();
      };
    }
  }
  const market = context.catalog.marketOfStream(named.symbol);
  if (market === undefined) return undefined;
  return openMarketStream(context, market, named.kind, named.detail, publish, onMissed);
}

type OfAll = "ALL_MINI_TICKERS" | "ALL_TICKERS" | "ALL_BOOK_TICKERS";

function openMarketStream(
  context: GatewayContext,
  market: MarketEntry,
  kind: Exclude<StreamKind, OfAll>,
  detail: string,
  publish: Publish,
  onMissed: OnMissed,
): Stop | undefined {
  const listen = (
    topic: Parameters<typeof context.marketData.subscribe>[1],
    onMessage: (message: MarketDataMessage) => void,
  ): Stop => context.marketData.subscribe(market.market, topic, onMessage);
  const partial = (isFast: boolean): Stop =>
    partialDepth(context, market, Number.parseInt(detail, 10), isFast, publish);

  switch (kind) {
    case StreamKind.TRADE:
    case StreamKind.AGGREGATE_TRADE:
      return trades(context, market, kind, publish, onMissed);
    case StreamKind.BOOK_TICKER:
      return bookTicker(context, market, publish);
    case StreamKind.TICKER:
      return listen("ticker", (message) => {
        if (message.kind === "ticker") publish(tickerEventJson(market, message.ticker, message.timeUs));
      });
    case StreamKind.MINI_TICKER:
      return listen("ticker", (message) => {
        if (message.kind === "ticker") publish(miniTickerEventJson(market, message.ticker, message.timeUs));
      });
    case StreamKind.AVERAGE_PRICE:
      return averagePrices(context, market, publish);
    case StreamKind.FAST_DEPTH: {
      const numbers = new Numbers(onMissed);
      return listen("depth", (message) => {
        if (message.kind !== "depth") return;
        numbers.take(message.firstUpdateId, message.lastUpdateId);
        publish(depthJson(market, message));
      });
    }
    case StreamKind.DEPTH_ORDERS: {
      const numbers = new Numbers(onMissed);
      return listen("depthOrders", (message) => {
        if (message.kind !== "depthOrders") return;
        numbers.take(message.firstUpdateId, message.lastUpdateId);
        publish(depthOrdersJson(market, message));
      });
    }
    case StreamKind.DEPTH:
      return slowDepth(context, market, publish, onMissed);
    case StreamKind.PARTIAL_DEPTH:
      return partial(false);
    case StreamKind.FAST_PARTIAL_DEPTH:
      return partial(true);
    case StreamKind.KLINE:
      if (!Object.hasOwn(CANDLE_INTERVALS, detail)) return undefined;
      return listen(`kline_${detail as CandleInterval}`, (message) => {
        if (message.kind === "kline") publish(klineJson(market, message));
      });
  }
}

function trades(
  context: GatewayContext,
  market: MarketEntry,
  kind: "TRADE" | "AGGREGATE_TRADE",
  publish: Publish,
  onMissed: OnMissed,
): Stop {
  const numbers = new Numbers(onMissed);
  const event = kind === StreamKind.TRADE ? "trade" : "aggTrade";
  return context.marketData.subscribe(market.market, "trade", (message) => {
    if (message.kind !== "trade" || message.trades.length === 0) return;
    numbers.take(message.trades[0]!.tradeId, message.trades.at(-1)!.tradeId);
    const head = `{"e":"${event}","E":${toMs(context.clock.nowUs())},"s":${market.symbolJson},`;
    for (const trade of message.trades) {
      const amounts = `"p":"${market.priceText(trade.priceTicks)}","q":"${market.quantityText(trade.lots)}",`;
      const ids =
        kind === StreamKind.TRADE
          ? `"t":${trade.tradeId},`
          : `"a":${trade.tradeId},"f":${trade.tradeId},"l":${trade.tradeId},`;
      publish(`${head}${ids}${amounts}"T":${toMs(trade.timeUs)},"m":${trade.buyerIsMaker},"M":true}`);
    }
  });
}

/** The numbers of a stream's messages, each of which begins where the one before has ended. */
class Numbers {
  readonly #onMissed: OnMissed;
  #last: number | undefined;

  constructor(onMissed: OnMissed) {
    this.#onMissed = onMissed;
  }

  take(first: number, last: number): void {
    if (this.#last !== undefined && first !== this.#last + 1) this.#onMissed();
    this.#last = last;
  }
}

type DepthMessage = MarketDataMessage & { readonly kind: "depth" };
type KlineMessage = MarketDataMessage & { readonly kind: "kline" };

function bookTicker(context: GatewayContext, market: MarketEntry, publish: Publish): Stop {
  return context.marketData.subscribe(market.market, "bookTicker", (message) => {
    if (message.kind !== "bookTicker") return;
    publish(
      `{"u":${message.updateId},"s":${market.symbolJson},"b":"${market.priceText(message.bidTicks)}",` +
        `"B":"${market.quantityText(message.bidLots)}","a":"${market.priceText(message.askTicks)}",` +
        `"A":"${market.quantityText(message.askLots)}"}`,
    );
  });
}

function depthJson(
  market: MarketEntry,
  message: Omit<DepthMessage, "kind" | "market" | "topBids" | "topAsks">,
): string {
  return (
    `{"e":"depthUpdate","E":${toMs(message.timeUs)},"s":${market.symbolJson},"U":${message.firstUpdateId},` +
    `"u":${message.lastUpdateId},"b":${levelsJson(market, message.bids)},"a":${levelsJson(market, message.asks)}}`
  );
}

function depthOrdersJson(
  market: MarketEntry,
  message: MarketDataMessage & { readonly kind: "depthOrders" },
): string {
  const changed = message.changed.map(([orderId, lots]) => `[${orderId},"${market.quantityText(lots)}"]`);
  return (
    `{"e":"depthOrdersUpdate","E":${toMs(message.timeUs)},"s":${market.symbolJson},"U":${message.firstUpdateId},` +
    `"u":${message.lastUpdateId},"r":[${message.removed.join()}],"c":${array(changed)},` +
    `"b":${ordersJson(market, message.bids)},"a":${ordersJson(market, message.asks)}}`
  );
}

/** `@depth`: what happened within a second, merged; each level as it last was. */
function slowDepth(context: GatewayContext, market: MarketEntry, publish: Publish, onMissed: OnMissed): Stop {
  const numbers = new Numbers(() => {
    onMissed();
    bids.clear();
    asks.clear();
    last = undefined;
  });
  const bids = new Map<number, number>();
  const asks = new Map<number, number>();
  let firstUpdateId = 0;
  let last: DepthMessage | undefined;
  const stop = context.marketData.subscribe(market.market, "depth", (message) => {
    if (message.kind !== "depth") return;
    numbers.take(message.firstUpdateId, message.lastUpdateId);
    if (last === undefined) firstUpdateId = message.firstUpdateId;
    for (const [ticks, lots] of message.bids) bids.set(ticks, lots);
    for (const [ticks, lots] of message.asks) asks.set(ticks, lots);
    last = message;
  });
  const timer = setInterval(() => {
    if (last === undefined) return;
    const { timeUs, lastUpdateId } = last;
    publish(
      depthJson(market, {
        timeUs,
        firstUpdateId,
        lastUpdateId,
        bids: [...bids].sort((a, b) => b[0] - a[0]),
        asks: [...asks].sort((a, b) => a[0] - b[0]),
      }),
    );
    bids.clear();
    asks.clear();
    last = undefined;
  }, SECOND_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    stop();
  };
}

function partialJson(
  market: MarketEntry,
  count: number,
  lastUpdateId: number,
  bids: readonly Level[],
  asks: readonly Level[],
): string {
  return (
    `{"lastUpdateId":${lastUpdateId},"bids":${levelsJson(market, bids.slice(0, count))},` +
    `"asks":${levelsJson(market, asks.slice(0, count))}}`
  );
}

/** The best levels: once when the stream opens, then when something changed. */
function partialDepth(
  context: GatewayContext,
  market: MarketEntry,
  count: number,
  isFast: boolean,
  publish: Publish,
): Stop {
  let last: DepthMessage | undefined;
  let sent = false;
  const flush = (): void => {
    if (last === undefined) return;
    publish(partialJson(market, count, last.lastUpdateId, last.topBids, last.topAsks));
    sent = true;
    last = undefined;
  };
  const stop = context.marketData.subscribe(market.market, "depth", (message) => {
    if (message.kind !== "depth") return;
    last = message;
    if (isFast) flush();
  });
  let stopped = false;
  context.marketData.depth(market.market, count).then(
    (book) => {
      if (!sent && !stopped) publish(partialJson(market, count, book.lastUpdateId, book.bids, book.asks));
    },
    // The book follows with its next change.
    () => undefined,
  );
  const timer = isFast ? undefined : setInterval(flush, SECOND_MS).unref();
  return () => {
    stopped = true;
    clearInterval(timer);
    stop();
  };
}

function averagePrices(context: GatewayContext, market: MarketEntry, publish: Publish): Stop {
  const timer = setInterval(() => {
    context.marketData.averagePrice(market.market).then(
      ({ priceTicks, closeUs }) =>
        publish(
          `{"e":"avgPrice","E":${toMs(context.clock.nowUs())},"s":${market.symbolJson},"i":"5m",` +
            `"w":"${averageText(market, priceTicks)}","T":${toMs(closeUs)}}`,
        ),
      () => undefined,
    );
  }, SECOND_MS);
  timer.unref();
  return () => clearInterval(timer);
}

function klineJson(market: MarketEntry, { candle, interval, timeUs, closed }: KlineMessage): string {
  const hasTrades = candle.trades > 0;
  return (
    `{"e":"kline","E":${toMs(timeUs)},"s":${market.symbolJson},"k":{"t":${toMs(candle.openUs)},` +
    `"T":${toMs(candle.closeUs)},"s":${market.symbolJson},"i":"${interval}",` +
    `"f":${hasTrades ? candle.firstTradeId : -1},"L":${hasTrades ? candle.lastTradeId : -1},` +
    `"o":"${market.priceText(candle.openTicks)}","c":"${market.priceText(candle.closeTicks)}",` +
    `"h":"${market.priceText(candle.highTicks)}","l":"${market.priceText(candle.lowTicks)}",` +
    `"v":"${market.quantityText(candle.lots)}","n":${candle.trades},"x":${closed},` +
    `"q":"${market.quoteText(candle.quote)}","V":"${market.quantityText(candle.takerBuyLots)}",` +
    `"Q":"${market.quoteText(candle.takerBuyQuote)}","B":"0"}}`
  );
}

/** Tickers that changed, of all symbols, as one list. Symbols listed later join with a new subscription. */
function allTickers(
  context: GatewayContext,
  report: (market: MarketEntry, ticker: TickerState, timeUs: number) => string,
  publish: Publish,
): Stop {
  const gathered: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const stops = context.catalog.markets.map((market) =>
    context.marketData.subscribe(market.market, "ticker", (message) => {
      if (message.kind !== "ticker") return;
      gathered.push(report(market, message.ticker, message.timeUs));
      timer ??= setTimeout(() => {
        timer = undefined;
        publish(array(gathered.splice(0)));
      }, GATHER_MS).unref();
    }),
  );
  return () => {
    clearTimeout(timer);
    for (const stop of stops) stop();
  };
}

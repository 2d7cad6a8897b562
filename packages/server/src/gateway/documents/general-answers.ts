/** Answers of ping, time, exchangeInfo and system/status. */
import { orderType, prevention } from "./order-terms.js";
import {
  amount,
  anyOf,
  assetName,
  count,
  listOf,
  member,
  ms,
  object,
  only,
  optional,
  symbolName,
  text,
  yesNo,
} from "./terms.js";

export const ServerTime = object({ serverTime: ms() }, { title: "ServerTime" });

export const SystemStatus = object({ status: count("0: normal"), msg: text() }, { title: "SystemStatus" });

export const RateLimit = object(
  {
    rateLimitType: member(["REQUEST_WEIGHT", "ORDERS", "RAW_REQUESTS"]),
    interval: member(["SECOND", "MINUTE", "HOUR", "DAY"]),
    intervalNum: count("Intervals that the limit spans."),
    limit: count(),
    count: optional(count("What was used of it.")),
  },
  { title: "RateLimit" },
);

const filter = (filterType: string, rules: Parameters<typeof object>[0]) =>
  object({ filterType: only(filterType), ...rules }, { title: `Filter_${filterType}` });

/** What an order must meet, by `filterType`. */
const Filter = anyOf(
  [
    filter("PRICE_FILTER", { minPrice: amount(), maxPrice: amount(), tickSize: amount() }),
    filter("LOT_SIZE", { minQty: amount(), maxQty: amount(), stepSize: amount() }),
    filter("MARKET_LOT_SIZE", { minQty: amount(), maxQty: amount(), stepSize: amount() }),
    filter("PERCENT_PRICE_BY_SIDE", {
      bidMultiplierUp: amount(),
      bidMultiplierDown: amount(),
      askMultiplierUp: amount(),
      askMultiplierDown: amount(),
      avgPriceMins: count("0: of the last price."),
    }),
    filter("NOTIONAL", {
      minNotional: amount(),
      applyMinToMarket: yesNo(),
      maxNotional: amount(),
      applyMaxToMarket: yesNo(),
      avgPriceMins: count(),
    }),
    filter("ICEBERG_PARTS", { limit: count() }),
    filter("TRAILING_DELTA", {
      minTrailingAboveDelta: count(),
      maxTrailingAboveDelta: count(),
      minTrailingBelowDelta: count(),
      maxTrailingBelowDelta: count(),
    }),
    filter("MAX_NUM_ORDERS", { maxNumOrders: count() }),
    filter("MAX_NUM_ALGO_ORDERS", { maxNumAlgoOrders: count() }),
  ],
  { title: "Filter" },
);

export const Market = object(
  {
    symbol: symbolName(),
    status: member(["TRADING", "HALT", "BREAK", "CANCEL_ONLY"]),
    baseAsset: assetName(),
    baseAssetPrecision: count(),
    quoteAsset: assetName(),
    quotePrecision: count(),
    quoteAssetPrecision: count(),
    baseCommissionPrecision: count(),
    quoteCommissionPrecision: count(),
    orderTypes: listOf(orderType()),
    icebergAllowed: yesNo(),
    ocoAllowed: yesNo(),
    otoAllowed: yesNo(),
    opoAllowed: yesNo(),
    quoteOrderQtyMarketAllowed: yesNo(),
    allowTrailingStop: yesNo(),
    cancelReplaceAllowed: yesNo(),
    amendAllowed: yesNo(),
    pegInstructionsAllowed: yesNo(),
    isSpotTradingAllowed: yesNo(),
    isMarginTradingAllowed: yesNo(),
    filters: listOf(Filter),
    permissions: listOf(text()),
    permissionSets: listOf(listOf(text())),
    defaultSelfTradePreventionMode: prevention(),
    allowedSelfTradePreventionModes: listOf(prevention()),
  },
  { title: "Market" },
);

export const ExchangeInfo = object(
  {
    timezone: only("UTC"),
    serverTime: ms(),
    rateLimits: listOf(RateLimit),
    exchangeFilters: listOf(Filter),
    symbols: listOf(Market),
  },
  { title: "ExchangeInfo" },
);

/** ping, time, exchangeInfo. */
import {
  formatDecimal,
  ICEBERG_PARTS_MAX,
  MarketStatus,
  TRAILING_BIPS_MAX,
  TRAILING_BIPS_MIN,
} from "@buttonwood/protocol";
import { Type } from "#typebox";
import { type ExchangeCatalog, type MarketEntry, SHOWN_DECIMALS } from "../catalog.js";
import { ExchangeInfo, ServerTime } from "../documents/general-answers.js";
import { Nothing } from "../documents/terms.js";
import { endpoint, marketOf, Security, toMs } from "../endpoint.js";
import { refusal } from "../errors.js";
import { array, quoted } from "../json.js";
import { flag, oneOf, optional, symbol, symbols } from "../parameters.js";

export const ping = endpoint({
  summary: "Answers when the exchange is reached.",
  security: Security.NONE,
  weight: 1,
  parameters: Type.Object({}),
  response: Nothing,
  handle: () => "{}",
});

export const time = endpoint({
  summary: "The exchange's time.",
  security: Security.NONE,
  weight: 1,
  parameters: Type.Object({}),
  response: ServerTime,
  handle: (context) => `{"serverTime":${toMs(context.clock.nowUs())}}`,
});

const STATUS_NAMES: Record<MarketStatus, string> = {
  [MarketStatus.TRADING]: "TRADING",
  [MarketStatus.HALT]: "HALT",
  [MarketStatus.BREAK]: "BREAK",
  [MarketStatus.CANCEL_ONLY]: "CANCEL_ONLY",
};
const STATUSES = Object.values(STATUS_NAMES) as ("TRADING" | "HALT" | "BREAK" | "CANCEL_ONLY")[];

/** Listings change by the year and are asked for by everyone who starts: kept until the catalog changes. */
const kept = new WeakMap<ExchangeCatalog, { version: number; bySymbol: Map<MarketEntry, string> }>();

function symbolJson(catalog: ExchangeCatalog, market: MarketEntry): string {
  let cache = kept.get(catalog);
  if (cache === undefined || cache.version !== catalog.version) {
    cache = { version: catalog.version, bySymbol: new Map() };
    kept.set(catalog, cache);
  }
  let json = cache.bySymbol.get(market);
  if (json === undefined) {
    json = describeMarket(market);
    cache.bySymbol.set(market, json);
  }
  return json;
}

export const exchangeInfo = endpoint({
  summary: "What is listed, the rules of each market, and the rate limits.",
  security: Security.NONE,
  weight: 20,
  parameters: Type.Object({
    symbol: optional(symbol()),
    symbols: optional(symbols()),
    permissions: optional(Type.String({ pattern: '^[A-Z0-9_,\\[\\]"]{1,200}$' })),
    showPermissionSets: optional(flag()),
    symbolStatus: optional(oneOf(STATUSES)),
  }),
  response: ExchangeInfo,
  handle: (context, parameters) => {
    const { catalog } = context;
    if (parameters.symbol !== undefined && parameters.symbols !== undefined) {
      throw refusal("INVALID_COMBINATION");
    }
    let markets: readonly MarketEntry[] =
      parameters.symbol !== undefined
        ? [marketOf(context, parameters.symbol)]
        : parameters.symbols !== undefined
          ? parameters.symbols.map((name) => marketOf(context, name))
          : catalog.markets;
    if (parameters.symbolStatus !== undefined) {
      markets = markets.filter((market) => STATUS_NAMES[market.status] === parameters.symbolStatus);
    }
    // Everything here trades spot: any other permission has no markets.
    if (parameters.permissions !== undefined && !parameters.permissions.includes("SPOT")) markets = [];
    return (
      `{"timezone":"UTC","serverTime":${toMs(context.clock.nowUs())},"rateLimits":${context.limiter.limitsJson},` +
      `"exchangeFilters":[],"symbols":${array(markets.map((market) => symbolJson(catalog, market)))}}`
    );
  },
});

function multiplier(ppm: number, unbounded: string): string {
  return ppm === 0 ? unbounded : formatDecimal(ppm, 6);
}

function describeMarket(market: MarketEntry): string {
  const { fields, bands, base, quote } = market;
  const price = (ticks: number): string => market.priceText(ticks);
  const lots = (count: number): string => market.quantityText(count);
  const pricePlaces = Math.max(SHOWN_DECIMALS, quote.decimals);
  const basePlaces = Math.max(SHOWN_DECIMALS, base.decimals);
  const filters = [
    `{"filterType":"PRICE_FILTER","minPrice":"${price(fields.priceTicksMin)}",` +
      `"maxPrice":"${price(fields.priceTicksMax)}","tickSize":"${price(1)}"}`,
    `{"filterType":"LOT_SIZE","minQty":"${lots(fields.lotsMin)}","maxQty":"${lots(fields.lotsMax)}",` +
      `"stepSize":"${lots(1)}"}`,
    `{"filterType":"MARKET_LOT_SIZE","minQty":"${lots(fields.lotsMin)}",` +
      `"maxQty":"${lots(fields.marketLotsMax)}","stepSize":"${lots(1)}"}`,
    `{"filterType":"PERCENT_PRICE_BY_SIDE","bidMultiplierUp":"${multiplier(bands.bidUpPpm, "1000000")}",` +
      `"bidMultiplierDown":"${multiplier(bands.bidDownPpm, "0")}",` +
      `"askMultiplierUp":"${multiplier(bands.askUpPpm, "1000000")}",` +
      `"askMultiplierDown":"${multiplier(bands.askDownPpm, "0")}","avgPriceMins":0}`,
    `{"filterType":"NOTIONAL","minNotional":"${market.quoteText(fields.notionalMin)}","applyMinToMarket":true,` +
      `"maxNotional":"${market.quoteText(fields.notionalMax)}","applyMaxToMarket":true,"avgPriceMins":0}`,
    `{"filterType":"ICEBERG_PARTS","limit":${ICEBERG_PARTS_MAX}}`,
    `{"filterType":"TRAILING_DELTA","minTrailingAboveDelta":${TRAILING_BIPS_MIN},` +
      `"maxTrailingAboveDelta":${TRAILING_BIPS_MAX},"minTrailingBelowDelta":${TRAILING_BIPS_MIN},` +
      `"maxTrailingBelowDelta":${TRAILING_BIPS_MAX}}`,
    `{"filterType":"MAX_NUM_ORDERS","maxNumOrders":${fields.openOrdersMax}}`,
    `{"filterType":"MAX_NUM_ALGO_ORDERS","maxNumAlgoOrders":${fields.stopOrdersMax}}`,
  ];
  return (
    `{"symbol":${market.symbolJson},"status":"${STATUS_NAMES[market.status]}",` +
    `"baseAsset":${quoted(base.name)},"baseAssetPrecision":${basePlaces},` +
    `"quoteAsset":${quoted(quote.name)},"quotePrecision":${pricePlaces},"quoteAssetPrecision":${pricePlaces},` +
    `"baseCommissionPrecision":${basePlaces},"quoteCommissionPrecision":${pricePlaces},` +
    '"orderTypes":["LIMIT","LIMIT_MAKER","MARKET","STOP_LOSS","STOP_LOSS_LIMIT","TAKE_PROFIT","TAKE_PROFIT_LIMIT"],' +
    '"icebergAllowed":true,"ocoAllowed":true,"otoAllowed":true,"opoAllowed":false,' +
    '"quoteOrderQtyMarketAllowed":true,"allowTrailingStop":true,"cancelReplaceAllowed":true,' +
    '"amendAllowed":true,"pegInstructionsAllowed":false,"isSpotTradingAllowed":true,' +
    `"isMarginTradingAllowed":false,"filters":${array(filters)},"permissions":["SPOT"],` +
    '"permissionSets":[["SPOT"]],"defaultSelfTradePreventionMode":"NONE",' +
    '"allowedSelfTradePreventionModes":["NONE","EXPIRE_TAKER","EXPIRE_MAKER","EXPIRE_BOTH","DECREMENT"]}'
  );
}

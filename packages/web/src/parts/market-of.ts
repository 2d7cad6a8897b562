/** A market's figures and rules as the page needs them. */
import type { SelfTradePrevention, SymbolFilter, SymbolInfo, SymbolStatus } from "@buttonwood/client";
import { placesOf } from "../format.js";

/** Bounds that an order is checked against before it is sent. Amounts are plain decimals. */
export interface MarketRules {
  readonly priceMin: string;
  readonly priceMax: string;
  readonly quantityMin: string;
  readonly quantityMax: string;
  /** Of market orders. */
  readonly marketQuantityMax: string;
  /** Price × quantity. */
  readonly notionalMin: string;
  readonly notionalMax: string;
  readonly icebergPartsMax: number;
  /** Basis points. */
  readonly trailingDeltaMin: number;
  readonly trailingDeltaMax: number;
  readonly preventions: readonly SelfTradePrevention[];
}

export interface Market {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly status: SymbolStatus;
  readonly tick: string;
  readonly step: string;
  readonly pricePlaces: number;
  readonly quantityPlaces: number;
  readonly rules: MarketRules;
}

export function marketOf(info: SymbolInfo): Market {
  const { symbol, baseAsset: base, quoteAsset: quote, status } = info;
  const field = (filterType: string, name: string): SymbolFilter[string] => {
    const value = info.filters.find((filter) => filter.filterType === filterType)?.[name];
    if (value === undefined) throw new TypeError(`${symbol} has no ${name} in its ${filterType}`);
    return value;
  };
  const amount = (filterType: string, name: string): string => String(field(filterType, name));
  const number = (filterType: string, name: string): number => Number(field(filterType, name));
  const tick = amount("PRICE_FILTER", "tickSize");
  const step = amount("LOT_SIZE", "stepSize");
  return {
    symbol,
    base,
    quote,
    status,
    tick,
    step,
    pricePlaces: placesOf(tick),
    quantityPlaces: placesOf(step),
    rules: {
      priceMin: amount("PRICE_FILTER", "minPrice"),
      priceMax: amount("PRICE_FILTER", "maxPrice"),
      quantityMin: amount("LOT_SIZE", "minQty"),
      quantityMax: amount("LOT_SIZE", "maxQty"),
      marketQuantityMax: amount("MARKET_LOT_SIZE", "maxQty"),
      notionalMin: amount("NOTIONAL", "minNotional"),
      notionalMax: amount("NOTIONAL", "maxNotional"),
      icebergPartsMax: number("ICEBERG_PARTS", "limit"),
      trailingDeltaMin: number("TRAILING_DELTA", "minTrailingAboveDelta"),
      trailingDeltaMax: number("TRAILING_DELTA", "maxTrailingAboveDelta"),
      preventions: info.allowedSelfTradePreventionModes,
    },
  };
}

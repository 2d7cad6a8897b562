/** A market's figures as the page needs them. */
import type { SymbolInfo, SymbolStatus } from "@buttonwood/client";
import { placesOf } from "../format.js";

export interface Market {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly status: SymbolStatus;
  readonly tick: string;
  readonly step: string;
  readonly pricePlaces: number;
  readonly quantityPlaces: number;
}

export function marketOf(info: SymbolInfo): Market {
  const { symbol, baseAsset: base, quoteAsset: quote, status } = info;
  const field = (filterType: string, name: string): string => {
    const value = info.filters.find((filter) => filter.filterType === filterType)?.[name];
    if (typeof value !== "string") throw new TypeError(`${symbol} has no ${name} in its ${filterType}`);
    return value;
  };
  const tick = field("PRICE_FILTER", "tickSize");
  const step = field("LOT_SIZE", "stepSize");
  return {
    symbol,
    base,
    quote,
    status,
    tick,
    step,
    pricePlaces: placesOf(tick),
    quantityPlaces: placesOf(step),
  };
}

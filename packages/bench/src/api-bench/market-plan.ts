import { stepOf, stepsOf, stepText } from "./decimal-step.js";
import type { LoadMarket } from "./plan.js";

interface SymbolInfo {
  readonly symbol: string;
  readonly filters: readonly Readonly<Record<string, string | number>>[];
}

/** Reads from the public API how orders of some markets must look. */
export async function planMarkets(url: string, symbols: readonly string[]): Promise<LoadMarket[]> {
  const info = (await getJson(`${url}/api/v3/exchangeInfo`)) as { symbols: SymbolInfo[] };
  const prices = (await getJson(`${url}/api/v3/ticker/price`)) as { symbol: string; price: string }[];
  return symbols.map((symbol) => {
    const market = info.symbols.find((entry) => entry.symbol === symbol);
    const price = prices.find((entry) => entry.symbol === symbol)?.price;
    if (market === undefined || price === undefined) throw new Error(`the exchange has no market ${symbol}`);
    const filter = (type: string) => market.filters.find((entry) => entry.filterType === type) ?? {};
    const tick = stepOf(String(filter("PRICE_FILTER").tickSize));
    const lot = stepOf(String(filter("LOT_SIZE").stepSize));
    const minLots = Math.max(1, stepsOf(String(filter("LOT_SIZE").minQty ?? "0"), lot));
    const midTicks = stepsOf(price, tick);
    // A tenth above the smallest notional, so that orders below the middle pass it too.
    const notional = Number(filter("NOTIONAL").minNotional ?? 0) * 1.1;
    const perLot = Number(price) * Number(stepText(1, lot));
    const lots = Math.max(minLots, Math.ceil(notional / perLot));
    return { symbol, midTicks, tick, lot, lots };
  });
}

export async function getJson(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}: ${await response.text()}`);
  return response.json();
}

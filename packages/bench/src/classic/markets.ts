/** A market of the classic pipeline. */
export interface ClassicMarket {
  readonly symbol: string;
  readonly price: string;
  readonly tickDecimals: number;
  readonly lotDecimals: number;
}

const TICK_DECIMALS = 2;
const MINIMUM_NOTIONAL = "5";

/** Those of the exchange's own first start, so that both get the same orders. */
export const MARKETS: readonly ClassicMarket[] = [
  { symbol: "AAPLUSD", price: "190.00", tickDecimals: TICK_DECIMALS, lotDecimals: 2 },
  { symbol: "GOOGUSD", price: "175.00", tickDecimals: TICK_DECIMALS, lotDecimals: 2 },
  { symbol: "MSFTUSD", price: "420.00", tickDecimals: TICK_DECIMALS, lotDecimals: 2 },
  { symbol: "BTCUSDT", price: "60000.00", tickDecimals: TICK_DECIMALS, lotDecimals: 4 },
  { symbol: "ETHUSDT", price: "3000.00", tickDecimals: TICK_DECIMALS, lotDecimals: 4 },
];

/** What `GET /api/v3/exchangeInfo` answers: as much as a client needs to write an order. */
export const EXCHANGE_INFO = {
  symbols: MARKETS.map(({ symbol, tickDecimals, lotDecimals }) => ({
    symbol,
    status: "TRADING",
    filters: [
      { filterType: "PRICE_FILTER", minPrice: stepOf(tickDecimals), tickSize: stepOf(tickDecimals) },
      { filterType: "LOT_SIZE", minQty: stepOf(lotDecimals), stepSize: stepOf(lotDecimals) },
      { filterType: "NOTIONAL", minNotional: MINIMUM_NOTIONAL },
    ],
  })),
};

/** What `GET /api/v3/ticker/price` answers; nothing moves it. */
export const PRICES = MARKETS.map(({ symbol, price }) => ({ symbol, price }));

function stepOf(decimals: number): string {
  return (10 ** -decimals).toFixed(decimals);
}

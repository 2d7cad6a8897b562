/** A market for tests. */
import type { Market } from "../parts/market-of.js";

export const MARKET: Market = {
  symbol: "XUSD",
  base: "X",
  quote: "USD",
  status: "TRADING",
  tick: "0.01000000",
  step: "0.00010000",
  pricePlaces: 2,
  quantityPlaces: 4,
  rules: {
    priceMin: "0.01",
    priceMax: "1000000",
    quantityMin: "0.0001",
    quantityMax: "9000",
    marketQuantityMax: "100",
    notionalMin: "5.00000000",
    notionalMax: "9000000",
    icebergPartsMax: 10,
    trailingDeltaMin: 10,
    trailingDeltaMax: 2000,
    preventions: ["NONE", "EXPIRE_TAKER"],
  },
};

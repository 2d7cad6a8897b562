import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatDecimal, MarketStatus } from "@buttonwood/protocol";
import fc from "fast-check";
import { ExchangeCatalog, type MarketEntry, unitsText } from "./catalog.js";

const base = { asset: 0, name: "BTC", decimals: 8 };
const quote = { asset: 1, name: "USDT", decimals: 6 };
const fields = {
  market: 0,
  symbol: "BTCUSDT",
  baseAsset: 0,
  quoteAsset: 1,
  referenceTicks: 100,
  tickMantissa: 25,
  tickDecimals: 2,
  lotMantissa: 1,
  lotDecimals: 4,
  priceTicksMin: 1,
  priceTicksMax: 2 ** 27 - 1,
  lotsMin: 1,
  lotsMax: 2 ** 31 - 1,
  marketLotsMax: 2 ** 31 - 1,
  notionalMin: 0,
  notionalMax: 2 ** 52,
  makerFeePpm: 0,
  takerFeePpm: 0,
  openOrdersMax: 10,
  stopOrdersMax: 5,
  bidDownPpm: 0,
  bidUpPpm: 0,
  askDownPpm: 0,
  askUpPpm: 0,
};

function catalogOf(): ExchangeCatalog {
  return new ExchangeCatalog({
    assets: [base, quote],
    markets: [{ ...fields, status: MarketStatus.TRADING, lastPriceTicks: 100, bandReferenceTicks: 0 }],
    accounts: [{ account: 1, name: "alice", frozen: false }],
    sequence: 4,
  });
}

describe("catalog", () => {
  it("reads and writes prices and quantities in the market's steps", () => {
    const market = catalogOf().market("BTCUSDT") as MarketEntry;
    assert.equal(market.priceText(3), "0.75000000");
    assert.equal(market.parsePrice("0.75"), 3);
    assert.equal(market.parsePrice("0.750"), 3);
    assert.equal(market.parsePrice("0.76"), "STEP");
    assert.equal(market.parsePrice("0.750000001"), "PRECISION");
    assert.equal(market.parsePrice("0.75000001"), "STEP");
    assert.equal(market.parsePrice("99999999999999999999"), "STEP");
    assert.equal(market.parsePrice("+1"), "SYNTAX");
    assert.equal(market.quantityText(12_345), "1.23450000");
    assert.equal(market.parseQuantity("1.2345"), 12_345);
    assert.equal(market.tickLotUnits, 25);
  });

  it("writes every amount as the plain way does", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 12 }), (units, decimals) => {
        assert.equal(unitsText(units, decimals), formatDecimal(units, decimals, Math.max(8, decimals)));
      }),
    );
    assert.equal(unitsText(2 ** 60, 4), "115292150460684.69760000");
  });

  it("prices and quantities read back as what was written", () => {
    const market = catalogOf().market("BTCUSDT") as MarketEntry;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 27 - 1 }), fc.nat(2 ** 31 - 1), (ticks, lots) => {
        assert.equal(market.parsePrice(market.priceText(ticks)), ticks);
        assert.equal(market.parseQuantity(market.quantityText(lots)), lots);
      }),
    );
  });

  it("follows the feed", () => {
    const catalog = catalogOf();
    const before = catalog.version;
    catalog.apply({ kind: "ASSET_LISTED", asset: 2, name: "ETH", decimals: 8 });
    catalog.apply({ kind: "MARKET_LISTED", ...fields, market: 1, symbol: "ETHUSDT", baseAsset: 2 });
    catalog.apply({ kind: "MARKET_STATUS_SET", market: 1, status: MarketStatus.HALT });
    catalog.apply({ kind: "MARKET_FEES_SET", market: 1, makerFeePpm: 5, takerFeePpm: 7 });
    catalog.apply({ kind: "ACCOUNT_OPENED", account: 2, name: "bob" });
    catalog.apply({ kind: "ACCOUNT_STATUS_SET", account: 2, status: 1 });
    const market = catalog.marketOfStream("ethusdt")!;
    assert.deepEqual([market.status, market.makerFeePpm, market.takerFeePpm], [MarketStatus.HALT, 5, 7]);
    assert.deepEqual(catalog.accountByName("bob"), { account: 2, name: "bob", frozen: true });
    assert.equal(catalog.version, before + 6);
  });
});

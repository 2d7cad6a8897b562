/** The small world that random commands happen in: few accounts, few prices, tight limits. */
import {
  BAND_PPM_MAX,
  type Command,
  LOTS_MAX,
  type MarketFields,
  NOTIONAL_MAX,
  PRICE_TICKS_MAX,
} from "@buttonwood/protocol";
import type { Random } from "./random.js";
import type { ReferenceConfig } from "./state.js";

export interface World {
  readonly config: ReferenceConfig;
  readonly accounts: number;
  readonly assets: readonly { readonly name: string; readonly decimals: number }[];
  readonly markets: readonly MarketFields[];
}

function smallMarket(random: Random, market: number, symbol: string, base: number): MarketFields {
  const lotsMax = random.integer(8, 40);
  const referenceTicks = random.integer(95, 105);
  // Whole percents, so that prices lie exactly on a band as well as beside it.
  const band = (): number => (random.chance(0.7) ? 0 : random.integer(90, 99) * 10_000);
  const upperBand = (): number => (random.chance(0.7) ? 0 : random.integer(101, 110) * 10_000);
  const openOrdersMax = random.integer(3, 12);
  const tickMantissa = random.pick([1, 5, 25]);
  const lotMantissa = random.pick([1, 2, 7]);
  return {
    market,
    symbol,
    baseAsset: base,
    quoteAsset: 0,
    referenceTicks,
    // One decimal each, and two of the quote asset: a lot at one tick is tickMantissa × lotMantissa units.
    tickMantissa,
    tickDecimals: 1,
    lotMantissa,
    lotDecimals: 1,
    priceTicksMin: referenceTicks - random.integer(4, 12),
    priceTicksMax: referenceTicks + random.integer(4, 12),
    lotsMin: random.pick([1, 1, 2, 3]),
    lotsMax,
    marketLotsMax: random.integer(4, lotsMax),
    notionalMin: random.pick([0, 0, 0, 200]),
    notionalMax: random.pick([NOTIONAL_MAX, tickMantissa * lotMantissa * 100 * random.integer(10, lotsMax)]),
    makerFeePpm: random.pick([0, 1_000, 33_333]),
    takerFeePpm: random.pick([0, 2_500, 100_000]),
    openOrdersMax,
    stopOrdersMax: random.integer(1, Math.min(4, openOrdersMax)),
    bidDownPpm: band(),
    bidUpPpm: upperBand(),
    askDownPpm: band(),
    askUpPpm: upperBand(),
  };
}

/** A market where every number may be as large as it can be: products, fees and caps must still be exact. */
function largeMarket(random: Random, market: number, symbol: string): MarketFields {
  return {
    market,
    symbol,
    baseAsset: 2,
    quoteAsset: 3,
    referenceTicks: random.pick([1, 1_000, PRICE_TICKS_MAX]),
    tickMantissa: random.pick([1, 1, 99_991]),
    tickDecimals: 0,
    lotMantissa: random.pick([1, 1, 7_919]),
    lotDecimals: 0,
    priceTicksMin: 1,
    priceTicksMax: PRICE_TICKS_MAX,
    lotsMin: 1,
    lotsMax: LOTS_MAX,
    marketLotsMax: LOTS_MAX,
    notionalMin: 0,
    notionalMax: NOTIONAL_MAX,
    makerFeePpm: random.integer(0, 100_000),
    takerFeePpm: random.integer(0, 100_000),
    openOrdersMax: 20,
    stopOrdersMax: 20,
    bidDownPpm: random.pick([0, 1]),
    bidUpPpm: random.pick([0, BAND_PPM_MAX]),
    askDownPpm: 0,
    askUpPpm: random.pick([0, BAND_PPM_MAX]),
  };
}

/** A world of its own for every seed. */
export function randomWorld(random: Random): World {
  const markets = [smallMarket(random, 0, "ETHUSD", 1), smallMarket(random, 1, "SOLUSD", 2)];
  if (random.chance(0.3)) markets.push(largeMarket(random, 2, "BIGHUGE"));
  const accounts = random.integer(2, 6);
  return {
    config: {
      fillsMax: random.pick([1, 2, 3, 5, 4096]),
      openOrdersMax: random.integer(10, 40),
      rememberedIdsMax: random.integer(60, 300),
      accountsMax: accounts + 1,
      assetsMax: 4,
      marketsMax: markets.length,
      outboxMax: random.integer(1, 6),
      specialOrdersMax: random.integer(3, 40),
    },
    accounts,
    assets: [
      { name: "USD", decimals: 2 },
      { name: "ETH", decimals: 3 },
      { name: "SOL", decimals: 1 },
      { name: "HUGE", decimals: 0 },
    ],
    markets,
  };
}

/** The commands that build a world. */
export function worldCommands(world: World): Command[] {
  const commands: Command[] = [];
  world.assets.forEach(({ name, decimals }, asset) => {
    commands.push({ kind: "LIST_ASSET", account: 0, asset, decimals, name });
  });
  for (const market of world.markets) commands.push({ kind: "LIST_MARKET", account: 0, ...market });
  for (let account = 1; account <= world.accounts; account++) {
    commands.push({ kind: "OPEN_ACCOUNT", account, name: `trader ${account}` });
    for (const [asset, amount] of [500_000, 50_000, 500].entries()) {
      commands.push({ kind: "DEPOSIT", account, asset, amount, reference: `first ${asset}` });
    }
  }
  return commands;
}

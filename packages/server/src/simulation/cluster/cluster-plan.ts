/** What a simulated cluster consists of: drawn per seed, and small, so that everything meets everything. */
import type { Random, ReferenceConfig } from "@buttonwood/core/reference";
import type { Command, MarketFields } from "@buttonwood/protocol";
import type { LeaseTimes } from "../../cluster/leadership/lease-times.js";
import { createPartitionMap, type PartitionMap } from "../../cluster/partition-map.js";

export const USD = 0;
export const GOLD = 1;

/** The partitions' symbols; each has one market or two. */
const SYMBOLS = [
  ["AAA", "AAB"],
  ["BBA", "BBB"],
  ["CCA", "CCB"],
];

export interface PlannedPartition {
  readonly number: number;
  /** Names of its engines: one that leads, and mostly one that stands by. */
  readonly engines: readonly string[];
  /** Whether its shard has a standby without which nothing is committed. */
  readonly isSynchronous: boolean;
}

export interface ClusterPlan {
  readonly partitions: readonly PlannedPartition[];
  readonly map: PartitionMap;
  readonly config: ReferenceConfig;
  readonly markets: readonly MarketFields[];
  /** Numbers of the traders' accounts. */
  readonly accounts: readonly number[];
  readonly gateways: number;
  /** How long an answer of a partition may take, in ms. */
  readonly answerMsMax: number;
  readonly engine: {
    readonly snapshotEveryCommands: number;
    readonly batchCommandsMax: number;
    readonly queuedCommandsMax: number;
    readonly restMsMax: number;
  };
}

/** A fifth of the product's times: a run then has as many takeovers and fewer idle moments. */
export const LEASE_TIMES_SIMULATED: LeaseTimes = { lapsedAfterMs: 400, trustedMs: 360, renewEveryMs: 100 };
export const STORE_ANSWER_MS_MAX_SIMULATED = 800;
export const STORE_MISSING_MS_MAX_SIMULATED = 4_000;

export function drawPlan(random: Random): ClusterPlan {
  const count = random.integer(2, 3);
  const partitions = Array.from({ length: count }, (_, number) => ({
    number,
    engines: random.chance(0.8) ? [`p${number}a`, `p${number}b`] : [`p${number}a`],
    isSynchronous: random.chance(0.6),
  }));
  const symbols = SYMBOLS.slice(0, count).map((own) => own.slice(0, random.integer(1, 2)));
  const markets = symbols.flat().map((symbol, market) => drawMarket(random, market, symbol));
  const accounts = Array.from({ length: random.integer(2, 4) }, (_, index) => index + 1);
  return {
    partitions,
    map: createPartitionMap(symbols.map((own, number) => ({ shard: `shard ${number}`, symbols: own }))),
    config: {
      fillsMax: 50,
      openOrdersMax: random.integer(30, 60),
      rememberedIdsMax: 1_000,
      accountsMax: accounts.length + 2,
      assetsMax: 2,
      marketsMax: markets.length,
      outboxMax: random.pick([2, 4, 16]),
      specialOrdersMax: 60,
    },
    markets,
    accounts,
    gateways: random.integer(1, 3),
    answerMsMax: random.pick([500, 2_000]),
    engine: {
      snapshotEveryCommands: random.integer(8, 60),
      batchCommandsMax: random.pick([2, 16, 4096]),
      queuedCommandsMax: random.pick([16, 4096]),
      restMsMax: random.pick([0, 10]),
    },
  };
}

/** A map that sends markets elsewhere: that of a process which was started with another topology. */
export function otherMap(plan: ClusterPlan): PartitionMap {
  const symbols = plan.markets.map(({ symbol }) => symbol);
  return createPartitionMap(
    plan.partitions.map(({ number }) => ({
      shard: `shard ${number}`,
      symbols: symbols.filter(
        (symbol) => (plan.map.partitionOfMarket(symbol) + 1) % plan.partitions.length === number,
      ),
    })),
  );
}

/** A lot at one tick costs one unit. */
function drawMarket(random: Random, market: number, symbol: string): MarketFields {
  return {
    market,
    symbol,
    baseAsset: GOLD,
    quoteAsset: USD,
    referenceTicks: 10,
    tickMantissa: 1,
    tickDecimals: 0,
    lotMantissa: 1,
    lotDecimals: 0,
    priceTicksMin: 1,
    priceTicksMax: 1_000,
    lotsMin: 1,
    lotsMax: 10_000,
    marketLotsMax: 10_000,
    notionalMin: 0,
    notionalMax: 2 ** 40,
    makerFeePpm: random.pick([0, 33_333]),
    takerFeePpm: random.pick([0, 100_000]),
    openOrdersMax: 20,
    stopOrdersMax: 5,
    bidDownPpm: 0,
    bidUpPpm: 0,
    askDownPpm: 0,
    askUpPpm: 0,
  };
}

/** What each account begins with, by asset. */
const FUNDS = [1_000, 100];

/** Lists the markets and opens the accounts. */
export function listingCommands({ markets, accounts }: ClusterPlan): Command[] {
  return [
    ...["USD", "GOLD"].map(
      (name, asset): Command => ({ kind: "LIST_ASSET", account: 0, asset, decimals: 0, name }),
    ),
    ...markets.map((fields): Command => ({ kind: "LIST_MARKET", account: 0, ...fields })),
    ...accounts.map((account): Command => ({ kind: "OPEN_ACCOUNT", account, name: `trader ${account}` })),
  ];
}

/** Gives every account its first funds. */
export function fundingCommands({ accounts }: ClusterPlan): Command[] {
  return accounts.flatMap((account) =>
    FUNDS.map(
      (amount, asset): Command => ({ kind: "DEPOSIT", account, asset, amount, reference: `first ${asset}` }),
    ),
  );
}

import { type Command, OrderType, SelfTradePrevention, type Side, TimeInForce } from "@buttonwood/protocol";
import { coresOf } from "../../engine/cores.js";
import { ENGINE_OPTIONS_DEFAULT, Engine } from "../../engine/engine.js";
import { MemoryJournal, type MemoryJournalFile } from "../../journal/memory/memory-journal.js";
import { MemorySnapshotStore } from "../../journal/snapshots/memory-snapshot-store.js";
import { systemClock } from "../../platform/clock.js";
import { systemTimers } from "../../platform/timers.js";

const CORES = coresOf({
  accountsMax: 8,
  openOrdersMax: 20_000,
  pricePagesMax: 1_000,
  rememberedIdsMax: 200_000,
  balancesMax: 64,
  accountMarketsMax: 64,
  assetsMax: 4,
  marketsMax: 4,
});

/** An engine over a journal in memory; the next one over the same journal deposes it. */
export function startMemoryEngine(file: MemoryJournalFile): Promise<Engine> {
  return Engine.start(
    {
      journal: new MemoryJournal(file),
      snapshots: new MemorySnapshotStore(),
      cores: CORES,
      publisher: { publish() {} },
      clock: systemClock,
      timers: systemTimers,
      defer: setImmediate,
      stopwatchMs: () => performance.now(),
      onEvent() {},
    },
    { ...ENGINE_OPTIONS_DEFAULT, owner: "test" },
  );
}

/** One market, 0, of asset 0 against asset 1, and accounts 1 and 2, who have plenty of both. */
export const LISTINGS: readonly Command[] = [
  { kind: "LIST_ASSET", account: 0, asset: 0, decimals: 0, name: "COIN" },
  { kind: "LIST_ASSET", account: 0, asset: 1, decimals: 0, name: "USD" },
  {
    kind: "LIST_MARKET",
    account: 0,
    market: 0,
    symbol: "COINUSD",
    baseAsset: 0,
    quoteAsset: 1,
    referenceTicks: 100,
    tickMantissa: 1,
    tickDecimals: 0,
    lotMantissa: 1,
    lotDecimals: 0,
    priceTicksMin: 1,
    priceTicksMax: 10_000,
    lotsMin: 1,
    lotsMax: 1_000,
    marketLotsMax: 1_000,
    notionalMin: 0,
    notionalMax: 1_000_000_000,
    makerFeePpm: 0,
    takerFeePpm: 0,
    openOrdersMax: 10_000,
    stopOrdersMax: 10,
    bidDownPpm: 0,
    bidUpPpm: 0,
    askDownPpm: 0,
    askUpPpm: 0,
  },
  ...[1, 2].flatMap((account): Command[] => [
    { kind: "OPEN_ACCOUNT", account, name: `account ${account}` },
    ...[0, 1].map(
      (asset): Command => ({
        kind: "DEPOSIT",
        account,
        asset,
        amount: 1_000_000_000,
        reference: `begin ${asset}`,
      }),
    ),
  ]),
];

/** A limit order on market 0 that rests when nobody meets it. */
export function limitOrder(
  account: number,
  side: Side,
  priceTicks: number,
  lots: number,
  clientOrderId: string,
): Command {
  return {
    kind: "NEW_ORDER",
    account,
    order: {
      market: 0,
      side,
      type: OrderType.LIMIT,
      timeInForce: TimeInForce.GTC,
      selfTradePrevention: SelfTradePrevention.NONE,
      priceTicks,
      stopTicks: 0,
      lots,
      quoteAmount: 0,
      clientOrderId,
    },
  };
}

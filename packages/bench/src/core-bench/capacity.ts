import { Core } from "@buttonwood/core";
import {
  beginCommand,
  CLIENT_ID_WORDS,
  CommandType,
  encodeCommand,
  LOTS_MAX,
  NewOrder,
  NOTIONAL_MAX,
  OrderType,
  PRICE_TICKS_MAX,
  WordBuffer,
  writeText,
} from "@buttonwood/protocol";

const ACCOUNTS = 1000;
const PRICE_MIDDLE = 100_000;
const PRICE_SPREAD = 5000;
const SNAPSHOTS = 7;
const MIB = 2 ** 20;

/** What a core with many resting orders takes. */
export interface CoreCapacityResult {
  readonly restingOrders: number;
  /** Growth of the process's resident memory from before the core to the full book, MiB. */
  readonly memoryMiB: number;
  readonly snapshotMiB: number;
  /** The first copy takes fresh memory; the median of those that reuse the buffer. */
  readonly snapshotFirstMs: number;
  readonly snapshotMs: number;
  /** Copy, indexes and the digest made anew and compared. */
  readonly restoreMs: number;
}

/** Rests `orders` orders that never meet, on one market, and measures memory, snapshot and restore. */
export function benchCoreCapacity(orders = 1_000_000): CoreCapacityResult {
  const before = process.memoryUsage.rss();
  const core = new Core();
  rest(core, orders);
  if (core.queries.openOrderCount !== orders) throw new Error("not every order rests");
  const memoryMiB = (process.memoryUsage.rss() - before) / MIB;
  let start = performance.now();
  let snapshot = core.snapshot();
  const snapshotFirstMs = performance.now() - start;
  const times: number[] = [];
  for (let i = 0; i < SNAPSHOTS; i++) {
    start = performance.now();
    snapshot = core.snapshot(snapshot);
    times.push(performance.now() - start);
  }
  start = performance.now();
  const restored = Core.restore(snapshot);
  const restoreMs = performance.now() - start;
  if (restored.stateDigest() !== core.stateDigest()) throw new Error("the restored core differs");
  return {
    restingOrders: orders,
    memoryMiB: Math.round(memoryMiB),
    snapshotMiB: Math.round(snapshot.byteLength / MIB),
    snapshotFirstMs: round(snapshotFirstMs),
    snapshotMs: round(times.sort((a, b) => a - b)[SNAPSHOTS >> 1]!),
    restoreMs: round(restoreMs),
  };
}

const round = (ms: number): number => Math.round(ms * 10) / 10;

function rest(core: Core, orders: number): void {
  const buffer = new WordBuffer();
  const apply = (at: number): void => {
    core.apply(buffer, at);
    core.output.clear();
    buffer.clear();
  };
  const name = (asset: number): string => ["BASE", "QUOTE"][asset]!;
  for (const asset of [0, 1]) {
    apply(encodeCommand(buffer, { kind: "LIST_ASSET", account: 0, asset, decimals: 8, name: name(asset) }));
  }
  apply(
    encodeCommand(buffer, {
      kind: "LIST_MARKET",
      account: 0,
      market: 0,
      symbol: "BASEQUOTE",
      baseAsset: 0,
      quoteAsset: 1,
      referenceTicks: PRICE_MIDDLE,
      tickMantissa: 1,
      tickDecimals: 4,
      lotMantissa: 1,
      lotDecimals: 4,
      priceTicksMin: 1,
      priceTicksMax: PRICE_TICKS_MAX,
      lotsMin: 1,
      lotsMax: LOTS_MAX,
      marketLotsMax: LOTS_MAX,
      notionalMin: 0,
      notionalMax: NOTIONAL_MAX,
      makerFeePpm: 1000,
      takerFeePpm: 2000,
      openOrdersMax: LOTS_MAX,
      stopOrdersMax: 0,
      bidDownPpm: 0,
      bidUpPpm: 0,
      askDownPpm: 0,
      askUpPpm: 0,
    }),
  );
  for (let account = 1; account <= ACCOUNTS; account++) {
    apply(encodeCommand(buffer, { kind: "OPEN_ACCOUNT", account, name: `trader ${account}` }));
    for (const asset of [0, 1]) {
      const deposit = { kind: "DEPOSIT", account, asset, amount: 1e12, reference: `first ${asset}` } as const;
      apply(encodeCommand(buffer, deposit));
    }
  }
  for (let i = 0; i < orders; i++) {
    const side = i & 1;
    // A stride that shares no factor with the spread visits all prices in turn.
    const distance = 1 + ((i * 2654435) % PRICE_SPREAD);
    const at = beginCommand(buffer, CommandType.NEW_ORDER, NewOrder.WORDS, 1 + (i % ACCOUNTS), 0, 1 + i);
    buffer.i32[at + NewOrder.KIND] = side | (OrderType.LIMIT << 8);
    buffer.i32[at + NewOrder.PRICE_TICKS] = PRICE_MIDDLE + (side === 0 ? -distance : distance);
    buffer.i32[at + NewOrder.LOTS] = 1 + (i % 7);
    buffer.i32[at + NewOrder.ID_LENGTH] = writeText(buffer, at + NewOrder.ID, CLIENT_ID_WORDS, `c${i}`);
    apply(at);
  }
}

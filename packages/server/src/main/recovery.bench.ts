/**
 * How fast a start replays: `node packages/server/dist/main/recovery.bench.js [commands]`. Fills a journal, then
 * recovers from it alone, without a snapshot, as a start does: every event and every digest is compared.
 * The flow: 1,000 accounts on one market; of 20 commands 10 orders rest, 7 are cancelled, 3 trade.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Command,
  encodeCommand,
  type MarketFields,
  OrderType,
  SelfTradePrevention,
  TimeInForce,
  WordBuffer,
} from "@buttonwood/protocol";
import { compileCoreForSpeed, cores } from "../engine/cores.js";
import { recover } from "../engine/recovery.js";
import { NO_HASH, rowHash } from "../journal/row-hash.js";
import { MemorySnapshotStore } from "../journal/snapshots/memory-snapshot-store.js";
import { readAhead } from "../journal/sqlite/read-ahead.js";
import { JOURNAL_FILE, SqliteJournal } from "../journal/sqlite/sqlite-journal.js";

const COMMANDS = Number(process.argv[2] ?? 1_000_000);
/** Commands of one row: what gathers while one commit of a busy exchange is under way. */
const ROW_COMMANDS = 256;
const RUNS = 5;
const ACCOUNTS = 1_000;
const PRICE_MIDDLE = 100_000;
const START_US = 1_700_000_000_000_000;

const MARKET: MarketFields = {
  market: 0,
  symbol: "AB",
  baseAsset: 0,
  quoteAsset: 1,
  referenceTicks: PRICE_MIDDLE,
  tickMantissa: 1,
  tickDecimals: 2,
  lotMantissa: 1,
  lotDecimals: 2,
  priceTicksMin: 1,
  priceTicksMax: 1_000_000,
  lotsMin: 1,
  lotsMax: 1_000_000,
  marketLotsMax: 1_000_000,
  notionalMin: 0,
  notionalMax: 1e15,
  makerFeePpm: 1_000,
  takerFeePpm: 1_000,
  openOrdersMax: 1_000_000,
  stopOrdersMax: 0,
  bidDownPpm: 0,
  bidUpPpm: 0,
  askDownPpm: 0,
  askUpPpm: 0,
};

let seed = 1;
function random(below: number): number {
  seed = Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
  return ((seed ^ (seed >>> 13)) >>> 0) % below;
}

function* setup(): Generator<Command> {
  for (const asset of [0, 1]) yield { kind: "LIST_ASSET", account: 0, asset, decimals: 4, name: `A${asset}` };
  yield { kind: "LIST_MARKET", account: 0, ...MARKET };
  for (let account = 1; account <= ACCOUNTS; account++) {
    yield { kind: "OPEN_ACCOUNT", account, name: `trader ${account}` };
    for (const asset of [0, 1])
      yield { kind: "DEPOSIT", account, asset, amount: 1e12, reference: `d${asset}` };
  }
}

/** One command after the other; an order's id follows from the place of its command. */
function* flow(sequence: number): Generator<Command> {
  const open: { readonly account: number; readonly orderId: number }[] = [];
  for (let i = 0; i < COMMANDS; i++, sequence++) {
    const kind = i % 20;
    const found = kind >= 10 && kind < 17 ? open.splice(random(open.length), 1)[0] : undefined;
    if (found !== undefined) {
      const { account, orderId } = found;
      yield {
        kind: "CANCEL_ORDER",
        account,
        market: 0,
        orderId,
        clientOrderId: "",
        restriction: 0,
        cancelId: "",
      };
      continue;
    }
    const account = 1 + random(ACCOUNTS);
    const side = random(2) as 0 | 1;
    const rests = kind < 17;
    const away = rests ? -1 - random(500) : 500;
    if (rests) open.push({ account, orderId: sequence * 4 });
    yield {
      kind: "NEW_ORDER",
      account,
      order: {
        market: 0,
        side,
        type: OrderType.LIMIT,
        timeInForce: rests ? TimeInForce.GTC : TimeInForce.IOC,
        selfTradePrevention: SelfTradePrevention.NONE,
        priceTicks: PRICE_MIDDLE + (side === 0 ? away : -away),
        stopTicks: 0,
        lots: 1 + random(100),
        quoteAmount: 0,
        clientOrderId: `order-${i}`,
      },
    };
  }
}

async function fill(folder: string): Promise<void> {
  const journal = SqliteJournal.open(folder);
  const { epoch } = await journal.acquire("bench");
  const core = cores.create();
  const commands = new WordBuffer();
  let previousHash = NO_HASH;
  let first = 1;
  const write = async (): Promise<void> => {
    core.events.clear();
    for (let at = 0; at < commands.length; at += commands.i32[at]! >>> 8) core.apply(commands, at);
    const row = {
      epoch,
      firstSequence: first,
      lastSequence: core.sequence,
      previousHash,
      commands: commands.bytes(),
      events: core.events.bytes(),
      digest: core.stateDigest(),
    };
    previousHash = rowHash(row);
    await journal.append({ ...row, hash: previousHash });
    first = core.sequence + 1;
    commands.clear();
  };
  let sequence = 1;
  const add = async (command: Command): Promise<void> => {
    encodeCommand(commands, { ...command, timeUs: START_US + sequence });
    if (sequence++ % ROW_COMMANDS === 0) await write();
  };
  for (const command of setup()) await add(command);
  for (const command of flow(sequence)) await add(command);
  await write();
  await journal.close();
}

compileCoreForSpeed();
const folder = mkdtempSync(join(tmpdir(), "buttonwood-recovery-"));
try {
  await fill(folder);
  const megabytes = statSync(join(folder, JOURNAL_FILE)).size / 1e6;
  console.log(`${COMMANDS.toLocaleString("en")} commands, ${megabytes.toFixed(0)} MB of journal`);
  const rates: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const journal = SqliteJournal.openReader(folder);
    const startMs = performance.now();
    const { core } = await recover({
      journal,
      readRows: (from) => readAhead(folder, from),
      snapshots: new MemorySnapshotStore(),
      cores,
      onDamagedSnapshot: (error) => {
        throw error;
      },
    });
    const rate = (core.sequence / (performance.now() - startMs)) * 1000;
    rates.push(rate);
    console.log(`${Math.round(rate).toLocaleString("en")} commands/s, ${core.openOrderCount} open orders`);
    await journal.close();
  }
  rates.sort((a, b) => a - b);
  console.log(`median ${(rates[RUNS >> 1]! / 1e6).toFixed(2)} million commands/s`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

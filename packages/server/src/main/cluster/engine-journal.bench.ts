/**
 * Orders per second that one engine acknowledges with its journal in PostgreSQL:
 *
 *   node packages/server/dist/main/cluster/engine-journal.bench.js [SECONDS]
 *
 * PostgreSQL runs on this machine, synced to disk: first alone, then with a synchronous standby. The engine is fed
 * messages of 100 orders as fast as it answers them; half of the orders meet a resting one. For comparison: the
 * engine with a journal that keeps nothing, the bare disk, and the journal by itself, with rows of 100 and of 1,000
 * of the same commands.
 */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Command,
  encodeCommand,
  NOTIONAL_MAX,
  OrderType,
  SelfTradePrevention,
  Side,
  TimeInForce,
  WordBuffer,
} from "@buttonwood/protocol";
import { compileCoreForSpeed, coresOf } from "../../engine/cores.js";
import { ENGINE_OPTIONS_DEFAULT, Engine } from "../../engine/engine.js";
import { MemoryJournal, type MemoryJournalFile } from "../../journal/memory/memory-journal.js";
import type { JournalRow, JournalStore } from "../../journal/port.js";
import { PostgresJournal } from "../../journal/postgres/postgres-journal.js";
import { TestShard } from "../../journal/postgres/testing/test-shard.js";
import { NO_HASH, rowHash } from "../../journal/row-hash.js";
import { MemorySnapshotStore } from "../../journal/snapshots/memory-snapshot-store.js";
import { systemClock } from "../../platform/clock.js";
import { systemTimers } from "../../platform/timers.js";

const SECONDS = Number(process.argv[2] ?? 5);
const ACCOUNTS = 50;
const MESSAGE_ORDERS = 100;
/** Orders are made for so many, so that making them is not measured. */
const ORDERS_PER_SECOND_MAX = 400_000;
/** Orders that are sent and not answered: what two hundred busy connections with many orders each would have. */
const IN_FLIGHT_ORDERS = 16_384;

compileCoreForSpeed();
const cores = coresOf({ accountsMax: 64, openOrdersMax: 1 << 20, rememberedIdsMax: 1 << 22 });

const SYNCS = 50;

let orders = 0;

function setup(): Uint8Array {
  const commands: Command[] = [
    { kind: "LIST_ASSET", account: 0, asset: 0, decimals: 0, name: "BASE" },
    { kind: "LIST_ASSET", account: 0, asset: 1, decimals: 0, name: "QUOTE" },
    {
      kind: "LIST_MARKET",
      account: 0,
      market: 0,
      symbol: "BASEQUOTE",
      baseAsset: 0,
      quoteAsset: 1,
      referenceTicks: 1000,
      tickMantissa: 1,
      tickDecimals: 0,
      lotMantissa: 1,
      lotDecimals: 0,
      priceTicksMin: 1,
      priceTicksMax: 1_000_000,
      lotsMin: 1,
      lotsMax: 1_000_000,
      marketLotsMax: 1_000_000,
      notionalMin: 0,
      notionalMax: NOTIONAL_MAX,
      makerFeePpm: 1000,
      takerFeePpm: 1000,
      openOrdersMax: 1 << 20,
      stopOrdersMax: 0,
      bidDownPpm: 0,
      bidUpPpm: 0,
      askDownPpm: 0,
      askUpPpm: 0,
    },
  ];
  for (let account = 1; account <= ACCOUNTS; account++) {
    commands.push({ kind: "OPEN_ACCOUNT", account, name: `account ${account}` });
    for (const asset of [0, 1]) {
      commands.push({ kind: "DEPOSIT", account, asset, amount: 1e13, reference: `d${asset}` });
    }
  }
  return encoded(commands);
}

/** The next orders: buyers and sellers in turn at one of twenty prices. */
function message(): Uint8Array {
  const commands: Command[] = [];
  for (let i = 0; i < MESSAGE_ORDERS; i++) {
    const n = orders++;
    commands.push({
      kind: "NEW_ORDER",
      account: 1 + (n % ACCOUNTS),
      order: {
        market: 0,
        side: n % 2 === 0 ? Side.BUY : Side.SELL,
        type: OrderType.LIMIT,
        timeInForce: TimeInForce.GTC,
        selfTradePrevention: SelfTradePrevention.NONE,
        priceTicks: 1000 + ((n * 7) % 20),
        stopTicks: 0,
        lots: 1 + (n % 9),
        quoteAmount: 0,
        clientOrderId: `x-${n.toString(36)}-${(n * 2_654_435_761) % 1e9}`,
      },
    });
  }
  return encoded(commands);
}

function encoded(commands: readonly Command[]): Uint8Array {
  const words = new WordBuffer(1 << 14);
  for (const command of commands) encodeCommand(words, command);
  return words.copy();
}

interface Figures {
  readonly ordersPerSecond: number;
  readonly ordersPerRow: number;
  readonly bytesPerOrder: number;
  readonly commitMs: number;
}

/** A journal that keeps nothing. */
const FORGETFUL: JournalStore = {
  acquire: async () => ({ epoch: 1, tail: await FORGETFUL.tail() }),
  tail: async () => ({ sequence: 0, hash: NO_HASH }),
  append: async () => {},
  async *read() {},
  close: async () => {},
};

/** What the disk alone takes to keep as many bytes, in ms. */
function syncMs(bytes: number): number {
  const file = join(tmpdir(), `buttonwood-bench-${process.pid}`);
  const handle = openSync(file, "w");
  const block = Buffer.alloc(bytes, 1);
  // Written once before, as a database's log is: so that only the bytes are synced and no growth of the file.
  for (let i = 0; i < SYNCS; i++) writeSync(handle, block, 0, bytes, i * bytes);
  fdatasyncSync(handle);
  const startMs = performance.now();
  for (let i = 0; i < SYNCS; i++) {
    writeSync(handle, block, 0, bytes, i * bytes);
    fdatasyncSync(handle);
  }
  const ms = (performance.now() - startMs) / SYNCS;
  closeSync(handle);
  rmSync(file);
  return ms;
}

/** Feeds an engine for a while. */
async function feed(journal: JournalStore, batchCommandsMax: number, ms: number): Promise<Figures> {
  let answered = 0;
  let rows = 0;
  let bytes = 0;
  let commitMs = 0;
  const measured: JournalStore = {
    acquire: (owner) => journal.acquire(owner),
    tail: () => journal.tail(),
    read: (from) => journal.read(from),
    close: () => journal.close(),
    async append(row) {
      const startMs = performance.now();
      await journal.append(row);
      commitMs += performance.now() - startMs;
      bytes += row.commands.byteLength + row.events.byteLength;
      rows++;
    },
  };
  const engine = await Engine.start(
    {
      journal: measured,
      snapshots: new MemorySnapshotStore(),
      cores,
      publisher: { publish: () => {} },
      clock: systemClock,
      timers: systemTimers,
      defer: setImmediate,
      stopwatchMs: () => performance.now(),
      onEvent: (event) => {
        if (event.kind === "stopped") throw event.error;
      },
    },
    {
      ...ENGINE_OPTIONS_DEFAULT,
      owner: "bench",
      batchCommandsMax,
      snapshotEveryCommands: Number.MAX_SAFE_INTEGER,
    },
  );
  let sent = 0;
  let number = 0;
  let isOver = false;
  let done: () => void = () => {};
  const end = new Promise<void>((resolve) => {
    done = resolve;
  });
  // Orders are made beforehand, so that only the exchange is measured.
  const ready = Array.from({ length: (ms / 1000) * (ORDERS_PER_SECOND_MAX / MESSAGE_ORDERS) }, message);
  const send = (commands: Uint8Array, count: number): void => {
    sent += count;
    if (engine.offer({ commands, number: number++, sink }) !== "taken") throw new Error("not taken");
  };
  const sink = {
    reply(_batch: unknown, runs: readonly number[]) {
      for (let i = 0; i < runs.length; i += 3) answered += runs[i + 2]!;
      while (!isOver && sent - answered < IN_FLIGHT_ORDERS) send(ready.pop() ?? message(), MESSAGE_ORDERS);
      if (isOver && sent === answered) done();
    },
  };
  const setupBytes = setup();
  send(setupBytes, 3 + ACCOUNTS * 3);
  const startMs = performance.now();
  setTimeout(() => {
    isOver = true;
  }, ms);
  await end;
  const seconds = (performance.now() - startMs) / 1000;
  await engine.close();
  return {
    ordersPerSecond: answered / seconds,
    ordersPerRow: answered / rows,
    bytesPerOrder: bytes / answered,
    commitMs: commitMs / rows,
  };
}

/** Rows as an engine writes them. */
async function recordRows(commandsPerRow: number, count: number): Promise<JournalRow[]> {
  const file: MemoryJournalFile = { epoch: 0, rows: [] };
  while (file.rows.length < count) await feed(new MemoryJournal(file), commandsPerRow, 1000);
  return file.rows.slice(1, count);
}

/** Appends rows one after the other. */
async function append(journal: PostgresJournal, templates: readonly JournalRow[]): Promise<Figures> {
  const { epoch, tail } = await journal.acquire("bench");
  let { sequence, hash } = tail;
  let bytes = 0;
  let rows = 0;
  const startSequence = sequence;
  const startMs = performance.now();
  while (performance.now() - startMs < SECONDS * 1000) {
    const { commands, events, digest, firstSequence, lastSequence } = templates[rows % templates.length]!;
    const content = {
      epoch,
      firstSequence: sequence + 1,
      lastSequence: sequence + 1 + lastSequence - firstSequence,
      previousHash: hash,
      commands,
      events,
      digest,
    };
    const row: JournalRow = { ...content, hash: rowHash(content) };
    await journal.append(row);
    sequence = row.lastSequence;
    hash = row.hash;
    bytes += commands.byteLength + events.byteLength;
    rows++;
  }
  const seconds = (performance.now() - startMs) / 1000;
  const count = sequence - startSequence;
  return {
    ordersPerSecond: count / seconds,
    ordersPerRow: count / rows,
    bytesPerOrder: bytes / count,
    commitMs: (seconds * 1000) / rows,
  };
}

function print(name: string, figures: Figures): void {
  const { ordersPerSecond, ordersPerRow, bytesPerOrder, commitMs } = figures;
  const parts = [
    name.padEnd(52),
    `${Math.round(ordersPerSecond).toLocaleString("en")} orders/s`.padStart(18),
    `${Math.round(ordersPerRow)} a row`.padStart(12),
    `${Math.round(bytesPerOrder)} bytes an order`.padStart(22),
    `${commitMs.toFixed(2)} ms a commit`.padStart(18),
  ];
  process.stdout.write(`${parts.join("")}\n`);
}

print("engine, no journal", await feed(FORGETFUL, 4096, SECONDS * 1000));
for (const kilobytes of [8, 64, 1024]) {
  process.stdout.write(`bare disk: ${syncMs(kilobytes * 1024).toFixed(2)} ms to keep ${kilobytes} KiB\n`);
}
const rows100 = await recordRows(100, 500);
const rows1000 = await recordRows(1000, 50);
for (const synchronous of [false, true]) {
  const kind = synchronous ? "PostgreSQL with a synchronous standby" : "PostgreSQL";
  const shard = await TestShard.start({ synchronous, settings: { fsync: "on" } });
  const open = (partition: number) => PostgresJournal.open({ access: shard.access(), partition });
  let partition = 0;
  for (const rows of [rows100, rows1000]) {
    const journal = await open(partition++);
    print(`${kind}, rows only`, await append(journal, rows));
    await journal.close();
  }
  const journal = await open(partition);
  print(`${kind}, engine`, await feed(journal, 4096, SECONDS * 1000));
  await journal.close();
  await shard.stop();
}

/**
 * How fast the tables fill and what an order costs: `node packages/server/dist/projection/projection.bench.js`,
 * with a number of commands and `postgres` for a shard (started for it) in place of a file. CPU is this process's.
 * The flow: 50 accounts with random client order ids; of 10 commands 5 rest, 2 cancel, 3 trade with a resting one.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OrderState, OrderStatus, Side } from "@buttonwood/protocol";
import pg from "pg";
import type { FeedBatch } from "../feed/port.js";
import { READER_ROLE } from "../journal/postgres/migrations.js";
import { TestShard } from "../journal/postgres/testing/test-shard.js";
import { systemClock } from "../platform/clock.js";
import { PostgresTables } from "./postgres/postgres-tables.js";
import { PROJECTION_ROLE, prepareProjectionRole } from "./postgres/prepare-role.js";
import { Projection } from "./projection.js";
import { SqliteTables } from "./sqlite/sqlite-tables.js";
import type { Tables } from "./tables.js";
import { EventLog, testOrder } from "./testing/event-log.js";

const COMMANDS = Number(process.argv[2] ?? 200_000);
const shard = process.argv[3] === "postgres" ? await TestShard.start() : undefined;
if (shard !== undefined) {
  const client = new pg.Client(shard.owner);
  await client.connect();
  await prepareProjectionRole(client, { readerRole: READER_ROLE, database: shard.owner.database });
  await client.end();
}
let partitions = 0;

async function openTables(folder: string): Promise<Tables> {
  if (shard === undefined) return SqliteTables.open(join(folder, "projection.db"));
  const access = { ...shard.access(), user: PROJECTION_ROLE };
  return PostgresTables.open({ access, partition: partitions++ });
}

function flow(commands: number, batchCommands: number): FeedBatch[] {
  const log = new EventLog(1, systemClock.nowUs()).listings();
  const batches: FeedBatch[] = [];
  const open: OrderState[] = [];
  let tradeId = 0;
  for (let i = 0; i < commands; i++) {
    log.begin(log.timeUs + 50);
    const orderId = log.sequence * 4;
    const priceTicks = 1000 + Math.floor(Math.random() * 100);
    const order = testOrder({
      orderId,
      account: 1 + Math.floor(Math.random() * 50),
      priceTicks,
      createdUs: log.timeUs,
      workingUs: log.timeUs,
      clientOrderId: `x-${Math.random().toString(36).slice(2)}-${i}`,
    });
    const kind = i % 10;
    if (kind >= 5 && open.length > 0) {
      const at = Math.floor(Math.random() * open.length);
      const other = open[at]!;
      open[at] = open.at(-1)!;
      open.pop();
      if (kind < 7) log.canceled(other);
      else {
        const filled = { executedLots: 10, executedQuote: other.priceTicks * 10, status: OrderStatus.FILLED };
        log.accepted({ ...order, side: Side.SELL });
        log.trade(
          ++tradeId,
          other.priceTicks,
          10,
          { ...other, ...filled },
          { ...order, ...filled, side: Side.SELL },
        );
      }
      log.level(Side.BUY, other.priceTicks, 10 * Math.floor(Math.random() * 5));
    } else {
      log.accepted(order).level(Side.BUY, priceTicks, 10);
      open.push(order);
    }
    if ((i + 1) % batchCommands === 0) batches.push(log.batch());
  }
  return batches;
}

async function measure(
  name: string,
  batchCommands: number,
  behind: boolean,
  flushEvery: number,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "buttonwood-bench-"));
  const tables = await openTables(folder);
  const projection = await Projection.open({
    tables,
    clock: systemClock,
    publish: () => {},
    onFailure: (error) => {
      throw error;
    },
  });
  projection.marketData.goLive();
  const batches = flow(COMMANDS, batchCommands);
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  let flushMsMax = 0;
  for (const batch of batches) {
    await projection.apply(batch, behind);
    if (behind || projection.unwritten < flushEvery) continue;
    const flushStartMs = performance.now();
    await projection.flush();
    flushMsMax = Math.max(flushMsMax, performance.now() - flushStartMs);
  }
  await projection.flush();
  const ms = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  console.log(
    `${name}: ${Math.round((COMMANDS / ms) * 1000)} commands/s, ${Math.round((projection.rowsWritten / ms) * 1000)} rows/s, ` +
      `${((user + system) / COMMANDS).toFixed(2)} µs CPU per command, longest flush ${flushMsMax.toFixed(1)} ms`,
  );
  await tables.close();
  rmSync(folder, { recursive: true });
}

await measure("catch-up", 500, true, 0);
await measure("live, written per 1000", 50, false, 1000);
await measure("live, written per 100", 20, false, 100);
await shard?.stop();

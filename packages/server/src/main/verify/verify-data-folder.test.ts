import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  NOTIONAL_MAX,
  OrderType,
  Reason,
  SelfTradePrevention,
  type Side,
  TimeInForce,
} from "@buttonwood/protocol";
import Database from "libsql";
import { type RunningEngine, startEngine } from "../start-engine.js";
import { VerifyOutcome, type VerifyReport } from "./report.js";
import { verifyDataFolder } from "./verify-data-folder.js";

async function inFolder(run: (dataFolder: string) => Promise<void>): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), "buttonwood-verify-"));
  try {
    await run(dataFolder);
  } finally {
    rmSync(dataFolder, { recursive: true });
  }
}

/** An exchange with one market and two funded accounts that have traded. */
async function trade(dataFolder: string): Promise<RunningEngine> {
  const engine = await startEngine({
    dataFolder,
    snapshotEveryCommands: 40,
    onFatal: (error) => {
      throw error;
    },
  });
  const { client } = engine;
  await client.submit({ kind: "LIST_ASSET", account: 0, asset: 0, decimals: 2, name: "USD" });
  await client.submit({ kind: "LIST_ASSET", account: 0, asset: 1, decimals: 3, name: "AAPL" });
  const listed = await client.submit({
    kind: "LIST_MARKET",
    account: 0,
    market: 0,
    symbol: "AAPLUSD",
    baseAsset: 1,
    quoteAsset: 0,
    referenceTicks: 1000,
    tickMantissa: 1,
    tickDecimals: 2,
    lotMantissa: 1,
    lotDecimals: 0,
    priceTicksMin: 1,
    priceTicksMax: 100_000,
    lotsMin: 1,
    lotsMax: 10_000,
    marketLotsMax: 10_000,
    notionalMin: 0,
    notionalMax: NOTIONAL_MAX,
    makerFeePpm: 1000,
    takerFeePpm: 1000,
    openOrdersMax: 10_000,
    stopOrdersMax: 10,
    bidDownPpm: 0,
    bidUpPpm: 0,
    askDownPpm: 0,
    askUpPpm: 0,
  });
  assert.equal(listed.reason, Reason.OK);
  for (const [account, name] of [
    [1, "alice"],
    [2, "bob"],
  ] as const) {
    await client.submit({ kind: "OPEN_ACCOUNT", account, name });
    for (const asset of [0, 1]) {
      await client.submit({ kind: "DEPOSIT", account, asset, amount: 1e9, reference: `begin ${asset}` });
    }
  }
  for (let i = 0; i < 100; i++) {
    await client.submit({
      kind: "NEW_ORDER",
      account: 1 + (i % 2),
      order: {
        market: 0,
        side: ((i >> 1) % 2) as Side,
        type: OrderType.LIMIT,
        timeInForce: TimeInForce.GTC,
        selfTradePrevention: SelfTradePrevention.NONE,
        priceTicks: 990 + ((i * 7) % 20),
        stopTicks: 0,
        lots: 1 + (i % 9),
        quoteAmount: 0,
        clientOrderId: `o${i}`,
      },
    });
  }
  await client.submit({ kind: "WITHDRAW", account: 1, asset: 0, amount: 5, reference: "out" });
  return engine;
}

function failures(report: VerifyReport): string[] {
  return report.checks
    .filter(({ outcome }) => outcome === VerifyOutcome.FAILED)
    .map(({ name, detail }) => `${name}: ${detail}`);
}

describe("verifyDataFolder", () => {
  it("passes a whole folder, while the exchange runs and after", () =>
    inFolder(async (dataFolder) => {
      const engine = await trade(dataFolder);
      const running = await verifyDataFolder({ dataFolder });
      assert.deepEqual(failures(running), []);
      assert.equal(running.ok, true);
      assert.equal(running.commands, 110);
      await engine.close({ snapshot: true });
      const stopped = await verifyDataFolder({ dataFolder });
      assert.deepEqual(failures(stopped), []);
      assert.equal(stopped.digest, running.digest);
      assert.equal(
        stopped.checks.every(({ outcome }) => outcome === VerifyOutcome.PASSED),
        true,
      );
    }));

  it("counts what came from other partitions and what went to them", () =>
    inFolder(async (dataFolder) => {
      const engine = await trade(dataFolder);
      const { client } = engine;
      const transfer = { account: 1, asset: 0 } as const;
      for (let i = 1; i <= 3; i++) {
        const amounts = { amountMin: i, amountMax: 2 * i };
        await client.submit({ kind: "TRANSFER_OUT", ...transfer, toPartition: 2, ...amounts });
        await client.submit({
          kind: "TRANSFER_IN",
          ...transfer,
          fromPartition: 1,
          channelSequence: i,
          amount: 50 * i,
        });
      }
      await client.submit({ kind: "TRANSFER_ACK", account: 0, toPartition: 2, channelSequence: 2 });
      await engine.close({ snapshot: true });
      const report = await verifyDataFolder({ dataFolder });
      assert.deepEqual(failures(report), []);
      assert.ok(
        report.checks.some(({ name, detail }) => /^transfers/.test(name) && detail === "6 transfers"),
      );
    }));

  it("names the row whose bytes have changed, and changes nothing itself", () =>
    inFolder(async (dataFolder) => {
      const engine = await trade(dataFolder);
      await engine.close();
      const file = join(dataFolder, "journal.db");
      const database = new Database(file);
      database.exec("update journal set events = zeroblob(length(events)) where first_sequence = 60");
      database.close();
      const report = await verifyDataFolder({ dataFolder });
      assert.equal(report.ok, false);
      assert.match(failures(report).join("\n"), /journal\.db, row 60/);
      assert.equal(
        report.checks.some(({ outcome }) => outcome === VerifyOutcome.SKIPPED),
        true,
      );
    }));

  it("names a snapshot that is damaged", () =>
    inFolder(async (dataFolder) => {
      const engine = await trade(dataFolder);
      await engine.close({ snapshot: true });
      const folder = join(dataFolder, "snapshots");
      const name = readdirSync(folder).at(-1)!;
      const bytes = readFileSync(join(folder, name));
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(join(folder, name), bytes);
      const report = await verifyDataFolder({ dataFolder });
      assert.equal(report.ok, false);
      assert.match(failures(report).join("\n"), new RegExp(name));
    }));

  it("refuses a folder without a journal", () =>
    inFolder(async (dataFolder) => {
      await assert.rejects(verifyDataFolder({ dataFolder }), /there is no journal/);
    }));
});

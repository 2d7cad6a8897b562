import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { decodeEvents, encodeCommand, Reason, WordBuffer } from "@buttonwood/protocol";
import { cores } from "../engine/cores.js";
import { ENGINE_OPTIONS_DEFAULT, Engine } from "../engine/engine.js";
import { DataFolderLockedError } from "../journal/data-folder-lock.js";
import { FileSnapshotStore } from "../journal/snapshots/file-snapshot-store.js";
import { SqliteJournal } from "../journal/sqlite/sqlite-journal.js";
import { systemClock } from "../platform/clock.js";
import { systemTimers } from "../platform/timers.js";
import { OutcomeUnknownError } from "../transport/engine-port.js";
import { type RunningEngine, startEngine } from "./start-engine.js";

async function inFolder(run: (dataFolder: string) => Promise<void>): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), "buttonwood-engine-"));
  try {
    await run(dataFolder);
  } finally {
    rmSync(dataFolder, { recursive: true });
  }
}

function start(dataFolder: string): Promise<RunningEngine> {
  return startEngine({
    dataFolder,
    onFatal: (error) => {
      throw error;
    },
  });
}

const deposit = (account: number, reference: string) =>
  ({ kind: "DEPOSIT", account, asset: 0, amount: 1000, reference }) as const;

describe("startEngine", () => {
  it("runs an engine in a thread, answers after the commit, and finds everything again", () =>
    inFolder(async (dataFolder) => {
      const first = await start(dataFolder);
      assert.equal(first.sequence, 0);
      const feed: number[] = [];
      first.feed.subscribe((batch) => feed.push(batch.firstSequence, batch.lastSequence));
      const outcomes = await Promise.all([
        first.client.submit({ kind: "LIST_ASSET", account: 0, asset: 0, decimals: 2, name: "USD" }),
        first.client.submit({ kind: "OPEN_ACCOUNT", account: 1, name: "alice" }),
        first.client.submit(deposit(1, "one")),
        first.client.submit(deposit(7, "nobody")),
      ]);
      assert.deepEqual(
        outcomes.map(({ sequence, reason }) => [sequence, reason]),
        [
          [1, Reason.OK],
          [2, Reason.OK],
          [3, Reason.OK],
          [4, Reason.UNKNOWN_ACCOUNT],
        ],
      );
      assert.deepEqual(feed, [1, 4]);
      const { events, at, end } = outcomes[2]!;
      assert.deepEqual(
        decodeEvents(events, at, end).map(({ kind }) => kind),
        ["RESULT", "DEPOSITED", "BALANCE"],
      );
      assert.deepEqual(await first.client.query({ kind: "balances", account: 1 }), [
        { asset: 0, free: 1000, locked: 0 },
      ]);
      const group = await first.client.query({ kind: "group", market: 0, sequence: 3 });
      assert.deepEqual(group, events.copy(at, end));
      assert.equal(await first.client.query({ kind: "group", market: 0, sequence: 5 }), undefined);
      await first.close({ snapshot: true });
      await assert.rejects(first.client.submit(deposit(1, "two")), OutcomeUnknownError);

      const second = await start(dataFolder);
      assert.equal(second.sequence, 4);
      assert.equal(second.epoch, first.epoch + 1);
      assert.equal((await second.client.submit(deposit(1, "one"))).reason, Reason.REPEAT);
      assert.equal((await second.client.query({ kind: "status" })).sequence, 5);
      await second.close();
    }));

  it("row 15: says when the clock was set back: until it has caught up, every deadline has passed", () =>
    inFolder(async (dataFolder) => {
      const journal = SqliteJournal.open(dataFolder);
      const engine = await Engine.start(
        {
          journal,
          snapshots: new FileSnapshotStore(dataFolder),
          cores,
          publisher: { publish: () => undefined },
          clock: { nowUs: () => systemClock.nowUs() + 3_600_000_000 },
          timers: systemTimers,
          defer: setImmediate,
          stopwatchMs: () => 0,
          onEvent: () => undefined,
        },
        ENGINE_OPTIONS_DEFAULT,
      );
      const words = new WordBuffer(64);
      encodeCommand(words, { kind: "BARRIER", account: 0 });
      engine.offer({ number: 1, commands: words.copy(), sink: { reply: () => undefined } });
      await engine.close();
      await journal.close();
      const notices: string[] = [];
      const second = await startEngine({
        dataFolder,
        onFatal: (error) => {
          throw error;
        },
        onNotice: (_level, text) => notices.push(text),
      });
      await second.close();
      assert.equal(notices.length, 1);
      assert.match(notices[0]!, /journal's time is 3\d{3} s ahead of this machine's clock/);
    }));

  it("refuses a data folder that another engine uses, and says who", () =>
    inFolder(async (dataFolder) => {
      const first = await start(dataFolder);
      await assert.rejects(start(dataFolder), (error: Error) => {
        assert.ok(error instanceof DataFolderLockedError);
        assert.match(error.message, new RegExp(`in use by process ${process.pid} on `));
        return true;
      });
      await first.close();
    }));
});

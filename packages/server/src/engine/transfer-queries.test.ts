import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Command, encodeCommand, WordBuffer } from "@buttonwood/protocol";
import { MemoryJournal } from "../journal/memory/memory-journal.js";
import { MemorySnapshotStore } from "../journal/snapshots/memory-snapshot-store.js";
import { FakeTime, settle } from "../platform/testing/fake-time.js";
import { coresOf } from "./cores.js";
import { ENGINE_OPTIONS_DEFAULT, Engine } from "./engine.js";

const CORES = coresOf({ accountsMax: 8, openOrdersMax: 8, pricePagesMax: 8, rememberedIdsMax: 64 });

/** A journal whose next commits fail when told to. */
class BreakableJournal extends MemoryJournal {
  broken = false;

  override append(row: Parameters<MemoryJournal["append"]>[0]): Promise<void> {
    return this.broken ? Promise.reject(new Error("the disk is full")) : super.append(row);
  }
}

/** An engine with two accounts, of which the first has 1,000 units. */
async function rig() {
  const time = new FakeTime();
  const journal = new BreakableJournal();
  const engine = await Engine.start(
    {
      journal,
      snapshots: new MemorySnapshotStore(),
      cores: CORES,
      publisher: { publish() {} },
      clock: { nowUs: () => time.nowMs * 1000 },
      timers: time.timers,
      defer: setImmediate,
      stopwatchMs: () => time.nowMs,
      onEvent() {},
    },
    { ...ENGINE_OPTIONS_DEFAULT, owner: "test" },
  );
  const send = async (...commands: readonly Command[]): Promise<void> => {
    const words = new WordBuffer(1 << 8);
    for (const command of commands) encodeCommand(words, command);
    engine.offer({ commands: words.copy(), number: 0, sink: { reply() {} } });
    await settle();
  };
  await send(
    { kind: "LIST_ASSET", account: 0, asset: 0, decimals: 2, name: "USD" },
    { kind: "OPEN_ACCOUNT", account: 1, name: "alice" },
    { kind: "OPEN_ACCOUNT", account: 2, name: "bob" },
    { kind: "DEPOSIT", account: 1, asset: 0, amount: 1_000, reference: "begin" },
  );
  return { time, journal, engine, send };
}

const out = (account: number, amount: number, toPartition: number): Command => ({
  kind: "TRANSFER_OUT",
  account,
  asset: 0,
  toPartition,
  amountMin: amount,
  amountMax: amount,
});
const into = (channelSequence: number, amount: number): Command => ({
  kind: "TRANSFER_IN",
  account: 2,
  asset: 0,
  fromPartition: 1,
  channelSequence,
  amount,
});
const arrived = (channelSequence: number, waitMs: number) =>
  ({ kind: "transferArrived", fromPartition: 1, channelSequence, waitMs }) as const;

describe("questions about transfers", () => {
  it("tells what an account has, and what of it is on its way, at one moment", async () => {
    const { engine, send } = await rig();
    await send(out(1, 100, 2), into(1, 40), out(2, 15, 2), out(1, 300, 1), out(1, 1, 2));
    await send({ kind: "TRANSFER_ACK", account: 0, toPartition: 2, channelSequence: 1 });
    const entry = { asset: 0, toPartition: 2 };
    const alices = [
      { account: 1, asset: 0, toPartition: 1, channelSequence: 1, amount: 300 },
      { account: 1, ...entry, channelSequence: 3, amount: 1 },
    ];
    assert.deepEqual(await engine.query({ kind: "funds", account: 1 }), {
      sequence: engine.sequence,
      balances: [{ asset: 0, free: 599, locked: 0 }],
      channels: [
        { partition: 1, sent: 1, acknowledged: 0, received: 1 },
        { partition: 2, sent: 3, acknowledged: 1, received: 0 },
      ],
      outbox: alices,
    });
    assert.deepEqual(await engine.query({ kind: "outbox" }), [
      alices[0],
      { account: 2, ...entry, channelSequence: 2, amount: 15 },
      alices[1],
    ]);
  });

  it("says that a transfer has arrived as soon as it is durable", async () => {
    const { engine, send, time } = await rig();
    const answers: string[] = [];
    for (const channelSequence of [1, 2]) {
      void engine
        .query(arrived(channelSequence, 5_000))
        .then((answer) => answers.push(`${channelSequence} ${answer}`));
    }
    await time.pass(100);
    assert.deepEqual(answers, []);
    await send(into(1, 40));
    assert.deepEqual(answers, ["1 true"]);
    assert.equal(await engine.query(arrived(1, 0)), true);
    assert.equal(await engine.query(arrived(2, 0)), false);
    await send(into(2, 40));
    assert.deepEqual(answers, ["1 true", "2 true"]);
  });

  it("row 18: a transfer that never comes is waited for no longer than asked, and never for ever", async () => {
    const { engine, time } = await rig();
    const answers: string[] = [];
    for (const waitMs of [300, Number.POSITIVE_INFINITY]) {
      void engine.query(arrived(1, waitMs)).then((answer) => answers.push(`${waitMs} ${answer}`));
    }
    await time.pass(299);
    assert.deepEqual(answers, []);
    await time.pass(1);
    assert.deepEqual(answers, ["300 false"]);
    await time.pass(30_000);
    assert.deepEqual(answers, ["300 false", "Infinity false"]);
  });

  it("answers those who wait when the engine closes, and rejects them when it fails", async () => {
    const closing = await rig();
    const answer = closing.engine.query(arrived(1, 5_000));
    await settle();
    await closing.engine.close();
    assert.equal(await answer, false);

    const failing = await rig();
    const rejected = assert.rejects(failing.engine.query(arrived(1, 5_000)), /the disk is full/);
    await settle();
    failing.journal.broken = true;
    await failing.send(into(1, 40));
    await rejected;
  });
});

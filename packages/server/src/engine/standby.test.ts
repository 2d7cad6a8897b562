import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Command } from "@buttonwood/protocol";
import { HeldLease } from "../cluster/leadership/held-lease.js";
import { LEASE_TIMES } from "../cluster/leadership/lease-times.js";
import { PartitionMapDiffersError } from "../journal/lease.js";
import {
  MemoryLeasedJournal,
  type MemoryPartition,
  memoryPartition,
} from "../journal/memory/memory-leased-journal.js";
import { DamagedJournalError, DeposedError, type JournalRow } from "../journal/port.js";
import { rowHash } from "../journal/row-hash.js";
import { MemorySnapshotStore } from "../journal/snapshots/memory-snapshot-store.js";
import { FakeTime, settle } from "../platform/testing/fake-time.js";
import type { CoreFactory } from "./deterministic-core.js";
import { ENGINE_OPTIONS_DEFAULT, Engine, type EngineEvent } from "./engine.js";
import { ReplayDiffersError } from "./replay.js";
import { Standby, type TakenOver } from "./standby.js";
import { commandBytes, depositTo, listAsset, openAccount, SMALL_CORES } from "./testing/small-world.js";

const PARTITION = { number: 1, mapHash: "map" };
const { lapsedAfterMs } = LEASE_TIMES;

const deposit = (reference: string) => depositTo(1, 1, reference);

/** One process of a partition. */
interface Node {
  readonly standby: Standby;
  readonly journal: MemoryLeasedJournal;
  readonly snapshots: MemorySnapshotStore;
  readonly events: EngineEvent[];
  readonly run: Promise<TakenOver | undefined>;
}

class Rig {
  readonly time = new FakeTime();
  readonly partition: MemoryPartition = memoryPartition(() => this.time.nowMs);

  async standby(owner: string, changes: { readonly cores?: CoreFactory; readonly mapHash?: string } = {}) {
    const journal = new MemoryLeasedJournal(this.partition);
    const snapshots = new MemorySnapshotStore();
    const events: EngineEvent[] = [];
    const standby = await Standby.start(
      {
        journal,
        snapshots,
        cores: changes.cores ?? SMALL_CORES,
        timers: this.time.timers,
        clock: { nowUs: () => this.time.nowMs * 1000 },
        stopwatchMs: () => this.time.nowMs,
        onEvent: (event) => events.push(event),
      },
      {
        owner,
        address: `${owner}.sock`,
        partition: { ...PARTITION, mapHash: changes.mapHash ?? PARTITION.mapHash },
        snapshotEveryCommands: 10,
      },
    );
    const run = standby.run();
    // A test that does not wait for it must not be ended by it.
    run.catch(() => {});
    return { standby, journal, snapshots, events, run } satisfies Node;
  }

  /** Makes a node that has taken over lead. */
  async lead(node: Node) {
    const taken = (await node.run)!;
    let engine: Engine | undefined;
    const lease = new HeldLease({
      journal: node.journal,
      timers: this.time.timers,
      stopwatchMs: () => this.time.nowMs,
      takenAtMs: taken.takenAtMs,
      onLost: (error) => engine?.fail(error),
    });
    const answers: number[] = [];
    engine = await Engine.lead(
      {
        journal: lease,
        lease,
        snapshots: node.snapshots,
        cores: SMALL_CORES,
        publisher: { publish() {} },
        clock: { nowUs: () => this.time.nowMs * 1000 },
        timers: this.time.timers,
        defer: setImmediate,
        stopwatchMs: () => this.time.nowMs,
        onEvent: (event) => node.events.push(event),
      },
      { ...ENGINE_OPTIONS_DEFAULT, owner: "", partition: PARTITION },
      taken,
    );
    const send = async (command: Command): Promise<string> => {
      const outcome = engine!.offer({
        commands: commandBytes(command),
        number: 0,
        sink: { reply: ({ lastSequence }) => answers.push(lastSequence) },
      });
      await settle();
      return outcome;
    };
    return { engine, lease, answers, send };
  }
}

describe("a standby", () => {
  it("takes a partition that nobody has led, and begins with a barrier of its own", async () => {
    const rig = new Rig();
    const a = await rig.standby("a");
    const { engine, send, answers } = await rig.lead(a);
    assert.equal(engine.epoch, 1);
    assert.equal(rig.partition.rows.length, 1);
    assert.equal(await send(listAsset), "taken");
    assert.deepEqual(answers, [2]);
    assert.deepEqual(rig.partition.rows[1]!.partition, PARTITION);
    const { owner, address, mapHash } = await a.journal.lease();
    assert.deepEqual([owner, address, mapHash], ["a", "a.sock", "map"]);
  });

  it("follows, says how far behind it is, and goes on from where a silent leader ended", async () => {
    const rig = new Rig();
    const a = await rig.standby("a");
    const leader = await rig.lead(a);
    for (const command of [listAsset, openAccount(1), deposit("1")]) await leader.send(command);
    const b = await rig.standby("b");
    await rig.time.pass(100);
    await leader.send(deposit("2"));
    assert.deepEqual(await b.standby.status(), {
      sequence: 4,
      lagCommands: 1,
      lagMs: rig.time.nowMs,
    });
    await rig.time.pass(100);
    assert.deepEqual(await b.standby.status(), { sequence: 5, lagCommands: 0, lagMs: 0 });
    // The leader dies: nobody renews.
    await leader.lease.close();
    await rig.time.pass(lapsedAfterMs - 200);
    assert.equal((await b.journal.lease()).owner, "a");
    await rig.time.pass(300);
    const second = await rig.lead(b);
    assert.equal(second.engine.epoch, 2);
    assert.equal(second.engine.sequence, 6);
    assert.deepEqual(await second.engine.query({ kind: "balances", account: 1 }), [
      { asset: 0, free: 2, locked: 0 },
    ]);
  });

  it("row 6: what the old leader still does is neither committed nor answered", async () => {
    const rig = new Rig();
    const a = await rig.standby("a");
    const leader = await rig.lead(a);
    for (const command of [listAsset, openAccount(1)]) await leader.send(command);
    const answered = leader.answers.length;
    // The leader's process is stopped: its timers do not run, the time goes on.
    rig.time.nowMs += lapsedAfterMs;
    const second = new MemoryLeasedJournal(rig.partition);
    await second.takeOver({ owner: "b", address: "", mapHash: "map", overEpoch: 1, lapsedAfterMs });
    await assert.rejects(leader.engine.query({ kind: "balances", account: 1 }), DeposedError);
    assert.equal(await leader.send(deposit("late")), "stopped");
    assert.equal(leader.answers.length, answered);
    assert.deepEqual(
      a.events.filter(({ kind }) => kind === "stopped").map((event) => "error" in event && event.error.name),
      ["DeposedError"],
    );
    assert.equal(rig.partition.rows.at(-1)!.lastSequence, 3);
  });

  it("row 4: a batch that was not committed has left no trace, and is taken again", async () => {
    const rig = new Rig();
    const a = await rig.standby("a");
    const leader = await rig.lead(a);
    for (const command of [listAsset, openAccount(1)]) await leader.send(command);
    const b = await rig.standby("b");
    // It dies with the command taken, before the commit.
    a.journal.append = () => new Promise(() => {});
    await leader.send(deposit("once"));
    assert.equal(leader.answers.length, 2);
    await leader.lease.close();
    await rig.time.pass(lapsedAfterMs + 100);
    const second = await rig.lead(b);
    await second.send(deposit("once"));
    assert.deepEqual(second.answers, [5]);
    const balances = await second.engine.query({ kind: "balances", account: 1 });
    assert.deepEqual(balances, [{ asset: 0, free: 1, locked: 0 }]);
  });

  it("a hand-over goes to the successor at once", async () => {
    const rig = new Rig();
    const a = await rig.standby("a");
    const leader = await rig.lead(a);
    await leader.send(listAsset);
    const b = await rig.standby("b");
    const c = await rig.standby("c");
    await rig.time.pass(100);
    const last = leader.send(openAccount(1));
    const closing = leader.engine.close();
    assert.equal(await leader.send(openAccount(2)), "stopped");
    await Promise.all([last, closing]);
    assert.deepEqual(leader.answers, [2, 3]);
    await leader.lease.release("c");
    const startedMs = rig.time.nowMs;
    await rig.time.pass(50);
    const second = await rig.lead(c);
    assert.ok(rig.time.nowMs - startedMs <= 50);
    assert.equal(await second.send(openAccount(2)), "taken");
    assert.deepEqual(second.answers, [5]);
    await b.standby.stop();
    assert.equal(await b.run, undefined);
  });

  it("gives a leader the time to renew when the store was away for both", async () => {
    const rig = new Rig();
    const a = await rig.standby("a");
    const leader = await rig.lead(a);
    await leader.send(listAsset);
    const b = await rig.standby("b");
    await rig.time.pass(100);
    // For a while nobody reaches the store; then the standby is the first to.
    let back: () => void = () => {};
    const away = new Promise<void>((resolve) => {
      back = resolve;
    });
    const { renew } = a.journal;
    a.journal.renew = async () => {
      await away;
      await new Promise<void>((resolve) => rig.time.timers.after(lapsedAfterMs / 2, resolve));
      await renew.call(a.journal);
    };
    const { lease } = b.journal;
    b.journal.lease = () => away.then(() => lease.call(b.journal));
    await rig.time.pass(lapsedAfterMs * 2);
    assert.ok((await a.journal.lease()).idleMs > lapsedAfterMs);
    back();
    await rig.time.pass(lapsedAfterMs);
    a.journal.renew = renew;
    await rig.time.pass(lapsedAfterMs * 2);
    assert.equal((await a.journal.lease()).owner, "a");
    await leader.send(openAccount(1));
    assert.deepEqual(leader.answers, [2, 3]);
    // One that stays silent is replaced all the same.
    await leader.lease.close();
    await rig.time.pass(lapsedAfterMs * 2);
    assert.equal((await b.journal.lease()).owner, "b");
  });

  it("row 16: what differs from the leader ends it; it does not take over", async () => {
    const rig = new Rig();
    const a = await rig.standby("a");
    const leader = await rig.lead(a);
    await leader.send(listAsset);
    const altered: CoreFactory = {
      restore: SMALL_CORES.restore,
      create() {
        const core = SMALL_CORES.create();
        const apply = core.apply.bind(core);
        core.apply = (commands, at) => {
          // Its accounts have other names than the leader's.
          if (
            (commands.i32[at]! & 0xff) ===
            (new Int32Array(commandBytes(openAccount(1)).buffer)[0]! & 0xff)
          ) {
            commands.i32[at + (commands.i32[at]! >>> 8) - 1]! ^= 1;
          }
          apply(commands, at);
        };
        return core;
      },
    };
    const b = await rig.standby("b", { cores: altered });
    await rig.time.pass(100);
    assert.equal(b.standby.sequence, 2);
    await leader.send(openAccount(1));
    await leader.lease.close();
    await rig.time.pass(lapsedAfterMs * 2);
    await assert.rejects(b.run, (error: Error) => {
      assert.ok(error instanceof ReplayDiffersError);
      assert.match(error.message, /row 3/);
      return true;
    });
    assert.equal((await a.journal.lease()).epoch, 1);
  });

  it("row 8: a row that vanished when the machine was replaced is noticed, and in no snapshot", async () => {
    const rig = new Rig();
    const a = await rig.standby("a");
    const leader = await rig.lead(a);
    for (const command of [listAsset, openAccount(1)]) await leader.send(command);
    const b = await rig.standby("b");
    for (let i = 0; i < 8; i++) {
      await leader.send(deposit(`${i}`));
      await rig.time.pass(50);
    }
    await leader.lease.close();
    assert.equal(b.standby.sequence, 11);
    // The last row was shown and is gone.
    rig.partition.rows.pop();
    await rig.time.pass(lapsedAfterMs + 100);
    await assert.rejects(b.run, (error: Error) => {
      assert.ok(error instanceof DamagedJournalError);
      assert.match(error.message, /ends at sequence 10 .* stands at sequence 11/);
      return true;
    });
    assert.deepEqual(
      (await b.snapshots.list()).map(({ sequence }) => sequence),
      [10],
    );
    // It has given the lease up again, so that a standby that knows only what is durable need not wait.
    const { isReleased, successor } = await b.journal.lease();
    assert.deepEqual([isReleased, successor], [true, ""]);
    const c = await rig.lead(await rig.standby("c"));
    assert.deepEqual([c.engine.epoch, c.engine.sequence], [3, 11]);
  });

  it("row 6: is deposed, and finds no damage, when the next one has led before it could", async () => {
    const rig = new Rig();
    const leader = await rig.lead(await rig.standby("a"));
    const b = await rig.standby("b");
    const takeOver = b.journal.takeOver.bind(b.journal);
    b.journal.takeOver = async (claim) => {
      const taken = await takeOver(claim);
      // Its process is stopped right now, and goes on after the next one's first row.
      rig.time.nowMs += lapsedAfterMs;
      await rig.lead(await rig.standby("c"));
      return taken;
    };
    await leader.lease.close();
    await rig.time.pass(lapsedAfterMs + 100);
    await assert.rejects(b.run, DeposedError);
  });

  it("row 23: refuses rows of another map or partition", async () => {
    const rig = new Rig();
    const a = await rig.standby("a");
    const leader = await rig.lead(a);
    await leader.send(listAsset);
    await assert.rejects(rig.standby("b", { mapHash: "other" }), (error: Error) => {
      assert.ok(error instanceof PartitionMapDiffersError);
      assert.match(
        error.message,
        /row 1 was written for partition 1 of map map, .* partition 1 of map other/,
      );
      return true;
    });
    const b = await rig.standby("b");
    await rig.time.pass(100);
    const { hash, lastSequence } = rig.partition.rows.at(-1)!;
    const row: Omit<JournalRow, "hash"> = {
      ...rig.partition.rows.at(-1)!,
      partition: { number: 2, mapHash: "map" },
      firstSequence: lastSequence + 1,
      lastSequence: lastSequence + 1,
      previousHash: hash,
    };
    rig.partition.rows.push({ ...row, hash: rowHash(row) });
    await rig.time.pass(100);
    await assert.rejects(b.run, /row 3 was written for partition 2 of map map/);
  });

  it("that was stopped leads no more", async () => {
    const rig = new Rig();
    const a = await rig.standby("a");
    await rig.lead(a);
    const b = await rig.standby("b");
    await b.standby.stop();
    await rig.time.pass(lapsedAfterMs * 2);
    assert.equal(await b.run, undefined);
    assert.equal((await b.journal.lease()).owner, "a");
  });
});

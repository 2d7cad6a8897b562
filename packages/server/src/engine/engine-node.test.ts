import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Command } from "@buttonwood/protocol";
import { LEASE_TIMES } from "../cluster/leadership/lease-times.js";
import {
  MemoryLeasedJournal,
  type MemoryPartition,
  memoryPartition,
} from "../journal/memory/memory-leased-journal.js";
import { DeposedError, JournalFailedError } from "../journal/port.js";
import { MemorySnapshotStore } from "../journal/snapshots/memory-snapshot-store.js";
import { FakeTime, settle } from "../platform/testing/fake-time.js";
import { NotLeadingError } from "../transport/engine-host.js";
import { ENGINE_OPTIONS_DEFAULT } from "./engine.js";
import { EngineNode } from "./engine-node.js";
import { commandBytes, depositTo, listAsset, openAccount, SMALL_CORES } from "./testing/small-world.js";

const { lapsedAfterMs } = LEASE_TIMES;

class Rig {
  readonly time = new FakeTime();
  readonly partition: MemoryPartition = memoryPartition(() => this.time.nowMs);

  node(owner: string) {
    const journal = new MemoryLeasedJournal(this.partition);
    /** What it began and ended as a leader, and what it heard. */
    const heard: string[] = [];
    const published: number[] = [];
    const answers: number[] = [];
    const node = new EngineNode(
      {
        journal,
        snapshots: new MemorySnapshotStore(),
        cores: SMALL_CORES,
        timers: this.time.timers,
        clock: { nowUs: () => this.time.nowMs * 1000 },
        stopwatchMs: () => this.time.nowMs,
        defer: setImmediate,
        publisher: { publish: ({ lastSequence }) => published.push(lastSequence) },
        onEvent: (event) => {
          if (event.kind !== "recovering") heard.push(event.kind);
        },
        onLead: (engine) => {
          heard.push(`leads from ${engine.sequence}`);
          return async () => {
            heard.push(`released: ${(await journal.lease()).isReleased}`);
          };
        },
      },
      {
        ...ENGINE_OPTIONS_DEFAULT,
        owner,
        address: owner,
        partition: { number: 0, mapHash: "map" },
        snapshotEveryCommands: 100,
      },
    );
    node.ended.catch(() => {});
    const send = async (command: Command): Promise<string> => {
      const outcome = node.offer({
        commands: commandBytes(command),
        number: 0,
        sink: { reply: ({ lastSequence }) => answers.push(lastSequence) },
      });
      await settle();
      return outcome;
    };
    return { node, journal, heard, published, answers, send };
  }
}

describe("an engine's process", () => {
  it("takes commands and answers questions only while it leads", async () => {
    const rig = new Rig();
    const a = rig.node("a");
    assert.equal(a.node.state, "recovering");
    assert.equal(await a.send(listAsset), "elsewhere");
    await rig.time.pass(100);
    const b = rig.node("b");
    await rig.time.pass(100);
    assert.deepEqual([a.node.state, b.node.state], ["leading", "standing by"]);
    assert.equal(await a.send(listAsset), "taken");
    assert.equal(await b.send(listAsset), "elsewhere");
    await rig.time.pass(100);
    await assert.rejects(b.node.query({ kind: "catalog" }), NotLeadingError);
    const status = await b.node.query({ kind: "status" });
    assert.deepEqual([status.epoch, status.sequence], [0, 2]);
    assert.equal((await a.node.query({ kind: "status" })).epoch, 1);
    await b.node.close();
    await a.node.close();
  });

  it("hands over and back: each serves on where the other ended", async () => {
    const rig = new Rig();
    const a = rig.node("a");
    await rig.time.pass(100);
    const b = rig.node("b");
    await rig.time.pass(100);
    await a.send(listAsset);
    const last = a.send(openAccount(1));
    const handedOver = a.node.handOver("b");
    await last;
    await rig.time.pass(100);
    await handedOver;
    assert.deepEqual(a.answers, [2, 3], "what had arrived is answered");
    assert.deepEqual([a.node.state, b.node.state], ["standing by", "leading"]);
    assert.equal(await a.send(openAccount(2)), "elsewhere");
    assert.equal(await b.send(openAccount(2)), "taken");
    assert.deepEqual(b.answers, [5]);
    const back = b.node.handOver("a");
    await rig.time.pass(100);
    await back;
    assert.equal(await a.send(depositTo(1, 5, "x")), "taken");
    assert.deepEqual(a.answers, [2, 3, 7]);
    assert.deepEqual(a.heard, ["leads from 1", "released: true", "leads from 6"]);
    assert.deepEqual(a.published, [1, 2, 3, 6, 7]);
    assert.equal((await a.node.query({ kind: "status" })).epoch, 3);
  });

  it("says who took over instead, and leads again itself when nobody did", async () => {
    const rig = new Rig();
    const a = rig.node("a");
    await assert.rejects(a.node.handOver("b"), NotLeadingError);
    await rig.time.pass(100);
    const handedOver = assert.rejects(a.node.handOver("nobody"), /^Error: a took over instead of nobody/);
    await rig.time.pass(lapsedAfterMs + 100);
    await handedOver;
    assert.equal(a.node.state, "leading");
    assert.equal(a.node.engine?.epoch, 2);
  });

  it("gives its lease up when it is closed, also while it hands over", async () => {
    const rig = new Rig();
    const a = rig.node("a");
    await rig.time.pass(100);
    const handedOver = a.node.handOver("b");
    handedOver.catch(() => {});
    await Promise.all([a.node.close(), a.node.ended]);
    assert.equal(a.node.state, "ended");
    assert.equal((await a.journal.lease()).isReleased, true);
    await rig.time.pass(10_000);
    const b = rig.node("b");
    await rig.time.pass(100);
    assert.equal(b.node.state, "leading");
    await b.node.close();
    assert.deepEqual(b.heard.at(-1), "released: true");
    assert.equal(await b.send(listAsset), "elsewhere");
  });

  it("row 6: ends at once when another one has taken over", async () => {
    const rig = new Rig();
    const a = rig.node("a");
    await rig.time.pass(100);
    rig.time.nowMs += lapsedAfterMs;
    const other = new MemoryLeasedJournal(rig.partition);
    await other.takeOver({ owner: "b", address: "b", mapHash: "map", overEpoch: 1, lapsedAfterMs });
    const failed = assert.rejects(a.node.ended, DeposedError);
    // It notices at its next renewal, without a command.
    await rig.time.pass(100);
    await failed;
    assert.equal(a.node.state, "ended");
    // Not "elsewhere": it might have taken what it never answered.
    assert.equal(await a.send(listAsset), "stopped");
    let answered = false;
    const answer = (): void => {
      answered = true;
    };
    a.node.query({ kind: "balances", account: 1 }).then(answer, answer);
    await settle();
    assert.equal(answered, false);
    assert.deepEqual(a.answers, []);
  });

  it("row 12: ends at once when a commit fails, and leaves its lease to lapse", async () => {
    const rig = new Rig();
    const a = rig.node("a");
    await rig.time.pass(100);
    a.journal.append = () => Promise.reject(new JournalFailedError("the disk is full"));
    const failed = assert.rejects(a.node.ended, JournalFailedError);
    await a.send(listAsset);
    await failed;
    assert.deepEqual(a.answers, []);
    assert.deepEqual(a.published, [1]);
    const { idleMs } = await a.journal.lease();
    await rig.time.pass(1_000);
    assert.equal((await a.journal.lease()).idleMs, idleMs + 1_000, "it renews no more");
  });
});

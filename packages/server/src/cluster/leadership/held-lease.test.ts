import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rowAfter } from "../../journal/journal-contract.js";
import type { LeaseClaim } from "../../journal/lease.js";
import { MemoryLeasedJournal, memoryPartition } from "../../journal/memory/memory-leased-journal.js";
import { DeposedError } from "../../journal/port.js";
import { FakeTime, settle } from "../../platform/testing/fake-time.js";
import { HeldLease } from "./held-lease.js";
import { LEASE_TIMES } from "./lease-times.js";

const { lapsedAfterMs, trustedMs, renewEveryMs } = LEASE_TIMES;

/** A store that can be made to wait, and counts renewals. */
class SlowJournal extends MemoryLeasedJournal {
  renewals = 0;
  gate: Promise<void> = Promise.resolve();

  override async append(row: Parameters<MemoryLeasedJournal["append"]>[0]): Promise<void> {
    await this.gate;
    await super.append(row);
  }

  override async renew(): Promise<void> {
    this.renewals++;
    await this.gate;
    await super.renew();
  }

  /** Holds every call back until the answer is called. */
  hold(): () => void {
    let open: () => void = () => {};
    this.gate = new Promise((resolve) => {
      open = resolve;
    });
    return open;
  }
}

function claim(owner: string, overEpoch: number): LeaseClaim {
  return { owner, address: owner, mapHash: "map", overEpoch, lapsedAfterMs };
}

async function held() {
  const time = new FakeTime();
  const partition = memoryPartition(() => time.nowMs);
  const journal = new SlowJournal(partition);
  const { epoch, tail } = await journal.takeOver(claim("a", 0));
  const lost: Error[] = [];
  const lease = new HeldLease({
    journal,
    timers: time.timers,
    stopwatchMs: () => time.nowMs,
    takenAtMs: 0,
    onLost: (error) => lost.push(error),
  });
  return { time, partition, journal, epoch, tail, lease, lost };
}

describe("a held lease", () => {
  it("is renewed when nothing is committed, and not beside commits", async () => {
    const { time, journal, epoch, tail, lease, lost } = await held();
    await time.pass(renewEveryMs * 4);
    assert.equal(journal.renewals, 4);
    let last = tail;
    for (let i = 0; i < 20; i++) {
      await time.pass(renewEveryMs / 2);
      const row = rowAfter(last, epoch, 1);
      await lease.append(row);
      last = { sequence: row.lastSequence, hash: row.hash };
    }
    assert.equal(journal.renewals, 4);
    assert.ok(lease.isHeld());
    assert.deepEqual(lost, []);
    await lease.close();
    await time.pass(lapsedAfterMs);
    assert.equal(journal.renewals, 4);
  });

  it("row 6: is trusted from before a renewal was sent, for less than others wait", async () => {
    const { time, journal, epoch, tail, lease } = await held();
    const open = journal.hold();
    const append = lease.append(rowAfter(tail, epoch, 1));
    await time.pass(trustedMs - 1);
    open();
    await append;
    assert.ok(lease.isHeld());
    await time.pass(0);
    time.nowMs += 1;
    assert.ok(!lease.isHeld(), "the commit was sent too long ago to tell what has happened since");
    assert.ok(trustedMs < lapsedAfterMs);
    await lease.confirm();
    assert.ok(lease.isHeld());
    await lease.close();
  });

  it("row 6: a process that was stopped does not trust its lease when it goes on", async () => {
    const { time, partition, lease, lost } = await held();
    time.nowMs += lapsedAfterMs;
    await new MemoryLeasedJournal(partition).takeOver(claim("b", 1));
    assert.ok(!lease.isHeld());
    await assert.rejects(lease.confirm(), DeposedError);
    assert.equal(lost.length, 1);
    assert.ok(lost[0] instanceof DeposedError);
  });

  it("is lost once, at the first commit that is refused", async () => {
    const { time, partition, epoch, tail, lease, lost } = await held();
    time.nowMs += lapsedAfterMs;
    await new MemoryLeasedJournal(partition).takeOver(claim("b", 1));
    await assert.rejects(lease.append(rowAfter(tail, epoch, 1)), DeposedError);
    await time.pass(lapsedAfterMs * 2);
    assert.equal(lost.length, 1);
    assert.ok(!lease.isHeld());
  });

  it("is given up without being called lost", async () => {
    const { time, journal, lease, lost } = await held();
    await lease.release("b");
    assert.ok(!lease.isHeld());
    assert.equal((await journal.lease()).successor, "b");
    await time.pass(lapsedAfterMs);
    assert.deepEqual(lost, []);
  });

  it("asks the store once for all who wait", async () => {
    const { journal, lease } = await held();
    const open = journal.hold();
    const all = [lease.confirm(), lease.confirm(), lease.confirm()];
    await settle();
    open();
    await Promise.all(all);
    assert.equal(journal.renewals, 1);
    await lease.close();
  });
});

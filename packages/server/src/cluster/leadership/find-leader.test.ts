import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryLeasedJournal, memoryPartition } from "../../journal/memory/memory-leased-journal.js";
import { FakeTime, settle } from "../../platform/testing/fake-time.js";
import { findLeader } from "./find-leader.js";
import { LEASE_TIMES } from "./lease-times.js";

const { lapsedAfterMs } = LEASE_TIMES;

function rig() {
  const time = new FakeTime();
  const partition = memoryPartition(() => time.nowMs);
  const journal = new MemoryLeasedJournal(partition);
  const take = (owner: string, overEpoch: number): Promise<unknown> =>
    new MemoryLeasedJournal(partition).takeOver({
      owner,
      address: `at ${owner}`,
      mapHash: "map",
      overEpoch,
      lapsedAfterMs,
    });
  let found: string | undefined;
  const find = (): void => {
    found = undefined;
    findLeader({ leases: journal, timers: time.timers }).then(
      (address) => {
        found = address;
      },
      (error: Error) => {
        found = error.message;
      },
    );
  };
  return { time, journal, take, find, found: () => found };
}

describe("finding the leader", () => {
  it("names who holds the lease", async () => {
    const { take, find, found } = rig();
    await take("a", 0);
    find();
    await settle();
    assert.equal(found(), "at a");
  });

  it("waits for the first one, and for the one after a silent one", async () => {
    const { time, take, find, found } = rig();
    find();
    await time.pass(1_000);
    assert.equal(found(), undefined);
    await take("a", 0);
    await time.pass(50);
    assert.equal(found(), "at a");
    await time.pass(lapsedAfterMs);
    find();
    await time.pass(1_000);
    assert.equal(found(), undefined, "a silent leader may be a stopped process that still takes connections");
    await take("b", 1);
    await time.pass(50);
    assert.equal(found(), "at b");
  });

  it("waits while a lease that was given up has no new holder", async () => {
    const { time, journal, take, find, found } = rig();
    await journal.takeOver({
      owner: "a",
      address: "at a",
      mapHash: "map",
      overEpoch: 0,
      lapsedAfterMs,
    });
    await journal.release("b");
    find();
    await time.pass(100);
    assert.equal(found(), undefined);
    await take("b", 1);
    await time.pass(50);
    assert.equal(found(), "at b");
  });

  it("says why nobody leads", async () => {
    const { time, journal, take, find, found } = rig();
    const outcome = async (): Promise<string | undefined> => {
      find();
      await time.pass(5_000);
      return found();
    };
    assert.match((await outcome())!, /no engine has ever led it/);
    await take("a", 0);
    await time.pass(lapsedAfterMs);
    assert.match(
      (await outcome())!,
      /a \(epoch 1\) has been silent for \d+ ms, and no other engine took over/,
    );
    await journal.takeOver({ owner: "b", address: "", mapHash: "map", overEpoch: 1, lapsedAfterMs });
    await journal.release("c");
    assert.match((await outcome())!, /b gave its lease \(epoch 2\) up to c, which has not taken it/);
  });
});

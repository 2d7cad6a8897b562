import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ArrivalSchedule } from "./arrival-schedule.js";

describe("arrival schedule", () => {
  it("says when each order was due, however late it is taken", () => {
    const schedule = new ArrivalSchedule(100);
    schedule.begin(1_000);
    assert.equal(schedule.take(999), undefined);
    assert.equal(schedule.take(1_000), 1_000);
    assert.equal(schedule.take(1_005), undefined);
    // A server that stood still for a second is charged for all of it.
    assert.equal(schedule.waiting(2_000), 99);
    const due = Array.from({ length: 99 }, () => schedule.take(2_000));
    assert.deepEqual(due.slice(0, 3), [1_010, 1_020, 1_030]);
    assert.equal(due.at(-1), 1_990);
    assert.equal(schedule.waiting(2_000), 0);
    assert.equal(schedule.take(2_000), 2_000);
    assert.equal(schedule.take(2_000), undefined);
  });

  it("ends: what was due before is still offered, nothing is due after", () => {
    const schedule = new ArrivalSchedule(1_000);
    schedule.begin(0);
    schedule.end(3);
    assert.equal(schedule.waiting(100), 3);
    assert.deepEqual(
      [1, 2, 3, 4].map(() => schedule.take(100)),
      [0, 1, 2, undefined],
    );
    assert.equal(schedule.waiting(100), 0);
  });
});

import assert from "node:assert/strict";
import { it } from "node:test";
import { LastBatches } from "./batch-times.js";

it("tells the times of the batch that holds a sequence, and forgets the oldest", () => {
  const batches = new LastBatches();
  assert.equal(batches.find(1), undefined);
  for (let i = 0; i < 2000; i++) batches.note(i * 10 + 1, i * 10 + 10, 1_000_000 + i, 0.25, 1.5);
  const last = {
    firstSequence: 19_991,
    lastSequence: 20_000,
    beganUs: 1_001_999,
    appliedUs: 1_002_249,
    committedUs: 1_003_749,
  };
  for (const sequence of [19_991, 19_995, 20_000]) assert.deepEqual(batches.find(sequence), last);
  assert.equal(batches.find(20_001), undefined);
  assert.equal(batches.find(9_761)?.beganUs, 1_000_976);
  assert.equal(batches.find(9_760), undefined);
});

import assert from "node:assert/strict";
import { it } from "node:test";
import { DEMO_HISTORY_US, makeHistory } from "./demo-history.js";
import { LaggingClock } from "./lagging-clock.js";

it("history runs up to the present, by the minute and then finer, as the clock of all threads says", async () => {
  const clock = new LaggingClock();
  const elsewhere = new LaggingClock(clock.memory);
  clock.behindUs = DEMO_HISTORY_US;
  assert.ok(Math.abs(Date.now() * 1000 - elsewhere.nowUs() - DEMO_HISTORY_US) < 60_000_000);
  const steps: number[] = [];
  let sum = 0;
  await makeHistory(clock, async (visitSeconds, visits) => {
    steps.push(elsewhere.behindUs);
    sum += visitSeconds * visits;
  });
  assert.equal(elsewhere.behindUs, 0);
  assert.equal(steps.at(-1), 0);
  assert.deepEqual(
    steps,
    [...steps].sort((a, b) => b - a),
  );
  // 22 hours of 60 s, 2 hours of 20 s: on a machine that stands still for seconds there are fewer.
  assert.ok(steps.length > 100 && steps.length <= 22 * 60 + 2 * 180, String(steps.length));
  assert.ok(sum <= DEMO_HISTORY_US / 1e6, String(sum));
});

it("history of a disk on which everything takes long is made in few steps", async () => {
  const clock = new LaggingClock();
  clock.behindUs = DEMO_HISTORY_US;
  let steps = 0;
  await makeHistory(clock, async () => {
    steps++;
    await new Promise((resolve) => setTimeout(resolve, 300));
  });
  assert.equal(clock.behindUs, 0);
  assert.ok(steps <= 45, String(steps));
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runSeed } from "./run-seed.js";

const SEEDS = 500;
const COMMANDS = 200;

describe("simulation", () => {
  it(`holds for ${SEEDS} seeds`, async (test) => {
    let rows = 0;
    let commands = 0;
    let starts = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const report = await runSeed(seed, { commands: COMMANDS });
      assert.equal(
        report.failure,
        undefined,
        `again: node packages/server/dist/simulation/main.js --from ${seed} --seeds 1 --commands ${COMMANDS} --trace`,
      );
      rows += report.rows;
      commands += report.commands;
      starts += report.starts;
    }
    test.diagnostic(`${commands} commands in ${rows} rows, ${starts} starts of an engine`);
    assert.ok(starts > 2 * SEEDS, "engines must die and start again");
  });

  it("does the same for the same seed", async () => {
    for (const seed of [3, 14, 159]) {
      const [first, second] = [
        await runSeed(seed, { commands: COMMANDS }),
        await runSeed(seed, { commands: COMMANDS }),
      ];
      assert.deepEqual(second, first);
      const other = await runSeed(seed + 1, { commands: COMMANDS });
      assert.notEqual(other.traceHash, first.traceHash);
    }
  });
});

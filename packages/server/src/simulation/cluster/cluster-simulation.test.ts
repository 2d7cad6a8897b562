import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ClusterSeedReport, runClusterSeed } from "./run-cluster-seed.js";
import { runSeeds } from "./seeds-thread.js";

const SEEDS = 2_000;
const COMMANDS = 80;
/** On a machine where all of them take longer than this, so few are enough: other tests need their time too. */
const ENOUGH_SECONDS = 240;
const SEEDS_MIN = 1_000;

describe("simulation of the cluster", () => {
  it(`holds for ${SEEDS.toLocaleString("en")} seeds, or for as many as ${ENOUGH_SECONDS} s allow`, async (test) => {
    const startedMs = performance.now();
    const isEnough = () => done >= SEEDS_MIN && performance.now() - startedMs > ENOUGH_SECONDS * 1_000;
    const sums = { commands: 0, trades: 0, transfers: 0, takeovers: 0, starts: 0 };
    let done = 0;
    let failed: ClusterSeedReport | undefined;
    await runSeeds({ from: 1, seeds: SEEDS, commands: COMMANDS }, (report) => {
      if (report.failure !== undefined) failed ??= report;
      done++;
      for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += report[key];
      return failed === undefined && !isEnough();
    });
    assert.equal(
      failed,
      undefined,
      `again: node packages/server/dist/simulation/cluster/main.js --from ${failed?.seed} --commands ${COMMANDS} --trace`,
    );
    test.diagnostic(`${done} seeds: ${JSON.stringify(sums)}`);
    assert.ok(done === SEEDS || isEnough(), `${done} of ${SEEDS} seeds ran`);
    assert.ok(sums.transfers > 5 * done, "funds must move");
    assert.ok(sums.takeovers > 3 * done, "leaders must be replaced");
  });

  it("does the same for the same seed", async () => {
    for (const seed of [3, 14]) {
      const first = await runClusterSeed(seed, { commands: COMMANDS });
      assert.deepEqual(await runClusterSeed(seed, { commands: COMMANDS }), first);
      const other = await runClusterSeed(seed + 1, { commands: COMMANDS });
      assert.notEqual(other.traceHash, first.traceHash);
    }
  });
});

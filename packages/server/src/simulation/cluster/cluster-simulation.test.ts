import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ClusterSeedReport, runClusterSeed } from "./run-cluster-seed.js";
import { runSeeds } from "./seeds-thread.js";

const SEEDS = 2_000;
const COMMANDS = 80;

describe("simulation of the cluster", () => {
  it(`holds for ${SEEDS.toLocaleString("en")} seeds`, async (test) => {
    const sums = { commands: 0, trades: 0, transfers: 0, takeovers: 0, starts: 0 };
    let done = 0;
    let failed: ClusterSeedReport | undefined;
    await runSeeds({ from: 1, seeds: SEEDS, commands: COMMANDS }, (report) => {
      if (report.failure !== undefined) failed ??= report;
      done++;
      for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += report[key];
      return failed === undefined;
    });
    assert.equal(
      failed,
      undefined,
      `again: node packages/server/dist/simulation/cluster/main.js --from ${failed?.seed} --commands ${COMMANDS} --trace`,
    );
    test.diagnostic(JSON.stringify(sums));
    assert.equal(done, SEEDS);
    assert.ok(sums.transfers > 5 * SEEDS, "funds must move");
    assert.ok(sums.takeovers > 3 * SEEDS, "leaders must be replaced");
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

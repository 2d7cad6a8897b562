import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PLANTED_CLUSTER_BUGS } from "./planted-cluster-bugs.js";
import { PLANTED_SEEDS_MAX, type Search, searchPlantedBugs } from "./planted-thread.js";

describe("planted bugs are found by the simulation of the cluster", async () => {
  const searches = new Map<string, Search>();
  await searchPlantedBugs({ word: "", isShort: true }, (search) => searches.set(search.bug, search));
  for (const bug of Object.keys(PLANTED_CLUSTER_BUGS)) {
    it(bug, (test) => {
      const { seed, failure } = searches.get(bug)!;
      assert.notEqual(seed, undefined, `not found within ${PLANTED_SEEDS_MAX} seeds`);
      test.diagnostic(`found by seed ${seed}: ${failure.slice(0, 160)}`);
    });
  }
});

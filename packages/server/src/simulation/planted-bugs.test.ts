import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PLANTED_BUGS } from "./planted-bugs.js";
import { runSeed } from "./run-seed.js";

const SEEDS_MAX = 1000;

describe("planted bugs are found by the simulation", () => {
  for (const [name, plant] of Object.entries(PLANTED_BUGS)) {
    it(name, async (test) => {
      for (let seed = 1; seed <= SEEDS_MAX; seed++) {
        const { failure } = await runSeed(seed, { commands: 200, plant });
        if (failure === undefined) continue;
        test.diagnostic(`found by seed ${seed}: ${failure.split("\n")[0]!.slice(0, 160)}`);
        return;
      }
      assert.fail(`not found within ${SEEDS_MAX} seeds`);
    });
  }
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Focus, runClusterSeed } from "./run-cluster-seed.js";

/** A short run may be over before anything strikes: seeds are added until enough has. */
const SEEDS_MIN = 2;
const SEEDS_MAX = 40;
const STRIKES_MIN = 4;
const COMMANDS = 60;

/** What must be survived, and the faults that bring it about. */
const ROWS: Readonly<Record<string, Focus>> = {
  "row 1: a gateway dies after sending a command": { strikes: ["killGateway"], rates: { duplicate: 0.3 } },
  "row 4: an engine dies before the commit": { strikes: ["killLeader"] },
  "row 5: an engine dies between commit and publish": {
    strikes: ["killLeader", "killProjection"],
    rates: { slow: 0.1 },
  },
  "row 6: two leaders": { strikes: ["pauseLeader", "isolateLeader"] },
  "row 7: the answer of a commit is lost": {
    strikes: ["breakConnections"],
    rates: { answerLost: 0.1, late: 0.05 },
  },
  "row 8: a row is visible after a primary's restart, and gone after the standby's promotion": {
    strikes: ["restartThenReplaceDatabase"],
  },
  "row 9: the wait for the synchronous standby is cancelled": {
    strikes: [],
    rates: { waitCanceled: 0.03, waitTerminated: 0.03 },
  },
  "row 10: the synchronous standby is down": { strikes: ["crashStandbyDatabase", "cutReplication"] },
  "row 13: a snapshot is corrupt": { strikes: ["killEngine"], rates: { snapshotDamaged: 0.6 } },
  "row 14: a poison command": { strikes: ["killLeader"], rates: { poison: 0.1 } },
  "row 15: clocks jump": { strikes: ["setClock", "killLeader"] },
  "row 17: a transfer comes twice, is lost, or is sent before its debit is durable": {
    strikes: ["killLeader", "breakConnections", "cutNetwork"],
  },
  "row 19: Redis loses a node and the stream's tail": {
    strikes: ["failRedisOver"],
    rates: { redisForgotten: 0.2, redisFailed: 0.1 },
  },
};

describe("RELIABILITY, on the simulated cluster", () => {
  for (const [row, focus] of Object.entries(ROWS)) {
    it(row, async () => {
      const strikesMin = focus.strikes?.length === 0 ? 0 : STRIKES_MIN;
      let struck = 0;
      for (let seed = 1; seed <= SEEDS_MIN || (struck < strikesMin && seed <= SEEDS_MAX); seed++) {
        const { failure, strikes } = await runClusterSeed(seed, { commands: COMMANDS, focus });
        assert.equal(failure, undefined);
        struck += strikes;
      }
      assert.ok(struck >= strikesMin, `faults struck ${struck} times`);
    });
  }
});

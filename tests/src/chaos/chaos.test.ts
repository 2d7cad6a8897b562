import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { LocalCluster } from "../support/cluster.js";
import { type ChaosReport, chaos } from "./chaos-run.js";
import { KINDS, type Kind } from "./kills.js";
import { overspend } from "./overspending.js";

/** Servers of the shards that come back by themselves are left to the long form. */
const LONG: readonly Kind[] = ["PostgreSQL primary", "PostgreSQL standby"];
const kinds = KINDS.filter((kind) => !LONG.includes(kind));

let cluster: LocalCluster;

before(async () => {
  // Everything has a second one; one shard for all partitions starts sooner than three.
  const sizes = ["--partitions", "3", "--shards", "1", "--backends", "2", "--workers", "1"];
  cluster = await LocalCluster.start(...sizes, "--standbys", "--redis-nodes", "6");
});

after(() => cluster?.remove());

test("kill -9 of one part of each kind under load: nothing acknowledged is lost or doubled, streams are gapless", async () => {
  const report: ChaosReport = await chaos(cluster, {
    rounds: kinds.length,
    seed: 1,
    rate: 100,
    judgeEvery: kinds.length,
    kinds,
  });
  assert.deepEqual(report.problems, []);
  assert.equal(report.lost, 0);
  assert.equal(report.doubled, 0);
  assert.equal(report.judgements, 1);
  assert.deepEqual(report.rounds.map(({ kill }) => kill.kind).sort(), [...kinds].sort());
  assert.ok(report.answered >= 100 * kinds.length, `${report.answered} requests were answered`);
  assert.ok(report.trades > 20, `${report.trades} trades`);
  assert.ok(report.reports > 100, `${report.reports} reports on the user streams`);
  const repeats = report.rounds.reduce((sum, round) => sum + round.repeats, 0);
  assert.ok(repeats > 0, "no kill met a request under way");
});

test("ten clients of one account order for twice its balance at all partitions: not a unit too much is taken", async () => {
  const report = await overspend(cluster, { rounds: 5, seed: 1 });
  assert.deepEqual(report.problems, []);
  assert.equal(report.rounds, 5);
  assert.ok(report.taken > 0 && report.refused > 0, `${report.taken} taken, ${report.refused} refused`);
  assert.ok(report.transfers > 0, "no funds moved between partitions");
});

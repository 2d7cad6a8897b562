/** The capacity lab on a real cluster, in little. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { buttonwood } from "../support/exchange.js";

test("bench deploy brings a cluster up, loads it, counts what each tier takes, and leaves nothing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bench-deploy-"));
  const out = join(folder, "run.json");
  const report = join(folder, "report.html");
  const tables = join(folder, "tables.md");
  try {
    const { code, stdout, stderr } = await buttonwood(
      ...[
        "bench",
        "deploy",
        "--only",
        "no nginx",
        "--connections",
        "8",
        "--seconds",
        "2",
        "--warm-up",
        "1",
        "--no-failover",
      ],
      ...["--out", out, "--report", report, "--markdown", tables, "--json"],
    );
    assert.equal(code, 0, stderr);
    const result = JSON.parse(stdout);
    assert.deepEqual(JSON.parse(readFileSync(out, "utf8")), result);
    assert.equal(result.format, "buttonwood capacity 1");
    const [{ name, points }] = result.layouts;
    assert.equal(name, "1 × 2, 3 partitions on 3 shards, 6 Redis nodes, no nginx");
    const [{ connections, load, tiers, operations }] = points;
    assert.equal(connections, 8);
    assert.ok(load.accepted > 0 && load.sent === load.accepted, JSON.stringify(load));
    for (const tier of ["generator", "gateway", "engine", "journal", "projection", "tables", "redis"]) {
      const usage = tiers.find((entry: { tier: string }) => entry.tier === tier);
      assert.ok(usage?.processes > 0, `${tier} is not counted`);
    }
    assert.ok(operations.commandsPerBatch >= 1 && operations.commitMsP50 > 0, JSON.stringify(operations));
    assert.ok(operations.transactionsPerSecond > 0 && operations.redisCommandsPerSecond > 0);
    assert.deepEqual(Object.keys(operations.eventLoopDelayMsP99).sort(), ["engine", "gateway", "projection"]);
    assert.equal(tiers.find((entry: { tier: string }) => entry.tier === "engine").processes, 3);
    assert.ok(tiers.every((entry: { cores: number }) => entry.cores >= 0 && entry.cores < 64));
    assert.match(readFileSync(report, "utf8"), /1 × 2, 3 partitions on 3 shards, 6 Redis nodes, no nginx/);
    assert.match(
      readFileSync(tables, "utf8"),
      /\| 1 × 2, 3 partitions on 3 shards, 6 Redis nodes, no nginx, 8 conn/,
    );
    assert.deepEqual(readdirSync(folder).sort(), ["report.html", "run.json", "tables.md"]);

    const compared = await buttonwood("bench", "compare", out, out, "--json");
    assert.equal(compared.code, 0, compared.stderr);
    const [{ ratio, beyondNoise }] = JSON.parse(compared.stdout).rows;
    assert.deepEqual([ratio, beyondNoise], [1, false]);
    const other = await buttonwood("bench", "compare", out, report);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /report\.html can't be read/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("bench soak offers a share of the peak, and tells of memory, lag and latency", async () => {
  const { code, stdout, stderr } = await buttonwood(
    ...["bench", "soak", "--connections", "8", "--minutes", "0.1", "--warm-up-max", "1", "--percent", "50"],
    "--json",
  );
  assert.equal(code, 0, stderr);
  const { peakPerSecond, ratePerSecond, load, samples, drainedAfterSeconds } = JSON.parse(stdout);
  assert.equal(ratePerSecond, Math.floor(peakPerSecond / 2));
  assert.ok(load.accepted > 0 && load.lost === 0, JSON.stringify(load));
  assert.ok(samples.length > 0 && samples[0].memoryMiB.engine > 0, JSON.stringify(samples));
  assert.ok(drainedAfterSeconds >= 0, "the projections have stored everything");
});

test("bench deploy says when no layout has such a name", async () => {
  const { code, stderr } = await buttonwood("bench", "deploy", "--only", "9 × 9");
  assert.equal(code, 2);
  assert.match(stderr, /no layout's name holds 9 × 9/);
  assert.match(stderr, /4 × 4, 3 partitions on 3 shards, 6 Redis nodes/);
});

/** The command line from outside: what it prints where, and its exit codes. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encodeFlow, generateFlow } from "@buttonwood/bench";
import { assertThreeParts, run, runSupervised, runUnread } from "./testing/run-cli.js";

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "buttonwood-cli-"));
});
after(() => rmSync(folder, { recursive: true }));

describe("usage", () => {
  it("teaches when asked for help, and exits 0", async () => {
    const { code, stdout, stderr } = await run("--help");
    assert.equal(code, 0);
    assert.equal(stderr, "");
    for (const command of [
      "verify",
      "rebuild",
      "bench",
      "replay",
      "keys",
      "markets",
      "deposit",
      "withdraw",
      "accounts",
      "cluster",
    ]) {
      assert.match(stdout, new RegExp(`^ {2}${command}\\b`, "m"));
      const help = await run(command, "--help");
      assert.equal(help.code, 0, command);
      assert.match(help.stdout, /Examples?:\n/, command);
    }
  });

  it("tells wrong usage from failure by its exit code, with three parts", async () => {
    for (const args of [
      ["no-such-command"],
      ["verify", "--no-such-option"],
      ["deposit", "alice"],
      ["deposit", "alice", "USD", "1e3"],
      ["deposit", "alice", "USD", "0.00"],
      [
        "markets",
        "add",
        "solusdt",
        "--base",
        "SOL",
        "--quote",
        "USDT",
        "--tick",
        "1",
        "--step",
        "1",
        "--reference",
        "1",
      ],
      ["bench", "core", "--runs", "many"],
      ["bench", "api", "--url", "ftp://nowhere"],
      ["bench", "core", "--flow", join(folder, "missing.ofl")],
      ["replay", join(folder, "missing.ofl")],
      ["cluster", "up", "--redis-nodes", "none"],
      ["cluster", "handover", "first"],
      ["cluster", "role", "engine", "--topology", join(folder, "missing.yaml"), "--name", "engine-0-a"],
    ]) {
      const { code, stdout, stderr } = await run(...args);
      assert.equal(code, 2, args.join(" "));
      assert.equal(stdout, "", args.join(" "));
      assertThreeParts(stderr);
    }
    assert.match((await run("keys", "lst")).stderr, /'keys' has no such command/);
    assert.match((await run("keys", "list", "more")).stderr, /too many arguments for 'list'/);
    const bare = await run();
    assert.equal(bare.code, 2);
    assert.match(bare.stderr, /Usage: buttonwood/);
  });

  it("does not mind that nobody reads on", async () => {
    const { code, stderr } = await runUnread("--help");
    assert.deepEqual([code, stderr], [0, ""]);
  });

  it("says what to do when no cluster runs on the folder, or none is there", async () => {
    const data = join(folder, "no-cluster");
    const missing = await run("cluster", "prepare", "--topology", join(data, "topology.yaml"));
    assert.equal(missing.code, 2);
    assertThreeParts(missing.stderr);
    for (const args of [["status"], ["stop"], ["kill", "engine-0-a"], ["handover", "0"], ["logs"]]) {
      const { code, stderr } = await run("cluster", ...args, "--data", data);
      assert.equal(code, 1, args[0]);
      assert.match(stderr, /no cluster/);
      assertThreeParts(stderr);
    }
    assert.equal(existsSync(data), false);
  });

  it("says what to do when the port of a cluster is taken, and starts nothing", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as AddressInfo;
    const data = join(folder, "taken");
    const { code, stdout, stderr } = await run("cluster", "up", "--data", data, "--port", String(port));
    other.close();
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assertThreeParts(stderr);
    assert.match(stderr, new RegExp(`the port for clients is taken by another program .*${port}`));
    assert.match(stderr, /nothing was changed\.\n {2}Stop that program, or choose another port: --port 8099/);
    assert.ok(!existsSync(join(data, "shard-0")));
  });

  it("says what is wrong with a topology, with its line, before anything starts", async () => {
    const data = join(folder, "wrong-cluster");
    mkdirSync(data);
    writeFileSync(join(data, "topology.yaml"), "partitions:\n  - shard: nowhere\n");
    const { code, stderr } = await run("cluster", "up", "--data", data);
    assert.equal(code, 1);
    assert.match(stderr, /topology\.yaml:2:12: there is no shard nowhere/);
    assertThreeParts(stderr);
  });

  it("says what to do when no exchange runs on the folder", async () => {
    for (const args of [["markets"], ["accounts"], ["keys"], ["deposit", "alice", "USD", "1"]]) {
      const { code, stdout, stderr } = await run(...args, "--data", folder);
      assert.equal(code, 1, args.join(" "));
      assert.equal(stdout, "");
      assertThreeParts(stderr);
      assert.match(stderr, /no exchange runs on the data folder/);
      assert.match(stderr, /buttonwood start --data/);
    }
  });

  it("starts nothing on a folder that can't be one", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    for (const data of [file, join(file, "data"), join(folder, "not-mounted", "data")]) {
      const { code, stdout, stderr } = await run("start", "--port", "0", "--data", data);
      assert.equal(code, 1, data);
      assert.equal(stdout, "");
      assertThreeParts(stderr);
      assert.doesNotMatch(stderr, /not foreseen/);
    }
    assert.equal(existsSync(join(folder, "not-mounted")), false);
  });

  it("ends a supervised role that could not start, though its supervisor lives", async () => {
    const topology = join(folder, "topology.yaml");
    writeFileSync(
      topology,
      [
        "name: test",
        "partitions: [{ shard: shard-0, symbols: [] }]",
        "shards: [{ name: shard-0, host: ./no-server, port: 5432 }]",
        "redis: { nodes: [127.0.0.1:1] }",
        "engines: [{ name: engine-0-a, partition: 0 }]",
        "projections: [{ name: projection-0, partition: 0 }]",
        "backends: [{ name: backend-0, listen: 127.0.0.1:2, workers: 1 }]",
        "edge: { port: 8080 }",
        "",
      ].join("\n"),
    );
    const role = ["cluster", "role", "engine", "--name", "engine-0-a"];
    const { code, stderr } = await runSupervised(...role, "--topology", topology, "--supervised");
    assert.equal(code, 1);
    assert.match(stderr, /no server that can be written to/);
    assertThreeParts(stderr);
  });

  it("refuses a folder without a journal", async () => {
    for (const command of ["verify", "rebuild"]) {
      const { code, stdout, stderr } = await run(command, "--data", join(folder, "nothing"));
      assert.equal(code, 1);
      assert.equal(stdout, "");
      assertThreeParts(stderr);
    }
  });
});

describe("bench core", () => {
  it("prints one JSON object with the flow's outcome, and nothing else on stdout", async () => {
    const flow = join(folder, "small.ofl");
    writeFileSync(flow, encodeFlow(generateFlow({ main: 2_000, target: 100 })));
    const { code, stdout } = await run("bench", "core", "--flow", flow, "--runs", "1", "--json");
    assert.equal(code, 0);
    assert.equal(stdout.trimEnd().split("\n").length, 1);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(Object.keys(result), [
      "flow",
      "mode",
      "commands",
      "opsPerSecond",
      "nsPerOp",
      "p50Ns",
      "p99Ns",
      "trades",
      "volume",
      "notional",
      "tradeHash",
      "restingOrders",
      "restingQty",
      "levels",
      "bookChecksum",
    ]);
    assert.equal(result.mode, "book");
    assert.equal(result.commands, 2_000);
  });

  it("refuses a file that is no flow", async () => {
    const file = join(folder, "text.ofl");
    writeFileSync(file, "no flow");
    const { code, stderr } = await run("bench", "core", "--flow", file);
    assert.equal(code, 2);
    assertThreeParts(stderr);
  });
});

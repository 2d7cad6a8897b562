/** The commands against a running exchange, all from outside. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encodeFlow, generateFlow } from "@buttonwood/bench";
import { assertThreeParts, type Ran, run, type Started, startCli } from "./testing/run-cli.js";

let folder = "";
let data = "";
let exchange: Started;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "buttonwood-cli-"));
  data = join(folder, "data");
  exchange = await startCli("--data", data);
});
after(async () => {
  await exchange.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Runs a command on the exchange's folder and reads the one JSON object that it prints. */
async function json(...args: string[]): Promise<Record<string, never>> {
  const ran = await run(...args, "--data", data, "--json");
  assert.equal(ran.code, 0, ran.stderr);
  assert.equal(ran.stdout.trimEnd().split("\n").length, 1, ran.stdout);
  return JSON.parse(ran.stdout) as Record<string, never>;
}

async function refused(...args: string[]): Promise<Ran> {
  const ran = await run(...args, "--data", data);
  assert.equal(ran.code, 1, args.join(" "));
  assert.equal(ran.stdout, "");
  assertThreeParts(ran.stderr);
  return ran;
}

describe("a started exchange", () => {
  it("is ready, with five markets and two funded accounts whose keys only their owner can read", async () => {
    assert.equal((await fetch(`${exchange.url}/health/ready`)).status, 200);
    const file = join(data, "demo-keys.json");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const keys = JSON.parse(readFileSync(file, "utf8")) as Record<
      string,
      { apiKey: string; secretKey: string }
    >;
    assert.deepEqual(Object.keys(keys), ["alice", "bob"]);
    assert.deepEqual(Object.keys(keys.alice!), ["apiKey", "secretKey", "password"]);
    const { markets } = (await json("markets")) as unknown as { markets: { symbol: string }[] };
    assert.deepEqual(
      markets.map(({ symbol }) => symbol),
      ["AAPLUSD", "GOOGUSD", "MSFTUSD", "BTCUSDT", "ETHUSDT"],
    );
  });

  it("takes an operator's commands, and refuses with what to do next", async () => {
    await json("accounts", "open", "carol");
    const first = await json("deposit", "carol", "USD", "12.5", "--reference", "wire 1");
    assert.equal(first.repeated, false);
    assert.equal((await json("deposit", "carol", "USD", "12.5", "--reference", "wire 1")).repeated, true);
    assert.match(
      (await refused("deposit", "carol", "USD", "13", "--reference", "wire 1")).stderr,
      /reference/,
    );
    await json("deposit", "carol", "USD", "2.5", "--reference", "too much");
    const out = ["withdraw", "carol", "USD", "2.5", "--reference", "wire 2"];
    assert.equal((await json(...out)).free, "12.50000000");
    assert.equal((await json(...out)).repeated, true);
    assert.match((await refused("withdraw", "carol", "USD", "12.51")).stderr, /free balance is less/);
    assert.match(
      (await refused("deposit", "nobody", "USD", "1")).stderr,
      /no account nobody\.\n.*\n {2}`buttonwood accounts --data/,
    );
    const { accounts } = (await json("accounts")) as unknown as {
      accounts: { name: string; balances: { asset: string; free: string }[] }[];
    };
    const carol = accounts.find(({ name }) => name === "carol")!;
    assert.equal(Number(carol.balances.find(({ asset }) => asset === "USD")!.free), 12.5);
    const key = await json("keys", "create", "carol", "--label", "bot");
    await json("keys", "revoke", key.apiKey!);
    assert.equal((await run("keys", "--data", data)).stdout.includes(key.apiKey!), false);
    const added = [
      "--base",
      "SOL",
      "--quote",
      "USDT",
      "--tick",
      "0.01",
      "--step",
      "0.01",
      "--reference",
      "150",
    ];
    assert.equal((await json("markets", "add", "SOLUSDT", ...added)).symbol, "SOLUSDT");
    await refused("markets", "add", "SOLUSDT", ...added);
    const halted = (await json("markets", "halt", "SOLUSDT")) as unknown as { markets: { status: string }[] };
    assert.equal(halted.markets[0]!.status, "HALT");
    await json("markets", "resume", "SOLUSDT");
    const bands = async (...args: string[]) =>
      (await run("markets", "bands", "SOLUSDT", ...args, "--data", data)).stdout;
    assert.match(
      await bands("--bid-up", "1.05", "--ask-down", "0.95", "--reference", "150"),
      /bids –1\.05, asks 0\.95– × 150$/m,
    );
    assert.match(await bands("--bid-down", "0.5"), /bids 0\.5– × last price$/m);
    assert.doesNotMatch(await bands(), /bids|asks/);
    // The step is too fine for the new asset's decimals, which is seen only after it was listed.
    const fine = [
      "--base",
      "XYZ",
      "--quote",
      "USD",
      "--tick",
      "0.01",
      "--step",
      "0.001",
      "--reference",
      "1.001",
    ];
    assert.match(
      (await refused("markets", "add", "XYZUSD", ...fine)).stderr,
      /XYZ is listed as an asset now/,
    );
  });

  it("makes keys that end, hold in places and may do what was said, and changes them", async () => {
    const until = Date.now() + 30 * 86_400_000;
    const options = [
      "--expires",
      "30d",
      "--ip",
      "127.0.0.1",
      "--ip",
      "::ffff:10.0.0.0/104",
      "--scopes",
      "READ",
    ];
    const key = (await json("keys", "create", "alice", ...options)) as Record<string, unknown>;
    assert.ok(Math.abs((key.expiresMs as number) - until) < 60_000);
    const { addresses, scopes, rateLimits, kind } = key;
    assert.deepEqual(
      [addresses, scopes, rateLimits, kind],
      [["127.0.0.1", "10.0.0.0/8"], ["READ"], "standard", "HMAC"],
    );
    const apiKey = key.apiKey as string;
    const changes = ["--expires", "never", "--ip", "any", "--rate-limits", "none", "--label", "maker"];
    const edited = (await json("keys", "edit", apiKey, ...changes)) as Record<string, unknown>;
    assert.deepEqual(
      [edited.expiresMs, edited.addresses, edited.rateLimits, edited.label, edited.scopes],
      [null, [], "none", "maker", ["READ"]],
    );
    assert.deepEqual(await json("keys", "show", apiKey), edited);
    const shown = await run("keys", "show", apiKey, "--data", data);
    assert.match(shown.stdout, /addresses +anywhere\nends +never\nlimits +none/);
    assert.match((await run("keys", "--data", data)).stdout, /maker +HMAC +READ +anywhere +never +none/);

    const pair = generateKeyPairSync("ed25519");
    const file = join(folder, "own.pub");
    writeFileSync(file, pair.publicKey.export({ type: "spki", format: "pem" }));
    const own = await json("keys", "create", "bob", "--public-key", file);
    assert.deepEqual([own.kind, own.secretKey], ["ED25519", ""]);

    assert.equal((await run("keys", "edit", apiKey, "--data", data)).code, 2);
    assert.equal((await run("keys", "create", "alice", "--ip", "home", "--data", data)).code, 2);
    assert.match((await refused("keys", "edit", "nobody's", "--label", "x")).stderr, /buttonwood keys/);
    await json("keys", "revoke", apiKey);
    assert.match((await refused("keys", "show", apiKey)).stderr, /there is no key/);
  });

  it("replays a flow through the public API and ends with the core's trades and book", async () => {
    const flow = join(folder, "two-markets.ofl");
    writeFileSync(flow, encodeFlow(generateFlow({ main: 1_500, symbols: 2, target: 60 })));
    const result = (await json("replay", flow)) as unknown as {
      differences: string[];
      actual: { trades: number };
      counts: { moved: number; canceled: number };
    };
    assert.deepEqual(result.differences, []);
    assert.ok(result.actual.trades > 0 && result.counts.moved > 0 && result.counts.canceled > 0);
  });

  it("keeps its data folder to itself, but lets it be verified meanwhile", async () => {
    assert.match((await refused("start", "--port", "0")).stderr, /in use by process/);
    assert.match((await refused("rebuild")).stderr, /in use by process/);
    const report = await json("verify");
    assert.equal(report.ok, true);
  });

  it("stops on SIGTERM, verifies, is rebuilt, and starts again where it was", async () => {
    const stopped = await exchange.stop("SIGTERM");
    assert.equal(stopped.code, 0, stopped.stderr);
    const before = await json("verify");
    await json("rebuild");
    const after = await json("verify");
    assert.equal(after.ok, true);
    assert.equal(after.digest, before.digest);
    exchange = await startCli("--data", data);
    const { markets } = (await json("markets")) as unknown as { markets: unknown[] };
    assert.equal(markets.length, 8);
    const port = new URL(exchange.url).port;
    const taken = await run("start", "--port", port, "--data", join(folder, "other"));
    assert.equal(taken.code, 1);
    assertThreeParts(taken.stderr);
    assert.match(taken.stderr, /taken by another program/);
    assert.equal(existsSync(join(folder, "other")), false, "a folder was made though the port is taken");
  });

  it("names what is damaged, and starts again once that is put right", async () => {
    const port = new URL(exchange.url).port;
    assert.match((await refused("start", "--port", port)).stderr, /runs already, at http/);
    await exchange.stop("SIGTERM");
    const snapshots = join(data, "snapshots");
    const before = readdirSync(snapshots);
    const tables = join(data, "tables.db");
    const wholeTables = readFileSync(tables);
    writeFileSync(tables, Buffer.from(wholeTables).fill(7, 4096, 12_288));
    assert.match((await refused("start", "--port", "0")).stderr, /tables\.db.*\n.*\n.*buttonwood rebuild/);
    const report = await run("verify", "--data", data);
    assert.equal(report.code, 1);
    assert.match(report.stdout, /nothing that was acknowledged is lost.*buttonwood rebuild/);
    await json("rebuild");
    const keys = join(data, "keys.json");
    const wholeKeys = readFileSync(keys);
    writeFileSync(keys, "{");
    assert.match((await refused("start", "--port", "0")).stderr, /keys\.json can't be read/);
    writeFileSync(keys, wholeKeys);
    assert.deepEqual(readdirSync(snapshots), before, "a start that failed took a snapshot");
    exchange = await startCli("--data", data);
    assert.equal((await fetch(`${exchange.url}/health/ready`)).status, 200);
  });
});

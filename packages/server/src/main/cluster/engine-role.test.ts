import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CancelRestriction, type Command, decodeEvents, Reason, WordBuffer } from "@buttonwood/protocol";
import { Cluster } from "iovalkey";
import type { FeedBatch } from "../../feed/port.js";
import { readEntry, streamKey } from "../../feed/redis/stream-entry.js";
import type { JournalRow } from "../../journal/port.js";
import { TestShard } from "../../journal/postgres/testing/test-shard.js";
import { freePort } from "../../platform/servers/free-port.js";
import { type RedisCluster, startRedisCluster } from "../../platform/servers/redis-cluster.js";
import type { EngineClient } from "../../transport/engine-port.js";
import { EngineCluster, type Engines } from "./testing/engine-cluster.js";

/** A leader that died is replaced within this, in ms; what the exchange promises, not what it takes. */
const TAKEOVER_MS_MAX = 5_000;

const listing: readonly Command[] = [
  { kind: "LIST_ASSET", account: 0, asset: 0, decimals: 2, name: "USD" },
  { kind: "OPEN_ACCOUNT", account: 1, name: "alice" },
];

const deposit = (reference: string): Command => ({
  kind: "DEPOSIT",
  account: 1,
  asset: 0,
  amount: 1,
  reference,
});

/** A cancel: it has no identity, so it may be sent again only where it surely was not taken. */
const cancel = (orderId: number): Command => ({
  kind: "CANCEL_ORDER",
  account: 1,
  market: 0,
  orderId,
  clientOrderId: "",
  cancelId: "",
  restriction: CancelRestriction.NONE,
});

let shard: TestShard;
before(async () => {
  shard = await TestShard.start();
});
after(() => shard.stop());

/** Runs a test with engines `a` and `b` of one partition, or others. */
async function withCluster(
  run: (cluster: EngineCluster) => Promise<void>,
  engines: Engines = { a: 0, b: 0 },
  redisPort?: number,
): Promise<void> {
  const cluster = await EngineCluster.prepare(shard, engines, redisPort);
  try {
    await run(cluster);
  } finally {
    await cluster.stop();
  }
}

async function list(client: EngineClient): Promise<void> {
  for (const command of listing) assert.equal((await client.submit(command)).reason, Reason.OK);
}

async function balance(client: EngineClient): Promise<number> {
  return (await client.query({ kind: "balances", account: 1 }))[0]?.free ?? 0;
}

async function rowsOf(cluster: EngineCluster): Promise<JournalRow[]> {
  const rows: JournalRow[] = [];
  for await (const row of cluster.journal.read(1)) rows.push(row);
  return rows;
}

/** How many deposits took effect. */
function depositsIn(rows: readonly JournalRow[]): number {
  return rows
    .flatMap((row) => decodeEvents(WordBuffer.from(row.events)))
    .filter((event) => event.kind === "DEPOSITED").length;
}

/** The entries in the stream of partition 0 once it holds a sequence. */
async function streamed(redis: RedisCluster, sequence: number): Promise<FeedBatch[]> {
  const client = new Cluster([...redis.addresses]);
  try {
    for (;;) {
      const entries = await client.xrangeBuffer(streamKey(0), "-", "+");
      const batches = entries.map((entry) => readEntry(entry)!);
      if (batches.at(-1)?.lastSequence === sequence) return batches;
      await sleep(20);
    }
  } finally {
    client.disconnect();
  }
}

/** Clients that deposit, one after the other each, until they are told to stop. */
class Load {
  readonly answered: number[] = [];
  readonly failed: Error[] = [];
  sent = 0;
  /** Longest time between two answers, in ms. */
  pauseMsMax = 0;
  #running = true;
  readonly #workers: Promise<void>[];

  constructor(client: EngineClient, workers: number, command: (n: number) => Command) {
    let lastMs = performance.now();
    this.#workers = Array.from({ length: workers }, async () => {
      while (this.#running) {
        try {
          const outcome = await client.submit(command(++this.sent));
          this.answered.push(outcome.reason);
        } catch (error) {
          this.failed.push(error as Error);
        }
        const nowMs = performance.now();
        this.pauseMsMax = Math.max(this.pauseMsMax, nowMs - lastMs);
        lastMs = nowMs;
      }
    });
  }

  /** Waits for so many more answers. */
  async more(count: number): Promise<void> {
    const until = this.answered.length + count;
    while (this.answered.length < until) await sleep(2);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await Promise.all(this.#workers);
  }
}

describe("the engines of a partition", { timeout: 180_000 }, () => {
  it("row 4: a leader that is killed under load is replaced, and nothing is lost or doubled", (t) =>
    withCluster(async (cluster) => {
      const a = await cluster.startEngine("a");
      await cluster.untilLeads("a");
      await cluster.startEngine("b");
      const client = cluster.client();
      await list(client);
      const load = new Load(client, 16, (n) => deposit(`${n}`));
      await load.more(200);
      a.child.kill("SIGKILL");
      await load.more(200);
      await load.stop();
      assert.deepEqual(load.failed, []);
      assert.ok(load.pauseMsMax < TAKEOVER_MS_MAX, `nobody was served for ${load.pauseMsMax} ms`);
      t.diagnostic(`takeover: ${load.pauseMsMax.toFixed(0)} ms without an answer`);
      assert.ok(load.answered.every((reason) => reason === Reason.OK || reason === Reason.REPEAT));
      assert.equal(await balance(client), load.sent);
      const rows = await rowsOf(cluster);
      assert.equal(depositsIn(rows), load.sent);
      const { epoch, owner } = await cluster.journal.lease();
      assert.deepEqual([epoch, owner], [2, "b"]);
    }));

  it("row 5: what a leader has committed and not published, the next one publishes", async () => {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), "buttonwood-redis-"));
    chmodSync(folder, 0o755);
    try {
      await withCluster(
        async (cluster) => {
          const a = await cluster.startEngine("a");
          const client = cluster.client();
          await list(client);
          // It commits and answers while nothing can be published.
          for (let i = 1; i <= 20; i++) await client.submit(deposit(`${i}`));
          a.child.kill("SIGKILL");
          const redis = await startRedisCluster({ folder: join(folder, "redis"), nodes: 1, ports: [port] });
          try {
            const b = await cluster.startEngine("b");
            const load = new Load(client, 8, (n) => deposit(`more ${n}`));
            await load.more(100);
            await cluster.startEngine("a");
            b.child.kill("SIGKILL");
            await load.more(100);
            await load.stop();
            assert.deepEqual(load.failed, []);
            const rows = await rowsOf(cluster);
            const entries = await streamed(redis, rows.at(-1)!.lastSequence);
            // Rows may share an entry, but there is none without its end, and none twice.
            assert.deepEqual(
              entries.map(({ firstSequence }) => firstSequence),
              [1, ...entries.slice(0, -1).map(({ lastSequence }) => lastSequence + 1)],
            );
            const ends = new Set(rows.map(({ lastSequence }) => lastSequence));
            assert.ok(entries.every(({ lastSequence }) => ends.has(lastSequence)));
            const published = Buffer.concat(entries.map(({ events }) => events.bytes()));
            assert.ok(published.equals(Buffer.concat(rows.map(({ events }) => events))));
          } finally {
            await redis.stop();
          }
        },
        { a: 0, b: 0 },
        port,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("row 6: a leader that was stopped for five seconds commits nothing and answers nothing", () =>
    withCluster(async (cluster) => {
      const a = await cluster.startEngine("a");
      await cluster.untilLeads("a");
      await cluster.startEngine("b");
      const client = cluster.client();
      await list(client);
      assert.equal((await client.submit(deposit("before"))).reason, Reason.OK);
      const loyal = cluster.client({ stayWith: "a", answerMsMax: 20_000 });
      assert.equal(await balance(loyal), 1);
      a.child.kill("SIGSTOP");
      // They lie in its socket when it goes on.
      const answers: string[] = [];
      loyal.submit(deposit("late")).then(
        () => answers.push("committed"),
        () => {},
      );
      loyal.query({ kind: "balances", account: 1 }).then(
        () => answers.push("answered"),
        () => {},
      );
      await cluster.untilLeads("b");
      assert.equal((await client.submit(deposit("after"))).reason, Reason.OK);
      await sleep(TAKEOVER_MS_MAX - 2_000);
      a.child.kill("SIGCONT");
      assert.equal(await a.ended, 1);
      assert.match(a.said(), /error: DeposedError: .* b leads under epoch 2/);
      await loyal.close();
      assert.deepEqual(answers, []);
      assert.equal(await balance(client), 2);
      const rows = await rowsOf(cluster);
      const taken = rows.findIndex(({ epoch }) => epoch === 2);
      assert.ok(rows.slice(taken).every(({ epoch }) => epoch === 2));
      assert.equal(depositsIn(rows), 2);
    }));

  it("a leader that ends in order is replaced at once", (t) =>
    withCluster(async (cluster) => {
      const a = await cluster.startEngine("a");
      await cluster.untilLeads("a");
      await cluster.startEngine("b");
      const client = cluster.client();
      await list(client);
      const load = new Load(client, 8, (n) => (n % 2 === 0 ? deposit(`${n}`) : cancel(n)));
      await load.more(100);
      a.child.kill("SIGTERM");
      assert.equal(await a.ended, 0, a.said());
      await load.more(100);
      await load.stop();
      assert.deepEqual(load.failed, []);
      t.diagnostic(`orderly end: ${load.pauseMsMax.toFixed(0)} ms without an answer`);
      const again = await cluster.startEngine("a");
      assert.match((await cluster.status("a")).state, /standing by/);
      assert.equal((await cluster.journal.lease()).epoch, 2);
      again.child.kill("SIGTERM");
      assert.equal(await again.ended, 0);
    }));

  it("a hand-over under load costs no request, those without an identity included", (t) =>
    withCluster(async (cluster) => {
      await cluster.startEngine("a");
      await cluster.untilLeads("a");
      await cluster.startEngine("b");
      const client = cluster.client();
      await list(client);
      const load = new Load(client, 32, (n) => (n % 2 === 0 ? deposit(`${n}`) : cancel(n)));
      const names = ["a", "b"];
      let pauses = "";
      for (let i = 0; i < 6; i++) {
        await load.more(200);
        load.pauseMsMax = 0;
        await cluster.handOver(names[i % 2]!);
        await load.more(100);
        pauses += ` ${load.pauseMsMax.toFixed(0)}`;
      }
      await load.stop();
      t.diagnostic(`hand-overs:${pauses} ms without an answer`);
      assert.deepEqual(load.failed, []);
      const deposits = Math.floor(load.sent / 2);
      assert.equal(await balance(client), deposits);
      assert.equal(depositsIn(await rowsOf(cluster)), deposits);
      assert.ok(
        load.answered.every((reason) => reason === Reason.OK || reason === Reason.UNKNOWN_MARKET),
        `${[...new Set(load.answered)]}`,
      );
      assert.equal((await cluster.journal.lease()).epoch, 7);
    }));

  it("a hand-over that nobody can take is refused, and the leader goes on", () =>
    withCluster(async (cluster) => {
      await cluster.startEngine("a");
      await cluster.untilLeads("a");
      await assert.rejects(cluster.handOver("a"), /no engine can take over \(b: /);
      const client = cluster.client();
      await list(client);
      assert.equal((await cluster.status("a")).leads, true);
      assert.equal((await cluster.journal.lease()).epoch, 1);
    }));

  it("row 17: a transfer arrives once, whoever is killed on its way", () =>
    withCluster(
      async (cluster) => {
        let sender = await cluster.startEngine("a");
        const from = cluster.client({ partition: 0 });
        const to = cluster.client({ partition: 1 });
        await list(from);
        for (let i = 1; i <= 5; i++) assert.equal((await from.submit(deposit(`${i}`))).reason, Reason.OK);
        // Nobody is there to take it.
        const transfer: Command = {
          kind: "TRANSFER_OUT",
          account: 1,
          toPartition: 1,
          asset: 0,
          amountMin: 2,
          amountMax: 2,
        };
        assert.equal((await from.submit(transfer)).reason, Reason.OK);
        assert.equal(await balance(from), 3);
        sender.child.kill("SIGKILL");
        await sender.ended;
        const receiver = await cluster.startEngine("c");
        await list(to);
        sender = await cluster.startEngine("a");
        while ((await balance(to)) < 2) await sleep(20);
        while ((await from.query({ kind: "outbox" })).length > 0) await sleep(20);
        receiver.child.kill("SIGKILL");
        await receiver.ended;
        assert.equal((await from.submit(transfer)).reason, Reason.OK);
        await cluster.startEngine("c");
        while ((await balance(to)) < 4) await sleep(20);
        while ((await from.query({ kind: "outbox" })).length > 0) await sleep(20);
        assert.deepEqual([await balance(from), await balance(to)], [1, 4]);
      },
      { a: 0, c: 1 },
    ));

  it("tells a machine how it is: metrics and health", () =>
    withCluster(async (cluster) => {
      await cluster.startEngine("a");
      await cluster.untilLeads("a");
      await cluster.startEngine("b");
      await list(cluster.client());
      assert.equal((await cluster.ask("a", "/health/ready")).status, 200);
      assert.equal((await cluster.ask("b", "/nothing")).status, 404);
      const leader = (await cluster.ask("a", "/metrics")).text;
      assert.match(leader, /^buttonwood_engine_leads\{partition="0"\} 1$/m);
      assert.match(leader, /^buttonwood_engine_epoch 1$/m);
      assert.match(leader, /^buttonwood_engine_sequence 3$/m);
      const caughtUp = [
        /^buttonwood_engine_leads\{partition="0"\} 0$/m,
        /^buttonwood_engine_sequence 3$/m,
        /^buttonwood_standby_lag_commands 0$/m,
      ];
      let standby: string;
      do standby = (await cluster.ask("b", "/metrics")).text;
      while (!caughtUp.every((line) => line.test(standby)));
    }));

  it("serves gRPC where the topology says so", () =>
    withCluster(async (cluster) => {
      await cluster.startEngine("a");
      await cluster.untilLeads("a");
      const client = cluster.grpcClient("a");
      try {
        await list(client);
        assert.equal((await client.submit(deposit("over gRPC"))).reason, Reason.OK);
        assert.equal(await balance(cluster.client()), 1);
      } finally {
        await client.close();
      }
    }));

  it("row 23: an engine with another partition map is refused with both maps named", () =>
    withCluster(async (cluster) => {
      await cluster.startEngine("a");
      await cluster.untilLeads("a");
      const other = cluster.otherTopologyFile("ETHUSDT");
      await assert.rejects(
        cluster.startEngine("b", other),
        /PartitionMapDiffersError: row 1 was written for/,
      );
      const client = cluster.client({ mapHash: "another", answerMsMax: 500 });
      await assert.rejects(client.query({ kind: "status" }), /another/);
      assert.equal((await cluster.journal.lease()).epoch, 1);
    }));
});

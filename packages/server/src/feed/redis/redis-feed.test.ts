import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Cluster } from "iovalkey";
import { pino } from "pino";
import { checkRedis, RedisUnusableError } from "../../platform/redis-connection.js";
import { findBinary } from "../../platform/servers/find-binary.js";
import { freePort } from "../../platform/servers/free-port.js";
import { type RedisCluster, startRedisCluster } from "../../platform/servers/redis-cluster.js";
import { REDIS_USER, type RedisNode } from "../../platform/servers/redis-node.js";
import { runAs } from "../../platform/servers/run-as.js";
import { ServerProcess } from "../../platform/servers/server-process.js";
import { feedContract } from "../feed-contract.js";
import { CheckedReader, described, FeedJournal } from "../feed-journal.js";
import { RedisFeedPublisher, type RedisFeedPublisherParts } from "./redis-feed-publisher.js";
import { RedisFeedReader } from "./redis-feed-reader.js";
import { entryId, positionsKey, readEntry, type StreamEntry, streamKey } from "./stream-entry.js";

const PASSWORD = "feeding";
const logger = pino({ level: "silent" });
let folder: string;
let redis: RedisCluster;
let client: Cluster;
/** Every feed of this file has a partition of its own. */
let partitions = 0;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "buttonwood-feed-"));
  chmodSync(folder, 0o755);
  redis = await startRedisCluster({ folder: join(folder, "redis"), nodes: 6, password: PASSWORD });
  client = new Cluster([...redis.addresses], { redisOptions: { password: PASSWORD } });
  client.on("error", () => undefined);
});

after(async () => {
  client.disconnect();
  await redis.stop();
  rmSync(folder, { recursive: true });
});

const access = () => ({ nodes: redis.addresses, password: PASSWORD });

function publisherOf(
  journal: FeedJournal,
  partition: number,
  parts: Partial<RedisFeedPublisherParts> = {},
): RedisFeedPublisher {
  return new RedisFeedPublisher({
    redis: access(),
    partition,
    name: "engine",
    tail: journal.tail,
    readMissed: (from) => journal.readMissed(from),
    logger,
    // An entry for every batch, so that they can be counted.
    restMs: 0,
    ...parts,
  });
}

async function livePublisher(
  journal: FeedJournal,
  partition: number,
  parts: Partial<RedisFeedPublisherParts> = {},
): Promise<RedisFeedPublisher> {
  const publisher = publisherOf(journal, partition, parts);
  publisher.start();
  while (!publisher.isLive) await sleep(5);
  return publisher;
}

function readerOf(journal: FeedJournal, partition: number, fromSequence = 1): RedisFeedReader {
  const { tail } = journal;
  return new RedisFeedReader({
    redis: access(),
    partition,
    name: "projection",
    fromSequence,
    tail,
    logger,
  });
}

/** Sequences that a stream holds. */
async function streamed(partition: number): Promise<number[]> {
  const entries = (await client.xrangeBuffer(streamKey(partition), "-", "+")) as StreamEntry[];
  return entries.map((entry) => readEntry(entry)!.lastSequence);
}

async function untilStreamed(partition: number, sequences: readonly number[]): Promise<void> {
  while (`${await streamed(partition)}` !== `${sequences}`) await sleep(5);
}

/** The nodes that hold a key. */
async function serving(key: string): Promise<{ master: RedisNode; replica: RedisNode }> {
  const slot = await client.cluster("KEYSLOT", key);
  const [, , master, replica] = (await client.cluster("SLOTS")).find(
    ([from, to]) => from <= slot && slot <= to,
  )!;
  const nodeAt = (port: number) => redis.nodes.find(({ address }) => address.port === port)!;
  return { master: nodeAt(master![1]), replica: nodeAt(replica![1]) };
}

/** Waits until Redis has the last batch. */
async function untilAnswered(partition: number, journal: FeedJournal): Promise<void> {
  for (;;) {
    const [last] = await client.xrevrange(streamKey(partition), "+", "-", "COUNT", 1);
    if (last?.[0] === entryId(journal.lastSequence)) return;
    await sleep(1);
  }
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

for (const restMs of [0, 10]) {
  feedContract(`Redis Cluster, ${restMs} ms between entries`, async (journal) => {
    const partition = partitions++;
    const publisher = await livePublisher(journal, partition, { restMs });
    const readers: RedisFeedReader[] = [];
    return {
      publisher,
      async reader(fromSequence) {
        const reader = new RedisFeedReader({
          redis: access(),
          partition,
          name: `reader-${readers.length}`,
          fromSequence,
          // Nothing but the stream tells it anything.
          tail: async () => 0,
          logger,
        });
        readers.push(reader);
        return reader;
      },
      async close() {
        publisher.stop();
        await Promise.all(readers.map((reader) => reader.closed()));
      },
    };
  });
}

describe("feed over a Redis Cluster", () => {
  it("row 5: an engine that died between commit and publish publishes it after its start", async () => {
    const partition = partitions++;
    const journal = new FeedJournal();
    const first = await livePublisher(journal, partition);
    for (let i = 0; i < 3; i++) first.publish(journal.commit());
    await untilStreamed(partition, [1, 2, 3]);
    journal.commit();
    journal.commit();
    first.stop();
    const second = publisherOf(journal, partition);
    second.start();
    // Published before it has connected: waits for what lies before.
    second.publish(journal.commit());
    await untilStreamed(partition, range(1, 6));
    assert.equal(second.dropped, 0);
    second.stop();
  });

  it("row 19: a failover that loses the tail of the stream loses nothing for readers", async () => {
    const partition = partitions++;
    const key = streamKey(partition);
    const journal = new FeedJournal();
    const publisher = await livePublisher(journal, partition);
    const feed = readerOf(journal, partition);
    const reader = new CheckedReader(feed, journal);
    await reader.gapless.start();
    const { master, replica } = await serving(key);
    for (let i = 0; i < 10; i++) publisher.publish(journal.commit());
    await reader.until(10);
    await untilStreamed(partition, range(1, 10));
    const offset = /master_repl_offset:(\d+)/;
    while (
      offset.exec(await replica.ask("INFO replication"))![1] !==
      offset.exec(await master.ask("INFO replication"))![1]
    ) {
      await sleep(5);
    }
    // The replica's link is cut and can't be made again.
    await replica.ask("CONFIG SET masterauth wrong");
    await master.ask("CLIENT KILL TYPE replica");
    for (let i = 0; i < 10; i++) publisher.publish(journal.commit());
    await untilStreamed(partition, range(1, 20));
    await reader.until(20);
    const droppedBefore = publisher.dropped;
    await master.kill();
    // Committed while nobody serves the stream.
    for (let i = 0; i < 10; i++) publisher.publish(journal.commit());
    await reader.until(30);
    while (!(await replica.ask("INFO replication")).includes("role:master")) await sleep(20);
    // Commits go on until the stream is served again.
    while ((await streamed(partition).catch(() => [0])).at(-1) !== journal.lastSequence) {
      publisher.publish(journal.commit());
      await sleep(50);
    }
    const held = await streamed(partition);
    assert.ok(!held.includes(15), `the tail was not lost: ${held}`);
    assert.ok(publisher.dropped > droppedBefore);
    await reader.until(journal.lastSequence);
    assert.equal(reader.batches.length, journal.lastSequence);
    await reader.gapless.close();
    await feed.closed();
    publisher.stop();
    await replica.ask(`CONFIG SET masterauth ${PASSWORD}`);
    await master.restart();
  });

  it("Redis away: publishing goes on, readers read the journal, and the feed comes back by itself", async () => {
    const partition = partitions++;
    const own = await startRedisCluster({ folder: join(folder, "own"), nodes: 1 });
    const [node] = own.nodes as [RedisNode];
    const journal = new FeedJournal();
    const redisAccess = { nodes: own.addresses, password: undefined };
    const publisher = await livePublisher(journal, partition, { redis: redisAccess });
    const feed = new RedisFeedReader({
      redis: redisAccess,
      partition,
      name: "projection",
      fromSequence: 1,
      tail: journal.tail,
      logger,
    });
    const reader = new CheckedReader(feed, journal);
    await reader.gapless.start();
    publisher.publish(journal.commit());
    await reader.until(1);

    await node.kill();
    while (publisher.isLive) await sleep(5);
    for (let i = 0; i < 5; i++) publisher.publish(journal.commit());
    assert.equal(publisher.dropped, 5);
    await reader.until(6);

    // A node that hangs is no better: nothing waits for it, and no more memory than allowed is used.
    await node.restart();
    while (!publisher.isLive) await sleep(5);
    process.kill(node.pid, "SIGSTOP");
    for (let i = 0; i < 5; i++) publisher.publish(journal.commit());
    await reader.until(11);
    while (publisher.isLive) await sleep(5);
    process.kill(node.pid, "SIGCONT");
    while (!publisher.isLive) await sleep(5);

    const repairs = reader.repairs;
    for (let i = 0; i < 50; i++) {
      publisher.publish(journal.commit());
      await reader.until(journal.lastSequence);
    }
    assert.ok(reader.repairs - repairs < 50, "every batch was read from the journal");
    assert.equal(reader.batches.length, journal.lastSequence);
    await reader.gapless.close();
    await feed.closed();
    publisher.stop();
    await own.stop();
  });

  it("batches that follow each other within the rest share an entry; a gap between two shows", async () => {
    const partition = partitions++;
    const journal = new FeedJournal();
    // Longer than the test: what is posted is posted because it must not wait.
    const publisher = await livePublisher(journal, partition, { restMs: 600_000 });
    publisher.publish(journal.commit());
    await untilStreamed(partition, [1]);
    for (let i = 0; i < 5; i++) publisher.publish(journal.commit(2));
    journal.commit();
    publisher.publish(journal.commit());
    await untilStreamed(partition, [1, 11]);
    const [, shared] = (await client.xrangeBuffer(streamKey(partition), "-", "+")) as StreamEntry[];
    assert.deepEqual(
      described(readEntry(shared!)!),
      [3, 5, 7, 9, 11].map((last) => `${last - 1}-${last}: words of ${last}`),
    );
    publisher.stop();
  });

  it("an entry does not grow beyond what one message should be", async () => {
    const partition = partitions++;
    const journal = new FeedJournal();
    const publisher = await livePublisher(journal, partition, { restMs: 600_000 });
    publisher.publish(journal.commit());
    // Batches of 0.5 MB.
    for (let i = 0; i < 5; i++) publisher.publish(journal.commit(10_000));
    await untilStreamed(partition, [1, 20_001, 40_001]);
    publisher.stop();
  });

  it("is bounded: on its way to Redis, and in the stream", async () => {
    const partition = partitions++;
    const journal = new FeedJournal();
    const publisher = await livePublisher(journal, partition, {
      pendingBytesMax: 100_000,
      streamBytesMax: 200_000,
    });
    // Batches of about 5 kB: more than Redis can have answered in one turn.
    for (let i = 0; i < 100; i++) publisher.publish(journal.commit(100));
    assert.ok(publisher.dropped >= 75 && publisher.dropped < 100, `${publisher.dropped} dropped`);
    while ((await client.xlen(streamKey(partition))) < 100 - publisher.dropped) await sleep(5);
    for (let i = 0; i < 200; i++) {
      publisher.publish(journal.commit(100));
      await untilAnswered(partition, journal);
    }
    const held = await streamed(partition);
    assert.ok(held.length <= 60, `${held.length} entries of 5 kB`);
    assert.equal(held.at(-1), journal.lastSequence);
    publisher.stop();
  });

  it("is trimmed below what every reader has read", async () => {
    const partition = partitions++;
    const journal = new FeedJournal();
    const publisher = await livePublisher(journal, partition);
    await client.hset(positionsKey(partition), "slow", 0);
    for (let i = 0; i < 300; i++) publisher.publish(journal.commit(100));
    await untilStreamed(
      partition,
      range(1, 300).map((batch) => batch * 100),
    );
    await client.hset(positionsKey(partition), "slow", 20_000, "fast", 30_000);
    while ((await client.xlen(streamKey(partition))) > 250) {
      publisher.publish(journal.commit(100));
      await sleep(20);
    }
    const [lowest] = await streamed(partition);
    assert.ok(lowest! <= 20_100, `the slow reader lacks what lies before ${lowest}`);
    publisher.stop();
  });

  it("a stream that is ahead of the journal belongs to another one and is removed", async () => {
    const partition = partitions++;
    const old = new FeedJournal();
    const before = await livePublisher(old, partition);
    for (let i = 0; i < 5; i++) before.publish(old.commit());
    await untilStreamed(partition, range(1, 5));
    before.stop();
    const journal = new FeedJournal();
    journal.commit(2);
    const publisher = await livePublisher(journal, partition);
    publisher.publish(journal.commit());
    await untilStreamed(partition, [2, 3]);
    publisher.stop();
  });
});

describe("a reader of another journal's stream", () => {
  it("goes on with its own journal", async () => {
    const partition = partitions++;
    const old = new FeedJournal();
    const before = await livePublisher(old, partition);
    for (let i = 0; i < 50; i++) before.publish(old.commit());
    await untilStreamed(partition, range(1, 50));
    before.stop();
    const journal = new FeedJournal();
    journal.commit();
    const feed = readerOf(journal, partition);
    const seen: number[] = [];
    const stop = feed.subscribe(({ lastSequence }) => seen.push(lastSequence));
    while (seen.at(-1) !== 50) await sleep(5);
    journal.commit();
    const publisher = await livePublisher(journal, partition);
    publisher.publish(journal.commit());
    while (seen.at(-1) !== 3) await sleep(5);
    stop();
    await feed.closed();
    publisher.stop();
  });
});

describe("looking at a Redis before it is used", () => {
  it("tells a cluster, one that is not there, a wrong password, and one that is no cluster", async () => {
    assert.equal(await checkRedis(access()), true);
    assert.equal(await checkRedis({ nodes: [{ host: "127.0.0.1", port: 1 }], password: undefined }), false);
    const refused = (message: RegExp) => (error: Error) => {
      assert.ok(error instanceof RedisUnusableError);
      assert.match(error.message, message);
      return true;
    };
    await assert.rejects(
      checkRedis({ ...access(), password: "wrong" }),
      refused(/refuses the topology's password/),
    );
    await assert.rejects(checkRedis({ ...access(), password: undefined }), refused(/asks for a password/));
    const port = await freePort();
    const alone = await ServerProcess.start({
      file: findBinary("redis-server"),
      args: ["--port", `${port}`, "--bind", "127.0.0.1", "--save", ""],
      user: runAs(REDIS_USER),
      logFile: join(folder, "alone.log"),
    });
    const nodes = [{ host: "127.0.0.1", port }];
    await assert.rejects(
      async () => {
        while (!(await checkRedis({ nodes, password: undefined }))) await sleep(20);
      },
      refused(new RegExp(`127.0.0.1:${port} is no cluster. Start it with "cluster-enabled yes"`)),
    );
    await alone.stop("SIGTERM", 5_000);
  });
});

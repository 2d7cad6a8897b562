/** What docs/reference/failures.md says of the journal in PostgreSQL, on real servers. Each test names its row. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { runAs } from "../../platform/servers/run-as.js";
import { randomOf, testSeed } from "../../platform/testing/random.js";
import { TcpProxy } from "../../platform/testing/tcp-proxy.js";
import { until } from "../../platform/testing/until.js";
import { collect, rowAfter } from "../journal-contract.js";
import type { LeaseClaim } from "../lease.js";
import { DeposedError, JournalFailedError, type JournalRow } from "../port.js";
import { PostgresJournal, type PostgresJournalOptions } from "./postgres-journal.js";
import { TestShard } from "./testing/test-shard.js";

/** Waits for the standby: the commit is on the primary's disk, and nobody may see it yet. */
const WAITS_FOR_STANDBY = "wait_event = 'SyncRep'";
const WAITS_FOR_LOCK = "wait_event_type = 'Lock'";

/** Longer than any test takes: then nothing is given up by itself. */
const NEVER_MS = 600_000;

/** A server that answers at all does so sooner, on a busy machine too. */
const SLOW_MS = 2_000;

let partitions = 0;

function claim(overEpoch: number, owner = `owner ${overEpoch}`): LeaseClaim {
  return { owner, address: owner, mapHash: "map", overEpoch, lapsedAfterMs: 0 };
}

/** A writer that leads a partition of its own, and how to make its rows. */
async function lead(options: Omit<PostgresJournalOptions, "partition">) {
  const partition = partitions++;
  const journal = await PostgresJournal.open({ ...options, partition });
  const { epoch, tail } = await journal.takeOver(claim(0));
  let last: { readonly sequence: number; readonly hash: Uint8Array } = tail;
  return {
    journal,
    partition,
    epoch,
    /** The next row. */
    row(commands = 2): JournalRow {
      const row = rowAfter(last, epoch, commands);
      last = { sequence: row.lastSequence, hash: row.hash };
      return row;
    },
  };
}

/** First sequences of a partition's rows, as any reader sees them. */
async function firsts(shard: TestShard, partition: number): Promise<number[]> {
  const reader = PostgresJournal.openReader({ access: shard.access(), partition });
  const rows = await collect(reader.read(1));
  await reader.close();
  return rows.map(({ firstSequence }) => firstSequence);
}

/** What a plain look at the table shows: perhaps more than is durable. */
async function visible(shard: TestShard, partition: number, server = shard.primary): Promise<number> {
  const rows = await shard.sql(
    `SELECT count(*)::integer AS n FROM buttonwood.journal WHERE partition = ${partition}`,
    server,
  );
  return Number(rows[0]!.n);
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const nothing = Symbol();
  return (await Promise.race([promise.catch(() => {}), sleep(200, nothing)])) === nothing;
}

describe("PostgreSQL with a standby behind a link", () => {
  let shard: TestShard;
  before(async () => {
    shard = await TestShard.start({ synchronous: true, hasLink: true });
  });
  after(() => shard.stop());

  it("row 6: who takes over waits for the commit under way, and finds its row", async () => {
    const first = await lead({ access: shard.access() });
    const second = await PostgresJournal.open({ access: shard.access(), partition: first.partition });
    shard.link!.hold();
    const append = first.journal.append(first.row());
    await shard.backends(WAITS_FOR_STANDBY, 1);
    const takeOver = second.takeOver(claim(first.epoch));
    await shard.backends(WAITS_FOR_LOCK, 1);
    shard.link!.pass();
    await append;
    const { epoch, tail } = await takeOver;
    assert.deepEqual([epoch, tail.sequence], [first.epoch + 1, 2]);
    await assert.rejects(first.journal.append(first.row()), DeposedError);
    assert.deepEqual(await firsts(shard, first.partition), [1]);
    await first.journal.close();
    await second.close();
  });

  it("row 6: a commit waits for the take-over under way, and is refused", async () => {
    const first = await lead({ access: shard.access() });
    const second = await PostgresJournal.open({ access: shard.access(), partition: first.partition });
    shard.link!.hold();
    const takeOver = second.takeOver(claim(first.epoch));
    await shard.backends(WAITS_FOR_STANDBY, 1);
    const append = first.journal.append(first.row());
    await shard.backends(WAITS_FOR_LOCK, 1);
    shard.link!.pass();
    await assert.rejects(append, DeposedError);
    assert.equal((await takeOver).tail.sequence, 0);
    assert.deepEqual(await firsts(shard, first.partition), []);
    await first.journal.close();
    await second.close();
  });

  it("row 7: the backend is terminated while it waits for the standby", async () => {
    const { journal, partition, row } = await lead({ access: shard.access() });
    shard.link!.hold();
    const append = journal.append(row());
    const [pid] = await shard.backends(WAITS_FOR_STANDBY, 1);
    await shard.sql(`SELECT pg_terminate_backend(${pid})`);
    // Visible, and not on the standby: not to be acknowledged.
    await until("the row", async () => (await visible(shard, partition)) === 1);
    assert.ok(await isPending(append));
    shard.link!.pass();
    await append;
    await journal.append(row());
    assert.deepEqual(await firsts(shard, partition), [1, 3]);
    await journal.close();
  });

  it("row 9: a cancelled wait is answered with success and a warning, and is not believed", async () => {
    const { journal, partition, row } = await lead({ access: shard.access() });
    shard.link!.hold();
    const append = journal.append(row());
    append.catch(() => {});
    const [pid] = await shard.backends(WAITS_FOR_STANDBY, 1);
    await shard.sql(`SELECT pg_cancel_backend(${pid})`);
    await assert.rejects(append, (error: Error) => {
      assert.ok(error instanceof JournalFailedError);
      assert.match(error.message, /canceling wait for synchronous replication/);
      return true;
    });
    assert.equal(await visible(shard, partition), 1, "the server has written it");
    // Final: what follows must not be acknowledged on top of it.
    await assert.rejects(journal.append(row()), JournalFailedError);
    // Nor does a reader show what only the primary has.
    const reader = PostgresJournal.openReader({ access: shard.access(), partition });
    const read = collect(reader.read(1));
    assert.ok(await isPending(read));
    shard.link!.pass();
    assert.equal((await read).length, 1);
    await reader.close();
    await journal.close();
  });

  it("row 9: the watchdog bounds the wait, which statement_timeout does not", async () => {
    const { journal, partition, row } = await lead({
      access: shard.access(),
      answerTimeoutMs: SLOW_MS,
      missingTimeoutMs: SLOW_MS,
    });
    await shard.sql("ALTER ROLE buttonwood_engine SET statement_timeout = '100ms'");
    shard.link!.hold();
    await assert.rejects(journal.append(row()), /could not be reached for 2000 ms.*no answer/);
    shard.link!.pass();
    await shard.sql("ALTER ROLE buttonwood_engine RESET statement_timeout");
    await journal.close();
    // It was never acknowledged; whether it is there is decided by the journal.
    const next = await PostgresJournal.open({ access: shard.access(), partition });
    assert.equal((await next.takeOver(claim(1))).tail.sequence, 2);
    await next.close();
  });

  it("row 10: nothing is acknowledged without the standby, and goes on with it", async () => {
    const { journal, partition, row } = await lead({ access: shard.access(), missingTimeoutMs: NEVER_MS });
    await shard.standby!.kill();
    const append = journal.append(row());
    assert.ok(await isPending(append));
    await assert.rejects(
      PostgresJournal.open({ access: shard.access(), partition }),
      /has no synchronous standby, and this shard must have one/,
    );
    await shard.restart(shard.standby!);
    await append;
    assert.deepEqual(await firsts(shard, partition), [1]);
    await journal.close();
  });

  it("row 10: refuses when the server is told to wait for nobody", async () => {
    const { journal, partition, row } = await lead({ access: shard.access() });
    await journal.append(row());
    await shard.waitForStandbys("");
    // The journal's own session has read the file by its next statement but one.
    await assert.rejects(async () => {
      for (;;) await journal.renew();
    }, /synchronous_standby_names is empty.*this shard must have one/);
    await assert.rejects(journal.append(row()), JournalFailedError);
    assert.equal(await visible(shard, partition), 1);
    await journal.close();
    await shard.waitForStandbys("ANY 1 (standby)");
    await shard.standbysInStep(1);
  });

  it("row 10: of two standbys one may be missing", async () => {
    const another = await shard.addStandby("another");
    await shard.waitForStandbys("ANY 1 (standby, another)");
    await shard.standbysInStep(2);
    const { journal, partition, row } = await lead({ access: shard.access(), missingTimeoutMs: NEVER_MS });
    await shard.standby!.kill();
    await journal.append(row());
    await shard.restart(shard.standby!);
    await another.kill();
    await journal.append(row());
    assert.deepEqual(await firsts(shard, partition), [1, 3]);
    await journal.close();
    await shard.waitForStandbys("ANY 1 (standby)");
    await shard.standbysInStep(1);
  });

  // The last one: the primary is gone after it.
  it("row 8: a row that is seen after a restart, and gone after the promotion, was never trusted", async () => {
    const first = await lead({ access: shard.access(), missingTimeoutMs: NEVER_MS });
    const one = first.row();
    await first.journal.append(one);
    shard.link!.hold();
    const append = first.journal.append(first.row());
    await shard.backends(WAITS_FOR_STANDBY, 1);
    await shard.primary.kill();
    await shard.restart(shard.primary, "ANY 1 (standby)");
    // The trap: the restarted primary shows a row that its standby has not got.
    assert.equal(await visible(shard, first.partition), 2);
    const reader = PostgresJournal.openReader({
      access: shard.access(),
      partition: first.partition,
      answerTimeoutMs: 300,
      missingTimeoutMs: 1_000,
    });
    await assert.rejects(collect(reader.read(1)), JournalFailedError);
    assert.ok(await isPending(append));

    await shard.primary.kill();
    await shard.standby!.promote();
    const promoted = shard.standby!;
    assert.equal(await visible(shard, first.partition, promoted), 1);
    shard.primary = promoted;
    await shard.waitForStandbys("ANY 1 (third)");
    // Until it has a standby of its own, nothing is acknowledged there either.
    assert.ok(await isPending(append));
    await shard.addStandby("third");
    // The writer has found the new primary, has not found its row there, and has written it again.
    await append;
    assert.deepEqual(await firsts(shard, first.partition), [1, 3]);
    const second = await PostgresJournal.open({ access: shard.access(), partition: first.partition });
    assert.equal((await second.takeOver(claim(first.epoch))).tail.sequence, 4);
    for (const store of [first.journal, second, reader]) await store.close();
  });
});

describe("PostgreSQL behind a link", () => {
  let shard: TestShard;
  let link: TcpProxy;
  before(async () => {
    shard = await TestShard.start();
    link = await TcpProxy.listen(shard.primary.port);
  });
  after(async () => {
    await link.close();
    await shard.stop();
  });

  const throughLink = () => shard.access({ servers: [{ host: "127.0.0.1", port: link.port }] });

  it("row 7: the answer is lost, the row is not written twice", async () => {
    const { journal, partition, row } = await lead({ access: throughLink() });
    await journal.append(row());
    link.hold("replies");
    const append = journal.append(row());
    await until("the row", async () => (await visible(shard, partition)) === 2);
    assert.ok(await isPending(append));
    link.break();
    link.pass();
    await append;
    await journal.append(row());
    assert.deepEqual(await firsts(shard, partition), [1, 3, 5]);
    await journal.close();
  });

  it("row 7: the row is lost on its way, and sent again", async () => {
    const { journal, partition, row } = await lead({ access: throughLink() });
    await journal.append(row());
    link.hold("requests");
    const append = journal.append(row());
    assert.ok(await isPending(append));
    assert.equal(await visible(shard, partition), 1);
    link.break();
    link.pass();
    await append;
    assert.deepEqual(await firsts(shard, partition), [1, 3]);
    await journal.close();
  });

  it("row 7: a row that arrives after it was sent again is not taken twice", async () => {
    const direct = shard.access().servers;
    const { journal, partition, row } = await lead({
      access: shard.access({ servers: [{ host: "127.0.0.1", port: link.port }, ...direct] }),
      answerTimeoutMs: SLOW_MS,
    });
    await journal.append(row());
    link.hold("requests");
    // The watchdog gives the connection up; the next one through the link is silent too, so the other way is taken.
    await journal.append(row());
    await journal.append(row());
    link.pass();
    await shard.backends("application_name LIKE 'buttonwood engine%' AND state = 'active'", 0);
    await journal.append(row());
    assert.deepEqual(await firsts(shard, partition), [1, 3, 5, 7]);
    await journal.close();
  });

  it(`row 7: broken links and killed backends lose and double no row (seed ${testSeed})`, async () => {
    const random = randomOf(testSeed);
    const { journal, partition, row } = await lead({ access: throughLink(), missingTimeoutMs: NEVER_MS });
    let broken = 0;
    let isOver = false;
    const harm = async (): Promise<void> => {
      while (!isOver) {
        await sleep(random() * 20);
        const draw = random();
        const hold = random() < 0.5 ? "requests" : "replies";
        if (draw < 0.6) {
          link.hold(hold);
          await sleep(random() * 10);
          link.break();
          link.pass();
        } else {
          const condition = "application_name LIKE 'buttonwood engine%'";
          await shard.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${condition}`);
        }
        broken++;
      }
    };
    const harming = harm();
    const expected: number[] = [];
    // However fast the machine is: until enough has been broken.
    while (expected.length < 60 || broken < 10) {
      const next = row(1 + Math.floor(random() * 300));
      await journal.append(next);
      expected.push(next.firstSequence);
    }
    isOver = true;
    await harming;
    assert.deepEqual(await firsts(shard, partition), expected);
    await journal.close();
  });

  it("row 7: a server that crashes in the middle of commits loses and doubles no row", async () => {
    const { journal, partition, row } = await lead({ access: shard.access(), missingTimeoutMs: NEVER_MS });
    let crashes = 0;
    const expected: number[] = [];
    for (let i = 0; i < 40; i++) {
      const next = row(400);
      const append = journal.append(next);
      if (i % 10 === 5) {
        // Every backend ends, and the server recovers from its log.
        const pids = await shard.backends("application_name LIKE 'buttonwood engine%'", 1);
        process.kill(pids[0]!, "SIGKILL");
        crashes++;
      }
      await append;
      expected.push(next.firstSequence);
    }
    assert.equal(crashes, 4);
    assert.deepEqual(await firsts(shard, partition), expected);
    await journal.close();
  });

  it("row 12: a write that fails is not tried again: the writer stops, and the next one recovers", async () => {
    const { journal, partition, row } = await lead({ access: shard.access() });
    await journal.append(row());
    const [pid] = await shard.backends("application_name LIKE 'buttonwood engine%'", 1);
    // What a full disk is to a server: a file can't grow.
    const limitBytes = (bytes: string): unknown =>
      execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}`], { ...runAs("postgres"), cwd: "/" });
    limitBytes("8192:unlimited");
    await assert.rejects(journal.append(row(100_000)), (error: Error) => {
      assert.ok(error instanceof JournalFailedError);
      assert.match(error.message, /PostgreSQL refuses \(\w{5}: .*recovery reads the journal/s);
      return true;
    });
    limitBytes("unlimited:unlimited");
    await assert.rejects(journal.append(row()), JournalFailedError);
    await journal.close();
    const next = await PostgresJournal.open({ access: shard.access(), partition });
    const { epoch, tail } = await next.takeOver(claim(1));
    assert.equal(tail.sequence, 2);
    await next.append(rowAfter(tail, epoch, 3));
    assert.deepEqual(await firsts(shard, partition), [1, 3]);
    await next.close();
  });
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import Database from "libsql";
import { pause } from "../support/eventually.js";
import { Exchange } from "../support/exchange.js";
import { checkJournal } from "./journal-checker.js";
import { compareAll, killAgainAndAgain, openingPrices } from "./killing.js";
import { LoadClient, randomOf } from "./load.js";

test("kill -9 under load, 5 times: nothing acknowledged is lost, nothing is doubled, verify is clean", async () => {
  const report = await killAgainAndAgain({ kills: 5, seed: 1 });
  assert.deepEqual(report.problems, []);
  assert.equal(report.lost, 0);
  assert.equal(report.doubled, 0);
  assert.equal(report.verifyFailures, 0);
  assert.ok(report.acknowledged > 200, `${report.acknowledged} requests were answered`);
  assert.ok(report.unanswered > 0, "no kill met a request under way");
  assert.ok(report.trades > 20, `${report.trades} trades`);
});

test("the checker itself notices a lost row, a changed byte and a doubled order", async () => {
  const exchange = await Exchange.start();
  try {
    await exchange.takeUnlimitedKeys();
    const client = new LoadClient("c", "alice", await openingPrices(exchange), randomOf(7));
    let stopped = false;
    const running = client.run(exchange, () => stopped);
    while (client.requests.length < 40) await pause(10);
    stopped = true;
    await running;
    await exchange.stop();
    const judge = () => {
      const report = { lost: 0, doubled: 0, acknowledged: 0, problems: [] as string[] };
      compareAll(client.requests, checkJournal(exchange.data), report);
      return report;
    };
    const good = judge();
    assert.deepEqual(good.problems, []);
    assert.ok(good.acknowledged >= 40);

    const database = new Database(join(exchange.data, "journal.db"));
    const last = database.prepare("SELECT * FROM journal ORDER BY first_sequence DESC LIMIT 1").get() as {
      first_sequence: number;
      events: Buffer;
    };
    const put = (events: Buffer): void => {
      database
        .prepare("UPDATE journal SET events = ? WHERE first_sequence = ?")
        .run(events, last.first_sequence);
    };
    const changed = Buffer.from(last.events);
    changed[changed.length - 1]! ^= 1;
    put(changed);
    assert.throws(judge, /another hash than its contents/);
    // The tail from the last acknowledged order's row on; its id is its sequence times four.
    const order = client.requests.findLast(({ kind, answer }) => kind === "place" && answer?.status === 200);
    database.prepare("DELETE FROM journal WHERE last_sequence >= ?").run(Number(order?.answer?.orderId) / 4);
    assert.ok(judge().lost > 0);
    database.close();

    const journal = checkJournal(exchange.data);
    const [key] = journal.accepted.keys();
    const twice = new Map(journal.accepted).set(key!, [4, 8]);
    const report = { lost: 0, doubled: 0, acknowledged: 0, problems: [] as string[] };
    compareAll([], { ...journal, accepted: twice }, report);
    assert.equal(report.doubled, 1);
  } finally {
    await exchange.remove();
  }
});

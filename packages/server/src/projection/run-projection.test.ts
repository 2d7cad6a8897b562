import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Contingency, ListStatus, Side } from "@buttonwood/protocol";
import type { MarketDataMessage } from "../feed/market-data-port.js";
import { SqliteTables } from "./sqlite/sqlite-tables.js";
import { ProjectionUnusableError } from "./tables.js";
import { EventLog, testOrder } from "./testing/event-log.js";
import { MemoryStream, type RunningParts, runProjections } from "./testing/running-projection.js";

const inFolder = (run: (parts: RunningParts) => Promise<void>): Promise<void> =>
  runProjections(SqliteTables.open, run);

const newest = { account: 1, market: 0, limit: 10 };

function order(log: EventLog, lots = 10): void {
  log
    .begin()
    .accepted(testOrder({ orderId: log.sequence * 4, lots }))
    .level(Side.BUY, 1000, lots);
}

describe("runProjection", () => {
  it("catches up, follows the feed, and reads what the feed did not bring from the journal", () =>
    inFolder(async ({ log, stream, client, start }) => {
      log.listings();
      order(log);
      stream.append(log.batch());
      const first = await start();
      const ids = async (atLeast: number): Promise<number[]> =>
        (await client.orders({ ...newest, atLeast })).map(({ orderId }) => orderId);
      assert.deepEqual(await ids(4), [16]);
      order(log);
      stream.append(log.batch());
      assert.deepEqual(await ids(5), [16, 20]);
      order(log);
      stream.append(log.batch(), false);
      order(log);
      const asked = ids(7);
      stream.append(log.batch());
      assert.deepEqual(await asked, [16, 20, 24, 28]);
      assert.equal(await client.position(), 7);
      await first.close();
      order(log);
      stream.append(log.batch());
      await start();
      assert.deepEqual(await ids(8), [16, 20, 24, 28, 32]);
    }));

  it("serves order lists, as far as they were asked for", () =>
    inFolder(async ({ log, stream, client, start }) => {
      await start();
      log.listings();
      log.begin();
      const list = {
        account: 1,
        listId: log.sequence,
        market: 0,
        contingency: Contingency.OCO,
        status: ListStatus.EXECUTING,
        createdUs: log.timeUs,
        listClientOrderId: "mine",
        clientOrderIds: ["above", "below"],
      };
      log.orderList(list);
      const atLeast = log.sequence;
      const one = client.orderList({ account: 1, named: { listClientOrderId: "mine" }, atLeast });
      const all = client.orderLists({ ...newest, isOpen: true, atLeast });
      stream.append(log.batch());
      const record = { ...list, updatedUs: list.createdUs };
      assert.deepEqual(await one, record);
      assert.deepEqual(await all, [record]);
    }));

  it("moves subscriptions to the projection that is started after one", () =>
    inFolder(async ({ log, stream, client, start }) => {
      log.listings();
      stream.append(log.batch());
      const first = await start();
      await client.depth(0, 1);
      const heard: MarketDataMessage[] = [];
      const next = (count: number): Promise<void> =>
        new Promise((resolve) => {
          const timer = setInterval(() => {
            if (heard.length < count) return;
            clearInterval(timer);
            resolve();
          }, 5);
        });
      const stop = client.subscribe(0, "bookTicker", (message) => heard.push(message));
      const other = client.subscribe(0, "bookTicker", () => {});
      await client.position();
      order(log, 3);
      stream.append(log.batch());
      await next(1);
      await first.close();
      client.detach();
      await assert.rejects(client.depth(0, 1), { name: "HistoryLagsError" });
      await start();
      await client.depth(0, 1);
      order(log, 5);
      stream.append(log.batch());
      await next(2);
      assert.deepEqual(
        heard.map((message) => message.kind === "bookTicker" && message.bidLots),
        [3, 5],
      );
      stop();
      other();
    }));

  it("takes subscriptions to a market whose listing is still on its way", () =>
    inFolder(async ({ log, stream, client, errors, start }) => {
      const heard: MarketDataMessage[] = [];
      await start();
      client.subscribe(0, "bookTicker", (message) => heard.push(message));
      client.subscribe(0, "kline_1m", (message) => heard.push(message));
      client.subscribe(0, "depth", () => {})();
      await assert.rejects(client.depth(0, 1), { name: "HistoryLagsError" });
      log.listings();
      stream.append(log.batch());
      order(log, 3);
      stream.append(log.batch());
      while (heard.length === 0 && errors.length === 0)
        await new Promise((resolve) => setTimeout(resolve, 5));
      assert.deepEqual(errors, []);
      assert.equal(heard[0]?.kind === "bookTicker" && heard[0].bidLots, 3);
    }));

  it("stops at an event that it can't read, writes nothing of it, and can be started again", () =>
    inFolder(async ({ log, stream, client, errors, start }) => {
      log.listings();
      order(log);
      stream.append(log.batch());
      await start();
      assert.equal((await client.orders({ ...newest, atLeast: 4 })).length, 1);
      const good = new EventLog(5);
      log.begin().level(Side.BUY, 1000, 1, 9);
      stream.append(log.batch());
      while (errors.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      stream.rows.pop();
      order(good);
      stream.append(good.batch());
      await start();
      assert.equal((await client.orders({ ...newest, atLeast: 5 })).length, 2);
    }));

  it("refuses tables of another journal, or that are ahead of it", () =>
    inFolder(async ({ log, stream, client, start }) => {
      log.listings();
      order(log);
      const batch = log.batch();
      stream.append(batch);
      const first = await start();
      await client.orders({ ...newest, atLeast: 4 });
      await first.close();
      const refused = async (other: MemoryStream, reason: RegExp): Promise<void> => {
        await assert.rejects(start(other), (error: Error) => {
          assert.ok(error instanceof ProjectionUnusableError);
          assert.match(error.message, reason);
          assert.match(error.message, /buttonwood rebuild/);
          return true;
        });
      };
      const other = new MemoryStream(2);
      other.append(batch);
      await refused(other, /filled from another journal/);
      await refused(new MemoryStream(), /stands at sequence 4, but the journal ends at 0/);
    }));
});

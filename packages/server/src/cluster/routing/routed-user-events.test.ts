import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { decodeEvents, type Event, MarketStatus, Reason, type WordBuffer } from "@buttonwood/protocol";
import { FeedUserEvents } from "../../feed/feed-user-events.js";
import { TestPartitions } from "../../main/testing/test-partitions.js";
import { systemTimers } from "../../platform/timers.js";
import { RoutedUserEvents } from "./routed-user-events.js";
import type { RoutingEngineClient } from "./routing-engine-client.js";
import { deposit, GOLD, listAsset, listMarket, newOrder, openAccount, USD } from "./testing/commands.js";

const SYMBOLS = ["AAA", "BBB", "CCC"];
const PARTITIONS = [0, 1, 2];

let cluster: TestPartitions;
let gateway: RoutingEngineClient;
before(async () => {
  cluster = await TestPartitions.start(SYMBOLS.map((symbol) => [symbol]));
  gateway = await cluster.gateway();
  for (const command of [
    listAsset(USD, "USD"),
    listAsset(GOLD, "GOLD"),
    ...SYMBOLS.map((symbol, market) => listMarket(market, symbol)),
  ]) {
    assert.equal((await gateway.submit(command)).reason, Reason.OK);
  }
});
after(() => cluster.close());

interface Following {
  readonly events: RoutedUserEvents;
  readonly seen: Event[];
  readonly gaps: string[];
  stop(): void;
}

function follow(): Following {
  const events = new RoutedUserEvents({
    events: PARTITIONS.map((partition) => new FeedUserEvents(cluster.connect(partition))),
    engines: PARTITIONS.map((partition) => cluster.connect(partition)),
    onListed: (event) => gateway.take(event),
    partitionOf: gateway.partitionOf,
    timers: systemTimers,
    random: Math.random,
  });
  const seen: Event[] = [];
  const gaps: string[] = [];
  const stop = events.follow({
    onGroups: (groups: WordBuffer) => seen.push(...decodeEvents(groups)),
    onGap: (why) => gaps.push(why),
  });
  return { events, seen, gaps, stop };
}

async function until(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + 10_000;
  while (!holds()) {
    assert.ok(performance.now() < endMs, "it did not come about");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe("events of several partitions", () => {
  it("show an account's whole balance, and nothing of transfers between partitions", async () => {
    const account = 1;
    await gateway.submit(openAccount(account));
    await gateway.submit(deposit(account, USD, 1_000));
    await gateway.submit(newOrder(account, 0, { lots: 10, priceTicks: 10 }));
    const { events, seen, stop } = follow();
    // What happens while it is watched is in the balances too.
    const orders = Array.from({ length: 30 }, (_, i) =>
      newOrder(account, i % 3, { lots: 1, priceTicks: 10 }),
    );
    const sent = orders.map((order) => gateway.submit(order));
    await events.watch(account);
    for (const { reason } of await Promise.all(sent)) assert.equal(reason, Reason.OK);
    seen.length = 0;
    for (const market of PARTITIONS)
      await gateway.submit(newOrder(account, market, { lots: 1, priceTicks: 100 }));
    const usd = (): Event[] => seen.filter((event) => event.kind === "BALANCE" && event.account === account);
    await until(() => usd().length >= 3);
    assert.deepEqual(usd().at(-1), { kind: "BALANCE", account, asset: USD, free: 300, locked: 700 });
    for (const event of usd()) assert.ok(event.kind === "BALANCE" && event.free + event.locked === 1_000);
    assert.deepEqual(
      seen.filter(({ kind }) => kind.startsWith("TRANSFER")),
      [],
    );
    assert.equal(seen.filter(({ kind }) => kind === "ORDER_ACCEPTED").length, 3);
    stop();
  });

  it("say how a market stands as its own partition does", async () => {
    const { seen, stop } = follow();
    const halt = { kind: "SET_MARKET_STATUS", account: 0, status: MarketStatus.HALT } as const;
    await gateway.submit({ ...halt, market: -1 });
    await gateway.submit({ ...halt, market: 1, status: MarketStatus.TRADING });
    const statuses = (): Event[] => seen.filter(({ kind }) => kind === "MARKET_STATUS_SET");
    await until(() => statuses().length >= 4);
    await gateway.submit({ ...halt, market: -1, status: MarketStatus.TRADING });
    await until(() => statuses().length >= 7);
    assert.equal(statuses().length, 7);
    const first = statuses().slice(0, 4);
    assert.deepEqual(
      first.map((event) => event.kind === "MARKET_STATUS_SET" && event.market).sort(),
      [0, 1, 1, 2],
    );
    stop();
  });

  it("tell of a listing, of a gap in any partition, and why an account can't be watched", async () => {
    const { events, seen, stop } = follow();
    const other = await cluster.gateway();
    await other.submit(openAccount(2));
    assert.equal(gateway.partitionOf(3), undefined);
    await other.submit(listMarket(3, "DDD"));
    const count = (wanted: Event["kind"]): number => seen.filter(({ kind }) => kind === wanted).length;
    await until(() => count("ACCOUNT_OPENED") === 3 && count("MARKET_LISTED") === 3);
    assert.equal(gateway.partitionOf(3), cluster.map.partitionOfMarket("DDD"));
    stop();
    const broken = new RoutedUserEvents({
      events: [
        {
          follow: (listener) => {
            listener.onGap("lost");
            return () => {};
          },
          watch: () => Promise.reject(new Error("not now")),
          unwatch() {},
        },
      ],
      engines: [cluster.connect(0)],
      onListed() {},
      partitionOf: () => 0,
      timers: systemTimers,
      random: Math.random,
    });
    const gaps: string[] = [];
    broken.follow({ onGroups() {}, onGap: (why) => gaps.push(why) });
    assert.deepEqual(gaps, ["partition 0: lost"]);
    await assert.rejects(broken.watch(1), /not now/);
    events.unwatch(1);
  });
});

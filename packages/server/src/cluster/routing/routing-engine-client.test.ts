import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  CancelReplaceMode,
  CancelRestriction,
  type Command,
  decodeEvents,
  type Event,
  MarketStatus,
  OrderType,
  Reason,
  Side,
  WordBuffer,
} from "@buttonwood/protocol";
import { TestPartitions } from "../../main/testing/test-partitions.js";
import { type CommandOutcome, OutcomeUnknownError } from "../../transport/engine-port.js";
import type { RoutingEngineClient } from "./routing-engine-client.js";
import {
  deposit,
  GOLD,
  listAsset,
  listMarket,
  newOrder,
  openAccount,
  orderFields,
  USD,
  withdraw,
} from "./testing/commands.js";

const SYMBOLS = ["AAA", "BBB", "CCC"];
const [, BBB, CCC] = [0, 1, 2];

let cluster: TestPartitions;
let gateway: RoutingEngineClient;
let accounts = 0;

before(async () => {
  cluster = await TestPartitions.start(SYMBOLS.map((symbol) => [symbol]));
  gateway = await cluster.gateway();
  await must(listAsset(USD, "USD"), listAsset(GOLD, "GOLD"));
  for (const [market, symbol] of SYMBOLS.entries()) await must(listMarket(market, symbol));
});
after(async () => {
  await gateway.close();
  await cluster.close();
});

async function must(...commands: readonly Command[]): Promise<CommandOutcome[]> {
  const outcomes: CommandOutcome[] = [];
  for (const command of commands) {
    const outcome = await gateway.submit(command);
    assert.equal(outcome.reason, Reason.OK, `${command.kind} was refused with reason ${outcome.reason}`);
    outcomes.push(outcome);
  }
  return outcomes;
}

/** A new account with funds. */
async function trader(usd: number, gold = 0): Promise<number> {
  const account = ++accounts;
  await must(openAccount(account));
  if (usd > 0) await must(deposit(account, USD, usd, "usd"));
  if (gold > 0) await must(deposit(account, GOLD, gold, "gold"));
  return account;
}

const free = async (account: number, asset = USD): Promise<number> =>
  (await gateway.query({ kind: "balances", account })).find((balance) => balance.asset === asset)?.free ?? 0;

const freeAt = async (partition: number, account: number, asset = USD): Promise<number> => {
  const balances = await cluster.connect(partition).query({ kind: "balances", account });
  return balances.find((balance) => balance.asset === asset)?.free ?? 0;
};

const eventsOf = ({ events, at, end }: CommandOutcome): Event[] => decodeEvents(events, at, end);
const kindsOf = (outcome: CommandOutcome): string[] => eventsOf(outcome).map(({ kind }) => kind);

describe("an exchange of several partitions", () => {
  it("lists the same everywhere, and refuses what partition 0 refuses", async () => {
    for (const partition of [0, 1, 2]) {
      const { assets, markets } = await cluster.connect(partition).query({ kind: "catalog" });
      assert.deepEqual(
        [...assets, ...markets].map((entry) => ("name" in entry ? entry.name : entry.symbol)),
        ["USD", "GOLD", ...SYMBOLS],
      );
    }
    assert.equal((await gateway.submit(listAsset(5, "X"))).reason, Reason.MALFORMED_COMMAND);
  });

  it("completes what a partition missed, when a gateway starts or the next thing is listed", async () => {
    const small = await TestPartitions.start([[], []]);
    try {
      const first = small.connect(0);
      const account = openAccount(1);
      for (const command of [listAsset(0, "USD"), listAsset(1, "GOLD"), listMarket(0, "A"), account]) {
        assert.equal((await first.submit(command)).reason, Reason.OK);
      }
      const halt = { kind: "SET_MARKET_STATUS", account: 0, market: 0, status: MarketStatus.HALT } as const;
      await first.submit(halt);
      await first.submit({ kind: "SET_ACCOUNT_STATUS", account: 1, status: 1 });
      const one = await small.gateway();
      const strip = ({ sequence: _, ...lists }: { readonly sequence: number }) => lists;
      const second = small.connect(1);
      assert.deepEqual(
        strip(await second.query({ kind: "catalog" })),
        strip(await first.query({ kind: "catalog" })),
      );
      await first.submit(listAsset(2, "SILVER"));
      assert.equal((await one.submit(listAsset(3, "TIN"))).reason, Reason.OK);
      assert.equal((await second.query({ kind: "catalog" })).assets.length, 4);
      // Listed through another gateway: found when it is first named.
      const two = await small.gateway();
      await two.submit(listMarket(1, "B"));
      const order = newOrder(1, 1);
      assert.equal((await one.submit(order)).reason, Reason.ACCOUNT_FROZEN);
      assert.equal((await one.submit(openAccount(2))).reason, Reason.OK);
      assert.equal((await one.submit(newOrder(2, 7))).reason, Reason.UNKNOWN_MARKET);
    } finally {
      await small.close();
    }
  });

  it("refuses partitions that list different things", async () => {
    const small = await TestPartitions.start([[], []]);
    try {
      await small.connect(0).submit(listAsset(0, "USD"));
      await small.connect(1).submit(listAsset(0, "EUR"));
      await assert.rejects(small.gateway(), /Partition 1 lists asset 0 as EUR, partition 0 as USD/);
    } finally {
      await small.close();
    }
  });

  it("sends what concerns a market to its partition, and finds it there", async () => {
    const account = await trader(1_000);
    const [first, second, third] = await must(
      newOrder(account, CCC),
      newOrder(account, BBB),
      newOrder(account, CCC),
    );
    const listed = await gateway.query({ kind: "openOrders", account, market: -1 });
    assert.deepEqual(
      listed.map(({ orderId }) => orderId),
      [first!.orderId, second!.orderId, third!.orderId],
    );
    assert.deepEqual(
      (await gateway.query({ kind: "openOrders", account, market: CCC })).map(({ orderId }) => orderId),
      [first!.orderId, third!.orderId],
    );
    const { orderId, sequence } = second!;
    const named = { account, market: BBB, orderId, clientOrderId: "" };
    const found = await gateway.query({ kind: "openOrder", ...named });
    assert.deepEqual([found?.orderId, found?.market], [orderId, BBB]);
    const group = await gateway.query({ kind: "group", market: BBB, sequence });
    const [result] = decodeEvents(WordBuffer.from(group!));
    assert.ok(result?.kind === "RESULT" && result.orderId === orderId);
    assert.ok((await gateway.query({ kind: "sequence", market: BBB })) >= sequence);
    const times = await gateway.query({ kind: "batchTimes", market: BBB, sequence });
    assert.ok(times !== undefined && times.firstSequence <= sequence && times.lastSequence >= sequence);
    assert.ok(times.beganUs <= times.appliedUs && times.appliedUs <= times.committedUs);
    const cancel = {
      kind: "CANCEL_ORDER",
      restriction: CancelRestriction.NONE,
      cancelId: "",
      ...named,
    } as const;
    await must(cancel, {
      kind: "REDUCE_ORDER",
      ...named,
      market: CCC,
      orderId: first!.orderId,
      reduceLots: 1,
      newLots: 0,
    });
    const canceled = await gateway.submit({ kind: "CANCEL_ALL", account, market: -1, side: -1 });
    assert.deepEqual(
      [canceled.reason, kindsOf(canceled)],
      [Reason.OK, ["RESULT", "ORDER_CANCELED", "LEVEL", "BALANCE"]],
    );
    const [header] = eventsOf(canceled);
    assert.ok(header?.kind === "RESULT" && header.groupWords === canceled.end - canceled.at);
    const again = await gateway.submit({ kind: "CANCEL_ALL", account, market: -1, side: -1 });
    assert.equal(again.reason, Reason.UNKNOWN_ORDER);
    assert.equal(await free(account), 1_000);
  });

  it("cancels everywhere at once and tells of all", async () => {
    const account = await trader(1_000);
    await must(...[0, 1, 2].map((market) => newOrder(account, market)));
    const canceled = await gateway.submit({ kind: "CANCEL_ALL", account, market: -1, side: -1 });
    assert.equal(canceled.reason, Reason.OK);
    assert.equal(kindsOf(canceled).filter((kind) => kind === "ORDER_CANCELED").length, 3);
    assert.deepEqual(await gateway.query({ kind: "openOrders", account, market: -1 }), []);
  });

  it("shows how a market stands from its own partition, and freezes and halts on all", async () => {
    const [account, other] = [await trader(1_000), await trader(0, 10)];
    await must(newOrder(account, BBB, { priceTicks: 123 }));
    await must(newOrder(other, BBB, { side: Side.SELL, priceTicks: 123 }));
    const halt = { kind: "SET_MARKET_STATUS", account: 0, market: CCC } as const;
    await must({ ...halt, status: MarketStatus.HALT }, { kind: "SET_ACCOUNT_STATUS", account, status: 1 });
    const catalog = await gateway.query({ kind: "catalog" });
    assert.deepEqual(
      catalog.markets.map(({ lastPriceTicks, status }) => [lastPriceTicks, status]),
      [
        [100, MarketStatus.TRADING],
        [123, MarketStatus.TRADING],
        [100, MarketStatus.HALT],
      ],
    );
    assert.equal(catalog.accounts[account]!.frozen, true);
    assert.equal((await gateway.submit(newOrder(other, CCC))).reason, Reason.MARKET_CLOSED);
    for (const market of [0, 1]) {
      assert.equal((await gateway.submit(newOrder(account, market))).reason, Reason.ACCOUNT_FROZEN);
    }
    await must({ ...halt, status: MarketStatus.TRADING });
    const { sequence, digest } = await gateway.query({ kind: "status" });
    const own = await Promise.all([0, 1, 2].map((p) => cluster.connect(p).query({ kind: "status" })));
    assert.equal(
      sequence,
      own.reduce((sum, status) => sum + status.sequence, 0),
    );
    assert.equal(digest, own.map((status) => status.digest).join("-"));
    const { supplies } = await gateway.query({ kind: "status", supplies: true });
    assert.equal(supplies!.length, 3, "of each partition");
    for (const { assets } of supplies!) {
      for (const { free, locked, fees, supply } of assets) assert.equal(free + locked + fees, supply);
    }
    assert.ok(supplies!.some(({ assets }) => assets.some(({ supply }) => supply > 0)));
  });

  it("says that the outcome is unknown when an operator's command did not reach every partition", async () => {
    const small = await TestPartitions.start([[], []]);
    try {
      const one = await small.gateway();
      await one.submit(listAsset(0, "USD"));
      await small.stop(1);
      await assert.rejects(one.submit(listAsset(1, "GOLD")), OutcomeUnknownError);
      assert.equal((await small.connect(0).query({ kind: "catalog" })).assets.length, 2);
    } finally {
      await small.close();
    }
  });
});

describe("one balance, many engines", () => {
  it("is usable on every partition, and shown as one", async () => {
    const account = await trader(900);
    for (const market of [0, 1, 2]) await must(newOrder(account, market, { lots: 10, priceTicks: 10 }));
    const [usd] = await gateway.query({ kind: "balances", account });
    assert.deepEqual(usd, { asset: USD, free: 600, locked: 300 });
    const all = await gateway.submit(newOrder(account, BBB, { lots: 60, priceTicks: 10 }));
    assert.equal(all.reason, Reason.OK);
    assert.equal(await free(account), 0);
    assert.equal(
      (await gateway.submit(newOrder(account, CCC, { priceTicks: 1 }))).reason,
      Reason.INSUFFICIENT_BALANCE,
    );
  });

  it("leaves enough beside an order that few orders need a transfer", async () => {
    const account = await trader(90_000);
    for (let i = 0; i < 200; i++) await must(newOrder(account, i % 3, { lots: 1, priceTicks: 10 }));
    let transfers = 0;
    for (const partition of [0, 1, 2]) {
      for (const row of cluster.journal(partition).rows) {
        for (const event of decodeEvents(WordBuffer.from(row.events))) {
          if (event.kind === "TRANSFER_SENT" && event.account === account) transfers++;
        }
      }
    }
    assert.equal(transfers, 2);
  });

  it("gathers what is free everywhere for a withdrawal, also the house's fees", async () => {
    const account = await trader(900);
    for (const market of [0, 1, 2]) await must(newOrder(account, market, { lots: 10, priceTicks: 10 }));
    await must({ kind: "CANCEL_ALL", account, market: -1, side: -1 });
    assert.equal((await gateway.submit(withdraw(account, USD, 901))).reason, Reason.INSUFFICIENT_BALANCE);
    await must(withdraw(account, USD, 900));
    assert.equal((await gateway.submit(withdraw(account, USD, 900))).reason, Reason.REPEAT);
    assert.equal(await free(account), 0);

    const [buyer, seller] = [await trader(3_000), await trader(0, 3)];
    const before = await free(0, USD);
    for (const market of [0, 1, 2]) {
      await must(newOrder(buyer, market, { priceTicks: 100 }));
      await must(newOrder(seller, market, { side: Side.SELL, priceTicks: 100 }));
    }
    // The seller is the taker and pays a tenth.
    assert.equal(await free(0, USD), before + 30);
    await must(withdraw(0, USD, before + 30, "fees"));
  });

  it("cancels at once and places when the funds are there, in one answer", async () => {
    let account = await trader(300);
    while (cluster.map.homeOf(account) === 1) account = await trader(300);
    const [old] = await must(newOrder(account, BBB, { lots: 1, priceTicks: 10 }));
    const order = orderFields(BBB, { lots: 30, priceTicks: 10 });
    const replace: Command = {
      kind: "CANCEL_REPLACE",
      account,
      market: BBB,
      orderId: old!.orderId,
      clientOrderId: "",
      restriction: CancelRestriction.NONE,
      cancelId: "c",
      mode: CancelReplaceMode.STOP_ON_FAILURE,
      order,
    };
    assert.ok((await freeAt(1, account)) < 290);
    const outcome = await gateway.submit(replace);
    assert.equal(outcome.reason, Reason.OK);
    const [result, ...events] = eventsOf(outcome);
    assert.ok(result?.kind === "RESULT");
    assert.deepEqual(
      [result.reason, result.cancelReason, result.newOrderReason, result.groupWords],
      [Reason.OK, Reason.OK, Reason.OK, outcome.end - outcome.at],
    );
    assert.deepEqual(
      events.flatMap((event) => ("order" in event ? [[event.kind, event.order.orderId]] : [])),
      [
        ["ORDER_CANCELED", old!.orderId],
        ["ORDER_ACCEPTED", outcome.orderId],
      ],
    );
    assert.equal((await gateway.submit(replace)).reason, Reason.REPEAT);
    assert.equal(await free(account), 0);

    // Too much for all funds together: canceled, and not replaced.
    const failed = await gateway.submit({
      ...replace,
      orderId: outcome.orderId,
      order: orderFields(BBB, { lots: 31, priceTicks: 10 }),
    });
    const [refused, ...rest] = eventsOf(failed);
    assert.ok(refused?.kind === "RESULT");
    assert.deepEqual(
      [failed.reason, refused.cancelReason, refused.newOrderReason],
      [Reason.CANCEL_REPLACE_NEW_FAILED, Reason.OK, Reason.INSUFFICIENT_BALANCE],
    );
    assert.equal(rest.filter(({ kind }) => kind === "ORDER_CANCELED").length, 1);
    assert.equal(await free(account), 300);
  });

  it("lets an order move up to what all funds together allow", async () => {
    const account = await trader(300);
    const [made] = await must(newOrder(account, CCC, { lots: 10, priceTicks: 10 }));
    const move = {
      kind: "MOVE_ORDER",
      account,
      market: CCC,
      orderId: made!.orderId,
      clientOrderId: "",
      lots: 0,
    } as const;
    await must({ ...move, priceTicks: 30 });
    assert.equal(await free(account), 0);
    const refused = await gateway.submit({ ...move, priceTicks: 31 });
    assert.equal(refused.reason, Reason.INSUFFICIENT_BALANCE);
  });

  it("funds market orders, whose cost only the book knows", async () => {
    const [buyer, seller] = [await trader(1_000), await trader(0, 100)];
    await must(newOrder(seller, BBB, { side: Side.SELL, priceTicks: 40, lots: 5 }));
    await must(newOrder(seller, BBB, { side: Side.SELL, priceTicks: 60, lots: 10 }));
    const bought = await gateway.submit(
      newOrder(buyer, BBB, { type: OrderType.MARKET, priceTicks: 0, lots: 15 }),
    );
    assert.equal(bought.reason, Reason.OK);
    assert.equal(await free(buyer), 200);
    await must(newOrder(seller, BBB, { side: Side.SELL, priceTicks: 50, lots: 5 }));
    const tooMuch = newOrder(buyer, BBB, { type: OrderType.MARKET, priceTicks: 0, lots: 5 });
    assert.equal((await gateway.submit(tooMuch)).reason, Reason.INSUFFICIENT_BALANCE);
    const spend = newOrder(buyer, BBB, { type: OrderType.MARKET, priceTicks: 0, lots: 0, quoteAmount: 200 });
    assert.equal((await gateway.submit(spend)).reason, Reason.OK);
    assert.equal(await free(buyer), 0);
  });

  it("answers a repeat with the original, also while that waits for funds", async () => {
    const account = await trader(100);
    const order = newOrder(account, (account + 1) % 3, { lots: 10, priceTicks: 10 });
    const other = await cluster.gateway();
    const reasons = (await Promise.all([gateway, gateway, other, other].map((to) => to.submit(order)))).map(
      ({ reason }) => reason,
    );
    assert.deepEqual(reasons.sort(), [Reason.OK, Reason.REPEAT, Reason.REPEAT, Reason.REPEAT]);
    await other.close();
  });

  it("keeps to an order's deadline", async () => {
    const account = await trader(100);
    const past = newOrder(account, (account + 1) % 3, { lots: 10, priceTicks: 10 }, 1);
    assert.equal((await gateway.submit(past)).reason, Reason.DEADLINE_PASSED);
  });
});

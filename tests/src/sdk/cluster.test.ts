/**
 * The client on a cluster whose processes are killed under it: it trades on as if nothing had been, places nothing
 * twice, and its streams and its book miss nothing.
 */
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import {
  type AccountTrade,
  ApiSession,
  type ExchangeApi,
  LocalOrderBook,
  MarketStreams,
  RefusedError,
  RestClient,
  sameBook,
  UserStream,
  type UserStreamEvent,
} from "@buttonwood/client";
import { LocalCluster } from "../support/cluster.js";
import { eventually, pause } from "../support/eventually.js";

const SYMBOL = "BTCUSDT";
/** A process that is killed is there again within a second; a client need not wait longer. */
const RECONNECT = { minMs: 20, maxMs: 500 };

let cluster: LocalCluster;
/** What ends the trading and the connections, also of a test that has failed. */
const closes: (() => void)[] = [];

before(async () => {
  cluster = await LocalCluster.start(
    ...[
      "--partitions",
      "1",
      "--shards",
      "1",
      "--redis-nodes",
      "1",
      "--backends",
      "2",
      "--workers",
      "1",
      "--standbys",
    ],
  );
});

after(async () => {
  for (const close of closes) close();
  await cluster?.remove();
});

it("loses nothing and doubles nothing while an engine, a backend and a projection are killed", async () => {
  const { url } = cluster;
  const { alice, bob } = cluster.keys;
  const session = await ApiSession.open({ url, credentials: alice, reconnect: RECONNECT });
  const rest = new RestClient({ url, credentials: alice });
  const other = new RestClient({ url, credentials: bob });
  const user = await UserStream.open({ session, symbols: [SYMBOL] });
  const streams = await MarketStreams.open({ url, api: rest, reconnect: RECONNECT });
  const book = await LocalOrderBook.open({ symbol: SYMBOL, streams, api: rest });
  closes.push(
    () => book.close(),
    () => streams.close(),
    () => user.close(),
    () => session.close(),
  );
  const events: UserStreamEvent[] = [];
  user.onEvent((event) => events.push(event));
  const tradeIds: number[] = [];
  const trades = streams.trades(SYMBOL);
  trades.onMessage(({ t }) => tradeIds.push(t));
  await trades.ready;

  let isDone = false;
  closes.push(() => {
    isDone = true;
  });
  const placed = new Map<string, number>();
  const trade = async (api: ExchangeApi, side: "BUY" | "SELL", name: string): Promise<void> => {
    for (let i = 0; !isDone; i++) {
      const newClientOrderId = `${name}-${i}`;
      const { orderId, status } = await api.placeOrder({
        symbol: SYMBOL,
        side,
        type: "LIMIT",
        timeInForce: "GTC",
        price: `${60_000 + (i % 9) * (side === "BUY" ? 1 : -1)}.00`,
        quantity: `0.00${1 + (i % 5)}`,
        newClientOrderId,
      });
      placed.set(newClientOrderId, orderId);
      if (i % 3 > 0 || status === "FILLED") continue;
      try {
        await api.cancelOrder({ symbol: SYMBOL, orderId });
      } catch (error) {
        // It was filled meanwhile.
        if (!(error instanceof RefusedError) || error.reason !== "UNKNOWN_ORDER") throw error;
      }
    }
  };
  const trading = Promise.all([
    trade(session, "BUY", "a"),
    trade(rest, "SELL", "b"),
    trade(other, "SELL", "c"),
    trade(other, "BUY", "d"),
  ]);
  // Whoever trades must not be the first to hear of a failure.
  trading.catch(() => {});
  for (const name of ["engine-0-a", "backend-0", "projection-0", "backend-1"]) {
    const before = placed.size;
    await eventually("some trading", () => placed.size > before + 100 || undefined);
    const { code, stderr } = await cluster.run("kill", name);
    assert.equal(code, 0, stderr);
    await pause(500);
  }
  const before = placed.size;
  await eventually("some trading", () => placed.size > before + 100 || undefined);
  isDone = true;
  await trading;
  for (const api of [session, other]) {
    if ((await api.openOrders({ symbol: SYMBOL })).length > 0) await api.cancelOpenOrders({ symbol: SYMBOL });
  }

  assert.equal(new Set(placed.values()).size, placed.size, "two ids have one order");
  const mine: AccountTrade[] = [];
  for (let fromId = 0; ; fromId = mine.at(-1)!.id + 1) {
    const page = await rest.myTrades({ symbol: SYMBOL, fromId, limit: 1000 });
    mine.push(...page);
    if (page.length < 1000) break;
  }
  const expected = new Set(mine.map(({ id, orderId }) => `${id} ${orderId}`));
  const told = (): string[] =>
    events.flatMap((event) => (event.kind === "fill" ? [`${event.fill.tradeId} ${event.fill.orderId}`] : []));
  await eventually("all fills", () => new Set(told()).size >= expected.size || undefined);
  assert.deepEqual(told().sort(), [...expected].sort());
  const [newest] = await rest.trades({ symbol: SYMBOL, limit: 1 });
  await eventually("all trades", () => tradeIds.at(-1)! >= newest!.id || undefined);
  assert.ok(
    tradeIds.every((id, i) => i === 0 || id === tradeIds[i - 1]! + 1),
    "a trade is missing, or came twice",
  );
  await eventually("the book", async () => {
    const depth = await rest.depth({ symbol: SYMBOL, limit: 1000 });
    return (book.isSynced && sameBook(book.depth(), depth)) || undefined;
  });
  assert.ok(events.some(({ kind }) => kind === "repaired"));
  console.log(`${placed.size} orders, ${expected.size} fills, ${JSON.stringify(book.counts)}`);
});

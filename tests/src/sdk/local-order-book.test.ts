/**
 * The client's local book against a real exchange's, after 100,000 updates of it, over a proxy that drops, repeats and
 * reorders messages and ends connections.
 */
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import {
  bookDigest,
  LocalOrderBook,
  MarketStreams,
  OrderBatches,
  RestClient,
  sameBook,
} from "@buttonwood/client";
import { eventually } from "../support/eventually.js";
import { Exchange } from "../support/exchange.js";
import { Fate, MessageProxy } from "../support/message-proxy.js";

const SYMBOL = "BTCUSDT";
const UPDATES = 100_000;
/** Rows of a message. */
const ROWS = 100;
/** Prices lie this many ticks around the middle, so that many orders meet. */
const TICKS = 60;
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

let exchange: Exchange;
let proxy: MessageProxy;

before(async () => {
  // A load is not to be told apart from a fault by rate limits.
  exchange = await Exchange.start({ args: ["--limits", "none"] });
  proxy = await MessageProxy.start(exchange.webSocketUrl);
});

after(async () => {
  await proxy?.close();
  await exchange?.remove();
});

function randomOf(seed: number): (below: number) => number {
  let state = seed % 0x7fffffff || 1;
  return (below) => {
    state = Number((BigInt(state) * 48_271n) % 0x7fffffffn);
    return state % below;
  };
}

it(`equals the exchange's book after ${UPDATES} updates and every fault (SEED=${SEED})`, async () => {
  const random = randomOf(SEED);
  const api = new RestClient({ url: exchange.url });
  const streams = await MarketStreams.open({ url: proxy.url, api, reconnect: { minMs: 10, maxMs: 100 } });
  const traders = await Promise.all(
    [exchange.keys.alice, exchange.keys.bob].map(async (credentials) => ({
      batches: await OrderBatches.open({ url: exchange.url, ...credentials }),
      rest: new RestClient({ url: exchange.url, credentials }),
    })),
  );
  try {
    const book = await LocalOrderBook.open({ symbol: SYMBOL, streams, api, limit: 1_000 });
    let gaps = 0;
    book.onState(({ kind }) => {
      if (kind === "gap") gaps++;
    });
    let messages = 0;
    proxy.decide((text) => {
      if (!text.includes('"depthUpdate"')) return Fate.PASS;
      messages++;
      if (messages % 23 === 17) return Fate.CUT;
      if (messages % 11 === 3) return Fate.DROP;
      if (messages % 7 === 2) return Fate.REPEAT;
      return messages % 5 === 4 ? Fate.LATE : Fate.PASS;
    });

    let rows = 0;
    const trade = async ({ batches, rest }: (typeof traders)[number]): Promise<void> => {
      const orders = Array.from({ length: ROWS }, () => ({
        side: random(2) === 0 ? ("BUY" as const) : ("SELL" as const),
        price: `${60_000 + (random(TICKS) - TICKS / 2)}.00`,
        quantity: `0.00${1 + random(9)}`,
        clientOrderId: `${SEED}-${++rows}`,
      }));
      await batches.place(SYMBOL, orders);
      // An account may have only so many open orders.
      if (random(6) === 0) await rest.cancelOpenOrders({ symbol: SYMBOL }).catch(() => {});
    };
    const reached = async (): Promise<number> => (await api.depth({ symbol: SYMBOL, limit: 1 })).lastUpdateId;
    const first = await reached();
    let compared = 0;
    for (let updates = 0; updates < UPDATES; ) {
      const until = Math.min(UPDATES, updates + UPDATES / 10);
      while (updates < until) {
        await Promise.all(traders.map(trade));
        updates = (await reached()) - first;
      }
      // A lost last message is noticed with the next one: some follow until the books have met.
      await eventually("the book to be as of the exchange's last update", async () => {
        const depth = await api.depth({ symbol: SYMBOL, limit: 1_000 });
        if (book.isSynced && book.lastUpdateId === depth.lastUpdateId) {
          assert.ok(sameBook(book.depth(), depth), `after ${updates} updates`);
          assert.equal(await book.digest(), await bookDigest(depth));
          return true;
        }
        await new Promise((resolve) => setTimeout(resolve, 150));
        if (book.lastUpdateId !== depth.lastUpdateId) await Promise.all(traders.map(trade));
        return undefined;
      });
      compared++;
    }
    const { applied, repeated, snapshots } = book.counts;
    const told = `${JSON.stringify(book.counts)}, ${JSON.stringify(proxy.counts)}`;
    assert.ok(compared >= 10 && applied > 20, told);
    assert.ok(gaps > 2 && snapshots > 1 && repeated > 0, told);
    for (const fate of [Fate.DROP, Fate.REPEAT, Fate.LATE, Fate.CUT]) assert.ok(proxy.counts[fate] > 0, told);
    assert.ok(proxy.connections > 1);
    console.log(`${rows} orders, ${told}`);
    book.close();
  } finally {
    streams.close();
    for (const { batches } of traders) batches.close();
  }
});

/** Charts' data feed against the real query tables. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { pino } from "pino";
import { FeedUserEvents } from "../../feed/feed-user-events.js";
import { type Parameters, type TestAnswer, TestExchange } from "../../main/testing/test-exchange.js";
import { CANDLE_INTERVALS, type HistoryClient } from "../../transport/history-port.js";
import { createGateway } from "../gateway.js";

const DAY_S = 86_400;

let exchange: TestExchange;

before(async () => {
  exchange = await TestExchange.start();
});
after(() => exchange.close());

/** A trade, and the tables that hold it. Returns about when it was, in s. */
async function trade(price: string, quantity: string): Promise<number> {
  const { alice, bob } = exchange;
  const order = { symbol: "BTCUSDT", type: "LIMIT", timeInForce: "GTC", price, quantity };
  for (const [key, side] of [[alice, "SELL"] as const, [bob, "BUY"] as const]) {
    const { status, body } = await exchange.signed(key, "POST", "/api/v3/order", { ...order, side });
    assert.equal(status, 200, JSON.stringify(body));
  }
  const { body } = await exchange.signed(bob, "GET", "/api/v3/myTrades", { symbol: "BTCUSDT" });
  return Math.floor(body.at(-1).time / 1000);
}

const history = (parameters: Parameters): Promise<TestAnswer> =>
  exchange.public("/udf/history", { symbol: "BTCUSDT", ...parameters });

describe("udf", () => {
  it("tells what it has and the time in plain seconds", async () => {
    const { status, headers, body } = await exchange.public("/udf/config");
    assert.equal(status, 200);
    assert.match(String(headers["content-type"]), /^application\/json/);
    assert.equal(body.supports_search, true);
    assert.equal(body.supports_group_request, false);
    assert.equal(body.supports_time, true);
    assert.deepEqual(
      body.supported_resolutions,
      "1S 1 3 5 15 30 60 120 240 360 480 720 1D 3D 1W 1M".split(" "),
    );
    assert.equal(body.supported_resolutions.length, Object.keys(CANDLE_INTERVALS).length);

    const time = await exchange.public("/udf/time");
    assert.match(String(time.headers["content-type"]), /^text\/plain/);
    assert.match(time.body, /^\d{10}$/);
    assert.ok(Math.abs(Number(time.body) - Date.now() / 1000) < 5);
  });

  it("resolves a symbol as it is typed, with its steps and its resolutions", async () => {
    const { body } = await exchange.public("/udf/symbols", { symbol: "BTCUSDT" });
    const [rules] = (await exchange.public("/api/v3/exchangeInfo", { symbol: "BTCUSDT" })).body.symbols;
    const tick = rules.filters.find((filter: { filterType: string }) => filter.filterType === "PRICE_FILTER");
    assert.equal(body.minmov / body.pricescale, Number(tick.tickSize));
    assert.deepEqual(
      [body.name, body.ticker, body.description, body.session, body.timezone, body.currency_code],
      ["BTCUSDT", "BTCUSDT", "BTC / USDT", "24x7", "Etc/UTC", "USDT"],
    );
    assert.deepEqual(body.seconds_multipliers, ["1"]);
    assert.deepEqual(body.intraday_multipliers, "1 3 5 15 30 60 120 240 360 480 720".split(" "));
    assert.deepEqual(
      [body.daily_multipliers, body.weekly_multipliers, body.monthly_multipliers],
      [["1", "3"], ["1"], ["1"]],
    );
    for (const symbol of ["Buttonwood:BTCUSDT", "btcusdt", "BUTTONWOOD:BtcUsdt"]) {
      assert.deepEqual((await exchange.public("/udf/symbols", { symbol, currencyCode: "USDT" })).body, body);
    }
  });

  it("searches by symbol and by name, those that begin with it first", async () => {
    const found = async (query: string): Promise<string[]> => {
      const { status, body } = await exchange.raw("GET", `/udf/search?${query}`);
      assert.equal(status, 200, JSON.stringify(body));
      return body.map(({ symbol }: { symbol: string }) => symbol);
    };
    // A chart sends every parameter, also those that nothing was chosen for.
    const all = await found("query=&type=&exchange=&limit=30");
    assert.equal(all.length, 5);
    assert.deepEqual(await found("query=eth&type=&exchange=Buttonwood&limit=30"), ["ETHUSDT"]);
    assert.deepEqual(await found("query=USDT&type=spot&exchange="), ["BTCUSDT", "ETHUSDT"]);
    assert.deepEqual(await found("query=BTC%20/%20&limit=1"), ["BTCUSDT"]);
    assert.deepEqual(
      await found("query=USD&limit=2"),
      all.filter((name) => name.includes("USD")).slice(0, 2),
    );
    assert.deepEqual(await found("query=&type=futures"), []);
    assert.deepEqual(await found("query=&exchange=NYSE"), []);
    assert.deepEqual(await found("query=nothing"), []);
  });

  it("has no bars before the first trade, and says that none lie before it", async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const range of [{ countback: 10 }, { from: now - DAY_S }, { from: -DAY_S, countback: 2 }]) {
      assert.deepEqual((await history({ resolution: "1", to: now + 60, ...range })).body, { s: "no_data" });
    }
  });

  it("answers the bars of klines as columns of numbers, as many as are counted back or lie in the times", async () => {
    const first = await trade("60000.01", "0.25");
    const last = await trade("60010.5", "0.5");
    const to = last + 1;
    const { body } = await history({ resolution: "1D", to, countback: 1, from: 0, currencyCode: "USDT" });
    const [day] = (
      await exchange.public("/api/v3/klines", {
        symbol: "BTCUSDT",
        interval: "1d",
        limit: 1,
        endTime: last * 1000,
      })
    ).body;
    assert.deepEqual(body, {
      s: "ok",
      t: [day[0] / 1000],
      o: [Number(day[1])],
      h: [Number(day[2])],
      l: [Number(day[3])],
      c: [Number(day[4])],
      v: [Number(day[5])],
    });
    assert.deepEqual([body.o[0], body.h[0], body.c[0], body.v[0]], [60_000.01, 60_010.5, 60_010.5, 0.75]);
    assert.deepEqual((await history({ resolution: "D", to, countback: 1 })).body, body);

    // Seconds between them stand as flat bars, and `to` itself is not asked for.
    const seconds = (await history({ resolution: "1S", from: first, to })).body;
    assert.equal(seconds.s, "ok");
    assert.deepEqual([seconds.t[0], seconds.t.at(-1)], [first, last]);
    assert.equal(seconds.t.length, last - first + 1);
    const back = (await history({ resolution: "1S", from: 0, to, countback: 1 })).body;
    assert.deepEqual([back.t, back.c], [[last], [60_010.5]]);
    for (const [resolution, interval] of [
      ["60", "1h"],
      ["720", "12h"],
      ["1W", "1w"],
      ["1M", "1M"],
    ] as const) {
      const bars = (await history({ resolution, to, countback: 5 })).body;
      const [candle] = (
        await exchange.public("/api/v3/klines", {
          symbol: "BTCUSDT",
          interval,
          limit: 1,
          endTime: last * 1000,
        })
      ).body;
      assert.deepEqual([bars.t.at(-1) * 1000, bars.c.at(-1)], [candle[0], Number(candle[4])], resolution);
    }
  });

  it("says where bars lie before times that have none", async () => {
    const last = await trade("60001", "0.1");
    const openOfDay = last - (last % DAY_S);
    const between = await history({ resolution: "1D", from: openOfDay + 1, to: openOfDay + 2 });
    assert.deepEqual(between.body, { s: "no_data", nextTime: openOfDay });
    const ahead = await history({ resolution: "1D", from: last + 40 * DAY_S, to: last + 41 * DAY_S });
    assert.equal(ahead.body.s, "no_data");
    assert.ok(ahead.body.nextTime >= openOfDay && ahead.body.nextTime % DAY_S === 0);
    const long = await history({ resolution: "1D", from: 0, to: 86_400 });
    assert.deepEqual(long.body, { s: "no_data" });
  });

  it("refuses as charts expect it", async () => {
    const now = Math.floor(Date.now() / 1000);
    const refused = async (path: string, parameters: Parameters): Promise<string> => {
      const { status, headers, body } = await exchange.public(path, parameters);
      assert.equal(status, 400);
      assert.match(String(headers["content-type"]), /^application\/json/);
      assert.deepEqual(Object.keys(body), ["s", "errmsg"]);
      assert.equal(body.s, "error");
      return body.errmsg;
    };
    const asked = { symbol: "BTCUSDT", resolution: "1", to: now };
    assert.equal(await refused("/udf/symbols", { symbol: "NOSUCH" }), "Invalid symbol.");
    assert.match(await refused("/udf/symbols", { symbol: "NYSE:BTCUSDT" }), /^Illegal characters .*'symbol'/);
    assert.match(
      await refused("/udf/symbols", { symbol: "BTCUSDT", currencyCode: "EUR" }),
      /'currencyCode' is not/,
    );
    assert.match(await refused("/udf/symbols", {}), /^Mandatory parameter 'symbol'/);
    assert.equal(
      await refused("/udf/history", { ...asked, resolution: "7", countback: 1 }),
      "Invalid interval.",
    );
    assert.match(await refused("/udf/history", asked), /^Param 'countback' or 'from' must be sent/);
    assert.match(await refused("/udf/history", { ...asked, from: now + 1 }), /^Combination/);
    assert.match(await refused("/udf/history", { ...asked, from: "1e9" }), /'from'/);
    assert.match(await refused("/udf/history", { ...asked, countback: 0 }), /'countback'/);
    assert.match(
      await refused("/udf/history", { ...asked, countback: 1, more: 1 }),
      /^Not all sent parameters/,
    );
    assert.match(await refused("/udf/time", { a: 1 }), /^Not all sent parameters/);
    assert.match(await refused("/udf/search", { query: "a", limit: "x" }), /'limit'/);
  });

  it("refuses times with more bars than an answer has, and takes any count back", async () => {
    const asked: number[] = [];
    const openUs = 1_000_000;
    const history = {
      candles: async ({ limit }: { limit: number }) => {
        asked.push(limit);
        return Array.from({ length: limit }, () => ({ ...NO_CANDLE, openUs }));
      },
    } as unknown as HistoryClient;
    const gateway = await createGateway({
      engine: exchange.engine,
      events: new FeedUserEvents({ subscribe: () => () => undefined }),
      history,
      marketData: {} as never,
      keys: exchange.keyStore,
      clock: exchange.clock,
      logger: pino({ level: "silent" }),
    });
    const ask = async (query: string) =>
      (await gateway.app.inject(`/udf/history?symbol=BTCUSDT&resolution=1S&to=99999999999&${query}`)).json();
    const errmsg = "More than 5000 bars: ask for less, or send countback.";
    assert.deepEqual(await ask("from=0"), { s: "error", errmsg });
    assert.equal((await ask("countback=20000")).t.length, 5000);
    assert.deepEqual(asked, [5001, 5000]);
    await gateway.close();
  });
});

const NO_CANDLE = { openTicks: 0, highTicks: 0, lowTicks: 0, closeTicks: 0, lots: 0 };

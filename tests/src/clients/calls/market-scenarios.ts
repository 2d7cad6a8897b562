/** Calls that anybody may make: what a client says is what the exchange itself says. */
import assert from "node:assert/strict";
import type { CandleView, TickerView, TradeView } from "./calls.js";
import type { Scenario } from "./scenario.js";
import type { World } from "./world.js";

type Json = Readonly<Record<string, string | number | boolean>>;

async function tradesOf(world: World): Promise<TradeView[]> {
  await world.traded();
  const trades = (await world.read("/api/v3/trades")) as Json[];
  return trades.map(({ id, price, qty, time, isBuyerMaker }) => ({
    id: Number(id),
    price: Number(price),
    quantity: Number(qty),
    timeMs: Number(time),
    isBuyerMaker: isBuyerMaker === true,
  }));
}

async function candlesOf(world: World): Promise<CandleView[]> {
  await world.traded();
  const candles = (await world.read("/api/v3/klines", { interval: "1d", limit: 2 })) as (string | number)[][];
  return candles.map((candle) => candle.slice(0, 6).map(Number) as unknown as CandleView);
}

async function tickerOf(world: World, path: string, more: Record<string, string> = {}): Promise<TickerView> {
  const ticker = (await world.read(path, more)) as Json;
  return {
    open: Number(ticker.openPrice),
    high: Number(ticker.highPrice),
    low: Number(ticker.lowPrice),
    last: Number(ticker.lastPrice),
    volume: Number(ticker.volume),
  };
}

function assertTicker(actual: TickerView, expected: TickerView, world: World): void {
  assert.deepEqual(actual, expected);
  assert.equal(actual.last, world.ask, "the trades were at bob's asking price");
  assert.ok(actual.volume >= world.quantity(3));
}

export const marketScenarios = (own: { rest: boolean }): readonly Scenario[] => {
  const title = (rest: string, method: string): string => (own.rest ? `GET ${rest}` : method);
  return [
    {
      title: title("/api/v3/ping", "ping"),
      needs: ["ping"],
      run: async (client) => {
        await client.ping();
      },
    },
    {
      title: title("/api/v3/time", "time"),
      needs: ["time"],
      run: async (client) => {
        const timeMs = await client.time();
        assert.ok(Math.abs(timeMs - Date.now()) < 10_000, String(timeMs));
      },
    },
    {
      title: title("/api/v3/exchangeInfo", "exchangeInfo"),
      needs: ["rules"],
      run: async (client, world) => {
        const { symbols } = await world.read("/api/v3/exchangeInfo");
        const filter = (type: string): Json =>
          symbols[0].filters.find(({ filterType }: { filterType: string }) => filterType === type);
        assert.deepEqual(await client.rules(world.symbol), {
          status: "TRADING",
          base: world.market.base,
          quote: world.market.quote,
          tick: Number(filter("PRICE_FILTER").tickSize),
          step: Number(filter("LOT_SIZE").stepSize),
        });
      },
    },
    {
      title: title("/api/v3/depth", "depth"),
      needs: ["depth"],
      run: async (client, world) => {
        await world.quote();
        const { bids, asks } = await client.depth(world.symbol, 5);
        assert.deepEqual(
          [bids, asks],
          [[[world.bid, world.quantity(20)]], [[world.ask, world.quantity(20)]]],
        );
      },
    },
    {
      title: title("/api/v3/trades", "trades.recent"),
      needs: ["trades"],
      run: async (client, world) => {
        const expected = (await tradesOf(world)).slice(-2);
        const trades = await client.trades(world.symbol, 2);
        assert.deepEqual(trades, expected);
        assert.equal(trades.length, 2);
      },
    },
    {
      title: title("/api/v3/historicalTrades", "trades.historical"),
      needs: ["historicalTrades"],
      run: async (client, world) => {
        const [first, second] = await tradesOf(world);
        assert.deepEqual(await client.historicalTrades(world.symbol, first!.id, 2), [first, second]);
        assert.deepEqual(await client.historicalTrades(world.symbol, second!.id, 1), [second]);
      },
    },
    {
      title: title("/api/v3/aggTrades", "trades.aggregate"),
      needs: ["aggTrades"],
      run: async (client, world) => {
        const [, second] = await tradesOf(world);
        assert.deepEqual(await client.aggTrades(world.symbol, second!.id, 1), [second]);
      },
    },
    {
      title: title("/api/v3/klines", "klines"),
      needs: ["klines"],
      run: async (client, world) => {
        const expected = await candlesOf(world);
        assert.deepEqual(await client.klines(world.symbol, "1d", 2), expected);
      },
    },
    {
      title: title("/api/v3/uiKlines", "uiKlines"),
      needs: ["uiKlines"],
      run: async (client, world) => {
        const expected = await candlesOf(world);
        assert.deepEqual(await client.uiKlines(world.symbol, "1d", 2), expected);
      },
    },
    {
      title: title("/api/v3/avgPrice", "avgPrice"),
      needs: ["avgPrice"],
      run: async (client, world) => {
        const price = await client.avgPrice(world.symbol);
        assert.ok(price >= world.bid && price <= world.ask, String(price));
      },
    },
    {
      title: title("/api/v3/ticker/24hr", "ticker.24hr"),
      needs: ["ticker24hr"],
      run: async (client, world) => {
        await world.trade();
        await world.traded();
        const expected = await tickerOf(world, "/api/v3/ticker/24hr");
        assertTicker(await client.ticker24hr(world.symbol), expected, world);
      },
    },
    {
      title: title("/api/v3/ticker", "ticker"),
      needs: ["ticker"],
      run: async (client, world) => {
        await world.traded();
        const expected = await tickerOf(world, "/api/v3/ticker", { windowSize: "2h" });
        assertTicker(await client.ticker(world.symbol, "2h"), expected, world);
      },
    },
    {
      title: title("/api/v3/ticker/tradingDay", "ticker.tradingDay"),
      needs: ["tickerTradingDay"],
      run: async (client, world) => {
        await world.traded();
        const expected = await tickerOf(world, "/api/v3/ticker/tradingDay");
        assertTicker(await client.tickerTradingDay(world.symbol), expected, world);
      },
    },
    {
      title: title("/api/v3/ticker/price", "ticker.price"),
      needs: ["tickerPrice"],
      run: async (client, world) => {
        assert.equal(await client.tickerPrice(world.symbol), world.ask);
      },
    },
    {
      title: title("/api/v3/ticker/bookTicker", "ticker.book"),
      needs: ["tickerBook"],
      run: async (client, world) => {
        await world.quote();
        assert.deepEqual(await client.tickerBook(world.symbol), {
          bid: world.bid,
          bidQuantity: world.quantity(20),
          ask: world.ask,
          askQuantity: world.quantity(20),
        });
      },
    },
  ];
};

/** Paths beside the market's own. */
export const sapiScenarios: readonly Scenario[] = [
  {
    title: "GET /sapi/v1/system/status",
    needs: ["systemStatus"],
    run: async (client) => {
      assert.equal(await client.systemStatus(), 0);
    },
  },
  {
    title: "GET /sapi/v1/asset/tradeFee",
    needs: ["tradeFee"],
    run: async (client, world) => {
      const [fee] = await world.readOwn("/sapi/v1/asset/tradeFee", { symbol: world.symbol });
      const expected = { maker: Number(fee.makerCommission), taker: Number(fee.takerCommission) };
      assert.deepEqual(await client.tradeFee(world.symbol), expected);
      assert.ok(expected.taker > 0);
    },
  },
  {
    title: "GET /sapi/v1/capital/config/getall",
    needs: ["coins"],
    run: async (client, world) => {
      await world.clear();
      const { balances } = await world.readOwn("/api/v3/account");
      const coins = await client.coins();
      for (const { asset, free } of balances) assert.equal(coins.get(asset), Number(free), asset);
      assert.ok(balances.length >= 2 && coins.has(world.market.base));
    },
  },
  {
    title: "GET /sapi/v1/account/apiRestrictions",
    needs: ["apiRestrictions"],
    run: async (client) => {
      assert.deepEqual(await client.apiRestrictions(), { canRead: true, canTrade: true });
    },
  },
];

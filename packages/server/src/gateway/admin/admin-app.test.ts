import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { TestExchange } from "../../main/testing/test-exchange.js";
import { AdminRoute } from "./schemas.js";

let exchange: TestExchange;

before(async () => {
  exchange = await TestExchange.start();
});
after(() => exchange.close());

async function call(method: "GET" | "POST" | "DELETE", url: string, payload?: object) {
  const answer = await exchange.gateway.admin.inject({
    method,
    url,
    ...(payload === undefined ? {} : { payload }),
  });
  return { status: answer.statusCode, body: answer.body === "" ? undefined : JSON.parse(answer.body) };
}

const ETHUSD = {
  symbol: "ETHUSD",
  baseAsset: "ETH",
  quoteAsset: "USD",
  tickSize: "0.01",
  stepSize: "0.01",
  referencePrice: "3000",
};

describe("the operator's listener", () => {
  it("listens on a socket of its own, which only this user may open", async () => {
    const path = join(exchange.dataFolder, "admin.sock");
    await exchange.gateway.listenAdmin(path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request({ socketPath: path, path: AdminRoute.STATUS }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    assert.equal(status, 200);
    // Nothing of it is reached through the public port.
    assert.equal((await exchange.public(AdminRoute.STATUS)).status, 404);
    await assert.rejects(
      exchange.gateway.listenAdmin(`/tmp/${"x".repeat(120)}`),
      /longer than the 107 bytes/,
    );
  });

  it("lists an asset and a market, which trade at once", async () => {
    const asset = await call("POST", AdminRoute.ASSETS, { name: "CO2", decimals: 3 });
    assert.deepEqual([asset.status, asset.body.name], [201, "CO2"]);
    const market = await call("POST", AdminRoute.MARKETS, {
      symbol: "CO2USD",
      baseAsset: "CO2",
      quoteAsset: "USD",
      tickSize: "0.05",
      stepSize: "1",
      referencePrice: "70.00",
      minNotional: "10",
      maxOpenOrders: 10,
    });
    assert.deepEqual([market.status, market.body.tickSize, market.body.stepSize], [201, "0.05", "1"]);
    const info = await exchange.public("/api/v3/exchangeInfo", { symbol: "CO2USD" });
    assert.equal(info.body.symbols[0].filters[0].tickSize, "0.05000000");
    const placed = await exchange.signed(exchange.alice, "POST", "/api/v3/order", {
      symbol: "CO2USD",
      side: "BUY",
      type: "LIMIT",
      timeInForce: "GTC",
      quantity: "2",
      price: "70.05",
    });
    assert.equal(placed.body.status, "NEW", JSON.stringify(placed.body));
    const again = await call("POST", AdminRoute.MARKETS, {
      symbol: "CO2USD",
      baseAsset: "CO2",
      quoteAsset: "USD",
      tickSize: "0.05",
      stepSize: "1",
      referencePrice: "70.00",
    });
    assert.deepEqual([again.status, again.body.error.code], [409, "SYMBOL_TAKEN"]);
    const fees = await call("POST", AdminRoute.MARKET_FEES, {
      symbol: "CO2USD",
      makerFee: "0",
      takerFee: "0.002",
    });
    assert.equal(fees.body.takerFee, "0.00200000");
  });

  it("sets bands around a price, or around the last one", async () => {
    const bands = {
      symbol: "CO2USD",
      referencePrice: "70.00",
      bidMultiplierUp: "1.1",
      bidMultiplierDown: "0.5",
    };
    const set = await call("POST", AdminRoute.MARKET_BANDS, bands);
    assert.equal(set.status, 200, JSON.stringify(set.body));
    assert.deepEqual(set.body.bands, {
      referencePrice: "70.00",
      bidMultiplierDown: "0.50000000",
      bidMultiplierUp: "1.10000000",
    });
    const bid = { symbol: "CO2USD", side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity: "1" };
    const place = async (price: string): Promise<unknown> => {
      const { body } = await exchange.signed(exchange.alice, "POST", "/api/v3/order", { ...bid, price });
      return body.status ?? body.msg;
    };
    assert.equal(await place("77.00"), "NEW");
    const outside = "Filter failure: PERCENT_PRICE_BY_SIDE";
    assert.deepEqual([await place("77.05"), await place("34.95")], [outside, outside]);
    const info = await exchange.public("/api/v3/exchangeInfo", { symbol: "CO2USD" });
    const filters = info.body.symbols[0].filters as readonly Record<string, string>[];
    const filter = filters.find(({ filterType }) => filterType === "PERCENT_PRICE_BY_SIDE");
    assert.deepEqual(
      [filter?.bidMultiplierUp, filter?.bidMultiplierDown, filter?.askMultiplierUp],
      ["1.100000", "0.500000", "1000000"],
    );
    const beyond = await call("POST", AdminRoute.MARKET_BANDS, { symbol: "CO2USD", referencePrice: "70.01" });
    assert.deepEqual([beyond.status, beyond.body.error.code], [400, "INVALID_VALUE"]);
    const none = await call("POST", AdminRoute.MARKET_BANDS, { symbol: "CO2USD" });
    assert.equal(none.status, 200);
    assert.equal(await place("77.05"), "NEW");
  });

  it("halts one symbol and all of them", async () => {
    const one = await call("POST", AdminRoute.MARKET_STATUS, { symbol: "BTCUSDT", status: "HALT" });
    assert.deepEqual(
      one.body.map((market: { status: string }) => market.status),
      ["HALT"],
    );
    const refused = await exchange.signed(exchange.alice, "POST", "/api/v3/order", {
      symbol: "BTCUSDT",
      side: "BUY",
      type: "MARKET",
      quantity: "1",
    });
    assert.deepEqual(refused.body, { code: -1013, msg: "Market is closed." });
    const all = await call("POST", AdminRoute.MARKET_STATUS, { status: "TRADING" });
    assert.ok(all.body.every((market: { status: string }) => market.status === "TRADING"));
  });

  it("moves money once for one reference", async () => {
    const opened = await call("POST", AdminRoute.ACCOUNTS, { name: "carol" });
    assert.deepEqual([opened.status, opened.body], [201, { account: 3, name: "carol", frozen: false }]);
    const deposit = { account: "carol", asset: "USD", amount: "12.5", reference: "wire 1" };
    const first = await call("POST", AdminRoute.DEPOSITS, deposit);
    assert.deepEqual([first.status, first.body.repeated, first.body.free], [200, false, "12.50000000"]);
    const second = await call("POST", AdminRoute.DEPOSITS, deposit);
    assert.deepEqual([second.body.repeated, second.body.free], [true, "12.50000000"]);
    const other = await call("POST", AdminRoute.DEPOSITS, { ...deposit, amount: "13" });
    assert.deepEqual([other.status, other.body.error.code], [409, "REFERENCE_REUSED"]);
    const out = await call("POST", AdminRoute.WITHDRAWALS, { ...deposit, amount: "100", reference: "out 1" });
    assert.deepEqual([out.status, out.body.error.code], [409, "INSUFFICIENT_BALANCE"]);
    const less = await call("POST", AdminRoute.WITHDRAWALS, {
      ...deposit,
      amount: "2.5",
      reference: "out 2",
    });
    assert.equal(less.body.free, "10.00000000");
    const balances = await call("GET", `${AdminRoute.BALANCES}?account=carol`);
    assert.deepEqual(balances.body.balances, [{ asset: "USD", free: "10.00000000", locked: "0.00000000" }]);
  });

  it("makes and revokes keys", async () => {
    const likeSession = await call("POST", AdminRoute.KEYS, { account: "alice", label: "session:mine" });
    assert.deepEqual([likeSession.status, likeSession.body.error.code], [400, "INVALID_VALUE"]);
    const made = await call("POST", AdminRoute.KEYS, { account: "alice", scopes: ["READ"], label: "bot" });
    assert.equal(made.status, 201);
    const key = { apiKey: made.body.apiKey, secretKey: made.body.secretKey };
    assert.equal((await exchange.signed(key, "GET", "/api/v3/account")).status, 200);
    const listed = await call("GET", AdminRoute.KEYS);
    const entry = listed.body.find((one: { apiKey: string }) => one.apiKey === key.apiKey);
    assert.deepEqual([entry.label, entry.accountName, "secretKey" in entry], ["bot", "alice", false]);
    assert.equal((await call("DELETE", `${AdminRoute.KEYS}/${key.apiKey}`)).status, 204);
    assert.equal((await call("DELETE", `${AdminRoute.KEYS}/${key.apiKey}`)).body.error.code, "UNKNOWN_KEY");
  });

  it("refuses what does not fit, and says what to do", async () => {
    const digest = await exchange.digest();
    for (const [path, body, status, code] of [
      [
        AdminRoute.DEPOSITS,
        { account: "nobody", asset: "USD", amount: "1", reference: "r" },
        404,
        "UNKNOWN_ACCOUNT",
      ],
      [
        AdminRoute.DEPOSITS,
        { account: "alice", asset: "XXX", amount: "1", reference: "r" },
        404,
        "UNKNOWN_ASSET",
      ],
      [
        AdminRoute.DEPOSITS,
        { account: "alice", asset: "USD", amount: "1e3", reference: "r" },
        400,
        "INVALID_REQUEST",
      ],
      [
        AdminRoute.DEPOSITS,
        { account: "alice", asset: "USD", amount: 5, reference: "r" },
        400,
        "INVALID_REQUEST",
      ],
      [
        AdminRoute.DEPOSITS,
        { account: "alice", asset: "USD", amount: "0.0000001", reference: "r" },
        400,
        "INVALID_VALUE",
      ],
      [AdminRoute.DEPOSITS, { account: "alice", asset: "USD", amount: "1" }, 400, "INVALID_REQUEST"],
      [AdminRoute.ACCOUNTS, { name: "alice" }, 409, "NAME_TAKEN"],
      [AdminRoute.ACCOUNTS, { name: "2" }, 400, "INVALID_VALUE"],
      [AdminRoute.ACCOUNTS, { name: "house" }, 400, "INVALID_VALUE"],
      [AdminRoute.ASSETS, { name: "Ä" }, 400, "INVALID_VALUE"],
      // 2^32 ppm and more would be another number in 32 bits.
      [AdminRoute.MARKETS, { ...ETHUSD, makerFee: "4294.968" }, 400, "INVALID_VALUE"],
      [AdminRoute.MARKETS, { ...ETHUSD, takerFee: "0.100001" }, 400, "INVALID_VALUE"],
      [AdminRoute.MARKETS, { ...ETHUSD, bidMultiplierUp: "4296" }, 400, "INVALID_VALUE"],
      [AdminRoute.MARKETS, { ...ETHUSD, askMultiplierDown: "4296" }, 400, "INVALID_VALUE"],
      [
        AdminRoute.MARKET_FEES,
        { symbol: "BTCUSDT", makerFee: "4294.968", takerFee: "0" },
        400,
        "INVALID_VALUE",
      ],
      [AdminRoute.ASSETS, { name: "USD" }, 409, "NAME_TAKEN"],
      [AdminRoute.MARKET_STATUS, { symbol: "NOSUCH", status: "HALT" }, 404, "UNKNOWN_MARKET"],
      [AdminRoute.MARKET_STATUS, { status: "CLOSED" }, 400, "INVALID_REQUEST"],
      [AdminRoute.KEYS, { account: "alice", publicKey: "nothing" }, 400, "INVALID_KEY"],
      [AdminRoute.KEYS, { account: "house" }, 409, "HOUSE_ACCOUNT"],
      [AdminRoute.ACCOUNT_STATUS, { account: 0, status: "FROZEN" }, 409, "HOUSE_ACCOUNT"],
      ["/v1/nothing", {}, 404, "NO_SUCH_ROUTE"],
    ] as const) {
      const { status: got, body: answer } = await call("POST", path, body);
      assert.deepEqual([got, answer.error.code], [status, code], JSON.stringify(answer));
      assert.ok(answer.error.message.length > 0 && answer.error.hint.length > 0);
    }
    assert.equal(await exchange.digest(), digest);
  });
});

/** Bad input: each row gets its exact refusal, and the engine's state is what it was. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  hmac,
  type Parameters,
  queryOf,
  type TestAnswer,
  TestExchange,
} from "../../main/testing/test-exchange.js";

let exchange: TestExchange;

before(async () => {
  exchange = await TestExchange.start();
});
after(() => exchange.close());

const ORDER = {
  symbol: "BTCUSDT",
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  quantity: "0.1",
  price: "50000.00",
} as const;

type Row = readonly [
  name: string,
  send: () => Promise<TestAnswer>,
  status: number,
  code: number,
  msg: string,
];

const DECIMAL = "^([0-9]{1,20})(\\.[0-9]{1,20})?$";
const illegal = (name: string, form: string): string =>
  `Illegal characters found in parameter '${name}'; legal range is '${form}'.`;
const mandatory = (name: string): string =>
  `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`;

function order(more: Parameters, without: readonly string[] = []): () => Promise<TestAnswer> {
  const parameters = Object.fromEntries(
    Object.entries({ ...ORDER, ...more }).filter(([name]) => !without.includes(name)),
  );
  return () => exchange.signed(exchange.alice, "POST", "/api/v3/order", parameters as Parameters);
}

/** Signs text as it stands, so that it can be anything. */
function text(payload: string, method: "GET" | "POST" | "DELETE" = "POST"): () => Promise<TestAnswer> {
  return () => {
    const timed = `${payload}&timestamp=${exchange.nowMs()}`;
    return exchange.raw(method, `/api/v3/order?${timed}&signature=${hmac(exchange.alice, timed)}`, {
      headers: { "x-mbx-apikey": exchange.alice.apiKey },
    });
  };
}

const base = queryOf(ORDER);
const get =
  (path: string, parameters: Parameters = {}) =>
  () =>
    exchange.public(path, parameters);
const signedGet = (path: string, parameters: Parameters) => () =>
  exchange.signed(exchange.alice, "GET", path, parameters);
const cancel = (parameters: Parameters) => () =>
  exchange.signed(exchange.alice, "DELETE", "/api/v3/order", parameters);

const NOT_DECIMALS = [
  "NaN",
  "-0",
  "-1",
  "1e309",
  "1e1",
  "0x10",
  "1,0",
  " 1",
  "1 ",
  "+1",
  ".5",
  "5.",
  "9".repeat(60),
  "١",
];

const ROWS: readonly Row[] = [
  ...NOT_DECIMALS.flatMap((value): Row[] =>
    ["price", "quantity"].map((name) => [
      `${name}=${value}`,
      order({ [name]: value }),
      400,
      -1100,
      value === "١" ? "Illegal characters found in a parameter." : illegal(name, DECIMAL),
    ]),
  ),
  [
    "price with too many decimals",
    order({ price: "50000.000000001" }),
    400,
    -1111,
    "Parameter 'price' has too much precision.",
  ],
  ["price off tick", order({ price: "50000.001" }), 400, -1013, "Filter failure: PRICE_FILTER"],
  ["price of zero", order({ price: "0" }), 400, -1013, "Filter failure: PRICE_FILTER"],
  [
    "price beyond every price",
    order({ price: "99999999999999999999" }),
    400,
    -1013,
    "Filter failure: PRICE_FILTER",
  ],
  ["quantity off lot", order({ quantity: "0.00001" }), 400, -1013, "Filter failure: LOT_SIZE"],
  ["quantity of zero", order({ quantity: "0.0000" }), 400, -1013, "Filter failure: LOT_SIZE"],
  [
    "quantity beyond every quantity",
    order({ quantity: "99999999999999999999" }),
    400,
    -1013,
    "Filter failure: LOT_SIZE",
  ],
  [
    "unknown parameter",
    order({ colour: "red" }),
    400,
    -1104,
    "Not all sent parameters were read; read '9' parameter(s) but was sent '10'.",
  ],
  [
    "__proto__",
    text(`${base}&__proto__=1`),
    400,
    -1104,
    "Not all sent parameters were read; read '8' parameter(s) but was sent '9'.",
  ],
  [
    "constructor",
    text(`${base}&constructor=1`),
    400,
    -1104,
    "Not all sent parameters were read; read '8' parameter(s) but was sent '9'.",
  ],
  [
    "duplicate parameter",
    text(`${base}&side=SELL`),
    400,
    -1101,
    "Duplicate values for a parameter detected.",
  ],
  [
    "duplicate, encoded",
    text(`${base}&%73ide=SELL`),
    400,
    -1101,
    "Duplicate values for a parameter detected.",
  ],
  [
    "65 parameters",
    text(Array.from({ length: 70 }, (_, i) => `p${i}=1`).join("&")),
    400,
    -1101,
    "Too many parameters sent for this endpoint.",
  ],
  ["missing symbol", order({}, ["symbol"]), 400, -1102, mandatory("symbol")],
  ["missing side", order({}, ["side"]), 400, -1102, mandatory("side")],
  ["missing price", order({}, ["price"]), 400, -1102, mandatory("price")],
  ["missing timeInForce", order({}, ["timeInForce"]), 400, -1102, mandatory("timeInForce")],
  ["empty side", order({ side: "" }), 400, -1105, "Parameter 'side' was empty."],
  [
    "price of a market order",
    order({ type: "MARKET" }, ["timeInForce"]),
    400,
    -1106,
    "Parameter 'price' sent when not required.",
  ],
  [
    "time in force of a market order",
    order({ type: "MARKET" }, ["price"]),
    400,
    -1106,
    "Parameter 'timeInForce' sent when not required.",
  ],
  [
    "stop price of a limit order",
    order({ stopPrice: "1" }),
    400,
    -1106,
    "Parameter 'stopPrice' sent when not required.",
  ],
  [
    "market order by nothing",
    order({ type: "MARKET" }, ["price", "timeInForce", "quantity"]),
    400,
    -1102,
    "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!",
  ],
  [
    "market order by both",
    order({ type: "MARKET", quoteOrderQty: "1" }, ["price", "timeInForce"]),
    400,
    -1128,
    "Combination of optional parameters invalid.",
  ],
  ["iceberg larger than its order", order({ icebergQty: "1000" }), 400, -2010, "IcebergQty exceeds QTY."],
  [
    "trailing stop that trails by nothing",
    order({ type: "STOP_LOSS", trailingDelta: 0, stopPrice: "1" }, ["price", "timeInForce"]),
    400,
    -1013,
    "Filter failure: TRAILING_DELTA",
  ],
  [
    "trailing limit order",
    order({ trailingDelta: 100 }),
    400,
    -1106,
    "Parameter 'trailingDelta' sent when not required.",
  ],
  [
    "date without its time in force",
    order({ goodTillDate: 4_000_000_000_000 }),
    400,
    -1106,
    "Parameter 'goodTillDate' sent when not required.",
  ],
  ["side", order({ side: "HOLD" }), 400, -1117, "Invalid side."],
  ["type", order({ type: "ICEBERG" }), 400, -1116, "Invalid orderType."],
  ["time in force", order({ timeInForce: "GTX" }), 400, -1115, "Invalid timeInForce."],
  ["symbol unknown", order({ symbol: "NOSUCH" }), 400, -1121, "Invalid symbol."],
  [
    "symbol in lower case",
    order({ symbol: "btcusdt" }),
    400,
    -1100,
    illegal("symbol", "^[A-Z0-9-_.]{1,20}$"),
  ],
  [
    "response type",
    order({ newOrderRespType: "LONG" }),
    400,
    -1130,
    "Data sent for parameter 'newOrderRespType' is not valid.",
  ],
  [
    "self-trade mode",
    order({ selfTradePreventionMode: "MAYBE" }),
    400,
    -1130,
    "Data sent for parameter 'selfTradePreventionMode' is not valid.",
  ],
  [
    "client order id of none",
    order({ newClientOrderId: "" }),
    400,
    -1105,
    "Parameter 'newClientOrderId' was empty.",
  ],
  [
    "client order id of 65",
    order({ newClientOrderId: "x".repeat(65) }),
    400,
    -1100,
    illegal("newClientOrderId", "^[a-zA-Z0-9-_]{1,36}$"),
  ],
  [
    "client order id with a blank",
    order({ newClientOrderId: "a b" }),
    400,
    -1100,
    illegal("newClientOrderId", "^[a-zA-Z0-9-_]{1,36}$"),
  ],
  ...["%ff%fe", "%c3%28", "%00", "a%0ab", "%", "%zz", "%e2%80%ae"].map(
    (bytes): Row => [
      `bytes ${bytes}`,
      text(`${base}&newClientOrderId=${bytes}`),
      400,
      -1100,
      "Illegal characters found in a parameter.",
    ],
  ),
  [
    "cancel of nothing",
    cancel({ symbol: "BTCUSDT" }),
    400,
    -1102,
    "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
  ],
  ["cancel of id 0", cancel({ symbol: "BTCUSDT", orderId: 0 }), 400, -2011, "Unknown order sent."],
  [
    "cancel by an id beyond 2^53",
    cancel({ symbol: "BTCUSDT", orderId: "99999999999999999999" }),
    400,
    -1130,
    "Data sent for parameter 'orderId' is not valid.",
  ],
  [
    "cancel restrictions",
    cancel({ symbol: "BTCUSDT", orderId: 4, cancelRestrictions: "SOME" }),
    400,
    -1145,
    "Invalid cancelRestrictions",
  ],
  [
    "order by id 0",
    signedGet("/api/v3/order", { symbol: "BTCUSDT", orderId: 0 }),
    400,
    -2013,
    "Order does not exist.",
  ],
  [
    "order that is none",
    signedGet("/api/v3/order", { symbol: "BTCUSDT", orderId: 123456 }),
    400,
    -2013,
    "Order does not exist.",
  ],
  [
    "end before start",
    signedGet("/api/v3/allOrders", { symbol: "BTCUSDT", startTime: 2, endTime: 1 }),
    400,
    -1128,
    "Combination of optional parameters invalid.",
  ],
  [
    "limit of 0",
    get("/api/v3/depth", { symbol: "BTCUSDT", limit: 0 }),
    400,
    -1130,
    "Data sent for parameter 'limit' is not valid.",
  ],
  ["interval", get("/api/v3/klines", { symbol: "BTCUSDT", interval: "7m" }), 400, -1120, "Invalid interval."],
  [
    "symbol and symbols",
    get("/api/v3/exchangeInfo", { symbol: "BTCUSDT", symbols: '["BTCUSDT"]' }),
    400,
    -1128,
    "Combination of optional parameters invalid.",
  ],
  [
    "a symbol twice",
    get("/api/v3/ticker/price", { symbols: '["BTCUSDT","BTCUSDT"]' }),
    400,
    -1151,
    "Symbol is present multiple times in the list.",
  ],
  [
    "symbols that are no list",
    get("/api/v3/ticker/price", { symbols: '["BTCUSDT"' }),
    400,
    -1100,
    illegal("symbols", '^\\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\\]$'),
  ],
  [
    "window",
    get("/api/v3/ticker", { symbol: "BTCUSDT", windowSize: "99m" }),
    400,
    -1130,
    "Data sent for parameter 'windowSize' is not valid.",
  ],
  ["path that is none", get("/api/v3/nothing"), 404, -1020, "This operation is not supported."],
  ["path that can't be decoded", get("/api/v3/%zz"), 400, -1013, "Invalid message."],
];

describe("bad input over REST", () => {
  for (const [name, send, status, code, msg] of ROWS) {
    it(`refuses: ${name}`, async () => {
      const digest = await exchange.digest();
      const answer = await send();
      assert.deepEqual([answer.status, answer.body], [status, { code, msg }]);
      assert.equal(await exchange.digest(), digest, "the state has changed");
    });
  }

  it("refuses bodies that are too large, too deep, or no form", async () => {
    const digest = await exchange.digest();
    const headers = { "x-mbx-apikey": exchange.alice.apiKey, "content-type": "application/json" };
    const large = await exchange.raw("POST", "/api/v3/order", { headers, body: "a".repeat(10_000_000) });
    assert.deepEqual(
      [large.status, large.body],
      [413, { code: -1101, msg: "Too many parameters sent for this endpoint." }],
    );
    for (const body of ["[".repeat(10_000), '{"symbol":"BTCUSDT"}', Buffer.from([0xff, 0x00, 0xfe])]) {
      const answer = await exchange.raw("POST", "/api/v3/order", { headers, body });
      assert.deepEqual([answer.status, answer.body.code], [400, -1102]);
    }
    assert.equal(await exchange.digest(), digest);
  });

  it("refuses times that are seconds, µs, past or ahead, and windows that are too long", async () => {
    const digest = await exchange.digest();
    const nowMs = exchange.nowMs();
    const outside = "Timestamp for this request is outside of the recvWindow.";
    const ahead = "Timestamp for this request was 1000ms ahead of the server's time.";
    const rows: readonly (readonly [Parameters, number, string])[] = [
      [{ timestamp: Math.floor(nowMs / 1000) }, -1021, outside],
      [{ timestamp: `${nowMs}000` }, -1021, ahead],
      [{ timestamp: "9".repeat(20) }, -1021, ahead],
      [{ timestamp: nowMs + 30_000 }, -1021, ahead],
      [{ timestamp: nowMs - 90_000 }, -1021, outside],
      [{ timestamp: nowMs - 6_000, recvWindow: 5_000 }, -1021, outside],
      [{ timestamp: "now" }, -1100, illegal("timestamp", "^[0-9]{1,20}$")],
      [{ timestamp: "" }, -1102, mandatory("timestamp")],
      [{ recvWindow: 60_001 }, -1131, "recvWindow must be less than 60000."],
      [{ recvWindow: "5000.0001" }, -1100, illegal("recvWindow", "^[0-9]{1,5}(\\.[0-9]{1,3})?$")],
    ];
    for (const [times, code, msg] of rows) {
      const answer = await exchange.signed(exchange.alice, "POST", "/api/v3/order", { ...ORDER, ...times });
      assert.deepEqual([answer.status, answer.body], [400, { code, msg }], JSON.stringify(times));
    }
    assert.equal(await exchange.digest(), digest);
  });

  it("row 3: refuses a gateway whose clock is slow: the engine checks the deadline again", async () => {
    exchange.clock.shiftUs = -120_000_000;
    const sent = { ...ORDER, timestamp: exchange.nowMs() - 121_000, recvWindow: 60_000 };
    const answer = await exchange.signed(exchange.alice, "POST", "/api/v3/order", sent);
    exchange.clock.shiftUs = 0;
    assert.deepEqual([answer.status, answer.body.code], [400, -1021]);
  });

  it("refuses wrong, foreign, revoked and missing keys, and wrong signatures", async () => {
    const { alice, bob } = exchange;
    const digest = await exchange.digest();
    const payload = queryOf({ ...ORDER, timestamp: exchange.nowMs() });
    const send = (headers: Record<string, string>, signature: string) =>
      exchange.raw("POST", `/api/v3/order?${payload}${signature}`, { headers });
    const keyed = { "x-mbx-apikey": alice.apiKey };
    const rows: readonly (readonly [Record<string, string>, string, number, number])[] = [
      [{}, `&signature=${hmac(alice, payload)}`, 401, -2014],
      [{ "x-mbx-apikey": "short" }, `&signature=${hmac(alice, payload)}`, 401, -2014],
      [{ "x-mbx-apikey": "q".repeat(64) }, `&signature=${hmac(alice, payload)}`, 401, -2015],
      [{ "x-mbx-apikey": bob.apiKey }, `&signature=${hmac(alice, payload)}`, 400, -1022],
      [keyed, `&signature=${hmac(bob, payload)}`, 400, -1022],
      [keyed, `&signature=${"0".repeat(64)}`, 400, -1022],
      [keyed, "&signature=zz", 400, -1022],
      [keyed, "&signature=%zz", 400, -1022],
      [keyed, "&signature=", 400, -1102],
      [keyed, "", 400, -1102],
      [keyed, `&signature=1&signature=${hmac(alice, payload)}`, 400, -1101],
    ];
    for (const [headers, signature, status, code] of rows) {
      const answer = await send(headers, signature);
      assert.deepEqual([answer.status, answer.body.code], [status, code], signature);
    }
    const made = await exchange.keyStore.create({ account: 1, label: "", scopes: ["READ"] });
    const reader = { apiKey: made.entry.apiKey, secretKey: made.secretKey };
    assert.equal((await exchange.signed(reader, "GET", "/api/v3/account")).status, 200);
    const trade = await exchange.signed(reader, "POST", "/api/v3/order", ORDER);
    assert.deepEqual([trade.status, trade.body.code], [401, -2015]);
    assert.equal(await exchange.keyStore.revoke(reader.apiKey), true);
    const revoked = await exchange.signed(reader, "GET", "/api/v3/account");
    assert.deepEqual([revoked.status, revoked.body.code], [401, -2015]);
    assert.equal(await exchange.digest(), digest);
  });

  it("takes a signature over query and body together, wherever it stands", async () => {
    const { alice } = exchange;
    const timed = `timestamp=${exchange.nowMs()}`;
    const headers = { "x-mbx-apikey": alice.apiKey, "content-type": "application/x-www-form-urlencoded" };
    const path = "/api/v3/order/test";
    const mixed = hmac(alice, `${base}${timed}`);
    for (const [url, body] of [
      [`${path}?${base}`, `${timed}&signature=${mixed}`],
      [`${path}?${base}&signature=${mixed}`, timed],
      [`${path}?signature=${mixed}&${base}`, timed],
      [path, `${base}&${timed}&signature=${hmac(alice, `${base}&${timed}`)}`],
    ] as const) {
      const answer = await exchange.raw("POST", url, { headers, body });
      assert.deepEqual([answer.status, answer.body], [200, {}], url);
    }
  });

  it("refuses what only the core can judge, with exact words", async () => {
    const { alice, bob } = exchange;
    const rows: readonly (readonly [Parameters, number, string])[] = [
      [{ quantity: "214748.3647", price: "1000000.00" }, -1013, "Filter failure: NOTIONAL"],
      [{ quantity: "0.0001", price: "12000.00" }, -1013, "Filter failure: NOTIONAL"],
      [{ price: "1.00", quantity: "100" }, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE"],
      [{ quantity: "100" }, -2010, "Account has insufficient balance for requested action."],
    ];
    for (const [more, code, msg] of rows) {
      const answer = await exchange.signed(alice, "POST", "/api/v3/order", { ...ORDER, ...more });
      assert.deepEqual([answer.status, answer.body], [400, { code, msg }], JSON.stringify(more));
    }
    const foreign = await exchange.signed(bob, "POST", "/api/v3/order", ORDER);
    const { orderId } = foreign.body;
    const canceled = await exchange.signed(alice, "DELETE", "/api/v3/order", { symbol: "BTCUSDT", orderId });
    assert.deepEqual([canceled.status, canceled.body], [400, { code: -2011, msg: "Unknown order sent." }]);
    const looked = await exchange.signed(alice, "GET", "/api/v3/order", { symbol: "BTCUSDT", orderId });
    assert.deepEqual([looked.status, looked.body], [400, { code: -2013, msg: "Order does not exist." }]);
    const maker = { ...ORDER, side: "SELL", type: "LIMIT_MAKER", price: "50000.00" };
    const { timeInForce: _, ...postOnly } = maker;
    const taken = await exchange.signed(alice, "POST", "/api/v3/order", postOnly);
    assert.deepEqual(taken.body, { code: -2010, msg: "Order would immediately match and take." });
    const stop = {
      symbol: "BTCUSDT",
      side: "BUY",
      type: "STOP_LOSS",
      quantity: "0.1",
      stopPrice: "50000.00",
    };
    const triggered = await exchange.signed(alice, "POST", "/api/v3/order", stop);
    assert.deepEqual(triggered.body, { code: -2010, msg: "Order would trigger immediately." });
    await exchange.signed(bob, "DELETE", "/api/v3/openOrders", { symbol: "BTCUSDT" });
    const market = { symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.1" };
    const empty = await exchange.signed(alice, "POST", "/api/v3/order", market);
    assert.deepEqual(
      [empty.status, empty.body.status, empty.body.executedQty],
      [200, "EXPIRED", "0.00000000"],
    );
  });

  it("writes no secret to the log", () => {
    const log = exchange.log.join("\n");
    for (const key of [exchange.alice, exchange.bob]) {
      assert.ok(!log.includes(key.secretKey));
      assert.ok(!log.includes(key.apiKey));
    }
  });
});

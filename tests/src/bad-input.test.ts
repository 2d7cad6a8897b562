/**
 * Bad input over real sockets: each gets its exact refusal, in bounded time, and changes nothing. What the gateway
 * refuses never reaches the engine, so the digest of the whole state is the same; what the core refuses takes a
 * sequence, so there the account's balances and orders are compared.
 */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { Exchange } from "./support/exchange.js";
import { operator, stateDigest } from "./support/operator.js";
import { type Answer, type Parameters, query, SignedClient, sign } from "./support/signed-client.js";

/** No refusal takes longer, however busy the machine. */
const ANSWER_MS_MAX = 5_000;

const symbol = "BTCUSDT";

let exchange: Exchange;
let alice: SignedClient;
let bob: SignedClient;
let price: number;

before(async () => {
  exchange = await Exchange.start();
  alice = new SignedClient(exchange.url, exchange.keys.alice);
  bob = new SignedClient(exchange.url, exchange.keys.bob);
  price = Math.round(Number((await alice.public("/api/v3/avgPrice", { symbol })).body.price));
});

after(async () => {
  alice?.close();
  bob?.close();
  await exchange?.remove();
});

const order = (more: Parameters = {}): Parameters => ({
  symbol,
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  quantity: "0.1",
  price: price - 100,
  ...more,
});

/** Sends and checks code, words, time, and that the state is as it was. */
async function refused(
  send: () => Promise<Answer>,
  status: number,
  code: number,
  words: string | RegExp,
): Promise<void> {
  const digest = await stateDigest(exchange);
  const startMs = Date.now();
  const answer = await send();
  assert.ok(Date.now() - startMs < ANSWER_MS_MAX);
  assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(answer.body));
  if (typeof words === "string") assert.equal(answer.body.msg, words);
  else assert.match(answer.body.msg, words);
  assert.equal(await stateDigest(exchange), digest, "the state has changed");
}

/** As {@link refused}, for what only the core can judge. */
async function refusedByCore(parameters: Parameters, code: number, words: string): Promise<void> {
  const before = await holdings();
  const { status, body } = await alice.signed("POST", "/api/v3/order", parameters);
  assert.deepEqual([status, body.code, body.msg], [400, code, words]);
  assert.deepEqual(await holdings(), before);
}

async function holdings(): Promise<unknown> {
  const account = await alice.signed("GET", "/api/v3/account");
  const open = await alice.signed("GET", "/api/v3/openOrders");
  return [account.body.balances, open.body];
}

const place = (more: Parameters) => () => alice.signed("POST", "/api/v3/order", order(more));

for (const text of [
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
  "Infinity",
]) {
  for (const name of ["quantity", "price"]) {
    test(`${name}=${JSON.stringify(text)}`, () =>
      refused(
        place({ [name]: text }),
        400,
        -1100,
        new RegExp(`^Illegal characters found in parameter '${name}'`),
      ));
  }
}

test("60 digits", () =>
  refused(
    place({ quantity: "9".repeat(60) }),
    400,
    -1100,
    /^Illegal characters found in parameter 'quantity'/,
  ));

test("too many decimals, off tick, off lot, zero, too large", async () => {
  await refused(
    place({ quantity: "0.100000000000001" }),
    400,
    -1111,
    "Parameter 'quantity' has too much precision.",
  );
  await refusedByCore(order({ quantity: "99999999" }), -1013, "Filter failure: LOT_SIZE");
});

test("unknown, duplicate, missing and empty parameters", async () => {
  await refused(place({ colour: "red" }), 400, -1104, /^Not all sent parameters were read; read '\d+'/);
  await refused(place({ __proto__x: "1" }), 400, -1104, /^Not all sent parameters were read/);
  await refused(signedText("POST", `${query(order())}&__proto__=1`), 400, -1104, /^Not all sent/);
  await refused(signedText("POST", `${query(order())}&constructor=1`), 400, -1104, /^Not all sent/);
  await refused(
    signedText("POST", `${query(order())}&side=SELL`),
    400,
    -1101,
    "Duplicate values for a parameter detected.",
  );
  const { side: _, ...sideless } = order();
  await refused(
    () => alice.signed("POST", "/api/v3/order", sideless),
    400,
    -1102,
    "Mandatory parameter 'side' was not sent, was empty/null, or malformed.",
  );
  await refused(place({ newClientOrderId: "" }), 400, -1105, "Parameter 'newClientOrderId' was empty.");
});

test("sets: side, type, time in force, symbol", async () => {
  await refused(place({ side: "HOLD" }), 400, -1117, "Invalid side.");
  await refused(place({ type: "ICEBERG" }), 400, -1116, "Invalid orderType.");
  await refused(place({ timeInForce: "GTX" }), 400, -1115, "Invalid timeInForce.");
  await refused(place({ symbol: "NOSUCH" }), 400, -1121, "Invalid symbol.");
  await refused(place({ symbol: "btcusdt" }), 400, -1100, /^Illegal characters found in parameter 'symbol'/);
});

/** Signs a text as it is, with a timestamp behind it. */
function signedText(
  method: string,
  text: string,
  timestamp: number | string = Date.now(),
): () => Promise<Answer> {
  const payload = `${text}&timestamp=${timestamp}`;
  return () =>
    alice.raw(method, `/api/v3/order?${payload}&signature=${sign(exchange.keys.alice.secretKey, payload)}`);
}

test("encodings: invalid UTF-8, NUL, control characters", async () => {
  for (const bytes of ["%ff%fe", "%c3%28", "%00", "a%0ab", "%", "%zz", "%e2%80%ae"]) {
    await refused(signedText("POST", `${query(order())}&newClientOrderId=${bytes}`), 400, -1100, /^Illegal/);
  }
});

test("client order ids: 65 characters, characters outside, reused", async () => {
  await refused(place({ newClientOrderId: "x".repeat(65) }), 400, -1100, /'newClientOrderId'/);
  await refused(place({ newClientOrderId: "a b" }), 400, -1100, /'newClientOrderId'/);
  await refused(place({ newClientOrderId: "ä" }), 400, -1100, /^Illegal/);
  const first = await alice.signed("POST", "/api/v3/order", order({ newClientOrderId: "once" }));
  assert.equal(first.status, 200);
  await refusedByCore(order({ newClientOrderId: "once", quantity: "0.2" }), -2010, "Duplicate order sent.");
  await alice.signed("DELETE", "/api/v3/order", { symbol, origClientOrderId: "once" });
  await refusedByCore(order({ newClientOrderId: "once", quantity: "0.2" }), -2010, "Duplicate order sent.");
});

test("timestamps: seconds, microseconds, future, past, no number, recvWindow", async () => {
  const now = Date.now();
  const late = "Timestamp for this request is outside of the recvWindow.";
  const early = "Timestamp for this request was 1000ms ahead of the server's time.";
  const text = query(order());
  await refused(signedText("POST", text, Math.floor(now / 1000)), 400, -1021, late);
  await refused(signedText("POST", text, now * 1000), 400, -1021, early);
  await refused(signedText("POST", text, now + 60_000), 400, -1021, early);
  await refused(signedText("POST", text, now - 10_000), 400, -1021, late);
  await refused(signedText("POST", text, "yesterday"), 400, -1100, /'timestamp'/);
  await refused(
    signedText("POST", `${text}&recvWindow=60001`),
    400,
    -1131,
    "recvWindow must be less than 60000.",
  );
  await refused(
    () => alice.raw("POST", `/api/v3/order?${text}&signature=${sign(exchange.keys.alice.secretKey, text)}`),
    400,
    -1102,
    /'timestamp'/,
  );
});

test("keys: none, of no form, unknown, another's secret, a changed byte, revoked", async () => {
  const payload = `${query(order())}&timestamp=${Date.now()}`;
  const target = (signature: string): string => `/api/v3/order?${payload}&signature=${signature}`;
  const own = sign(exchange.keys.alice.secretKey, payload);
  const as = (key: string) => () => alice.raw("POST", target(own), { headers: { "X-MBX-APIKEY": key } });
  await refused(as("short!"), 401, -2014, "API-key format invalid.");
  await refused(as("q".repeat(64)), 401, -2015, "Invalid API-key, IP, or permissions for action.");
  const invalid = "Signature for this request is not valid.";
  await refused(
    () => alice.raw("POST", target(sign(exchange.keys.bob.secretKey, payload))),
    400,
    -1022,
    invalid,
  );
  await refused(() => alice.raw("POST", target(own).replace("0.1", "0.2")), 400, -1022, invalid);
  await refused(() => alice.raw("POST", target("0".repeat(64))), 400, -1022, invalid);
  await refused(() => alice.raw("POST", target("zz")), 400, -1022, invalid);
  await refused(() => alice.raw("POST", `/api/v3/order?${payload}`), 400, -1102, /'signature'/);

  const key = await operator(exchange, "POST", "/v1/keys", { account: "alice", label: "short-lived" });
  const client = new SignedClient(exchange.url, key);
  assert.equal((await client.signed("GET", "/api/v3/account")).status, 200);
  await operator(exchange, "DELETE", `/v1/keys/${key.apiKey}`);
  await refused(() => client.signed("GET", "/api/v3/account"), 401, -2015, /^Invalid API-key/);
  client.close();

  const reader = await operator(exchange, "POST", "/v1/keys", { account: "alice", scopes: ["READ"] });
  const looking = new SignedClient(exchange.url, reader);
  assert.equal((await looking.signed("GET", "/api/v3/account")).status, 200);
  await refused(() => looking.signed("POST", "/api/v3/order", order()), 401, -2015, /^Invalid API-key/);
  looking.close();
});

test("cancels: unknown, foreign, filled orders; no id at all", async () => {
  const unknown = "Unknown order sent.";
  const cancel = (parameters: Parameters) =>
    alice.signed("DELETE", "/api/v3/order", { symbol, ...parameters });
  const foreign = await bob.signed("POST", "/api/v3/order", order({ side: "SELL", price: price + 100 }));
  const filled = await alice.signed("POST", "/api/v3/order", order({ price: price + 100 }));
  assert.equal(filled.body.status, "FILLED");
  const other = await bob.signed("POST", "/api/v3/order", order({ newClientOrderId: "bobs" }));
  for (const parameters of [
    { orderId: 4 },
    { orderId: foreign.body.orderId },
    { orderId: filled.body.orderId },
    { orderId: other.body.orderId },
    { origClientOrderId: "bobs" },
    { orderId: Number.MAX_SAFE_INTEGER },
  ]) {
    const { status, body } = await cancel(parameters);
    assert.deepEqual([status, body.code, body.msg], [400, -2011, unknown], JSON.stringify(parameters));
  }
  assert.equal((await bob.signed("GET", "/api/v3/openOrders", { symbol })).body.length, 1);
  await refused(() => cancel({}), 400, -1102, /orderId.*origClientOrderId|origClientOrderId.*orderId/);
  await bob.signed("DELETE", "/api/v3/openOrders", { symbol });
});

test("a halted symbol takes no orders, but cancels; an empty book fills nothing", async () => {
  const resting = await alice.signed("POST", "/api/v3/order", order());
  await operator(exchange, "POST", "/v1/market-status", { symbol, status: "HALT" });
  await refusedByCore(order(), -1013, "Market is closed.");
  const { status } = await alice.signed("DELETE", "/api/v3/order", { symbol, orderId: resting.body.orderId });
  assert.equal(status, 200);
  await operator(exchange, "POST", "/v1/market-status", { symbol, status: "TRADING" });
  const before = await holdings();
  const { body } = await alice.signed("POST", "/api/v3/order", {
    symbol,
    side: "BUY",
    type: "MARKET",
    quantity: "0.1",
  });
  assert.deepEqual([body.status, Number(body.executedQty)], ["EXPIRED", 0]);
  assert.deepEqual(await holdings(), before);
});

test("a signed request replayed byte for byte takes effect once", async () => {
  const send = signedText("POST", query(order()));
  const first = await send();
  const again = await send();
  assert.equal(first.status, 200);
  assert.deepEqual(again.body, first.body);
  assert.equal((await alice.signed("GET", "/api/v3/openOrders", { symbol })).body.length, 1);
  await alice.signed("DELETE", "/api/v3/order", { symbol, orderId: first.body.orderId });
});

test("bodies: too large, too deep, of another kind, twice", async () => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  await refused(
    () => alice.raw("POST", "/api/v3/order", { body: `symbol=${"A".repeat(32_000)}`, headers: form }),
    413,
    -1101,
    "Too many parameters sent for this endpoint.",
  );
  const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
  const json = { "content-type": "application/json" };
  for (const body of [deep.slice(0, 16_000), "{", '{"symbol":"BTCUSDT"}', "null"]) {
    const digest = await stateDigest(exchange);
    const answer = await alice.raw("POST", "/api/v3/order", { body, headers: json });
    assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${JSON.stringify(answer.body)}`);
    assert.ok(answer.body.code < 0);
    assert.equal(await stateDigest(exchange), digest);
  }
});

test("paths and methods that there are not", async () => {
  for (const [method, path] of [
    ["GET", "/api/v3/nothing"],
    ["PATCH", "/api/v3/order"],
    ["GET", "/../../etc/passwd"],
    ["GET", "/api/v3/%00"],
  ] as const) {
    const answer = await alice.raw(method, path);
    assert.ok(answer.status >= 400 && answer.status < 500, `${method} ${path}: ${answer.status}`);
  }
});

/** Sends raw bytes and resolves with what came back before the connection ended or `waitMs` passed. */
function rawSocket(bytes: string | Buffer, waitMs = 1_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(exchange.port, "127.0.0.1");
    let heard = "";
    const done = (): void => {
      socket.destroy();
      resolve(heard);
    };
    const timer = setTimeout(done, waitMs);
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(heard);
    });
    socket.write(bytes);
  });
}

test("bytes that are no HTTP, and HTTP that smuggles: refused, and the next request is served", async () => {
  const digest = await stateDigest(exchange);
  const signed = `${query(order())}&timestamp=${Date.now()}`;
  const target = `/api/v3/order?${signed}&signature=${sign(exchange.keys.alice.secretKey, signed)}`;
  const head = `POST ${target} HTTP/1.1\r\nHost: x\r\nX-MBX-APIKEY: ${exchange.keys.alice.apiKey}\r\n`;
  for (const bytes of [
    "\0\0\0\0\r\n\r\n",
    "GET / HTTP/9.9\r\n\r\n",
    `GET /${"a".repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET / HTTP/1.1\r\n${"X-Flood: 1\r\n".repeat(20_000)}\r\n`,
    `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `${head}Content-Length: -1\r\n\r\n`,
    `${head}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
    `${head}Transfer-Encoding: chunked\r\n\r\nZZ\r\n`,
    Buffer.alloc(200_000, 0xff),
  ]) {
    const heard = await rawSocket(bytes);
    assert.doesNotMatch(heard, /^HTTP\/1\.1 [25]/, String(bytes).slice(0, 60));
  }
  assert.equal(await stateDigest(exchange), digest);
  assert.equal((await alice.public("/api/v3/ping")).status, 200);
});

test("a body that never comes does not hold anyone else up", async () => {
  const hanging = rawSocket(
    `POST /api/v3/order HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nsymbol=`,
    2_000,
  );
  const startMs = Date.now();
  assert.equal((await alice.public("/api/v3/ping")).status, 200);
  assert.ok(Date.now() - startMs < ANSWER_MS_MAX);
  await hanging;
});

test("the log holds no secret", () => {
  for (const { secretKey } of Object.values(exchange.keys)) assert.ok(!exchange.log.includes(secretKey));
});

/** What every answer says beside its body, what browsers are let do, and what a request's head may cost. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";
import { WebSocket } from "ws";
import { hmac, queryOf, TestExchange } from "../../main/testing/test-exchange.js";
import { ROUTES } from "../routes.js";
import { LimitsSetting } from "../session/rate-limits.js";

const ORIGIN = { origin: "https://trader.example" };

let exchange: TestExchange;
let port = 0;

before(async () => {
  exchange = await TestExchange.start({ limits: LimitsSetting.NONE });
  ({ port } = await exchange.gateway.listen({ host: "127.0.0.1", port: 0 }));
});
after(() => exchange.close());

type Headers = Readonly<Record<string, unknown>>;

function assertData(headers: Headers, where: string): void {
  assert.equal(headers["x-content-type-options"], "nosniff", where);
  assert.equal(headers["content-security-policy"], "default-src 'none';frame-ancestors 'none'", where);
  assert.equal(headers["referrer-policy"], "no-referrer", where);
  assert.equal(headers["cache-control"], "no-store", where);
  for (const telling of ["x-powered-by", "server", "etag", "access-control-allow-credentials"]) {
    assert.equal(headers[telling], undefined, `${where} has ${telling}`);
  }
}

/** Sends bytes as they are and answers all that comes back, until the server closes the connection. */
function sent(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
    });
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

function parsed(answer: string): { status: number; headers: Headers; body: unknown } {
  const [head = "", body = ""] = answer.split("\r\n\r\n", 2);
  const [first = "", ...lines] = head.split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]),
  );
  return { status: Number(first.split(" ")[1]), headers, body: body === "" ? undefined : JSON.parse(body) };
}

const head = (lines: string): string =>
  `GET /api/v3/time HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${lines}\r\n`;

describe("headers of answers", () => {
  it("say the same of every answer: it is data, and nobody keeps it", async () => {
    const urls = [
      "/health/live",
      "/health/ready",
      "/metrics",
      "/nothing",
      "/%zz",
      "/udf/time",
      "/udf/symbols",
    ];
    for (const url of [...urls, ...ROUTES.map(({ path }) => path)]) {
      assertData((await exchange.raw("GET", url)).headers, url);
    }
    const { alice } = exchange;
    const order = {
      symbol: "BTCUSDT",
      side: "BUY",
      type: "LIMIT",
      timeInForce: "GTC",
      price: "1",
      quantity: "1",
    };
    const answer = await exchange.signed(alice, "POST", "/api/v3/order", order);
    assertData(answer.headers, "an order");
    assert.equal(answer.headers["access-control-allow-origin"], undefined, "nobody's page asked");
    assertData(parsed(await sent("nonsense\r\n\r\n")).headers, "bytes that are no request");
  });

  it("let pages of any origin read answers, refusals and what is left of their limits", async () => {
    const { alice } = exchange;
    const query = queryOf({ timestamp: exchange.nowMs() });
    const signed = `/api/v3/account?${query}&signature=${hmac(alice, query)}`;
    const key = { "x-mbx-apikey": alice.apiKey };
    for (const [url, status, more] of [
      ["/api/v3/time", 200, {}],
      ["/udf/history?symbol=NOSUCH&resolution=1&to=1", 400, {}],
      [signed, 200, key],
      ["/api/v3/account", 401, {}],
      ["/api/v3/nothing", 404, {}],
      ["/api/v3/%zz", 400, {}],
    ] as const) {
      const answer = await exchange.raw("GET", url, { headers: { ...ORIGIN, ...more } });
      assert.equal(answer.status, status, url);
      assertData(answer.headers, url);
      assert.equal(answer.headers["access-control-allow-origin"], "*", url);
      const exposed = String(answer.headers["access-control-expose-headers"]).toLowerCase().split(",");
      for (const name of Object.keys(answer.headers)) {
        if (name.startsWith("x-mbx-")) assert.ok(exposed.includes(name), `${name} can't be read`);
      }
      assert.ok(exposed.includes("retry-after"));
    }
    const order = {
      symbol: "BTCUSDT",
      side: "BUY",
      type: "LIMIT",
      timeInForce: "GTC",
      price: "2",
      quantity: "1",
    };
    const text = queryOf({ ...order, timestamp: exchange.nowMs() });
    const placed = await exchange.raw("POST", `/api/v3/order?${text}&signature=${hmac(alice, text)}`, {
      headers: { ...ORIGIN, ...key },
    });
    for (const name of ["X-MBX-USED-WEIGHT-1M", "X-MBX-ORDER-COUNT-10S", "X-MBX-ORDER-COUNT-1D"]) {
      assert.notEqual(placed.headers[name.toLowerCase()], undefined, JSON.stringify(placed.body));
      assert.match(String(placed.headers["access-control-expose-headers"]), new RegExp(name), name);
    }
    // Who operates it asks from no foreign page.
    const metrics = await exchange.raw("GET", "/metrics", { headers: ORIGIN });
    assert.equal(metrics.headers["access-control-allow-origin"], undefined);
  });

  it("tell a browser once a day what it may send, and count nothing", async () => {
    const used = async (): Promise<number> =>
      Number((await exchange.public("/api/v3/ping")).headers["x-mbx-used-weight-1m"]);
    const before = await used();
    const methods = new Set(ROUTES.map(({ method }) => method));
    for (const method of methods) {
      const answer = await exchange.gateway.app.inject({
        method: "OPTIONS",
        url: "/api/v3/order",
        headers: {
          ...ORIGIN,
          "access-control-request-method": method,
          "access-control-request-headers": "x-mbx-apikey",
        },
      });
      assert.equal(answer.statusCode, 204);
      assert.equal(answer.body, "");
      assert.equal(answer.headers["access-control-allow-origin"], "*");
      assert.ok(String(answer.headers["access-control-allow-methods"]).split(",").includes(method));
      assert.equal(answer.headers["access-control-allow-headers"], "X-MBX-APIKEY,Content-Type");
      assert.equal(answer.headers["access-control-max-age"], "86400");
      assert.equal(answer.headers["access-control-allow-credentials"], undefined);
      assert.equal(answer.headers["x-mbx-used-weight-1m"], undefined);
    }
    assert.equal(await used(), before + 1);
    // Without a question for a method it is no preflight.
    const plain = await exchange.gateway.app.inject({
      method: "OPTIONS",
      url: "/api/v3/order",
      headers: ORIGIN,
    });
    assert.deepEqual([plain.statusCode, plain.json().code], [404, -1020]);
  });
});

describe("a request's head", () => {
  it("may have 100 headers, and is not read with one of them missing", async () => {
    const lines = (count: number): string =>
      Array.from({ length: count }, (_, place) => `X-${place}: 1\r\n`).join("");
    // Host and Connection are two of them.
    assert.equal(parsed(await sent(head(lines(98)))).status, 200);
    for (const count of [99, 150, 1500]) {
      const { status, headers, body } = parsed(await sent(head(lines(count))));
      assert.equal(status, 431, `${count} more`);
      assert.deepEqual(body, { code: -1101, msg: "Too many parameters sent for this endpoint." });
      assertData(headers, "too many headers");
    }
  });

  it("may have 16 KiB with its line", async () => {
    assert.equal(parsed(await sent(head(`X-Long: ${"a".repeat(15_000)}\r\n`))).status, 200);
    const large = [
      head(`X-Long: ${"a".repeat(16_500)}\r\n`),
      `GET /api/v3/time?${"a".repeat(17_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    ];
    for (const bytes of large) {
      const { status, headers, body } = parsed(await sent(bytes));
      assert.equal(status, 431);
      assert.deepEqual(body, { code: -1101, msg: "Too many parameters sent for this endpoint." });
      assert.equal(headers.connection, "close");
      assertData(headers, "a large head");
    }
  });

  it("may have 16 KiB of body behind it", async () => {
    const post = (bytes: number): Promise<{ status: number; body: { code: number } }> =>
      exchange.raw("POST", "/api/v3/order", { body: `a=${"a".repeat(bytes - 2)}` });
    assert.equal((await post(16 * 1024)).status, 401);
    const { status, body } = await post(16 * 1024 + 1);
    assert.deepEqual([status, body.code], [413, -1101]);
  });
});

describe("a connection", () => {
  it("is cut when its request does not arrive", async () => {
    const { server } = exchange.gateway.app;
    const limits = [server.headersTimeout, server.requestTimeout, server.keepAliveTimeout, server.timeout];
    assert.deepEqual(limits, [10_000, 10_000, 75_000, 60_000]);
    server.headersTimeout = 1;
    server.requestTimeout = 1;
    try {
      const { status, headers, body } = parsed(
        await sent("GET /api/v3/time HTTP/1.1\r\nHost: a\r\nX-Slow: "),
      );
      assert.equal(status, 408);
      assert.equal((body as { code: number }).code, -1001);
      assert.equal(headers.connection, "close");
      assertData(headers, "a slow request");
    } finally {
      [server.headersTimeout, server.requestTimeout] = [10_000, 10_000];
    }
  });

  it("is cut when its client does not read, but a quiet WebSocket is not", async () => {
    const { server } = exchange.gateway.app;
    server.setTimeout(50);
    try {
      const quiet = new WebSocket(`ws://127.0.0.1:${port}/ws`);
      await new Promise((resolve) => quiet.once("open", resolve));
      const until = async (connections: number): Promise<void> => {
        while (exchange.gateway.connections() !== connections) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      };
      await until(1);
      const socket = connect(port, "127.0.0.1");
      socket.on("error", () => undefined);
      // More answers than the system's buffers hold, and none of them is read.
      socket.pause();
      const one = "GET /api/v3/exchangeInfo HTTP/1.1\r\nHost: a\r\n\r\n";
      socket.write(one.repeat(5_000));
      await until(2);
      await until(1);
      socket.destroy();
      assert.equal(quiet.readyState, WebSocket.OPEN);
      quiet.terminate();
    } finally {
      server.setTimeout(60_000);
    }
  });
});

/** Traces of requests: what a real receiver is sent for an order, and that nothing depends on it. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { pino } from "pino";
import { WebSocket } from "ws";
import { OtlpReceiver, type ReceivedSpan } from "../platform/testing/otlp-receiver.js";
import { until } from "../platform/testing/until.js";
import { OtlpTracer } from "../platform/tracing/otlp-tracer.js";
import type { RequestTracer } from "../platform/tracing/request-tracer.js";
import { hmac, queryOf, TestExchange } from "./testing/test-exchange.js";
import { openTracer, TracingOptionError, tracingSettings } from "./tracing.js";

const logger = pino({ level: "silent" });
const hex = (bytes: number): string => randomBytes(bytes).toString("hex");
const order = {
  symbol: "BTCUSDT",
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  quantity: "0.01",
  price: "59000",
};

describe("traces", () => {
  let receiver: OtlpReceiver;
  let tracer: RequestTracer | undefined;
  let exchange: TestExchange;
  before(async () => {
    receiver = await OtlpReceiver.start();
    tracer = await openTracer(
      { url: receiver.url, ratio: 1 },
      { logger, role: "exchange", version: "1.2.3" },
    );
    exchange = await TestExchange.start({ tracer });
  });
  after(async () => {
    await exchange?.close();
    await tracer?.close();
    await receiver?.close();
  });

  /** Sends a signed request that says to which trace it belongs. */
  async function send(
    method: "GET" | "POST",
    path: string,
    parameters: Record<string, string>,
    flags = "01",
  ) {
    const [traceId, spanId] = [hex(16), hex(8)];
    const query = queryOf({ timestamp: exchange.nowMs(), recvWindow: 60_000, ...parameters });
    const { alice } = exchange;
    const answer = await exchange.raw(method, `${path}?${query}&signature=${hmac(alice, query)}`, {
      headers: { "x-mbx-apikey": alice.apiKey, traceparent: `00-${traceId}-${spanId}-${flags}` },
    });
    return { traceId, spanId, answer };
  }

  const named = (spans: readonly ReceivedSpan[], name: string): ReceivedSpan => {
    const span = spans.find((one) => one.name === name);
    assert.ok(span !== undefined, `${name} is not among ${spans.map((one) => one.name).join(", ")}`);
    return span;
  };

  it("show where the time of an order went: gateway, engine, journal", async () => {
    const { traceId, spanId, answer } = await send("POST", "/api/v3/order", order);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const spans = await receiver.trace(traceId, 6);
    assert.equal(spans.length, 6);
    const root = named(spans, "POST /api/v3/order");
    assert.equal(root.parentSpanId, spanId);
    assert.deepEqual(root.attributes, {
      "http.request.method": "POST",
      "http.route": "/api/v3/order",
      "http.response.status_code": 200,
    });
    assert.deepEqual(
      ["service.name", "service.version", "buttonwood.role"].map((name) => root.resource[name]),
      ["buttonwood", "1.2.3", "exchange"],
    );
    const submit = named(spans, "engine.submit");
    assert.equal(submit.parentSpanId, root.spanId);
    const { sequence } = await exchange.engine.query({ kind: "status" });
    assert.deepEqual(submit.attributes, {
      "buttonwood.command": "NEW_ORDER",
      "buttonwood.sequence": sequence,
    });
    assert.ok(root.startUs <= submit.startUs && submit.endUs <= root.endUs);
    const parts = ["engine.wait", "engine.apply", "journal.commit", "engine.answer"].map((name) =>
      named(spans, name),
    );
    for (const part of parts) {
      assert.equal(part.parentSpanId, submit.spanId);
      assert.ok(part.startUs <= part.endUs);
    }
    const [wait, apply, commit, told] = parts;
    assert.equal(wait!.startUs, submit.startUs);
    assert.equal(apply!.endUs, commit!.startUs);
    assert.ok(commit!.endUs > commit!.startUs, "a commit takes time");
    assert.equal(told!.endUs, submit.endUs);
    const batch = {
      "buttonwood.batch.first_sequence": sequence,
      "buttonwood.batch.last_sequence": sequence,
    };
    assert.deepEqual(apply!.attributes, batch);
    assert.deepEqual(commit!.attributes, batch);
  });

  it("tell of refusals by their code, and of history that was read", async () => {
    const refused = await send("POST", "/api/v3/order", { ...order, price: "1", quantity: "0.00001" });
    const [root] = await receiver.trace(refused.traceId, 1);
    assert.equal(root!.attributes["buttonwood.code"], refused.answer.body.code);
    assert.equal(root!.attributes["http.response.status_code"], 400);
    assert.equal(root!.isFailed, false, "the client's own mistake");
    const read = await send("GET", "/api/v3/allOrders", { symbol: "BTCUSDT" });
    const spans = await receiver.trace(read.traceId, 2);
    assert.equal(named(spans, "history.orders").parentSpanId, named(spans, "GET /api/v3/allOrders").spanId);
  });

  it("leave out a request whose caller does not follow it", async () => {
    const { traceId } = await send("GET", "/api/v3/account", {}, "00");
    const later = await send("GET", "/api/v3/account", {});
    await receiver.trace(later.traceId, 1);
    assert.deepEqual(
      receiver.spans.filter((span) => span.traceId === traceId),
      [],
    );
  });

  it("follow requests of the WebSocket API too", async () => {
    const { url } = await exchange.gateway.listen({ host: "127.0.0.1", port: 0 });
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws-api/v3`);
    await once(socket, "open");
    socket.send(JSON.stringify({ id: 1, method: "depth", params: { symbol: "BTCUSDT" } }));
    await once(socket, "message");
    socket.terminate();
    await until("a span", () => receiver.spans.some(({ name }) => name === "marketData.depth"));
    const part = named(receiver.spans, "marketData.depth");
    const root = named(await receiver.trace(part.traceId, 2), "depth");
    assert.deepEqual([part.parentSpanId, root.parentSpanId], [root.spanId, ""]);
    assert.equal(root.attributes["http.response.status_code"], 200);
  });
});

describe("a tracer", () => {
  it("is not made, and none of its packages loaded, when nobody asks for traces", async () => {
    assert.equal(await openTracer({}, { logger, role: "exchange", version: "1" }), undefined);
  });

  it("follows at most a hundred a second of those who ask for it, and its own share of the others", async () => {
    const receiver = await OtlpReceiver.start();
    let nowMs = 5_000;
    const lost: string[] = [];
    const made = (ratio: number): OtlpTracer =>
      new OtlpTracer({
        url: `${receiver.url}/v1/traces`,
        ratio,
        resource: {},
        nowMs: () => nowMs,
        onLost: (why) => lost.push(why),
      });
    const begin = (tracer: OtlpTracer, traceparent?: string): boolean => {
      const span = tracer.begin({ name: "x", startUs: 1_000_000, attributes: {}, traceparent });
      span?.end(1_000_001);
      return span !== undefined;
    };
    const none = made(0);
    const asked = (): string => `00-${hex(16)}-${hex(8)}-01`;
    const followed = (): number =>
      Array.from({ length: 150 }, () => begin(none, asked())).filter(Boolean).length;
    assert.equal(begin(none), false);
    assert.equal(begin(none, "nonsense"), false);
    assert.equal(followed(), 100);
    nowMs += 1_000;
    assert.equal(followed(), 100);

    // A receiver that takes nothing loses traces, is complained about once a minute, and hinders nobody.
    receiver.status = 400;
    await none.close();
    assert.equal(lost.length, 1);
    const all = made(1);
    assert.equal(begin(all), true);
    await all.close();
    assert.equal(lost.length, 2);
    assert.deepEqual(receiver.spans, []);
    await receiver.close();
  });
});

describe("settings of tracing", () => {
  it("come from options, else from the environment", () => {
    const base = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318/otlp/" };
    const whole = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://other/own" };
    const table = [
      [{}, {}, undefined],
      [{}, { OTEL_EXPORTER_OTLP_ENDPOINT: " " }, undefined],
      [{}, base, ["http://collector:4318/otlp/v1/traces", 0.01]],
      [{}, { ...base, OTEL_TRACES_SAMPLER_ARG: "0.5" }, ["http://collector:4318/otlp/v1/traces", 0.5]],
      [
        { ratio: 1 },
        { ...base, OTEL_TRACES_SAMPLER_ARG: "0.5" },
        ["http://collector:4318/otlp/v1/traces", 1],
      ],
      [{}, { ...base, ...whole }, ["https://other/own", 0.01]],
      [{}, { ...base, OTEL_SDK_DISABLED: "true" }, undefined],
      [{ url: "http://localhost:4318" }, base, ["http://localhost:4318/v1/traces", 0.01]],
      [{ url: "http://localhost:4318/x/v1/traces" }, {}, ["http://localhost:4318/x/v1/traces", 0.01]],
    ] as const;
    for (const [options, environment, expected] of table) {
      const settings = tracingSettings(options, environment);
      assert.deepEqual(settings && [settings.url, settings.ratio], expected);
    }
    assert.equal(tracingSettings({}, { ...base, OTEL_SERVICE_NAME: "mine" })?.serviceName, "mine");
  });

  it("are refused when they can't be used, with what to do", () => {
    for (const [options, environment, message] of [
      [{ url: "collector" }, {}, /--traces is "collector"/],
      [{ url: "grpc://x:4317" }, {}, /--traces/],
      [{}, { OTEL_EXPORTER_OTLP_ENDPOINT: "x" }, /OTEL_EXPORTER_OTLP_ENDPOINT is "x"/],
      [{ url: "http://x" }, { OTEL_TRACES_SAMPLER_ARG: "2" }, /OTEL_TRACES_SAMPLER_ARG is "2"/],
    ] as const) {
      assert.throws(
        () => tracingSettings(options, environment),
        (error) => error instanceof TracingOptionError && message.test(error.message) && error.remedy !== "",
      );
    }
  });
});

/** Every example of the documents, played on a real exchange: each is answered, and as its schema says. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import WebSocket from "ws";
import { hmac, TestExchange } from "../../main/testing/test-exchange.js";
import { until } from "../../platform/testing/until.js";
import { Security } from "../endpoint.js";
import { METHODS, ROUTES } from "../routes.js";
import { OwnMethod } from "../websocket/own-methods.js";
import { asyncApiDocument, EXAMPLE_TIME_MS } from "./asyncapi.js";
import { EXAMPLES } from "./examples.js";
import { openApiDocument } from "./openapi.js";
import { SESSION_METHODS } from "./session-methods.js";
import { STREAM_NOTES } from "./stream-messages.js";
import { AnswerCheck, COMPILER_OPTIONS, pointerPart } from "./testing/answer-check.js";

const openApi = openApiDocument("1");
const asyncApi = asyncApiDocument("1");
const restCheck = new AnswerCheck(new Ajv2020(COMPILER_OPTIONS), openApi);
const socketCheck = new AnswerCheck(new Ajv(COMPILER_OPTIONS), asyncApi);

let exchange: TestExchange;
before(async () => {
  exchange = await TestExchange.start();
});
after(() => exchange.close());

/** The schema of an operation's answer with status 200. */
function answerPointer(path: string, method: string, mediaType = "application/json"): string {
  return (
    `/paths/${pointerPart(path)}/${method.toLowerCase()}` +
    `/responses/200/content/${pointerPart(mediaType)}/schema`
  );
}

interface Operation {
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, unknown>> }>>;
  readonly "x-examples": readonly { readonly name: string; readonly parameters: Record<string, string> }[];
}

describe("examples of the OpenAPI document", () => {
  for (const key of Object.keys(EXAMPLES)) {
    const [method, path] = key.split(" ") as ["GET", string];
    const paths = openApi.paths as unknown as Record<string, Record<string, Operation>>;
    const operation = paths[path]![method.toLowerCase()]!;
    for (const { name, parameters } of operation["x-examples"]) {
      it(`${key} ${name}`, async () => {
        const isSigned = operation.security.some((scheme) => "signature" in scheme);
        const { status, headers, body } = isSigned
          ? await exchange.signed(exchange.alice, method, path, parameters)
          : await exchange.public(path, parameters);
        assert.equal(status, 200, JSON.stringify(body));
        const [mediaType] = Object.keys(operation.responses["200"]!.content);
        assert.equal(String(headers["content-type"]).split(";")[0], mediaType);
        assert.equal(restCheck.at(answerPointer(path, method, mediaType))(body), undefined);
      });
    }
  }

  it("were all played", () => {
    const played = new Set(Object.keys(EXAMPLES));
    for (const { method, path } of ROUTES) assert.ok(played.has(`${method} ${path}`), `${method} ${path}`);
  });

  it("hold refusals to their schema, and the check can fail", async () => {
    const { status, body } = await exchange.public("/api/v3/depth", { symbol: "NOSUCH" });
    assert.equal(status, 400);
    assert.equal(restCheck.at("/components/schemas/Refusal")(body), undefined);
    assert.notEqual(restCheck.at("/components/schemas/Refusal")({ ...body, more: 1 }), undefined);
    assert.notEqual(restCheck.at(answerPointer("/api/v3/depth", "GET"))({ lastUpdateId: "1" }), undefined);
  });

  it("hold refusals of charts to theirs", async () => {
    const { status, body } = await exchange.public("/udf/symbols", { symbol: "NOSUCH" });
    assert.equal(status, 400);
    assert.equal(restCheck.at("/components/schemas/ChartRefusal")(body), undefined);
    assert.notEqual(restCheck.at("/components/schemas/Refusal")(body), undefined);
    const paths = openApi.paths as unknown as Record<string, Record<string, Operation>>;
    const { responses } = paths["/udf/symbols"]!.get!;
    const references = ["400", "429", "431"].map((name) => (responses[name] as { $ref?: string }).$ref);
    const prefix = "#/components/responses/";
    assert.deepEqual(references, [
      `${prefix}ChartRefusal400`,
      `${prefix}ChartRefusal429`,
      `${prefix}Refused431`,
    ]);
  });

  it("of books by order, charts and prevented matches hold something", async () => {
    await trade("0.001");
    for (const price of ["60000", "59999"]) {
      await exchange.signed(exchange.alice, "POST", "/api/v3/order", { ...ORDER, side: "BUY", price });
    }
    const book = () => exchange.public("/api/v3/depth/orders", { symbol: "BTCUSDT" });
    await until("both orders in the book", async () => (await book()).body.bids.length >= 2);
    const orders = await book();
    assert.equal(restCheck.at(answerPointer("/api/v3/depth/orders", "GET"))(orders.body), undefined);
    const taker = await exchange.signed(exchange.alice, "POST", "/api/v3/order", {
      ...ORDER,
      side: "SELL",
      selfTradePreventionMode: "EXPIRE_BOTH",
    });
    const { orderId } = taker.body;
    const path = "/api/v3/myPreventedMatches";
    const prevented = await exchange.signed(exchange.alice, "GET", path, { symbol: "BTCUSDT", orderId });
    assert.equal(prevented.body.length, 1, JSON.stringify(taker.body));
    assert.equal(restCheck.at(answerPointer(path, "GET"))(prevented.body), undefined);
    const chart = { symbol: "BTCUSDT", resolution: "1S", to: "4102444800", countback: "1" };
    const bars = await exchange.public("/udf/history", chart);
    assert.equal(bars.body.s, "ok");
    assert.equal(restCheck.at(answerPointer("/udf/history", "GET"))(bars.body), undefined);
    const later = { symbol: "BTCUSDT", resolution: "1S", from: "4102444000", to: "4102444800" };
    const none = await exchange.public("/udf/history", later);
    assert.ok(none.body.nextTime > 0, JSON.stringify(none.body));
    assert.equal(restCheck.at(answerPointer("/udf/history", "GET"))(none.body), undefined);
    await exchange.signed(exchange.alice, "DELETE", "/api/v3/openOrders", { symbol: "BTCUSDT" });
  });

  it("of health answer as described", async () => {
    for (const path of ["/health/live", "/health/ready"]) {
      const { status, body } = await exchange.raw("GET", path);
      assert.equal(status, 200);
      assert.equal(restCheck.at(answerPointer(path, "GET"))(body), undefined);
    }
  });
});

/** A WebSocket that keeps what it hears. */
class Listener {
  // biome-ignore lint/suspicious/noExplicitAny: messages are looked at by the tests.
  readonly heard: any[] = [];

  private constructor(readonly socket: WebSocket) {
    socket.on("message", (data: Buffer) => this.heard.push(JSON.parse(String(data))));
  }

  static async open(path: string): Promise<Listener> {
    const { port } = exchange.gateway.app.server.address() as { port: number };
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
    const listener = new Listener(socket);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return listener;
  }

  // biome-ignore lint/suspicious/noExplicitAny: messages are looked at by the tests.
  async call(request: Record<string, unknown>): Promise<any> {
    const id = `n${this.heard.length}-${Math.trunc(performance.now())}`;
    this.socket.send(JSON.stringify({ ...request, id }));
    await until(`an answer to ${JSON.stringify(request)}`, () =>
      this.heard.some((message) => message.id === id),
    );
    return this.heard.find((message) => message.id === id);
  }
}

interface Message {
  readonly examples?: readonly { readonly payload: Record<string, unknown> }[];
}

function messagesOf(channel: string): Record<string, Message> {
  const channels = asyncApi.channels as unknown as Record<string, { messages: Record<string, Message> }>;
  return channels[channel]!.messages;
}

function payloadPointer(channel: string, message: string): string {
  return `/channels/${pointerPart(channel)}/messages/${pointerPart(message)}/payload`;
}

function signedParameters(): Record<string, unknown> {
  const { apiKey } = exchange.alice;
  const timestamp = exchange.nowMs();
  return { apiKey, timestamp, signature: hmac(exchange.alice, `apiKey=${apiKey}&timestamp=${timestamp}`) };
}

const ORDER = { symbol: "BTCUSDT", type: "LIMIT", timeInForce: "GTC", price: "60000", quantity: "0.001" };

async function trade(quantity: string): Promise<void> {
  const order = { ...ORDER, quantity };
  for (const [key, side] of [
    [exchange.alice, "BUY"],
    [exchange.bob, "SELL"],
  ] as const) {
    const { status, body } = await exchange.signed(key, "POST", "/api/v3/order", { ...order, side });
    assert.equal(status, 200, JSON.stringify(body));
  }
}

describe("examples of the AsyncAPI document", () => {
  before(() => exchange.gateway.listen({ host: "127.0.0.1", port: 0 }));

  it("about streams are answered", async () => {
    const client = await Listener.open("/ws");
    for (const [name, { examples }] of Object.entries(messagesOf("streams"))) {
      for (const { payload } of examples ?? []) {
        const answer = await client.call(payload);
        const check = socketCheck.at(payloadPointer("streams", `${name}.done`));
        assert.equal(check(answer), undefined, name);
      }
    }
    const refused = await client.call({ method: "NOTHING" });
    assert.equal(socketCheck.at(payloadPointer("streams", "refused"))(refused), undefined);
    client.socket.close();
  });

  it("of the WebSocket API are answered, on a session", async () => {
    // Orders of the REST examples have taken the ids; an exchange of its own would be dearer than other ids.
    const ids = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value).replaceAll('"example-', '"socket-')) as unknown;
    const client = await Listener.open("/ws-api/v3");
    const play = async (method: string, payload: Record<string, unknown>): Promise<void> => {
      const answer = await client.call(payload);
      assert.equal(answer.status, 200, `${method} ${JSON.stringify(answer)}`);
      assert.equal(socketCheck.at(payloadPointer("api", `${method}.answer`))(answer), undefined, method);
    };
    const examplesOf = (method: string): readonly Record<string, unknown>[] =>
      (messagesOf("api")[method]?.examples ?? []).map(({ payload }) => payload);
    const played = new Set<string>();
    const playOwn = async (method: string): Promise<void> => {
      const [example] = examplesOf(method);
      await play(method, {
        ...example,
        params: SESSION_METHODS[method as OwnMethod].isSigned ? signedParameters() : {},
      });
      played.add(method);
    };
    for (const method of [OwnMethod.LOGON, OwnMethod.STATUS, OwnMethod.SUBSCRIBE, OwnMethod.SUBSCRIPTIONS]) {
      await playOwn(method);
    }
    // In the order of the REST examples, which is one that can be played.
    const order = Object.keys(EXAMPLES);
    const places = [...METHODS].map(([method, endpoint]) => {
      const route = ROUTES.find((entry) => entry.endpoint === endpoint);
      return [route === undefined ? 0 : order.indexOf(`${route.method} ${route.path}`), method] as const;
    });
    for (const [, method] of places.sort((a, b) => a[0] - b[0])) {
      const examples = examplesOf(method);
      assert.ok(examples.length > 0, method);
      for (const example of examples) {
        const params = ids(example.params) as Record<string, unknown>;
        if (params.timestamp === EXAMPLE_TIME_MS) params.timestamp = exchange.nowMs();
        await play(method, { ...example, params });
      }
      played.add(method);
    }
    await trade("0.001");
    const both = { ...ORDER, selfTradePreventionMode: "EXPIRE_BOTH" };
    for (const side of ["BUY", "SELL"]) {
      await exchange.signed(exchange.alice, "POST", "/api/v3/order", { ...both, side });
    }
    await until("a prevented match", () => client.heard.some(({ event }) => event?.x === "TRADE_PREVENTION"));
    for (const event of ["executionReport", "outboundAccountPosition"]) {
      await until(event, () => client.heard.some((message) => message.event?.e === event));
    }
    for (const method of [OwnMethod.UNSUBSCRIBE, OwnMethod.LOGOUT, OwnMethod.SUBSCRIBE_SIGNED]) {
      await playOwn(method);
    }
    await exchange.gateway.admin.inject({
      method: "POST",
      url: "/v1/deposits",
      payload: { account: "alice", asset: "ETH", amount: "1.5", reference: "example" },
    });
    await until("the deposit", () => client.heard.some((message) => message.event?.e === "balanceUpdate"));
    const refused = await client.call({ method: "no.such" });
    assert.equal(socketCheck.at(payloadPointer("api", "refused"))(refused), undefined);
    const seen = new Set<string>();
    for (const message of client.heard) {
      if (message.event === undefined) continue;
      seen.add(message.event.e);
      assert.equal(socketCheck.at(payloadPointer("api", message.event.e))(message), undefined);
    }
    assert.deepEqual([...seen].sort(), [
      "balanceUpdate",
      "executionReport",
      "listStatus",
      "outboundAccountPosition",
    ]);
    assert.deepEqual([...played].sort(), [...METHODS.keys(), ...Object.values(OwnMethod)].sort());
    client.socket.close();
  });

  it("of every stream bring messages as described", async () => {
    const client = await Listener.open("/stream");
    const kinds = Object.entries(STREAM_NOTES);
    await client.call({ method: "SUBSCRIBE", params: kinds.map(([, { example }]) => example) });
    const heard = (name: string): boolean => client.heard.some((message) => message.stream === name);
    // Each trade makes messages; those of a second or a minute come while it goes on.
    await until("a message of every stream", async () => {
      await trade("0.001");
      return kinds.every(([, { example }]) => heard(example));
    });
    for (const [kind, { example }] of kinds) {
      const check = socketCheck.at(payloadPointer(kind, "event"));
      for (const message of client.heard) {
        if (message.stream === example) assert.equal(check(message.data), undefined, example);
      }
    }
    client.socket.close();
  });

  it("say who must sign", () => {
    for (const [method, endpoint] of METHODS) {
      const operations = asyncApi.operations as Record<string, Record<string, unknown>>;
      assert.equal(operations[`call.${method}`]!["x-security"], endpoint.security);
      assert.ok(Object.values(Security).includes(endpoint.security));
    }
  });
});

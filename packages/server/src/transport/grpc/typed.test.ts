/** The interface in fields, as programs in other languages use it, against a real engine. */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import {
  CancelReplaceMode,
  CancelRestriction,
  encodeCommand,
  MarketStatus,
  OrderStatus,
  OrderType,
  Reason,
  SelfTradePrevention,
  Side,
  TimeInForce,
  WordBuffer,
} from "@buttonwood/protocol";
import { credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { Engine } from "../../engine/engine.js";
import { LISTINGS, limitOrder, startMemoryEngine } from "../../main/testing/memory-engine.js";
import { systemClock } from "../../platform/clock.js";
import { ButtonEngine } from "../engine-client-contract.js";
import type { EngineQuery } from "../engine-port.js";
import { GroupOffsets } from "../group-offsets.js";
import {
  ENGINE_SERVICE_NAME,
  EngineService,
  type EngineStub,
  HealthService,
  type HealthStub,
  helloMetadata,
  type Outcome,
  type SubmitReply,
} from "./definition.js";
import { GrpcClient } from "./grpc-client.js";
import { GrpcServer } from "./grpc-server.js";
import { QUESTIONS } from "./questions.js";
import { SubmitStream } from "./submit-stream.js";

const PLACE = { partition: 0, mapHash: "abc" };

let engine: Engine;
let server: GrpcServer;
let client: GrpcClient;
let stub: EngineStub;
let health: HealthStub;
let isServing = true;
let handedTo: string | undefined;

before(async () => {
  engine = await startMemoryEngine({ epoch: 0, rows: [] });
  server = await GrpcServer.listen(engine, {
    ...PLACE,
    address: { host: "127.0.0.1", port: 0 },
    isServing: () => isServing,
    async handOver(successor) {
      if (successor !== "engine-b") throw new Error(`there is no engine ${successor}`);
      handedTo = successor;
    },
  });
  client = new GrpcClient({ ...PLACE, findLeader: async () => server.address });
  for (const command of LISTINGS) assert.equal((await client.submit(command)).reason, Reason.OK);
  stub = new EngineService(server.address, credentials.createInsecure(), {});
  health = new HealthService(server.address, credentials.createInsecure(), {});
});
after(async () => {
  stub.close();
  health.close();
  await client.close();
  await server.close("the test is over", { isSettled: false });
});

/** Sends typed commands, closes the sending side, and returns all that comes until the end. */
function submit(...commands: readonly object[]): Promise<SubmitReply[]> {
  const call = stub.Submit(new Metadata());
  const replies: SubmitReply[] = [];
  for (const command of commands) call.write({ command } as never);
  call.end();
  return new Promise((resolve, reject) => {
    call.on("data", (reply: SubmitReply) => replies.push(reply));
    call.on("error", reject);
    call.on("end", () => resolve(replies));
  });
}

async function outcomesOf(...commands: readonly object[]): Promise<Outcome[]> {
  return (await submit(...commands)).map(({ outcome }) => outcome!);
}

const order = (side: Side, priceTicks: number, lots: number, clientOrderId: string) => ({
  market: 0,
  side,
  type: OrderType.LIMIT,
  priceTicks,
  lots,
  clientOrderId,
});

describe("gRPC in fields", () => {
  it("takes every kind of command and tells what became of it", async () => {
    const outcomes = await outcomesOf(
      { number: 1, account: 1, newOrder: { order: order(Side.SELL, 100, 5, "a") } },
      { number: 2, account: 2, newOrder: { order: order(Side.BUY, 100, 2, "b") } },
      { number: 3, account: 1, reduceOrder: { market: 0, clientOrderId: "a", reduceLots: 1 } },
      { number: 4, account: 1, moveOrder: { market: 0, clientOrderId: "a", priceTicks: 110 } },
      {
        number: 5,
        account: 1,
        cancelReplace: { market: 0, clientOrderId: "a", order: order(Side.SELL, 120, 1, "c") },
      },
      { number: 6, account: 1, cancelOrder: { market: 0, clientOrderId: "c", cancelId: "gone" } },
      { number: 7, account: 1, cancelAll: { market: -1, side: -1 } },
      { number: 8, account: 1, deposit: { asset: 1, amount: 7, reference: "r" } },
      { number: 9, account: 1, deposit: { asset: 1, amount: 7, reference: "r" } },
      { number: 10, account: 1, withdraw: { asset: 1, amount: 2 ** 51, reference: "w" } },
      { number: 11, account: 0, barrier: {} },
      { number: 12, account: 1, newOrder: { order: order(Side.SELL, 100, 5, "a") } },
    );
    assert.deepEqual(
      outcomes.map(({ number, reasonName }) => [number, reasonName]),
      [
        [1, "OK"],
        [2, "OK"],
        [3, "OK"],
        [4, "OK"],
        [5, "OK"],
        [6, "OK"],
        [7, "UNKNOWN_ORDER"],
        [8, "OK"],
        [9, "REPEAT"],
        [10, "INSUFFICIENT_BALANCE"],
        [11, "OK"],
        [12, "REPEAT"],
      ],
    );
    const [, taker, reduced, moved, replaced, canceled] = outcomes;
    assert.equal(taker!.orderId, taker!.sequence * 4);
    const { order: taken } = taker as { order: Record<string, unknown> };
    assert.equal(taken.status, OrderStatus.FILLED);
    assert.equal(taken.executedQuote, 200);
    assert.equal(taken.clientOrderId, "b");
    assert.equal(taker!.fills.length, 1);
    const [fill] = taker!.fills as [Record<string, unknown>];
    assert.deepEqual(
      [fill.tradeId, fill.priceTicks, fill.lots, fill.fee, fill.feeAsset, fill.isMaker],
      [1, 100, 2, 0, 0, false],
    );
    assert.equal((reduced!.order as { lots: number }).lots, 4);
    assert.equal((moved!.order as { priceTicks: number }).priceTicks, 110);
    assert.equal((replaced!.order as { clientOrderId: string }).clientOrderId, "c");
    assert.equal((canceled!.order as { status: number }).status, OrderStatus.CANCELED);
    assert.ok(outcomes.every(({ events }) => events.byteLength > 0));
  });

  it("takes order lists, terms and a countdown, and tells an order's terms", async () => {
    const legs = [
      { ...order(Side.SELL, 150, 3, "up"), type: OrderType.LIMIT_MAKER },
      { ...order(Side.SELL, 40, 3, "down"), type: OrderType.STOP_LOSS_LIMIT, stopTicks: 50 },
    ];
    const terms = { displayLots: 2 };
    const atUs = systemClock.nowUs() + 3_600_000_000;
    const outcomes = await outcomesOf(
      { number: 1, account: 1, orderList: { contingency: 1, listClientOrderId: "pair", legs } },
      { number: 2, account: 1, newOrder: { order: { ...order(Side.SELL, 160, 9, "ice"), terms } } },
      { number: 3, account: 1, setCountdown: { atUs } },
    );
    assert.deepEqual(
      outcomes.map(({ reasonName }) => reasonName),
      ["OK", "OK", "OK"],
    );
    const [list, iceberg] = outcomes;
    assert.deepEqual((list!.order as { terms: object }).terms, {
      contingency: 1,
      leg: 0,
      displayLots: 0,
      trailingBips: 0,
      trailingTicks: 0,
      expiresUs: 0,
    });
    assert.equal((iceberg!.order as { terms: { displayLots: number } }).terms.displayLots, 2);
    const open = await client.query({ kind: "openOrders", account: 1, market: 0 });
    const told = open.filter(({ clientOrderId }) => ["up", "down", "ice"].includes(clientOrderId));
    assert.deepEqual(
      told.map(({ terms: own }) => own?.contingency),
      [1, 1, 0],
    );
    const cancels = await outcomesOf(
      { number: 1, account: 1, cancelList: { market: 0, listId: list!.sequence } },
      { number: 2, account: 1, cancelOrder: { market: 0, clientOrderId: "ice" } },
      { number: 3, account: 1, setCountdown: { atUs: 0 } },
    );
    assert.deepEqual(
      cancels.map(({ reasonName }) => reasonName),
      ["OK", "OK", "OK"],
    );
  });

  it("refuses what is no command, with the reason, and goes on", async () => {
    const replies = await submit(
      { number: 1, account: 1 },
      { number: 2, account: 1, newOrder: {} },
      { number: 3, account: 1, newOrder: { order: { ...order(Side.BUY, 1, 1, "x"), side: 257 } } },
      { number: 4, account: 1, newOrder: { order: order(Side.BUY, 1, 1, "x".repeat(37)) } },
      { number: 5, account: 1, cancelOrder: { clientOrderId: "ü" } },
      { number: 6, account: 0, barrier: {} },
    );
    const refused = replies.flatMap((reply) => (reply.refused === undefined ? [] : [reply.refused]));
    assert.deepEqual(
      refused.map(({ number, reason }) => [number, reason]),
      [1, 2, 3, 4, 5].map((number) => [number, 2]),
    );
    assert.match(refused[2]!.message, /side can't be 257/);
    assert.equal(replies.at(-1)!.outcome?.number, 6);
    const call = stub.Submit(new Metadata());
    call.resume();
    call.write({});
    const error = await new Promise<ServiceError>((resolve) => call.on("error", resolve));
    assert.equal(error.code, status.INVALID_ARGUMENT);
  });

  it("answers every question as in the process", async () => {
    await client.submit(limitOrder(1, Side.BUY, 50, 3, "open"));
    const questions: EngineQuery[] = [
      { kind: "openOrders", account: 1, market: -1 },
      { kind: "openOrder", account: 1, market: 0, orderId: 0, clientOrderId: "open" },
      { kind: "openOrder", account: 1, market: 0, orderId: 0, clientOrderId: "none" },
      { kind: "balances", account: 1 },
      { kind: "funds", account: 1 },
      { kind: "outbox" },
      { kind: "transferArrived", fromPartition: 1, channelSequence: 1, waitMs: 1 },
      { kind: "catalog" },
      { kind: "group", market: 0, sequence: 1 },
      { kind: "group", market: 0, sequence: 1_000_000 },
      { kind: "sequence", market: 0 },
      { kind: "batchTimes", market: 0, sequence: 1 },
      { kind: "batchTimes", market: 0, sequence: 1_000_000 },
      { kind: "status" },
    ];
    assert.deepEqual(new Set(questions.map(({ kind }) => kind)), new Set(Object.keys(QUESTIONS)));
    for (const question of questions) {
      const answer = await client.query(question);
      assert.deepEqual(plain(answer), plain(await engine.query(question)), question.kind);
    }
  });

  it("halts and opens a market in sequence", async () => {
    const halt = await setMarketStatus(MarketStatus.HALT);
    assert.equal(halt.reasonName, "OK");
    const [refused] = await outcomesOf({
      number: 1,
      account: 1,
      newOrder: { order: order(Side.BUY, 1, 1, "h") },
    });
    assert.equal(refused!.reasonName, "MARKET_CLOSED");
    assert.equal((await client.query({ kind: "catalog" })).markets[0]!.status, MarketStatus.HALT);
    assert.equal((await setMarketStatus(MarketStatus.TRADING)).sequence, refused!.sequence + 1);
  });

  it("hands over, or says why not", async () => {
    const handOver = (successor: string) =>
      new Promise<ServiceError | null>((resolve) => stub.HandOver({ successor }, (error) => resolve(error)));
    assert.equal(await handOver("engine-b"), null);
    assert.equal(handedTo, "engine-b");
    const error = await handOver("engine-x");
    assert.equal(error?.code, status.FAILED_PRECONDITION);
    assert.match(error.details, /there is no engine engine-x/);
  });

  it("refuses a client of another partition or map, and both hear why", async () => {
    for (const [partition, mapHash, why] of [
      [1, "abc", /buttonwood-partition is 1 at the client and 0 at the server/],
      [0, "xyz", /buttonwood-map is xyz at the client and abc at the server/],
    ] as const) {
      const metadata = new Metadata();
      for (const [key, value] of Object.entries(helloMetadata(partition, mapHash)))
        metadata.set(key, String(value));
      const errors = await Promise.all([
        new Promise<ServiceError>((resolve) => stub.Submit(metadata).on("error", resolve).resume()),
        new Promise<ServiceError | null>((resolve) =>
          stub.Query({ status: {} }, metadata, (error) => resolve(error)),
        ),
      ]);
      for (const error of errors) {
        assert.equal(error?.code, status.FAILED_PRECONDITION);
        assert.match(error.details, why);
      }
    }
  });

  it("tells its health, also to those who watch", async () => {
    const check = (service: string) =>
      new Promise<number>((resolve) =>
        health.Check({ service }, (error, reply) => resolve(error === null ? reply.status : -error.code)),
      );
    assert.equal(await check(""), 1);
    assert.equal(await check(ENGINE_SERVICE_NAME), 1);
    assert.equal(await check("other"), -status.NOT_FOUND);
    const watched: number[] = [];
    const watch = health.Watch({ service: "" });
    watch.on("data", (reply: { status: number }) => watched.push(reply.status));
    watch.on("error", () => {});
    while (watched.length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    isServing = false;
    while (watched.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(await check(""), 2);
    isServing = true;
    while (watched.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.deepEqual(watched, [1, 2, 1]);
    watch.cancel();
  });
});

describe("a stream whose answers are not read", () => {
  it("is ended when more than a bounded part waits, and takes nothing more", async () => {
    const engine = new ButtonEngine();
    // A connection whose other side has stopped reading: what is written never leaves.
    const call = Object.assign(new EventEmitter(), { write() {}, end() {} });
    const errors: ServiceError[] = [];
    call.on("error", (error: ServiceError) => errors.push(error));
    new SubmitStream(call as never, engine, new GroupOffsets(), 10_000);
    const words = new WordBuffer();
    for (let i = 0; i < 100; i++) encodeCommand(words, { kind: "BARRIER", account: 0 });
    let sent = 0;
    while (errors.length === 0 && sent < 10) {
      call.emit("data", { request: "packed", packed: { number: ++sent, commands: words.copy() } });
      engine.commit([[engine.messages.at(-1)!, 100]]);
    }
    assert.equal(errors[0]?.code, status.RESOURCE_EXHAUSTED);
    assert.equal(sent, 4, "each answer has 4,800 bytes");
    call.emit("data", { request: "packed", packed: { number: 99, commands: words.copy() } });
    assert.equal(engine.messages.length, sent);
  });
});

describe("engine.proto", () => {
  it("has the numbers of the protocol's closed sets", () => {
    const file = fileURLToPath(new URL("../../../proto/engine.proto", import.meta.url));
    const definition = loadSync(file) as unknown as Record<
      string,
      { readonly type: { readonly value?: readonly { readonly name: string; readonly number: number }[] } }
    >;
    const sets = {
      Side,
      OrderType,
      TimeInForce,
      SelfTradePrevention,
      CancelRestriction,
      CancelReplaceMode,
      OrderStatus,
      MarketStatus,
    };
    for (const [name, set] of Object.entries(sets)) {
      const prefix = `${name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}_`;
      const values = definition[`buttonwood.engine.v1.${name}`]!.type.value!;
      assert.deepEqual(
        Object.fromEntries(
          values
            .filter((value) => value.name !== `${prefix}UNSPECIFIED`)
            .map((value) => [value.name.replace(prefix, ""), value.number]),
        ),
        set,
        name,
      );
    }
  });
});

/** Bytes compared as bytes, whatever holds them. */
function plain(answer: unknown): unknown {
  return answer instanceof Uint8Array ? Buffer.from(answer).toString("hex") : answer;
}

function setMarketStatus(marketStatus: number): Promise<Outcome> {
  return new Promise((resolve, reject) =>
    stub.SetMarketStatus({ market: 0, status: marketStatus }, (error, outcome) =>
      error === null ? resolve(outcome) : reject(error),
    ),
  );
}

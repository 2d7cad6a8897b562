/** Bad input over WebSocket: exact errors, bounded memory, and nobody else notices. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { after, before, test } from "node:test";
import { eventually, pause } from "./support/eventually.js";
import { Exchange } from "./support/exchange.js";
import { FrameClient } from "./support/frame-client.js";
import { stateDigest } from "./support/operator.js";
import { SignedClient, sign } from "./support/signed-client.js";

let exchange: Exchange;
let alice: SignedClient;

before(async () => {
  // What bounds memory must do so by itself, where no ban comes first.
  exchange = await Exchange.start({ args: ["--limits", "none"] });
  alice = new SignedClient(exchange.url, exchange.keys.alice);
});

after(async () => {
  alice?.close();
  await exchange?.remove();
});

async function stillServes(): Promise<void> {
  assert.equal((await alice.public("/api/v3/ping")).status, 200);
}

test("messages that are no request are answered with an error, and the connection lives", async () => {
  const digest = await stateDigest(exchange);
  const client = await FrameClient.open(exchange, "/ws");
  for (const text of [
    "{",
    "null",
    "[]",
    '"x"',
    '{"method":"NOTHING","id":7}',
    '{"method":"SUBSCRIBE","id":8}',
  ]) {
    const before = client.messages.length;
    client.send(text);
    await eventually(`an error for ${text}`, () => (client.messages.length > before ? true : undefined));
    assert.equal(typeof client.messages.at(-1).error?.code, "number", JSON.stringify(client.messages.at(-1)));
    await pause(250);
  }
  client.socket.destroy();
  assert.equal(await stateDigest(exchange), digest);
});

test("an unknown stream name is no error; an id comes back with its own type", async () => {
  const client = await FrameClient.open(exchange, "/ws/anything");
  client.send({ method: "SUBSCRIBE", params: ["nosuch@trade"], id: 5 });
  assert.deepEqual(await client.answer(5), { result: null, id: 5 });
  client.send({ method: "LIST_SUBSCRIPTIONS", id: "text" });
  assert.equal((await client.answer("text")).id, "text");
  client.socket.destroy();
});

test("10,000 subscriptions: refused beyond 1,024, the exchange stays calm", async () => {
  const client = await FrameClient.open(exchange, "/ws");
  const names = Array.from({ length: 10_000 }, (_, i) => `s${i}@trade`);
  client.send({ method: "SUBSCRIBE", params: names, id: 1 });
  await eventually("an error or the end", () =>
    client.closed || client.messages.some((message) => message.error !== undefined) ? true : undefined,
  );
  client.socket.destroy();
  await stillServes();
});

test("more than 5 messages a second end the connection", async () => {
  const client = await FrameClient.open(exchange, "/ws");
  for (let i = 0; i < 200 && !client.closed; i++) client.send({ method: "LIST_SUBSCRIPTIONS", id: i });
  await client.ended();
  assert.ok(client.messages.length < 200);
  client.socket.destroy();
  await stillServes();
});

/** Closing codes of RFC 6455. */
const PROTOCOL_ERROR = 1002;
const INVALID_TEXT = 1007;
const POLICY = 1008;
const TOO_BIG = 1009;

const CLOSE = 8;
const PING = 9;
/** The bit that compression would use; none was agreed on. */
const RESERVED_1 = 0x40;

const breaks: Readonly<Record<string, readonly [code: number, (client: FrameClient) => void]>> = {
  "a frame that is not masked": [PROTOCOL_ERROR, (client) => client.frame("{}", { masked: false })],
  "an opcode that there is not": [PROTOCOL_ERROR, (client) => client.frame("{}", { opcode: 3 })],
  "a control opcode that there is not": [PROTOCOL_ERROR, (client) => client.frame("", { opcode: 11 })],
  "a reserved bit": [PROTOCOL_ERROR, (client) => client.frame("{}", { reserved: RESERVED_1 })],
  "a ping of more than 125 bytes": [
    PROTOCOL_ERROR,
    (client) => client.frame("x".repeat(130), { opcode: PING }),
  ],
  "a ping in fragments": [PROTOCOL_ERROR, (client) => client.frame("x", { opcode: PING, final: false })],
  "a continuation of nothing": [PROTOCOL_ERROR, (client) => client.frame("x", { opcode: 0 })],
  "a message inside another": [
    PROTOCOL_ERROR,
    (client) => {
      client.frame("{", { final: false });
      client.frame("}");
    },
  ],
  "a closing frame of one byte": [PROTOCOL_ERROR, (client) => client.frame("x", { opcode: CLOSE })],
  "a closing code that there is not": [
    PROTOCOL_ERROR,
    (client) => client.frame(Buffer.from([0x03, 0xed]), { opcode: CLOSE }),
  ],
  "text that is no UTF-8": [INVALID_TEXT, (client) => client.frame(Buffer.from([0xff, 0xfe]))],
  "UTF-8 that is cut between fragments and never goes on": [
    INVALID_TEXT,
    (client) => {
      client.frame(Buffer.from([0xc3]), { final: false });
      client.frame(Buffer.from([0x28]), { opcode: 0 });
    },
  ],
  "a binary message": [POLICY, (client) => client.frame("{}", { opcode: 2 })],
  "a message beyond 64 KiB": [TOO_BIG, (client) => client.frame("x".repeat(65_537))],
  "a message of 2 MB": [TOO_BIG, (client) => client.frame("x".repeat(2_000_000))],
  "a message beyond 64 KiB in fragments": [
    TOO_BIG,
    (client) => {
      client.frame("x".repeat(40_000), { final: false });
      client.frame("x".repeat(40_000), { opcode: 0 });
    },
  ],
  "a length of 2⁶³ bytes": [
    TOO_BIG,
    (client) =>
      void client.socket.write(Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
  ],
  "more than 64 fragments": [
    POLICY,
    (client) => {
      client.frame("x", { final: false });
      for (let i = 0; i < 70; i++) client.frame("x", { opcode: 0, final: false });
    },
  ],
  "empty fragments without end": [
    POLICY,
    (client) => {
      client.frame("", { final: false });
      for (let i = 0; i < 200; i++) client.frame("", { opcode: 0, final: false });
    },
  ],
};

for (const path of ["/ws", "/ws-api/v3"]) {
  for (const [what, [code, breaking]] of Object.entries(breaks)) {
    test(`${path} is closed with ${code} on ${what}`, async () => {
      const client = await FrameClient.open(exchange, path);
      breaking(client);
      await client.ended();
      assert.equal(client.closeCode, code, client.closeReason);
      client.socket.destroy();
      await stillServes();
    });
  }
}

test("a message of exactly 64 KiB is taken", async () => {
  const client = await FrameClient.open(exchange, "/ws");
  client.frame(`{"method":"LIST_SUBSCRIPTIONS","id":1}${" ".repeat(65_536 - 38)}`);
  assert.deepEqual(await client.answer(1), { result: [], id: 1 });
  client.socket.destroy();
});

test("a flood of fragments that never ends a message is cut off", async () => {
  const client = await FrameClient.open(exchange, "/ws");
  client.frame("x".repeat(1000), { final: false });
  for (let i = 0; i < 2_000 && !client.closed; i++) {
    client.frame("x".repeat(1000), { opcode: 0, final: false });
    if (i % 100 === 0) await pause(1);
  }
  await client.ended();
  await stillServes();
});

test("the WebSocket API: no method, wrong signature, unknown key", async () => {
  const digest = await stateDigest(exchange);
  const client = await FrameClient.open(exchange, "/ws-api/v3");
  client.send({ id: "a", method: "no.such" });
  const unknown = await client.answer("a");
  assert.equal(unknown.status >= 400, true);
  assert.equal(typeof unknown.error.code, "number");

  const { apiKey, secretKey } = exchange.keys.alice;
  const subscribe = (id: string, key: string, secret: string): void => {
    const payload = `apiKey=${key}&timestamp=${Date.now()}`;
    const parameters = Object.fromEntries(payload.split("&").map((pair) => pair.split("=")));
    client.send({
      id,
      method: "userDataStream.subscribe.signature",
      params: { ...parameters, timestamp: Number(parameters.timestamp), signature: sign(secret, payload) },
    });
  };
  subscribe("b", apiKey, exchange.keys.bob.secretKey);
  assert.deepEqual((await client.answer("b")).error.code, -1022);
  subscribe("c", "q".repeat(64), secretKey);
  assert.deepEqual((await client.answer("c")).error.code, -2015);
  subscribe("d", apiKey, secretKey);
  assert.equal((await client.answer("d")).status, 200);
  client.socket.destroy();
  assert.equal(await stateDigest(exchange), digest);
});

/** Bytes of memory that the exchange's process holds. */
async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${exchange.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

async function gauge(name: string): Promise<number> {
  const { body } = await alice.public("/metrics");
  return Number(new RegExp(`^${name} (\\d+)$`, "m").exec(String(body))?.[1]);
}

/** What a process may take for itself while it is under attack; what was held for a client would be far more. */
const MEMORY_MARGIN_BYTES = 160 * 1024 * 1024;

/** Writes again and again, without reading, until the exchange ends the connection or so many bytes are written. */
async function pour(client: FrameClient, bytesMax: number, write: () => number): Promise<number> {
  client.socket.pause();
  let ended = false;
  client.socket.on("close", () => {
    ended = true;
  });
  let written = 0;
  while (!ended && !client.socket.destroyed && written < bytesMax) {
    for (let i = 0; i < 500; i++) written += write();
    // Whoever does not read must not fill this process either.
    if (client.socket.writableLength > 4 * 1024 * 1024) {
      await eventually("room", () =>
        ended || client.socket.writableLength < 1024 * 1024 ? true : undefined,
      );
    }
    await pause(1);
  }
  return written;
}

test("pings without end, whose answers are never read, end the connection and take no memory", async () => {
  const before = await residentBytes();
  const client = await FrameClient.open(exchange, "/ws");
  const written = await pour(client, 200 * 1024 * 1024, () => {
    client.frame("x".repeat(125), { opcode: PING });
    return 131;
  });
  assert.ok(written < 200 * 1024 * 1024, "it was never cut");
  assert.ok((await residentBytes()) - before < MEMORY_MARGIN_BYTES);
  client.socket.destroy();
  await stillServes();
});

test("a ping is answered with its own bytes; more than 50 in ten seconds are too many", async () => {
  const client = await FrameClient.open(exchange, "/ws");
  client.frame("hello", { opcode: PING });
  await eventually("the pong", () => (client.pongs.includes("hello") ? true : undefined));
  for (let i = 0; i < 60; i++) {
    client.frame(String(i), { opcode: PING });
    await pause(1);
  }
  await client.ended();
  assert.deepEqual([client.closeCode, client.closeReason], [POLICY, "too many messages"]);
  client.socket.destroy();
});

test("requests without end, whose answers are never read, end the connection and take no memory", async () => {
  const before = await residentBytes();
  const client = await FrameClient.open(exchange, "/ws-api/v3");
  const request = JSON.stringify({ id: 1, method: "exchangeInfo" });
  // Each answer has some kilobytes: the exchange would have to keep more than a gigabyte.
  const written = await pour(client, 30 * 1024 * 1024, () => {
    client.frame(request);
    return request.length;
  });
  assert.ok(written < 30 * 1024 * 1024, "it was never cut");
  assert.ok((await residentBytes()) - before < MEMORY_MARGIN_BYTES);
  client.socket.destroy();
  await stillServes();
});

test("10,000 subscriptions over ten connections are held, told, and forgotten when they end", async () => {
  const before = await residentBytes();
  const clients: FrameClient[] = [];
  for (let connection = 0; connection < 10; connection++) {
    const client = await FrameClient.open(exchange, "/ws");
    clients.push(client);
    for (let part = 0; part < 4; part++) {
      const params = Array.from({ length: 250 }, (_, i) => `c${connection}x${part}x${i}@depth@100ms`);
      client.send({ method: "SUBSCRIBE", params, id: part });
    }
    assert.deepEqual(await client.answer(3), { result: null, id: 3 });
  }
  assert.equal(await gauge("buttonwood_websocket_streams"), 10_000);
  assert.ok((await residentBytes()) - before < MEMORY_MARGIN_BYTES);
  const [first] = clients;
  first!.send({
    method: "SUBSCRIBE",
    params: Array.from({ length: 25 }, (_, i) => `more${i}@trade`),
    id: "m",
  });
  assert.equal((await first!.answer("m")).error.code, -1130);
  for (const client of clients) client.socket.destroy();
  await eventually("an end of all streams", async () =>
    (await gauge("buttonwood_websocket_streams")) === 0 ? true : undefined,
  );
});

test("handshakes that are none are refused, and hold nothing", async () => {
  const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
  const upgrade = "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade";
  for (const [text, status] of [
    [`GET /ws HTTP/1.1\r\n${upgrade}\r\nSec-WebSocket-Version: 12\r\n${key}\r\n\r\n`, "400"],
    [`GET /ws HTTP/1.1\r\n${upgrade}\r\nSec-WebSocket-Version: 13\r\n\r\n`, "400"],
    [`GET /ws HTTP/1.1\r\n${upgrade}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n`, "400"],
    [`POST /ws HTTP/1.1\r\n${upgrade}\r\nSec-WebSocket-Version: 13\r\n${key}\r\n\r\n`, "405"],
    [`GET /nowhere HTTP/1.1\r\n${upgrade}\r\nSec-WebSocket-Version: 13\r\n${key}\r\n\r\n`, "404"],
    // Another upgrade is not taken, and the request is answered as any other.
    ["GET /api/v3/time HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade, close\r\n\r\n", "200"],
  ] as const) {
    const socket = connect(exchange.port, "127.0.0.1");
    let heard = "";
    socket.on("data", (chunk) => {
      heard += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    socket.write(text);
    await eventually("the end of the connection", () => (socket.closed ? true : undefined));
    assert.ok(heard.startsWith(`HTTP/1.1 ${status}`), `${text}\n${heard}`);
  }
});

test("a peer that only says it will send no more is let go", async () => {
  const client = await FrameClient.open(exchange, "/ws/btcusdt@trade");
  const open = await gauge("buttonwood_websocket_connections");
  client.socket.end();
  await eventually("its end", async () =>
    (await gauge("buttonwood_websocket_connections")) < open ? true : undefined,
  );
});

test("a peer that never answers the closing handshake is let go", async () => {
  const before = await gauge("buttonwood_websocket_connections");
  const client = await FrameClient.open(exchange, "/ws");
  client.socket.pause();
  client.frame("{}", { opcode: 2 });
  await eventually("its end", async () =>
    (await gauge("buttonwood_websocket_connections")) <= before ? true : undefined,
  );
  client.socket.destroy();
});

/** Bad input over WebSocket: exact errors, bounded memory, and nobody else notices. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { eventually, pause } from "./support/eventually.js";
import { Exchange } from "./support/exchange.js";
import { stateDigest } from "./support/operator.js";
import { SignedClient, sign } from "./support/signed-client.js";

let exchange: Exchange;
let alice: SignedClient;

before(async () => {
  exchange = await Exchange.start();
  alice = new SignedClient(exchange.url, exchange.keys.alice);
});

after(async () => {
  alice?.close();
  await exchange?.remove();
});

/** A WebSocket client that writes frames as it is told, also wrong ones. */
class FrameClient {
  // biome-ignore lint/suspicious/noExplicitAny: messages are looked at by the tests.
  readonly messages: any[] = [];
  closed = false;
  closeCode = 0;
  #buffer = Buffer.alloc(0);

  private constructor(readonly socket: Socket) {
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("close", () => {
      this.closed = true;
    });
    socket.on("error", () => {});
  }

  static async open(path: string): Promise<FrameClient> {
    const socket = connect(exchange.port, "127.0.0.1");
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
    );
    const head = await new Promise<string>((resolve, reject) => {
      socket.once("data", (chunk) => resolve(chunk.toString("latin1")));
      socket.once("error", reject);
      socket.once("close", () => reject(new Error("closed before the upgrade")));
    });
    assert.match(head, /^HTTP\/1\.1 101/);
    return new FrameClient(socket);
  }

  /** One frame, masked as a client's must be. */
  frame(payload: string | Buffer, { opcode = 1, final = true, masked = true } = {}): void {
    const bytes = Buffer.from(payload);
    const length =
      bytes.length < 126
        ? Buffer.from([bytes.length])
        : bytes.length < 65_536
          ? Buffer.from([126, bytes.length >> 8, bytes.length & 0xff])
          : Buffer.from([127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((shift) => (bytes.length >>> shift) & 0xff)]);
    length[0]! |= masked ? 0x80 : 0;
    // A mask of zeros leaves the payload as it is.
    const mask = masked ? Buffer.alloc(4) : Buffer.alloc(0);
    this.socket.write(Buffer.concat([Buffer.from([(final ? 0x80 : 0) | opcode]), length, mask, bytes]));
  }

  send(message: unknown): void {
    this.frame(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The answer with an id. */
  // biome-ignore lint/suspicious/noExplicitAny: messages are looked at by the tests.
  answer(id: unknown): Promise<any> {
    return eventually(`an answer to ${id}`, () => this.messages.find((message) => message.id === id));
  }

  /** The connection is cut, or the exchange has said that it is over. */
  ended(): Promise<true> {
    return eventually("the end of the connection", () =>
      this.closed || this.closeCode > 0 ? true : undefined,
    );
  }

  #take(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      if (this.#buffer.length < 2) return;
      let at = 2;
      let length = this.#buffer[1]! & 0x7f;
      if (length === 126) {
        if (this.#buffer.length < 4) return;
        length = this.#buffer.readUInt16BE(2);
        at = 4;
      } else if (length === 127) {
        if (this.#buffer.length < 10) return;
        length = Number(this.#buffer.readBigUInt64BE(2));
        at = 10;
      }
      if (this.#buffer.length < at + length) return;
      const opcode = this.#buffer[0]! & 0x0f;
      const payload = this.#buffer.subarray(at, at + length);
      if (opcode === 1) this.messages.push(JSON.parse(payload.toString()));
      if (opcode === 8 && length >= 2) this.closeCode = payload.readUInt16BE(0);
      this.#buffer = this.#buffer.subarray(at + length);
    }
  }
}

async function stillServes(): Promise<void> {
  assert.equal((await alice.public("/api/v3/ping")).status, 200);
}

test("messages that are no request are answered with an error, and the connection lives", async () => {
  const digest = await stateDigest(exchange);
  const client = await FrameClient.open("/ws");
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
  const client = await FrameClient.open("/ws/anything");
  client.send({ method: "SUBSCRIBE", params: ["nosuch@trade"], id: 5 });
  assert.deepEqual(await client.answer(5), { result: null, id: 5 });
  client.send({ method: "LIST_SUBSCRIPTIONS", id: "text" });
  assert.equal((await client.answer("text")).id, "text");
  client.socket.destroy();
});

test("10,000 subscriptions: refused beyond 1,024, the exchange stays calm", async () => {
  const client = await FrameClient.open("/ws");
  const names = Array.from({ length: 10_000 }, (_, i) => `s${i}@trade`);
  client.send({ method: "SUBSCRIBE", params: names, id: 1 });
  await eventually("an error or the end", () =>
    client.closed || client.messages.some((message) => message.error !== undefined) ? true : undefined,
  );
  client.socket.destroy();
  await stillServes();
});

test("more than 5 messages a second end the connection", async () => {
  const client = await FrameClient.open("/ws");
  for (let i = 0; i < 200 && !client.closed; i++) client.send({ method: "LIST_SUBSCRIPTIONS", id: i });
  await client.ended();
  assert.ok(client.messages.length < 200);
  client.socket.destroy();
  await stillServes();
});

test("frames that break the protocol end the connection", async () => {
  const breaks: ((client: FrameClient) => void)[] = [
    (client) => client.frame("{}", { masked: false }),
    (client) => client.frame("{}", { opcode: 3 }),
    (client) => client.frame(Buffer.from([0xff, 0xfe]), {}),
    (client) => client.frame("x".repeat(130), { opcode: 9 }),
    (client) => client.frame("x".repeat(2_000_000), {}),
    (client) =>
      client.socket.write(Buffer.from([0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
  ];
  for (const [index, breaking] of breaks.entries()) {
    const client = await FrameClient.open("/ws");
    breaking(client);
    await client.ended().catch((error: Error) => assert.fail(`break ${index}: ${error.message}`));
  }
  await stillServes();
});

test("a flood of fragments that never ends a message is cut off", async () => {
  const client = await FrameClient.open("/ws");
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
  const client = await FrameClient.open("/ws-api/v3");
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

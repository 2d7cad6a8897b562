import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { describe, it } from "node:test";
import { WebSocket } from "ws";
import { systemClock } from "../../platform/clock.js";
import { BUFFERED_BYTES_MAX, ClientSocket, CloseReason } from "./client-socket.js";
import { textFrame } from "./text-frame.js";

/** As much of a socket as it takes. */
class TestSocket {
  readyState: number = WebSocket.OPEN;
  closedWith: readonly [number, string] | undefined;
  terminated = false;

  close(code: number, reason: string): void {
    this.closedWith = [code, reason];
  }

  terminate(): void {
    this.terminated = true;
  }
}

/** A connection, with what was written to it, each write by itself. A stuck one never sends anything on. */
class TestCarrier extends Duplex {
  readonly written: Buffer[] = [];

  constructor(readonly isStuck = false) {
    super();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    if (!this.isStuck) done();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const clientOf = (socket: TestSocket, carrier: Duplex): ClientSocket =>
  new ClientSocket(socket as unknown as WebSocket, carrier, "", systemClock);

describe("a client that does not read", () => {
  for (const turns of ["in one turn of the event loop", "over many"]) {
    it(`row 20: is cut with a reason, and holds no more than the bound and one message, ${turns}`, async () => {
      const socket = new TestSocket();
      const carrier = new TestCarrier(true);
      const client = clientOf(socket, carrier);
      const frame = textFrame("x".repeat(100_000));
      let sent = 0;
      for (let i = 0; i < 1_000 && !client.isClosed; i++) {
        client.sendFrame(frame);
        if (turns === "over many") await turn();
        sent++;
      }
      assert.ok(sent * frame.length <= BUFFERED_BYTES_MAX + 2 * frame.length);
      assert.ok(carrier.writableLength <= BUFFERED_BYTES_MAX + frame.length);
      assert.deepEqual(socket.closedWith, [1008, CloseReason.SLOW]);
      assert.ok(socket.terminated);
      // A reason fits a closing frame.
      for (const reason of Object.values(CloseReason)) assert.ok(Buffer.byteLength(reason) <= 123);
    });
  }
});

describe("a client that reads", () => {
  it("gets what one turn sends in one write, in its order, each text framed once for everyone", async () => {
    const carriers = [new TestCarrier(), new TestCarrier()];
    const clients = carriers.map((carrier) => clientOf(new TestSocket(), carrier));
    const frame = textFrame('{"e":"for all"}');
    for (const client of clients) client.sendFrame(frame);
    clients[0]!.send("ü");
    clients[0]!.sendFrame(frame);
    await turn();
    assert.deepEqual(carriers[0]!.written, [Buffer.concat([frame, textFrame("ü"), frame])]);
    assert.equal(carriers[1]!.written[0], frame, "the very same bytes");
    assert.deepEqual(textFrame("ü"), Buffer.from([0x81, 2, 0xc3, 0xbc]));
    assert.deepEqual([...textFrame("x".repeat(200)).subarray(0, 4)], [0x81, 126, 0, 200]);
  });

  it("gets what was sent before it is closed, and nothing after", async () => {
    const socket = new TestSocket();
    const carrier = new TestCarrier();
    const client = clientOf(socket, carrier);
    client.send("before");
    client.close(CloseReason.SHUTDOWN);
    client.send("after");
    await turn();
    assert.deepEqual(carrier.written, [textFrame("before")]);
    const leaving = new TestSocket();
    const other = clientOf(leaving, carrier);
    other.send("it has said goodbye meanwhile");
    leaving.readyState = WebSocket.CLOSING;
    await turn();
    assert.equal(carrier.written.length, 1);
  });

  it("does not wait for thousands that only listen", async () => {
    const listeners = Array.from({ length: 2_000 }, () => new TestCarrier());
    const frame = textFrame("a book");
    for (const carrier of listeners) clientOf(new TestSocket(), carrier).sendFrame(frame);
    const asking = new TestCarrier();
    clientOf(new TestSocket(), asking).send("an answer");
    await turn();
    assert.equal(asking.written.length, 1);
    const told = (): number => listeners.reduce((sum, { written }) => sum + written.length, 0);
    assert.ok(told() < listeners.length);
    while (told() < listeners.length) await turn();
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DepthReader } from "./depth-reader.js";
import { FrameReader, Opcode } from "./frame-reader.js";

/** A frame as a server sends it. */
function frame(payload: string, opcode: number = Opcode.TEXT): Buffer {
  const body = Buffer.from(payload);
  const head =
    body.length < 126
      ? Buffer.from([0x80 | opcode, body.length])
      : body.length < 65_536
        ? Buffer.from([0x80 | opcode, 126, body.length >> 8, body.length & 0xff])
        : Buffer.concat([Buffer.from([0x80 | opcode, 127]), Buffer.alloc(8)]);
  if (body.length >= 65_536) head.writeBigUInt64BE(BigInt(body.length), 2);
  return Buffer.concat([head, body]);
}

describe("the subscribers' reader of frames", () => {
  it("finds every frame, whatever parts they arrive in, also when their memory is used again", () => {
    const payloads = ["", "a", "b".repeat(125), "c".repeat(126), "d".repeat(65_535), "e".repeat(70_000), "f"];
    const bytes = Buffer.concat(payloads.map((payload) => frame(payload)));
    for (const size of [1, 3, 1000, 64 * 1024, bytes.length]) {
      const found: string[] = [];
      const reader = new FrameReader((opcode, buffer, start, end) => {
        assert.equal(opcode, Opcode.TEXT);
        found.push(buffer.toString("latin1", start, end));
      });
      const memory = Buffer.alloc(size);
      for (let at = 0; at < bytes.length; at += size) {
        const length = bytes.copy(memory, 0, at, at + size);
        reader.read(memory.subarray(0, length));
        memory.fill(0);
      }
      assert.deepEqual(found, payloads);
    }
  });

  it("takes nothing that a server does not send", () => {
    const reader = (): FrameReader => new FrameReader(() => assert.fail("no frame"));
    assert.throws(() => reader().read(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 65])), /masked/);
    assert.throws(() => reader().read(Buffer.from([0x01, 1, 65])), /in parts/);
  });
});

describe("the subscribers' reader of depth messages", () => {
  it("reads time and update ids where they stand", () => {
    const message = `..{"e":"depthUpdate","E":1764410000123,"s":"BTCUSDT","U":157,"u":160,"b":[],"a":[]}..`;
    const reader = new DepthReader("BTCUSDT");
    reader.read(Buffer.from(message), 2, message.length - 2);
    assert.deepEqual(reader.head, { eventMs: 1764410000123, firstUpdateId: 157, lastUpdateId: 160 });
  });

  it("throws when a message is something else", () => {
    const reader = new DepthReader("BTCUSDT");
    for (const message of [`{"e":"trade","E":1764410000123,"s":"BTCUSDT"}`, `{"e":"serverShutdown","E":1}`]) {
      assert.throws(() => reader.read(Buffer.from(message), 0, message.length), /not a depth message/);
    }
  });
});

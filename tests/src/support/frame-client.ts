/** A WebSocket client for tests that need wrong frames, or a peer that does not read. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { eventually } from "./eventually.js";
import type { Exchange } from "./exchange.js";

/** A WebSocket client that writes frames as it is told, also wrong ones. */
export class FrameClient {
  // biome-ignore lint/suspicious/noExplicitAny: messages are looked at by the tests.
  readonly messages: any[] = [];
  /** What pongs held. */
  readonly pongs: string[] = [];
  closed = false;
  closeCode = 0;
  closeReason = "";
  #buffer = Buffer.alloc(0);

  private constructor(readonly socket: Socket) {
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("close", () => {
      this.closed = true;
    });
    socket.on("error", () => {});
  }

  static async open(exchange: Exchange, path: string): Promise<FrameClient> {
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
  frame(payload: string | Buffer, { opcode = 1, final = true, masked = true, reserved = 0 } = {}): void {
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
    this.socket.write(
      Buffer.concat([Buffer.from([(final ? 0x80 : 0) | reserved | opcode]), length, mask, bytes]),
    );
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

  #closed(payload: Buffer): void {
    this.closeCode = payload.readUInt16BE(0);
    this.closeReason = payload.subarray(2).toString();
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
      if (opcode === 10) this.pongs.push(payload.toString());
      if (opcode === 8 && length >= 2) this.#closed(payload);
      this.#buffer = this.#buffer.subarray(at + length);
    }
  }
}

import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import type { WebSocket } from "ws";
import { systemClock } from "../../platform/clock.js";
import { BUFFERED_BYTES_MAX, ClientSocket, CloseReason } from "./client-socket.js";

/** As much of a socket as it takes: it never sends anything on. */
class StuckSocket {
  bufferedAmount = 0;
  closedWith: readonly [number, string] | undefined;
  terminated = false;

  send(message: Buffer | string): void {
    this.bufferedAmount += message.length;
  }

  close(code: number, reason: string): void {
    this.closedWith = [code, reason];
  }

  terminate(): void {
    this.terminated = true;
  }
}

describe("a client that does not read", () => {
  it("row 20: is cut with a reason, and holds no more than the bound and one message", () => {
    const stuck = new StuckSocket();
    const client = new ClientSocket(stuck as unknown as WebSocket, new PassThrough(), "", systemClock);
    const message = Buffer.alloc(100_000);
    for (let i = 0; i < 1_000; i++) client.send(message);
    assert.ok(stuck.bufferedAmount <= BUFFERED_BYTES_MAX + message.length);
    assert.deepEqual(stuck.closedWith, [1008, CloseReason.SLOW]);
    assert.ok(stuck.terminated);
    assert.ok(client.isClosed);
    // A reason fits a closing frame.
    for (const reason of Object.values(CloseReason)) assert.ok(Buffer.byteLength(reason) <= 123);
  });
});

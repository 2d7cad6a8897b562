import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageQueue, SlowReaderError } from "./message-queue.js";

async function readAll<T>(queue: MessageQueue<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const message of queue) read.push(message);
  return read;
}

describe("MessageQueue", () => {
  it("gives messages in their order, to those who wait and to those who come later", async () => {
    const queue = new MessageQueue<number>({}, () => {});
    const first = queue.next();
    const second = queue.next();
    for (let i = 1; i <= 4; i++) queue.push(i);
    assert.deepEqual([(await first).value, (await second).value], [1, 2]);
    queue.end();
    queue.push(5);
    assert.deepEqual(await readAll(queue), [3, 4]);
  });

  it("ends with an error after what it could hold, and never with a hole", async () => {
    let ended = 0;
    const queue = new MessageQueue<number>({ waitingMax: 3 }, () => ended++);
    for (let i = 1; i <= 9; i++) queue.push(i);
    const read: number[] = [];
    await assert.rejects(async () => {
      for await (const message of queue) read.push(message);
    }, SlowReaderError);
    assert.deepEqual([read, ended], [[1, 2, 3], 1]);
    assert.equal((await queue.next()).done, true);
  });

  it("keeps only the newest where only that counts", async () => {
    const queue = new MessageQueue<number>({ waitingMax: 1, latestOnly: true }, () => {});
    for (let i = 1; i <= 9; i++) queue.push(i);
    assert.equal((await queue.next()).value, 9);
  });

  it("lets go of its source when its reader leaves, and ends those who wait", async () => {
    let ended = 0;
    const queue = new MessageQueue<number>({}, () => ended++);
    queue.push(1);
    queue.push(2);
    for await (const message of queue) {
      assert.equal(message, 1);
      break;
    }
    assert.equal(ended, 1);
    assert.equal((await queue.next()).done, true);
    const other = new MessageQueue<number>({}, () => {});
    const waiting = other.next();
    other.end(new Error("gone"));
    await assert.rejects(waiting, /gone/);
  });
});

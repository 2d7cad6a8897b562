import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { WordBuffer } from "@buttonwood/protocol";
import { feedContract } from "../feed-contract.js";
import { GaplessFeed } from "../gapless-feed.js";
import type { FeedBatch } from "../port.js";
import { openFeedPort, PortFeedPublisher } from "./port-feed.js";

function batch(sequence: number, words = 12): FeedBatch {
  const events = new WordBuffer(words);
  events.reserve(words);
  events.i32.fill(sequence);
  return { firstSequence: sequence, lastSequence: sequence, events };
}

const soon = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise(setImmediate);
};

feedContract("message ports", async (journal) => {
  const publisher = new PortFeedPublisher();
  const readers: { close(): void }[] = [];
  return {
    publisher,
    async reader() {
      const { port1, port2 } = new MessageChannel();
      const reader = openFeedPort(port2);
      readers.push(reader);
      publisher.attach(port1, journal.lastSequence);
      return reader;
    },
    async close() {
      publisher.close();
      for (const reader of readers) reader.close();
    },
  };
});

describe("feed over message ports", () => {
  it("carries batches in order, and says first where the journal stands", async () => {
    const publisher = new PortFeedPublisher();
    const { port1, port2 } = new MessageChannel();
    const seen: number[][] = [];
    const reader = openFeedPort(port2);
    reader.subscribe(({ firstSequence, lastSequence, events }) =>
      seen.push([firstSequence, lastSequence, events.length && events.i32[0]!]),
    );
    publisher.attach(port1, 4);
    publisher.publish(batch(5));
    publisher.publish(batch(6));
    await soon(() => seen.length === 3);
    assert.deepEqual(seen, [
      [5, 4, 0],
      [5, 5, 5],
      [6, 6, 6],
    ]);
    reader.close();
    publisher.close();
  });

  it("sends a reader that does not read positions instead of events", async () => {
    const publisher = new PortFeedPublisher(1000);
    const { port1, port2 } = new MessageChannel();
    publisher.attach(port1, 0);
    for (let sequence = 1; sequence <= 20; sequence++) publisher.publish(batch(sequence, 100));
    const seen: FeedBatch[] = [];
    const reader = openFeedPort(port2);
    reader.subscribe((each) => seen.push(each));
    await soon(() => seen.length === 21);
    const full = seen.filter(({ events }) => events.length > 0).length;
    assert.ok(full >= 1 && full <= 3, `${full} batches went out`);
    assert.equal(seen.at(-1)!.lastSequence, 20);
    // Once it has read, it gets events again.
    publisher.publish(batch(21));
    await soon(() => seen.length === 22);
    assert.equal(seen.at(-1)!.events.length, 12);
    reader.close();
    publisher.close();
  });
});

describe("gapless feed", () => {
  it("joins what is missed with what comes, each sequence once and in order", async () => {
    const journal: FeedBatch[] = Array.from({ length: 10 }, (_, i) => batch(i + 1));
    let live: (batch: FeedBatch) => void = () => {};
    const given: number[] = [];
    let reads = 0;
    const feed = new GaplessFeed({
      feed: {
        subscribe(onBatch) {
          live = onBatch;
          return () => {
            live = () => {};
          };
        },
      },
      async *readMissed(from) {
        reads++;
        for (const each of journal) if (each.lastSequence >= from) yield each;
      },
      fromSequence: 4,
      onBatch: async ({ firstSequence }) => {
        await new Promise(setImmediate);
        given.push(firstSequence);
      },
      onError: (error) => assert.fail(error),
    });
    const started = feed.start();
    live(journal[9]!);
    await started;
    await soon(() => given.length === 7);
    const commit = (sequence: number): FeedBatch => {
      const next = batch(sequence);
      journal.push(next);
      return next;
    };
    live(commit(11));
    commit(12);
    live(commit(13));
    live(journal[11]!);
    await soon(() => given.length === 10);
    commit(14);
    live({ firstSequence: 15, lastSequence: 14, events: new WordBuffer(2) });
    await soon(() => given.length === 11);
    assert.deepEqual(given, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    assert.equal(feed.nextSequence, 15);
    assert.ok(reads <= 4, `${reads} catch-ups`);
    await feed.close();
  });

  it("reports a reader's failure and stops", async () => {
    let live: (batch: FeedBatch) => void = () => {};
    const errors: string[] = [];
    const feed = new GaplessFeed({
      feed: {
        subscribe(onBatch) {
          live = onBatch;
          return () => {};
        },
      },
      async *readMissed() {},
      fromSequence: 1,
      onBatch: () => {
        throw new Error("the table is gone");
      },
      onError: ({ message }) => errors.push(message),
    });
    await feed.start();
    live(batch(1));
    await soon(() => errors.length === 1);
    assert.deepEqual(errors, ["the table is gone"]);
    await feed.close();
  });
});

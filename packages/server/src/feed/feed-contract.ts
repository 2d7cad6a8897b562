import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CheckedReader, described, FeedJournal } from "./feed-journal.js";
import type { FeedPublisher, FeedReader } from "./port.js";

/** How the suite reaches an adapter: both ends of one feed over a journal. */
export interface FeedUnderTest {
  readonly publisher: FeedPublisher;
  /** Another reader, that wants everything from a sequence on. */
  reader(fromSequence: number): Promise<FeedReader>;
  close(): Promise<void>;
}

/** What every feed must do. Adapters run it in their own test. */
export function feedContract(name: string, open: (journal: FeedJournal) => Promise<FeedUnderTest>): void {
  const test = (title: string, run: (feed: FeedUnderTest, journal: FeedJournal) => Promise<void>): void => {
    it(title, async () => {
      const journal = new FeedJournal();
      const feed = await open(journal);
      try {
        await run(feed, journal);
      } finally {
        await feed.close();
      }
    });
  };

  describe(`feed contract: ${name}`, () => {
    test("batches arrive whole and in order, and are the reader's own", async (feed, journal) => {
      const seen: string[] = [];
      const stop = (await feed.reader(1)).subscribe((batch) => {
        seen.push(...described(batch));
      });
      const published: string[] = [];
      for (const commands of [1, 3, 1, 500]) {
        const batch = journal.commit(commands);
        published.push(...described(batch));
        feed.publisher.publish(batch);
        // The engine writes its next events into the same words.
        batch.events.i32.fill(-1);
      }
      while (seen.length < 4) await turn();
      assert.deepEqual(seen, published);
      stop();
    });

    test("a reader sees every batch once, with what it missed before it came", async (feed, journal) => {
      const expected: string[] = [];
      const commit = (): void => {
        const batch = journal.commit(2);
        expected.push(...described(batch));
        feed.publisher.publish(batch);
      };
      for (let i = 0; i < 5; i++) commit();
      const reader = new CheckedReader(await feed.reader(5), journal, 5);
      const started = reader.gapless.start();
      commit();
      await started;
      for (let i = 0; i < 50; i++) {
        commit();
        if (i % 7 === 0) await turn();
      }
      await reader.until(journal.lastSequence);
      assert.deepEqual(reader.batches, expected.slice(2));
      await reader.gapless.close();
    });

    test("a batch that was never published shows as a gap, and is repaired", async (feed, journal) => {
      const reader = new CheckedReader(await feed.reader(1), journal);
      await reader.gapless.start();
      for (let i = 1; i <= 30; i++) {
        const batch = journal.commit();
        if (i % 3 !== 0) feed.publisher.publish(batch);
        if (i % 5 === 0) await turn();
      }
      feed.publisher.publish(journal.commit());
      await reader.until(31);
      assert.equal(reader.batches.length, 31);
      assert.ok(reader.repairs > 1, `${reader.repairs} repairs`);
      assert.equal(reader.gapless.gaps, reader.repairs - 1, "the first reading repairs nothing");
      await reader.gapless.close();
    });

    test("a batch that is published again is given once", async (feed, journal) => {
      const reader = new CheckedReader(await feed.reader(1), journal);
      await reader.gapless.start();
      const batches = Array.from({ length: 10 }, () => journal.commit());
      for (const batch of batches) feed.publisher.publish(batch);
      for (const batch of batches.slice(5)) feed.publisher.publish(batch);
      feed.publisher.publish(journal.commit());
      await reader.until(11);
      assert.equal(reader.batches.length, 11);
      await reader.gapless.close();
    });

    test("several readers see the same; one that stopped sees nothing more", async (feed, journal) => {
      const all = new CheckedReader(await feed.reader(1), journal);
      await all.gapless.start();
      let calls = 0;
      const stop = (await feed.reader(1)).subscribe(() => calls++);
      feed.publisher.publish(journal.commit());
      while (calls === 0) await turn();
      stop();
      const before = calls;
      for (let i = 0; i < 10; i++) feed.publisher.publish(journal.commit());
      await all.until(11);
      await turn();
      assert.equal(calls, before);
      await all.gapless.close();
    });

    test("publishing to nobody is no failure", async (feed, journal) => {
      for (let i = 0; i < 100; i++) feed.publisher.publish(journal.commit());
      const reader = new CheckedReader(await feed.reader(1), journal);
      await reader.gapless.start();
      await reader.until(100);
      await reader.gapless.close();
    });
  });
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

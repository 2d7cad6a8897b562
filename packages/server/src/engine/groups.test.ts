import assert from "node:assert/strict";
import { test } from "node:test";
import { EventType, ResultEvent, WordBuffer } from "@buttonwood/protocol";
import type { JournalReader, JournalRow } from "../journal/port.js";
import { Groups } from "./groups.js";

/** A row of lone RESULT events, each with its own sequence. */
function rowOf(firstSequence: number, lastSequence: number): JournalRow {
  const events = new WordBuffer(2);
  for (let sequence = firstSequence; sequence <= lastSequence; sequence++) {
    const at = events.reserve(ResultEvent.WORDS);
    events.i32.fill(0, at, at + ResultEvent.WORDS);
    events.i32[at] = EventType.RESULT | (ResultEvent.WORDS << 8);
    events.i32[at + ResultEvent.GROUP_WORDS] = ResultEvent.WORDS;
    events.f64[(at + ResultEvent.SEQUENCE) >> 1] = sequence;
  }
  return { firstSequence, lastSequence, events: events.copy(0, events.length) } as JournalRow;
}

function journalOf(rows: readonly JournalRow[]): { journal: JournalReader; reads: number[] } {
  const reads: number[] = [];
  const journal = {
    async *read(sequence: number) {
      reads.push(sequence);
      await new Promise((resolve) => setImmediate(resolve));
      if (sequence === 99) throw new Error("the shard is away");
      yield* rows.filter(({ lastSequence }) => lastSequence >= sequence);
    },
  };
  return { journal: journal as unknown as JournalReader, reads };
}

const sequenceIn = (group: Uint8Array | undefined): number =>
  WordBuffer.from(group!).f64[ResultEvent.SEQUENCE >> 1]!;

test("hundreds who repeat what stands in one row read it once, each its own group", async () => {
  const { journal, reads } = journalOf([rowOf(1, 10), rowOf(11, 300), rowOf(301, 301)]);
  const groups = new Groups(journal);
  const sequences = Array.from({ length: 290 }, (_, i) => i + 11);
  const found = await Promise.all(sequences.map((sequence) => groups.find(sequence, 301)));
  assert.deepEqual(found.map(sequenceIn), sequences);
  assert.deepEqual(reads, [11]);
  assert.equal(sequenceIn(await groups.find(5, 301)), 5);
  assert.equal(sequenceIn(await groups.find(301, 301)), 301);
  assert.deepEqual(reads, [11, 5, 301]);
});

test("what is not durable is not looked for, and a reading that fails is nobody else's", async () => {
  const { journal, reads } = journalOf([rowOf(1, 10)]);
  const groups = new Groups(journal);
  assert.equal(await groups.find(11, 10), undefined);
  assert.equal(await groups.find(0, 10), undefined);
  assert.deepEqual(reads, []);
  const failed = assert.rejects(groups.find(99, 99), /the shard is away/);
  assert.equal(sequenceIn(await groups.find(3, 10)), 3);
  await failed;
});

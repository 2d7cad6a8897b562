import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DeposedError, type JournalRow, type JournalStore } from "./port.js";
import { NO_HASH, rowHash } from "./row-hash.js";

/** How the suite reaches an adapter: several stores over one journal. */
export interface JournalUnderTest {
  /** Another store over the same journal, as another process would have it. */
  open(): JournalStore | Promise<JournalStore>;
  close(): Promise<void>;
}

/** A row of `count` commands that follows a row. Its content is made up: the store does not look inside. */
export function rowAfter(
  previous: { readonly sequence: number; readonly hash: Uint8Array },
  epoch: number,
  count: number,
  fill = previous.sequence + count,
): JournalRow {
  const row = {
    epoch,
    firstSequence: previous.sequence + 1,
    lastSequence: previous.sequence + count,
    previousHash: previous.hash,
    commands: new Uint8Array(count * 24).fill(fill),
    events: new Uint8Array(count * 48).fill(fill + 1),
    digest: fill.toString(16).padStart(16, "0"),
  };
  return { ...row, hash: rowHash(row) };
}

/** Appends rows of the given sizes and returns them. */
export async function appendRows(
  store: JournalStore,
  epoch: number,
  counts: readonly number[],
): Promise<JournalRow[]> {
  const rows: JournalRow[] = [];
  let { sequence, hash } = await store.tail();
  for (const count of counts) {
    const row = rowAfter({ sequence, hash }, epoch, count);
    await store.append(row);
    rows.push(row);
    sequence = row.lastSequence;
    hash = row.hash;
  }
  return rows;
}

export async function collect(rows: AsyncIterable<JournalRow>): Promise<JournalRow[]> {
  const all: JournalRow[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

function bytesOf(row: JournalRow): unknown {
  const { epoch, firstSequence, lastSequence, digest } = row;
  const blobs = [row.previousHash, row.hash, row.commands, row.events];
  return [
    epoch,
    firstSequence,
    lastSequence,
    digest,
    ...blobs.map((bytes) => Buffer.from(bytes).toString("hex")),
  ];
}

/** What every store must do; run for each adapter. */
export function journalContract(name: string, create: () => Promise<JournalUnderTest>): void {
  const withJournal = async (run: (journal: JournalUnderTest) => Promise<void>): Promise<void> => {
    const journal = await create();
    try {
      await run(journal);
    } finally {
      await journal.close();
    }
  };

  describe(`journal contract: ${name}`, () => {
    it("begins empty", () =>
      withJournal(async (journal) => {
        const store = await journal.open();
        const { epoch, tail } = await store.acquire("a");
        assert.equal(epoch, 1);
        assert.deepEqual(
          { sequence: tail.sequence, hash: [...tail.hash] },
          { sequence: 0, hash: [...NO_HASH] },
        );
        assert.deepEqual(await collect(store.read(1)), []);
      }));

    it("gives back every row as it was appended, also to another store", () =>
      withJournal(async (journal) => {
        const store = await journal.open();
        const { epoch } = await store.acquire("a");
        const rows = await appendRows(store, epoch, [1, 2, 100, 1, 1000, ...new Array<number>(80).fill(3)]);
        for (const reader of [store, await journal.open()]) {
          const read = await collect(reader.read(1));
          assert.deepEqual(read.map(bytesOf), rows.map(bytesOf));
          const tail = await reader.tail();
          assert.equal(tail.sequence, rows.at(-1)!.lastSequence);
          assert.deepEqual(Buffer.from(tail.hash), Buffer.from(rows.at(-1)!.hash));
        }
      }));

    it("reads from the row that holds a sequence", () =>
      withJournal(async (journal) => {
        const store = await journal.open();
        const { epoch } = await store.acquire("a");
        await appendRows(store, epoch, [1, 2, 3, 4]);
        const firsts = async (from: number): Promise<number[]> =>
          (await collect(store.read(from))).map(({ firstSequence }) => firstSequence);
        assert.deepEqual(await firsts(0), [1, 2, 4, 7]);
        assert.deepEqual(await firsts(1), [1, 2, 4, 7]);
        assert.deepEqual(await firsts(2), [2, 4, 7]);
        assert.deepEqual(await firsts(3), [2, 4, 7]);
        assert.deepEqual(await firsts(10), [7]);
        assert.deepEqual(await firsts(11), []);
      }));

    it("keeps what the writer's buffers held when they are used again", () =>
      withJournal(async (journal) => {
        const store = await journal.open();
        const { epoch, tail } = await store.acquire("a");
        const row = rowAfter(tail, epoch, 5);
        const expected = bytesOf(row);
        await store.append(row);
        row.commands.fill(0);
        row.events.fill(0);
        assert.deepEqual((await collect(store.read(1))).map(bytesOf), [expected]);
      }));

    it("deposes a writer whose epoch was raised, and takes nothing of it", () =>
      withJournal(async (journal) => {
        const first = await journal.open();
        const { epoch } = await first.acquire("a");
        await appendRows(first, epoch, [2]);
        const second = await journal.open();
        const taken = await second.acquire("b");
        assert.equal(taken.epoch, epoch + 1);
        assert.equal(taken.tail.sequence, 2);
        await assert.rejects(appendRows(first, epoch, [1]), DeposedError);
        await appendRows(second, taken.epoch, [3]);
        // Also where it would follow on.
        await assert.rejects(appendRows(first, epoch, [1]), DeposedError);
        assert.deepEqual(
          (await collect(second.read(1))).map(({ epoch: by, lastSequence }) => [by, lastSequence]),
          [
            [1, 2],
            [2, 5],
          ],
        );
      }));

    it("takes no row that does not follow the last one", () =>
      withJournal(async (journal) => {
        const store = await journal.open();
        const { epoch, tail } = await store.acquire("a");
        await appendRows(store, epoch, [3]);
        await assert.rejects(store.append(rowAfter(tail, epoch, 3)), DeposedError);
        await assert.rejects(store.append(rowAfter({ ...tail, sequence: 4 }, epoch, 1)), DeposedError);
        assert.equal((await store.tail()).sequence, 3);
      }));

    it("takes no row before it was acquired", () =>
      withJournal(async (journal) => {
        const store = await journal.open();
        await assert.rejects(store.append(rowAfter({ sequence: 0, hash: NO_HASH }, 0, 1)), DeposedError);
        await assert.rejects(store.append(rowAfter({ sequence: 0, hash: NO_HASH }, 1, 1)), DeposedError);
      }));
  });
}

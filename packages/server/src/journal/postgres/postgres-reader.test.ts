import assert from "node:assert/strict";
import { test } from "node:test";
import { systemTimers } from "../../platform/timers.js";
import type { JournalRow } from "../port.js";
import { NO_HASH, rowHash } from "../row-hash.js";
import { PostgresReader } from "./postgres-reader.js";
import type { ShardLink } from "./shard.js";
import type { Statement } from "./sql.js";

/** A reader of a shard that holds rows of one command each, and a list of the statements that it was asked. */
function readerOf(count: number) {
  const rows: unknown[][] = [];
  const write = (): void => {
    const sequence = rows.length + 1;
    const row = {
      epoch: 1,
      firstSequence: sequence,
      lastSequence: sequence,
      previousHash: (rows.at(-1)?.[5] as Uint8Array | undefined) ?? NO_HASH,
      digest: "d",
      commands: Uint8Array.of(1),
      events: Uint8Array.of(2),
    };
    rows.push([1, sequence, sequence, null, row.previousHash, rowHash(row), "d", row.commands, row.events]);
  };
  while (rows.length < count) write();
  const asked: { readonly name: string; readonly rows: number }[] = [];
  const answer = (name: string, values: readonly unknown[]): unknown[][] => {
    switch (name) {
      case "tail":
        return [[rows.length, rows.at(-1)?.[5], 1]];
      case "seek":
        return [[values[1]]];
      case "read": {
        const from = (values[1] as number) - 1;
        return rows.slice(from, Math.min(from + (values[3] as number), (values[2] as number) - 1));
      }
      default:
        return [[""]];
    }
  };
  const link = {
    isOpen: true,
    close: async () => {},
    async query({ name }: Statement, values: readonly unknown[]) {
      await new Promise((resolve) => setImmediate(resolve));
      const answered = answer(name, values);
      asked.push({ name, rows: answered.length });
      return answered;
    },
    async value(statement: Statement, values: readonly unknown[]) {
      return (await link.query(statement, values))[0]?.[0];
    },
  };
  const access = { servers: [], database: "d", user: "u", synchronous: true };
  const reader = new PostgresReader({
    access,
    partition: 0,
    machine: {
      open: async () => link as unknown as ShardLink,
      timers: systemTimers,
      stopwatchMs: () => performance.now(),
    },
  });
  return { reader, write, asked };
}

async function firstOf(rows: AsyncIterable<JournalRow>): Promise<number | undefined> {
  for await (const row of rows) return row.firstSequence;
  return undefined;
}

test("hundreds who look a row up at once share the commits that make sure of it, and read a row each", async () => {
  const { reader, asked } = readerOf(1_000);
  const found = await Promise.all(Array.from({ length: 300 }, (_, i) => firstOf(reader.read(i + 700))));
  assert.deepEqual(
    found,
    Array.from({ length: 300 }, (_, i) => i + 700),
  );
  const of = (name: string) => asked.filter((statement) => statement.name === name);
  assert.ok(of("barrier").length <= 2, `${of("barrier").length} commits`);
  assert.equal(of("read").length, 300);
  assert.ok(of("read").every(({ rows }) => rows === 1));
});

test("who reads on gets ever more at once, to the end as it is when it is reached", async () => {
  const { reader, write, asked } = readerOf(1_000);
  // Now the end is known; what is written afterwards is found all the same.
  await reader.tail();
  write();
  const sequences: number[] = [];
  for await (const { firstSequence } of reader.read(1)) {
    sequences.push(firstSequence);
    if (firstSequence === 500) write();
  }
  assert.deepEqual(
    sequences,
    Array.from({ length: 1_002 }, (_, i) => i + 1),
  );
  assert.deepEqual(
    asked.filter(({ name }) => name === "read").map(({ rows }) => rows),
    [1, 8, 64, 512, 417, 2],
  );
});

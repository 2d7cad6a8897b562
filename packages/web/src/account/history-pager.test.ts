import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HistoryPager } from "./history-pager.js";

interface Row {
  readonly symbol: string;
  readonly id: number;
  readonly time: number;
}

/** A history as the exchange answers it: the newest up to a moment, oldest first. */
function pagerOf(all: readonly Row[], reads: string[] = []): HistoryPager<Row> {
  return new HistoryPager<Row>({
    symbols: [...new Set(all.map(({ symbol }) => symbol))],
    read: async (symbol, endTime = Number.POSITIVE_INFINITY, limit) => {
      reads.push(`${symbol} ${limit}`);
      return all.filter((row) => row.symbol === symbol && row.time <= endTime).slice(-limit);
    },
    timeOf: ({ time }) => time,
    keyOf: ({ id }) => String(id),
  });
}

async function all(pager: HistoryPager<Row>): Promise<Row[]> {
  const rows: Row[] = [];
  for (let i = 0; i < 10_000 && !pager.isAtEnd; i++) rows.push(...(await pager.next(37)));
  assert.ok(pager.isAtEnd);
  return rows;
}

describe("an account's history", () => {
  it("is read back in time over all symbols, each row once", async () => {
    const rows = Array.from({ length: 950 }, (_, i) => ({
      symbol: `S${i % 3 === 0 ? 0 : 1}`,
      id: i,
      time: i,
    }));
    assert.deepEqual(
      (await all(pagerOf(rows))).map(({ id }) => id),
      rows.map(({ id }) => id).reverse(),
    );
  });

  it("loses none of more rows in one millisecond than a page has", async () => {
    const rows = Array.from({ length: 700 }, (_, i) => ({ symbol: "S", id: i, time: i < 500 ? 7 : 8 + i }));
    const ids = new Set((await all(pagerOf(rows))).map(({ id }) => id));
    assert.equal(ids.size, 700);
  });

  it("asks for no more than it gives", async () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({ symbol: "S", id: i, time: i }));
    const reads: string[] = [];
    const pager = pagerOf(rows, reads);
    assert.equal((await pager.next(50)).length, 50);
    assert.equal((await pager.next(50)).length, 50);
    assert.deepEqual(reads, ["S 100"]);
  });

  it("goes on where it was when a read has failed", async () => {
    const rows = Array.from({ length: 150 }, (_, i) => ({ symbol: "S", id: i, time: i }));
    let fails = true;
    const pager = new HistoryPager<Row>({
      symbols: ["S"],
      read: async (_symbol, endTime = Number.POSITIVE_INFINITY, limit) => {
        fails = !fails;
        if (fails) throw new Error("no answer");
        return rows.filter(({ time }) => time <= endTime).slice(-limit);
      },
      timeOf: ({ time }) => time,
      keyOf: ({ id }) => String(id),
    });
    const read: number[] = [];
    while (!pager.isAtEnd) {
      try {
        read.push(...(await pager.next(60)).map(({ id }) => id));
      } catch {
        // Asked again, as a reader would.
      }
    }
    assert.deepEqual(read, rows.map(({ id }) => id).reverse());
  });
});

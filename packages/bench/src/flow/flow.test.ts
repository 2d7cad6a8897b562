import assert from "node:assert/strict";
import { test } from "node:test";
import { benchCore } from "../core-bench/bench-core.js";
import { benchCoreCapacity } from "../core-bench/capacity.js";
import { HEAP_GROWTH_MAX_BYTES, measureHeapGrowth } from "../core-bench/heap-growth.js";
import { generateFlow } from "./generate.js";
import { decodeFlow, encodeFlow, FlowFormatError } from "./ofl.js";

// Expected outcomes come from another generator with its own matcher.
const small = {
  parameters: { main: 20_000, target: 200 },
  outcome: {
    trades: 3248,
    volume: 100_010,
    notional: 1_000_129_786,
    tradeHash: "92ff10cf",
    restingOrders: 215,
    restingQty: 10_559,
    levels: 89,
    bookChecksum: 105_566_729,
  },
};
const several = {
  parameters: { main: 20_000, symbols: 5, target: 100, seed: 7 },
  outcome: {
    trades: 3114,
    volume: 95_962,
    notional: 959_780_960,
    tradeHash: "cbc07b1c",
    restingOrders: 542,
    restingQty: 27_503,
    levels: 319,
    bookChecksum: 275_020_349,
  },
};

for (const { parameters, outcome } of [small, several]) {
  test(`book and full mode come to the expected outcome: ${JSON.stringify(parameters)}`, () => {
    for (const full of [false, true]) {
      const result = benchCore({ flow: parameters, full, runs: 1 });
      for (const [name, value] of Object.entries(outcome)) {
        assert.equal(result[name as keyof typeof outcome], value, `${name}, full: ${full}`);
      }
    }
  });
}

test("a flow comes back from its bytes", () => {
  const flow = generateFlow({ main: 500, target: 50, symbols: 3 });
  assert.deepEqual(decodeFlow(flow.name, encodeFlow(flow)), flow);
});

test("a damaged flow is refused with the place of the damage", () => {
  const bytes = encodeFlow(generateFlow({ main: 50, target: 5 }));
  const damaged = (at: number, value: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = value;
    return copy;
  };
  const cases: [Uint8Array, RegExp][] = [
    [bytes.subarray(0, 10), /not an OFL1 file/],
    [damaged(0, 0), /not an OFL1 file/],
    [damaged(4, 2), /version 2/],
    [damaged(8, 25), /records of 25 bytes/],
    [bytes.subarray(0, bytes.length - 1), /but 55 records need 1384/],
    [damaged(64 + 24 * 3, 9), /record 3: unknown op 9/],
    [damaged(64 + 24 * 2 + 1, 2), /record 2: side/],
    [damaged(64 + 24 * 4 + 2, 1), /record 4: symbol/],
  ];
  for (const [input, message] of cases) {
    assert.throws(
      () => decodeFlow("f", input),
      (error: Error) => error instanceof FlowFormatError && message.test(error.message),
    );
  }
});

test("a long run does not grow the heap", () => {
  const grown = measureHeapGrowth(100_000);
  assert.ok(grown <= HEAP_GROWTH_MAX_BYTES, `the heap has grown by ${grown} bytes`);
});

test("a core full of orders is measured, copied and restored", () => {
  const { restingOrders, snapshotMiB } = benchCoreCapacity(2000);
  assert.equal(restingOrders, 2000);
  assert.ok(snapshotMiB < 16, `${snapshotMiB} MiB`);
});

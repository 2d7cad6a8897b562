import assert from "node:assert/strict";
import { test } from "node:test";
import { createPartitionMap } from "./partition-map.js";

const PARTITIONS = [
  { shard: "shard-0", symbols: ["AAPLUSD", "BTCUSDT"] },
  { shard: "shard-1", symbols: ["GOOGUSD"] },
  { shard: "shard-0", symbols: [] },
];

test("a symbol goes where it is assigned, every other by its hash", () => {
  const map = createPartitionMap(PARTITIONS);
  assert.equal(map.partitions, 3);
  assert.equal(map.partitionOfMarket("AAPLUSD"), 0);
  assert.equal(map.partitionOfMarket("BTCUSDT"), 0);
  assert.equal(map.partitionOfMarket("GOOGUSD"), 1);
  const counts = [0, 0, 0];
  for (let index = 0; index < 3_000; index++) counts[map.partitionOfMarket(`COIN${index}USDT`)]!++;
  for (const count of counts) assert.ok(count > 900 && count < 1_100, `spread: ${counts.join(", ")}`);
});

test("the rule of unassigned symbols stays what it was: journals depend on it", () => {
  const map = createPartitionMap(PARTITIONS);
  const symbols = ["SOLUSDT", "XRPUSDT", "DOGEUSDT", "ADAUSDT", "TSLAUSD"];
  assert.deepEqual(symbols.map(map.partitionOfMarket), [1, 2, 2, 0, 0]);
  assert.equal(map.hash, "ab5d913722e1a477");
});

test("accounts are spread over their homes", () => {
  const map = createPartitionMap(PARTITIONS);
  assert.deepEqual([0, 1, 2, 3, 4].map(map.homeOf), [0, 1, 2, 0, 1]);
});

test("the hash tells maps apart, but not the order in which symbols are written", () => {
  const { hash } = createPartitionMap(PARTITIONS);
  assert.match(hash, /^[0-9a-f]{16}$/);
  const same = [{ shard: "shard-0", symbols: ["BTCUSDT", "AAPLUSD"] }, ...PARTITIONS.slice(1)];
  assert.equal(createPartitionMap(same).hash, hash);
  const others = [
    PARTITIONS.slice(0, 2),
    [PARTITIONS[1]!, PARTITIONS[0]!, PARTITIONS[2]!],
    [{ shard: "shard-1", symbols: PARTITIONS[0]!.symbols }, ...PARTITIONS.slice(1)],
    [{ shard: "shard-0", symbols: ["AAPLUSD"] }, ...PARTITIONS.slice(1)],
  ];
  for (const other of others) assert.notEqual(createPartitionMap(other).hash, hash);
});

test("no partitions, and a symbol in two of them, are refused", () => {
  assert.throws(() => createPartitionMap([]), /at least one partition/);
  const doubled = [...PARTITIONS, { shard: "shard-1", symbols: ["BTCUSDT"] }];
  assert.throws(() => createPartitionMap(doubled), /BTCUSDT is assigned twice/);
});

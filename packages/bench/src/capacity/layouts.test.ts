import assert from "node:assert/strict";
import { it } from "node:test";
import { LAYOUTS, layoutName } from "./layouts.js";

it("names every layout by what it is made of, and no two the same", () => {
  const names = LAYOUTS.map(layoutName);
  assert.equal(new Set(names).size, names.length);
  assert.deepEqual(
    [names[1], names[3], names[5], names[6], names.at(-1)],
    [
      "4 × 4, 3 partitions on 3 shards, 6 Redis nodes",
      "4 × 4, 1 partition on 1 shard, 6 Redis nodes",
      "4 × 4, 3 partitions on 3 shards, 6 Redis nodes, standbys",
      "1 × 2, 3 partitions on 3 shards, 6 Redis nodes, no nginx",
      "classic, 4 × 4",
    ],
  );
});

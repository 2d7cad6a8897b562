import assert from "node:assert/strict";
import { test } from "node:test";
import { Shard, type ShardLink } from "./shard.js";
import { ConnectionLostError } from "./shard-connection.js";

const ACCESS = { servers: [{ host: "h", port: 1 }], database: "d", user: "u", synchronous: false };

/** A shard whose servers do what `answer` says: link, refuse at once, or keep silent. Time passes by silence alone. */
function shardOf(answer: () => "link" | "refusal" | "silence"): { shard: Shard; timeoutsMs: number[] } {
  let nowMs = 0;
  const timeoutsMs: number[] = [];
  const shard = new Shard(ACCESS, "test", 1_000_000, {
    async open(_access, _name, connectTimeoutMs) {
      timeoutsMs.push(connectTimeoutMs);
      await new Promise((resolve) => setImmediate(resolve));
      const what = answer();
      if (what === "link") return { isOpen: true, close: async () => {} } as unknown as ShardLink;
      if (what === "silence") nowMs += connectTimeoutMs;
      throw new ConnectionLostError(what);
    },
    timers: {
      after(_ms, run) {
        setImmediate(run);
        return () => {};
      },
    },
    stopwatchMs: () => nowMs,
  });
  return { shard, timeoutsMs };
}

test("all who ask while it connects share one connection", async () => {
  const { shard, timeoutsMs } = shardOf(() => "link");
  const links = await Promise.all([shard.connect(), shard.persist(async (link) => link), shard.connect()]);
  assert.equal(new Set(links).size, 1);
  assert.equal(timeoutsMs.length, 1);
});

test("servers that are silent are given more time with every try, those that refuse are not", async () => {
  const answers = ["refusal", "silence", "silence", "silence", "refusal", "silence", "link"] as const;
  let tried = 0;
  const { shard, timeoutsMs } = shardOf(() => answers[tried++] ?? "link");
  let link = await shard.persist(async (found) => found);
  assert.deepEqual(timeoutsMs, [2_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000]);
  Object.assign(link, { isOpen: false });
  link = await shard.connect();
  assert.equal(link.isOpen, true);
  assert.equal(timeoutsMs.at(-1), 2_000, "it is asked as if nothing had been");
});

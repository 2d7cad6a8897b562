import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { Cluster } from "iovalkey";
import { pino } from "pino";
import { BAN_MEMORY_US, BAN_US_MIN } from "../../platform/bans.js";
import type { Clock } from "../../platform/clock.js";
import { type RedisCluster, startRedisCluster } from "../../platform/servers/redis-cluster.js";
import { until } from "../../platform/testing/until.js";
import { systemTimers } from "../../platform/timers.js";
import { SharedBans } from "./shared-bans.js";

let folder: string;
let redis: RedisCluster;
const opened: SharedBans[] = [];
let nowUs = 1_900_000_000_000_000;
const clock: Clock = { nowUs: () => nowUs };

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "buttonwood-bans-"));
  chmodSync(folder, 0o755);
  redis = await startRedisCluster({ folder: join(folder, "redis"), nodes: 3 });
});
after(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  for (const bans of opened.splice(0)) bans.close();
});

function open(): SharedBans {
  const bans = new SharedBans({
    redis: { nodes: redis.addresses, password: undefined },
    name: "gateway",
    clock,
    timers: systemTimers,
    logger: pino({ level: "silent" }),
  });
  opened.push(bans);
  return bans;
}

describe("bans that gateways share", () => {
  it("hold at every gateway, with the length that they have grown to, and are forgotten by all", async () => {
    const [one, two] = [open(), open()];
    const told: [string, number][] = [];
    two.onBan((address, untilUs) => told.push([address, untilUs]));
    const first = one.ban("203.0.113.7");
    assert.equal(first, nowUs + BAN_US_MIN);
    await until("the ban", () => two.until("203.0.113.7") === first);
    assert.deepEqual(told, [["203.0.113.7", first]]);
    assert.equal(two.until("203.0.113.8"), 0);
    assert.equal(two.size, 1);
    nowUs = first;
    assert.equal(two.until("203.0.113.7"), 0);
    // The next one is the other's, and twice as long.
    const second = two.ban("203.0.113.7");
    assert.equal(second, nowUs + 2 * BAN_US_MIN);
    await until("the second ban", () => one.until("203.0.113.7") === second);
    const third = open();
    await until("a gateway that begins", () => third.until("203.0.113.7") === second);
    nowUs = second + BAN_MEMORY_US;
    const client = new Cluster([...redis.addresses]);
    try {
      await until("it is forgotten", async () => (await client.hlen("bw:bans")) === 0);
    } finally {
      client.disconnect();
    }
    assert.equal(one.ban("203.0.113.7"), nowUs + BAN_US_MIN);
  });

  it("are made without Redis too, and shared when it is back", async () => {
    const [one, two] = [open(), open()];
    await Promise.all(redis.nodes.map((node) => node.kill()));
    const end = one.ban("203.0.113.9");
    assert.equal(one.until("203.0.113.9"), end);
    await Promise.all(redis.nodes.map((node) => node.restart()));
    await until("Redis to have it", () => two.until("203.0.113.9") === end);
  });
});

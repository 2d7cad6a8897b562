import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import type { Clock } from "../../platform/clock.js";
import { type RedisCluster, startRedisCluster } from "../../platform/servers/redis-cluster.js";
import { systemTimers } from "../../platform/timers.js";
import { LocalCounters, type WindowCounters } from "../../platform/window-counters.js";
import { SharedCounters } from "./shared-counters.js";

/** Long enough for a busy machine. */
const WAIT_MS = 30_000;
const LENGTH_US = 10_000_000;

let folder: string;
let redis: RedisCluster;
const opened: SharedCounters[] = [];
/** Every test counts in a window of its own. */
let nowUs = Date.now() * 1000;
const clock: Clock = { nowUs: () => nowUs };

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "buttonwood-counters-"));
  chmodSync(folder, 0o755);
  redis = await startRedisCluster({ folder: join(folder, "redis"), nodes: 3 });
});

after(async () => {
  await redis.stop();
  rmSync(folder, { recursive: true });
});

afterEach(() => {
  for (const counters of opened.splice(0)) counters.close();
});

async function shared(gateways = 4): Promise<SharedCounters> {
  const counters = new SharedCounters({
    redis: { nodes: redis.addresses, password: undefined },
    name: "gateway",
    gateways,
    clock,
    timers: systemTimers,
    logger: pino({ level: "silent" }),
  });
  opened.push(counters);
  await until(() => counters.isShared);
  return counters;
}

async function until(holds: () => boolean): Promise<void> {
  const endMs = performance.now() + WAIT_MS;
  while (!holds()) {
    assert.ok(performance.now() < endMs, "it did not come about");
    await sleep(5);
  }
}

function countsOfItself(name: string, open: () => Promise<WindowCounters>): void {
  it(`${name}: a gateway sees what it counts at once, by key, name and window`, async () => {
    nowUs += LENGTH_US;
    const counters = await open();
    const weight = counters.counter("weight", LENGTH_US);
    const orders = counters.counter("orders", LENGTH_US);
    assert.equal(weight.get("alice"), 0);
    assert.equal(weight.add("alice", 2), 2);
    assert.equal(weight.add("alice", 3), 5);
    assert.equal(weight.add("bob", 1), 1);
    assert.equal(orders.add("alice", 1), 1);
    // Longer than it takes Redis to have it.
    await sleep(500);
    assert.deepEqual([weight.get("alice"), weight.get("bob"), orders.get("alice")], [5, 1, 1]);
    nowUs += LENGTH_US;
    assert.equal(weight.get("alice"), 0);
    assert.equal(weight.add("alice", 1), 1);
  });
}

function takesAway(name: string, open: () => Promise<WindowCounters>): void {
  it(`${name}: what is taken away leaves no count below zero`, async () => {
    nowUs += LENGTH_US;
    const counter = (await open()).counter("orders", LENGTH_US);
    counter.add("alice", 2);
    assert.equal(counter.add("alice", -1), 1);
    assert.equal(counter.add("bob", -1), 0);
    // Longer than it takes Redis to have it, and to be told that there is no credit.
    await sleep(1_000);
    assert.deepEqual([counter.get("alice"), counter.add("bob", 1)], [1, 1]);
  });
}

describe("counters", () => {
  takesAway("local", async () => new LocalCounters(clock));
  takesAway("shared", shared);
  countsOfItself("local", async () => new LocalCounters(clock));
  countsOfItself("shared", shared);

  it("gateways see what the others have counted, also those that only look", async () => {
    nowUs += LENGTH_US;
    const all = [await shared(), await shared(), await shared()];
    const [first, second, third] = all.map((counters) => counters.counter("weight", LENGTH_US));
    for (let i = 0; i < 500; i++) {
      first!.add("alice", 1);
      second!.add("alice", 2);
      if (i % 100 === 0) await sleep(1);
    }
    await until(() => [first, second, third].every((counter) => counter!.get("alice") === 1500));
    // What one counts after a window has begun is its part of the next one's total.
    nowUs += LENGTH_US;
    first!.add("alice", 7);
    await until(() => third!.get("alice") === 7);
  });

  it("one gateway takes away what another one has counted, and without Redis not more than once", async () => {
    nowUs += LENGTH_US;
    const [counters, other] = [await shared(4), await shared(4)];
    const [orders, seen] = [counters, other].map((each) => each.counter("orders", LENGTH_US));
    orders!.add("alice", 10);
    await until(() => seen!.get("alice") === 10);
    // Also one that has never asked may take away.
    const third = (await shared(4)).counter("orders", LENGTH_US);
    third.add("alice", -1);
    await until(() => orders!.get("alice") === 9 && seen!.get("alice") === 9);
    await Promise.all(redis.nodes.map((node) => node.kill()));
    seen!.add("alice", 0);
    await until(() => !other.isShared);
    assert.equal(seen!.add("alice", -1), 8);
    await Promise.all(redis.nodes.map((node) => node.restart()));
    await until(() => counters.isShared && other.isShared);
  });

  it("a gateway that has nothing to share learns as well that Redis is away, and that it is back", async () => {
    const warned: string[] = [];
    const counters = new SharedCounters({
      redis: { nodes: redis.addresses, password: undefined },
      name: "idle gateway",
      gateways: 4,
      clock,
      timers: systemTimers,
      logger: pino({ level: "warn" }, { write: (line: string) => void warned.push(line) }),
    });
    opened.push(counters);
    await until(() => counters.isShared);
    // Of which some are each node's: it only hears that nodes are gone to which it has connections.
    for (let i = 0; i < 20; i++) counters.counter(`count ${i}`, LENGTH_US).add("alice", 1);
    await sleep(1_000);
    await Promise.all(redis.nodes.map((node) => node.kill()));
    await until(() => warned.length > 0);
    assert.equal(counters.isShared, false);
    await Promise.all(redis.nodes.map((node) => node.restart()));
    await until(() => counters.isShared);
    assert.equal(warned.length, 1);
  });

  it("row 19: without Redis a gateway counts for all of them, and is exact again when Redis is back", async () => {
    nowUs += LENGTH_US;
    const [counters, other] = [await shared(4), await shared(4)];
    const weight = counters.counter("weight", LENGTH_US);
    weight.add("alice", 10);
    const seen = other.counter("weight", LENGTH_US);
    await until(() => seen.get("alice") === 10);
    await Promise.all(redis.nodes.map((node) => node.kill()));
    weight.add("alice", 0);
    await until(() => !counters.isShared);
    const alone = weight.get("alice");
    assert.ok(alone >= 10);
    assert.equal(weight.add("alice", 5), alone + 5 * 4);
    assert.equal(weight.add("bob", 3), 3 * 4);
    await Promise.all(redis.nodes.map((node) => node.restart()));
    // Redis keeps nothing: what it counted before is gone, what was counted meanwhile is not.
    await until(() => counters.isShared && weight.get("bob") === 3);
    await until(() => seen.get("bob") === 3);
  });
});

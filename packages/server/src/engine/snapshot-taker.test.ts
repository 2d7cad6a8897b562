import assert from "node:assert/strict";
import { test } from "node:test";
import type { Snapshot, SnapshotStore } from "../journal/port.js";
import type { DeterministicCore } from "./deterministic-core.js";
import type { EngineEvent } from "./engine.js";
import { SnapshotTaker } from "./snapshot-taker.js";
import { Timings } from "./timings.js";

const MAX = 10_000;

/** A state of as many bytes as it has applied commands. */
class GrowingCore {
  sequence = 0;

  snapshotBytesWith(ids: number): number {
    return this.sequence + ids;
  }

  snapshot(buffer: Uint8Array): Uint8Array {
    return new Uint8Array(buffer.buffer, 0, this.sequence).fill(this.sequence & 0xff);
  }

  stateDigest(): string {
    return "0".repeat(16);
  }
}

/** Saves, and prepares, when it is told to. */
class HeldStore implements Pick<SnapshotStore, "save" | "prepare"> {
  readonly prepared: [from: number, to: number][] = [];
  readonly saved: Snapshot[] = [];
  #release: (() => void)[] = [];

  save(snapshot: Snapshot): Promise<void> {
    this.saved.push(snapshot);
    return this.#held();
  }

  prepare(memory: Uint8Array): Promise<void> {
    this.prepared.push([memory.byteOffset, memory.byteOffset + memory.byteLength]);
    return this.#held();
  }

  #held(): Promise<void> {
    return new Promise((resolve) => this.#release.push(resolve));
  }

  async release(): Promise<void> {
    for (const resolve of this.#release.splice(0)) resolve();
    await new Promise(setImmediate);
  }
}

function rig(everyCommands: number) {
  const core = new GrowingCore();
  const store = new HeldStore();
  const events: EngineEvent[] = [];
  const parts = {
    snapshots: store as unknown as SnapshotStore,
    stopwatchMs: () => 0,
    onEvent: (event: EngineEvent) => void events.push(event),
  };
  const taker = new SnapshotTaker(parts, everyCommands, 0, MAX);
  const timings = new Timings();
  const applyTo = (sequence: number): void => {
    core.sequence = sequence;
    taker.consider(core as unknown as DeterministicCore, new Uint8Array(32), timings);
  };
  return { core, store, events, taker, applyTo };
}

test("all snapshots are copied into the same memory, of which each prepares what is new", async () => {
  const { store, events, applyTo } = rig(1_000);
  for (const round of [1, 2, 3]) {
    applyTo(round * 1_000 - 500);
    assert.equal(store.prepared.length, round - 1, "too early");
    applyTo(round * 1_000 - 120);
    await store.release();
    applyTo(round * 1_000);
    assert.equal(store.saved.length, round);
    await store.release();
  }
  assert.deepEqual(store.prepared, [
    [0, 1_100],
    [1_100, 2_350],
    [2_350, 3_600],
  ]);
  assert.equal(new Set(store.saved.map(({ state }) => state.buffer)).size, 1);
  assert.equal(store.saved[0]!.state.buffer.byteLength, MAX);
  assert.ok(store.saved[0]!.state.buffer instanceof SharedArrayBuffer);
  assert.deepEqual(
    events.map((event) => event.kind === "snapshotSaved" && event.sequence),
    [1_000, 2_000, 3_000],
  );
});

test("a snapshot waits for its memory, and the next one until it is stored: its bytes must not change", async () => {
  const { store, applyTo } = rig(1_000);
  applyTo(900);
  applyTo(1_000);
  assert.equal(store.saved.length, 0, "its memory is still being prepared");
  await store.release();
  applyTo(1_001);
  assert.equal(store.saved.length, 1);
  applyTo(2_500);
  assert.deepEqual([store.saved.length, store.prepared.length], [1, 1]);
  assert.deepEqual([...new Set(store.saved[0]!.state)], [1_001 & 0xff]);
  await store.release();
  applyTo(2_501);
  await store.release();
  applyTo(2_502);
  assert.equal(store.saved[1]!.sequence, 2_502);
});

test("memory that was prepared beforehand is not prepared again before it is outgrown", async () => {
  const { core, store, taker, applyTo } = rig(1_000);
  taker.prepare(core as unknown as DeterministicCore, 2_000);
  await store.release();
  for (const sequence of [900, 1_000, 1_900, 2_000, 2_900]) {
    applyTo(sequence);
    await store.release();
  }
  assert.deepEqual(store.prepared, [
    [0, 2_500],
    [2_500, 3_625],
  ]);
});

test("memory that was prepared for less than there is by then is prepared further", async () => {
  const { core, store, taker, applyTo } = rig(1_000);
  taker.prepare(core as unknown as DeterministicCore, 100);
  await store.release();
  applyTo(900);
  assert.deepEqual(store.prepared, [
    [0, 125],
    [125, 1_125],
  ]);
  await store.release();
});

test("a state that has outgrown what was prepared for it is prepared for again before its snapshot", async () => {
  const { store, applyTo } = rig(1_000);
  applyTo(900);
  await store.release();
  applyTo(1_200);
  assert.deepEqual([store.saved.length, store.prepared.at(-1)], [0, [1_125, 1_500]]);
  await store.release();
  applyTo(1_201);
  assert.equal(store.saved.length, 1);
  await store.release();
});

test("no more is prepared than a full core takes, and then its snapshot is taken", async () => {
  const { store, applyTo } = rig(9_000);
  applyTo(8_900);
  assert.deepEqual(store.prepared, [[0, MAX]]);
  await store.release();
  applyTo(MAX);
  assert.equal(store.saved.length, 1);
  await store.release();
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeCommand, WordBuffer } from "@buttonwood/protocol";
import { IdEntry } from "../client-ids/id-memory.js";
import { Core } from "../core.js";
import { checkIntegrity } from "../order-book/integrity.js";
import { SnapshotError } from "./restore.js";

const SMALL = {
  accountsMax: 16,
  assetsMax: 4,
  marketsMax: 2,
  openOrdersMax: 64,
  pricePagesMax: 8,
  rememberedIdsMax: 64,
  balancesMax: 32,
  accountMarketsMax: 32,
};

/** A core with two accounts that have deposited. */
function smallCore(): Core {
  const core = new Core(SMALL);
  const buffer = new WordBuffer();
  for (const asset of [0, 1]) {
    encodeCommand(buffer, { kind: "LIST_ASSET", account: 0, asset, decimals: 2, name: `A${asset}` });
  }
  for (const account of [1, 2]) {
    encodeCommand(buffer, { kind: "OPEN_ACCOUNT", account, name: "someone" });
    encodeCommand(buffer, { kind: "DEPOSIT", account, asset: 1, amount: 500, reference: "first" });
  }
  for (let at = 0; at < buffer.length; at += buffer.i32[at] >>> 8) core.apply(buffer, at);
  return core;
}

test("a restored core has the same digest, balances and configuration", () => {
  const core = smallCore();
  const restored = Core.restore(core.snapshot());
  assert.equal(restored.stateDigest(), core.stateDigest());
  assert.deepEqual(restored.queries.balances(1), [{ asset: 1, free: 500, locked: 0 }]);
  assert.deepEqual(restored.config, core.config);
  assert.equal(restored.sequence, core.sequence);
  checkIntegrity(restored.state.books);
});

test("without a transfer to another partition the digest is what it was before there were any", () => {
  assert.equal(smallCore().stateDigest(), "6bc571c58fb4477a");
});

test("a snapshot holds the channels and the outboxes", () => {
  const core = smallCore();
  const buffer = new WordBuffer();
  const transfer = { account: 1, asset: 1, toPartition: 3 } as const;
  for (let i = 1; i <= 5; i++) {
    encodeCommand(buffer, { kind: "TRANSFER_OUT", ...transfer, amountMin: i, amountMax: i });
  }
  encodeCommand(buffer, { kind: "TRANSFER_ACK", account: 0, toPartition: 3, channelSequence: 2 });
  for (let at = 0; at < buffer.length; at += buffer.i32[at] >>> 8) core.apply(buffer, at);
  const bytes = core.snapshot();
  const restored = Core.restore(bytes);
  assert.equal(restored.stateDigest(), core.stateDigest());
  assert.deepEqual(restored.queries.outbox(), core.queries.outbox());
  assert.deepEqual(
    restored.queries.outbox().map(({ channelSequence, amount }) => [channelSequence, amount]),
    [3, 4, 5].map((i) => [i, i]),
  );
});

test("a snapshot uses the bytes it is given when they are large enough", () => {
  const core = smallCore();
  const first = core.snapshot();
  const copy = first.slice();
  const second = core.snapshot(first);
  assert.equal(second.buffer, first.buffer);
  assert.deepEqual(second, copy);
  assert.notEqual(core.snapshot(new Uint8Array(8)).buffer.byteLength, 8);
});

test("a snapshot at an odd place in memory is read all the same", () => {
  const core = smallCore();
  const bytes = core.snapshot();
  const moved = new Uint8Array(bytes.length + 3).subarray(3);
  moved.set(bytes);
  assert.equal(Core.restore(moved).stateDigest(), core.stateDigest());
});

test("a damaged snapshot is refused, and the message names the damage", () => {
  const bytes = smallCore().snapshot();
  const damaged = (at: number, value: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = value;
    return copy;
  };
  const digestAt = 4 * 26;
  const cases: [Uint8Array, RegExp][] = [
    [new Uint8Array(0), /not one of a core/],
    [damaged(0, 0), /not one of a core/],
    [damaged(4, 9), /version 9/],
    [damaged(digestAt, "x".charCodeAt(0)), /state digest is .* the snapshot says x/],
    [damaged(4 * 30, 1), /segment "scalars" has/],
    [bytes.subarray(0, bytes.length - 8), /ends within segment "remembered ids"/],
  ];
  for (const [input, message] of cases) {
    assert.throws(
      () => Core.restore(input),
      (error: Error) => error instanceof SnapshotError && message.test(error.message),
      String(message),
    );
  }
});

test("any changed word of a remembered id changes the digest", () => {
  const bytes = smallCore().snapshot();
  // The last entry of the memory of ids ends the snapshot. Its link is that of a list.
  const covered = [
    IdEntry.ACCOUNT,
    IdEntry.SPACE,
    IdEntry.NAME_A,
    IdEntry.NAME_B_MIXED,
    IdEntry.ORDER_LO,
    IdEntry.ORDER_HI,
    IdEntry.FINGERPRINT,
  ];
  const refuses = (word: number, change: (entry: DataView, at: number) => void): void => {
    const copy = bytes.slice();
    change(new DataView(copy.buffer), bytes.length + 4 * (word - IdEntry.WORDS));
    assert.throws(() => Core.restore(copy), SnapshotError, `word ${word}`);
  };
  for (const word of covered) refuses(word, (entry, at) => entry.setUint8(at, entry.getUint8(at) ^ 1));
  refuses(IdEntry.TIME, (entry, at) => entry.setFloat64(at, entry.getFloat64(at, true) + 1, true));
});

test("a configuration out of range is refused by name", () => {
  assert.throws(() => new Core({ fillsMax: 0 }), /fillsMax must be 1…4096, not 0/);
  assert.throws(() => new Core({ accountsMax: 1 }), /accountsMax must be 2…/);
  assert.throws(() => new Core({ openOrdersMax: 1.5 }), /openOrdersMax/);
});

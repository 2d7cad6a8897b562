import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DamagedJournalError, type Snapshot, type SnapshotStore } from "../port.js";
import { FileSnapshotStore, SNAPSHOT_FOLDER } from "./file-snapshot-store.js";
import { MemorySnapshotStore } from "./memory-snapshot-store.js";
import { parseSnapshot, snapshotHeader } from "./snapshot-file.js";
import { ThreadedSnapshotStore } from "./threaded-snapshot-store.js";

function snapshot(sequence: number, bytes = 1000): Snapshot {
  const state = new Uint8Array(new SharedArrayBuffer(bytes));
  for (let i = 0; i < bytes; i++) state[i] = sequence * 31 + i;
  return {
    sequence,
    rowHash: new Uint8Array(32).fill(sequence),
    digest: `digest${sequence}`.padEnd(16, "."),
    state,
  };
}

function plain({ sequence, rowHash, digest, state }: Snapshot): unknown {
  return [sequence, digest, Buffer.from(rowHash).toString("hex"), Buffer.from(state).toString("hex")];
}

function contract(
  name: string,
  open: (dataFolder: string) => SnapshotStore & { close?(): Promise<void> },
): void {
  describe(`snapshots: ${name}`, () => {
    it("gives back what was saved, newest first, and keeps three", async () => {
      const dataFolder = mkdtempSync(join(tmpdir(), "buttonwood-snapshots-"));
      const store = open(dataFolder);
      assert.deepEqual(await store.list(), []);
      for (const sequence of [5, 10, 100, 1000]) await store.save(snapshot(sequence));
      assert.deepEqual(
        (await store.list()).map(({ sequence }) => sequence),
        [1000, 100, 10],
      );
      for (const sequence of [10, 100, 1000]) {
        assert.deepEqual(plain(await store.load(sequence)), plain(snapshot(sequence)));
      }
      await assert.rejects(store.load(5), DamagedJournalError);
      await store.close?.();
      rmSync(dataFolder, { recursive: true });
    });
  });
}

contract("files", (dataFolder) => new FileSnapshotStore(dataFolder));
contract("files written by a thread", (dataFolder) => new ThreadedSnapshotStore(dataFolder));
contract("memory", () => new MemorySnapshotStore());

describe("snapshot files", () => {
  it("row 13: names damage at any byte", () => {
    const whole = snapshot(7, 300);
    const bytes = Buffer.concat([snapshotHeader(whole), whole.state]);
    assert.deepEqual(plain(parseSnapshot("s", bytes)), plain(whole));
    fc.assert(
      fc.property(fc.nat(bytes.byteLength - 1), fc.nat(7), (at, bit) => {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= 1 << bit;
        assert.throws(
          () => parseSnapshot("the file", damaged),
          (error: Error) => {
            assert.ok(error instanceof DamagedJournalError);
            assert.match(error.message, /^the file: /);
            return true;
          },
        );
        assert.throws(() => parseSnapshot("the file", bytes.subarray(0, at)), DamagedJournalError);
      }),
    );
  });

  it("leaves a half-written file out, and one under a wrong name", async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), "buttonwood-snapshots-"));
    const store = new FileSnapshotStore(dataFolder);
    await store.save(snapshot(3));
    const folder = join(dataFolder, SNAPSHOT_FOLDER);
    const [file] = readdirSync(folder);
    writeFileSync(join(folder, `${file}.tmp`), "half");
    writeFileSync(join(folder, file!.replace("3.", "4.")), readFileSync(join(folder, file!)));
    assert.deepEqual(
      (await store.list()).map(({ sequence }) => sequence),
      [4, 3],
    );
    await assert.rejects(store.load(4), /holds sequence 3, not the one it is named after/);
    assert.equal((await store.load(3)).sequence, 3);
    await store.save(snapshot(5));
    assert.deepEqual(
      readdirSync(folder).filter((entry) => entry.endsWith(".tmp")),
      [],
      "what a killed process left takes no space for ever",
    );
    // A state that can't be written stands for a full disk.
    await assert.rejects(store.save({ ...snapshot(6), state: {} as Uint8Array }));
    assert.equal(readdirSync(folder).length, 3, "a failed snapshot leaves nothing");
    rmSync(dataFolder, { recursive: true });
  });
});

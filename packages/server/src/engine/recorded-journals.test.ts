import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { decodeEvents, WordBuffer } from "@buttonwood/protocol";
import { MemoryJournal } from "../journal/memory/memory-journal.js";
import { MemorySnapshotStore } from "../journal/snapshots/memory-snapshot-store.js";
import { coresOf } from "./cores.js";
import { recover } from "./recovery.js";
import { type Recording, readRecording } from "./testing/recording.js";

const FOLDER = fileURLToPath(new URL("../../src/engine/testing/recordings", import.meta.url));

const replay = ({ rows, capacity }: Recording) =>
  recover({
    journal: new MemoryJournal({ epoch: rows.at(-1)!.epoch, rows: [...rows] }),
    snapshots: new MemorySnapshotStore(),
    cores: coresOf(capacity),
    onDamagedSnapshot: assert.ifError,
  });

describe("journals that earlier versions have written", () => {
  for (const name of readdirSync(FOLDER)) {
    it(`row 22: replay to the byte: ${name}`, async () => {
      const recording = readRecording(join(FOLDER, name));
      const last = recording.rows.at(-1)!;
      const kinds = new Set<string>();
      for (const { events } of recording.rows) {
        for (const { kind } of decodeEvents(WordBuffer.from(events))) kinds.add(kind);
      }
      assert.ok(kinds.size > 15, `only events of ${kinds.size} kinds: ${[...kinds].join(", ")}`);
      const { core, tail } = await replay(recording);
      assert.deepEqual([tail.sequence, core.stateDigest()], [last.lastSequence, last.digest]);
    });
  }
});

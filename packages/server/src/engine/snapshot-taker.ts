import type { SnapshotStore } from "../journal/port.js";
import type { DeterministicCore } from "./deterministic-core.js";
import type { EngineEvent } from "./engine.js";
import type { Timings } from "./timings.js";

/** Half-way to a snapshot, its memory must be this much larger than what it would take now; new memory even more. */
const HEADROOM_MIN = 1.5;
const HEADROOM = 2;

/**
 * Takes snapshots between batches. The engine pauses while the core's state is copied; hashing and writing are
 * the store's, in its own time. The buffer is shared memory, so that another thread can read it where it lies;
 * only a snapshot that has outgrown it comes in memory of its own, which is given away.
 */
export class SnapshotTaker {
  readonly #snapshots: SnapshotStore;
  readonly #everyCommands: number;
  readonly #stopwatchMs: () => number;
  readonly #onEvent: (event: EngineEvent) => void;
  readonly #prepareAfter: number;
  #lastSequence: number;
  #prepared = false;
  #buffer: Uint8Array = new Uint8Array(new SharedArrayBuffer(0));
  #writing: Promise<void> | undefined;

  constructor(
    parts: {
      readonly snapshots: SnapshotStore;
      readonly stopwatchMs: () => number;
      readonly onEvent: (event: EngineEvent) => void;
    },
    everyCommands: number,
    lastSequence: number,
  ) {
    this.#snapshots = parts.snapshots;
    this.#stopwatchMs = parts.stopwatchMs;
    this.#onEvent = parts.onEvent;
    this.#everyCommands = everyCommands;
    this.#prepareAfter = Math.ceil(everyCommands / 2);
    this.#lastSequence = lastSequence;
  }

  /** Takes a snapshot when enough commands have passed and none is being written. */
  consider(core: DeterministicCore, rowHash: Uint8Array, timings: Timings): void {
    const since = core.sequence - this.#lastSequence;
    if (this.#writing !== undefined || since < this.#prepareAfter) return;
    if (since >= this.#everyCommands) timings.pause(this.take(core, rowHash));
    else if (!this.#prepared) this.#prepare(core.snapshotBytes);
  }

  /** Sees, half-way to the next snapshot, that its memory is there: taking fresh memory would double the pause. */
  #prepare(bytes: number): void {
    this.#prepared = true;
    if (this.#buffer.byteLength >= bytes * HEADROOM_MIN) return;
    this.#buffer = new Uint8Array(new SharedArrayBuffer(Math.ceil(bytes * HEADROOM)));
    this.#snapshots.prepare?.(this.#buffer);
  }

  /** Takes a snapshot now; returns the pause in ms. */
  take(core: DeterministicCore, rowHash: Uint8Array): number {
    const startedMs = this.#stopwatchMs();
    const state = core.snapshot(this.#buffer);
    const { sequence } = core;
    this.#lastSequence = sequence;
    this.#prepared = false;
    const saved = this.#snapshots.save({
      sequence,
      rowHash: Uint8Array.from(rowHash),
      digest: core.stateDigest(),
      state,
    });
    const pauseMs = this.#stopwatchMs() - startedMs;
    this.#writing = saved
      .then(
        () => this.#onEvent({ kind: "snapshotSaved", sequence, pauseMs }),
        (error: Error) => this.#onEvent({ kind: "snapshotFailed", sequence, error }),
      )
      .finally(() => {
        this.#writing = undefined;
      });
    return pauseMs;
  }

  /** Waits for a snapshot that is being written. */
  async finish(): Promise<void> {
    await this.#writing;
  }
}

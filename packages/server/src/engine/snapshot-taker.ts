import type { SnapshotStore } from "../journal/port.js";
import type { DeterministicCore } from "./deterministic-core.js";
import type { EngineEvent } from "./engine.js";
import type { Timings } from "./timings.js";

/** The buffer is kept this much larger than the last snapshot, so that the next one, a little larger, still fits. */
const HEADROOM_MIN = 1.2;
const HEADROOM = 1.5;

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
  #lastSequence: number;
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
    this.#lastSequence = lastSequence;
  }

  /** Takes a snapshot when enough commands have passed and none is being written. */
  consider(core: DeterministicCore, rowHash: Uint8Array, timings: Timings): void {
    const since = core.sequence - this.#lastSequence;
    if (this.#writing !== undefined || since < this.#everyCommands) return;
    timings.pause(this.take(core, rowHash));
  }

  /** Takes a snapshot now; returns the pause in ms. */
  take(core: DeterministicCore, rowHash: Uint8Array): number {
    const startedMs = this.#stopwatchMs();
    const state = core.snapshot(this.#buffer);
    const { sequence } = core;
    this.#lastSequence = sequence;
    const bytes = state.byteLength;
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
        if (this.#buffer.byteLength < bytes * HEADROOM_MIN) {
          this.#buffer = new Uint8Array(new SharedArrayBuffer(Math.ceil(bytes * HEADROOM)));
        }
      });
    return pauseMs;
  }

  /** Waits for a snapshot that is being written. */
  async finish(): Promise<void> {
    await this.#writing;
  }
}

import type { SnapshotStore } from "../journal/port.js";
import type { EngineFigures } from "../transport/engine-port.js";
import type { DeterministicCore } from "./deterministic-core.js";
import type { EngineEvent } from "./engine.js";
import type { Timings } from "./timings.js";

type SnapshotFigures = Pick<
  EngineFigures,
  "snapshots" | "snapshotsFailed" | "snapshotLagCommands" | "snapshotAgeMs"
>;

/** Memory that a snapshot will be the first to take is fetched when this part of the way to it is done. */
const PREPARED_AFTER = 7 / 8;

/** How much more is fetched than what a snapshot would take then: the state still grows. */
const HEADROOM = 1.25;

/**
 * Takes snapshots between batches. The engine pauses while the core's state is copied; hashing and writing are
 * the store's, in its own time. The buffer is shared memory, so that another thread can read it where it lies. There
 * is one for all snapshots, as large as a full core's: the system provides what of it was ever used. (Fresh memory for
 * each would stay behind: shared memory is nothing that V8 collects in haste.)
 */
export class SnapshotTaker {
  readonly #snapshots: SnapshotStore;
  readonly #everyCommands: number;
  readonly #stopwatchMs: () => number;
  readonly #onEvent: (event: EngineEvent) => void;
  readonly #prepareAfter: number;
  readonly #buffer: Uint8Array;
  #lastSequence: number;
  /** Bytes of it that the system has provided. */
  #preparedBytes = 0;
  /** Memory is being prepared, or a snapshot written. */
  #busy: Promise<void> | undefined;
  #saved = 0;
  #failed = 0;
  /** When the last one was saved, by the stopwatch; before the first, when this was made. */
  #savedAtMs: number;

  /** `lastSequence`: of the newest snapshot. `bytesMax`: what a full core's takes. */
  constructor(
    parts: {
      readonly snapshots: SnapshotStore;
      readonly stopwatchMs: () => number;
      readonly onEvent: (event: EngineEvent) => void;
    },
    everyCommands: number,
    lastSequence: number,
    bytesMax: number,
  ) {
    this.#snapshots = parts.snapshots;
    this.#stopwatchMs = parts.stopwatchMs;
    this.#onEvent = parts.onEvent;
    this.#everyCommands = everyCommands;
    this.#prepareAfter = Math.ceil(everyCommands * PREPARED_AFTER);
    this.#buffer = new Uint8Array(new SharedArrayBuffer(bytesMax));
    this.#lastSequence = lastSequence;
    this.#savedAtMs = parts.stopwatchMs();
  }

  /** For the metrics, when the core stands at a sequence. */
  figures(sequence: number): SnapshotFigures {
    return {
      snapshots: this.#saved,
      snapshotsFailed: this.#failed,
      snapshotLagCommands: Math.max(0, sequence - this.#lastSequence),
      snapshotAgeMs: this.#stopwatchMs() - this.#savedAtMs,
    };
  }

  /** Takes a snapshot when enough commands have passed and none is being written. */
  consider(core: DeterministicCore, rowHash: Uint8Array, timings: Timings): void {
    const since = core.sequence - this.#lastSequence;
    if (this.#busy !== undefined || since < this.#prepareAfter) return;
    const bytes = Math.min(this.#buffer.byteLength, core.snapshotBytesWith(0));
    if (bytes > this.#preparedBytes) this.prepare(core);
    else if (since >= this.#everyCommands) timings.pause(this.take(core, rowHash));
  }

  /**
   * Sees that the memory is there for a snapshot, also when the core has remembered so many more ids by then. The next
   * one is put off until it is: taking fresh memory within the pause would more than double it. Does nothing while a
   * snapshot is being written.
   */
  prepare(core: DeterministicCore, ids = 0): void {
    if (this.#busy !== undefined) return;
    const bytes = Math.min(this.#buffer.byteLength, Math.ceil(core.snapshotBytesWith(ids) * HEADROOM));
    if (bytes <= this.#preparedBytes) return;
    const fresh = this.#buffer.subarray(this.#preparedBytes, bytes);
    this.#preparedBytes = bytes;
    // Without preparation the pause is longer, no more.
    const done = (): void => {
      this.#busy = undefined;
    };
    this.#busy = this.#snapshots.prepare?.(fresh).then(done, done);
  }

  /** Takes a snapshot now; returns the pause in ms. */
  take(core: DeterministicCore, rowHash: Uint8Array): number {
    const startedMs = this.#stopwatchMs();
    const state = core.snapshot(this.#buffer);
    const { sequence } = core;
    this.#lastSequence = sequence;
    const saved = this.#snapshots.save({
      sequence,
      rowHash: Uint8Array.from(rowHash),
      digest: core.stateDigest(),
      state,
    });
    const pauseMs = this.#stopwatchMs() - startedMs;
    this.#busy = saved
      .then(
        () => {
          this.#saved++;
          this.#savedAtMs = this.#stopwatchMs();
          this.#onEvent({ kind: "snapshotSaved", sequence, pauseMs });
        },
        (error: Error) => {
          this.#failed++;
          this.#onEvent({ kind: "snapshotFailed", sequence, error });
        },
      )
      .finally(() => {
        this.#busy = undefined;
      });
    return pauseMs;
  }

  /** Waits until nothing is being written. */
  async finish(): Promise<void> {
    await this.#busy;
  }
}

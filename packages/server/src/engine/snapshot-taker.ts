import type { SnapshotStore } from "../journal/port.js";
import type { EngineFigures } from "../transport/engine-port.js";
import type { DeterministicCore } from "./deterministic-core.js";
import type { EngineEvent } from "./engine.js";
import type { Timings } from "./timings.js";

type SnapshotFigures = Pick<
  EngineFigures,
  "snapshots" | "snapshotsFailed" | "snapshotLagCommands" | "snapshotAgeMs"
>;

/** Memory for a snapshot is taken when this part of the way to it is done, and given back when it is saved. */
const PREPARED_AFTER = 7 / 8;

/** How much larger that memory is than what a snapshot would take then: the state still grows. */
const HEADROOM = 1.25;

const NO_MEMORY = new Uint8Array(new SharedArrayBuffer(0));

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
  #buffer: Uint8Array = NO_MEMORY;
  /** Memory is being prepared, or a snapshot written. */
  #busy: Promise<void> | undefined;
  #saved = 0;
  #failed = 0;
  /** When the last one was saved, by the stopwatch; before the first, when this was made. */
  #savedAtMs: number;

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
    this.#prepareAfter = Math.ceil(everyCommands * PREPARED_AFTER);
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
    const isPrepared = this.#buffer.byteLength > 0;
    if (!isPrepared || (since >= this.#everyCommands && core.snapshotBytes > this.#buffer.byteLength)) {
      this.#prepare(core.snapshotBytes);
    } else if (since >= this.#everyCommands) timings.pause(this.take(core, rowHash));
  }

  /** Sees that the memory is there, and puts the snapshot off until it is: taking fresh memory within the pause would more than double it. */
  #prepare(bytes: number): void {
    this.#buffer = new Uint8Array(new SharedArrayBuffer(Math.ceil(bytes * HEADROOM)));
    // Without preparation the pause is longer, no more.
    const done = (): void => {
      this.#busy = undefined;
    };
    this.#busy = this.#snapshots.prepare?.(this.#buffer).then(done, done);
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
        this.#buffer = NO_MEMORY;
      });
    return pauseMs;
  }

  /** Waits until nothing is being written. */
  async finish(): Promise<void> {
    await this.#busy;
  }
}

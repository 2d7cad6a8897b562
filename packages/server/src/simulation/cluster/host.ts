import type { Clock } from "../../platform/clock.js";
import type { Timers } from "../../platform/timers.js";
import { EPOCH_US } from "../sim-gateway.js";
import { SimProcess, type World } from "../world.js";

/** How much faster or slower than true time the clocks of machines run, at most. */
const DRIFT_MAX = 0.02;

/** A machine: its clocks, what it keeps when its process dies, and the process that runs on it. */
export class Host {
  readonly name: string;
  readonly #world: World;
  /** How fast its clocks run. */
  readonly #rate: number;
  #clockOffsetUs = 0;
  #process: SimProcess | undefined;
  #starts = 0;

  constructor(world: World, name: string) {
    this.name = name;
    this.#world = world;
    this.#rate = 1 + (2 * world.random.next() - 1) * DRIFT_MAX;
  }

  /** The process that runs or ran last; undefined before the first. */
  get process(): SimProcess | undefined {
    return this.#process;
  }

  get isUp(): boolean {
    return this.#process?.alive === true;
  }

  /** Times that a process was started. */
  get starts(): number {
    return this.#starts;
  }

  /** Starts a process; the one before must have ended. */
  start(): SimProcess {
    if (this.isUp) throw new Error(`${this.name} runs already`);
    this.#process = new SimProcess(this.#world, `${this.name} #${++this.#starts}`);
    return this.#process;
  }

  /** The clock on the wall. May be set. */
  readonly clock: Clock = {
    nowUs: () => EPOCH_US + Math.floor(this.#world.scheduler.nowUs * this.#rate) + this.#clockOffsetUs,
  };

  /** Waiting in its process, as Node's timers do: whole milliseconds of this machine, and one at least. */
  get timers(): Timers {
    const process = this.#process!;
    return {
      after: (ms, run) => process.after(Math.round((Math.max(1, Math.trunc(ms)) * 1_000) / this.#rate), run),
    };
  }

  /** Elapsed time in ms, by a clock that nobody sets. */
  readonly stopwatchMs = (): number => (this.#world.scheduler.nowUs * this.#rate) / 1000;

  /** Somebody sets the clock, forward or back. */
  setClock(byUs: number): void {
    this.#clockOffsetUs += byUs;
    this.#world.trace("clock", this.name, this.#clockOffsetUs);
  }
}

import { Random } from "@buttonwood/core/reference";
import type { Timers } from "../platform/timers.js";
import { Scheduler } from "./scheduler.js";

/** Something that must never happen has happened; the seed reproduces it. */
export class SimulationFailure extends Error {
  override readonly name = "SimulationFailure";
}

/** Where what must never happen is told. */
export interface Verdict {
  /** The first failure, if there was one. */
  readonly failure: SimulationFailure | undefined;
  fail(message: string): void;
}

/** What all parts of one run share: its random source, its time, its faults, its verdict, and its trace. */
export class World implements Verdict {
  readonly seed: number;
  readonly random: Random;
  readonly scheduler = new Scheduler();
  /** Faults happen only while this is true. */
  faulty = false;
  failure: SimulationFailure | undefined;
  #trace = 0x811c9dc5;
  readonly #log: string[] | undefined;

  constructor(seed: number, log?: string[]) {
    this.seed = seed;
    this.random = new Random(seed);
    this.#log = log;
  }

  /** Ends the run: the first failure counts. */
  fail(message: string): void {
    this.failure ??= new SimulationFailure(
      `seed ${this.seed}, after ${(this.scheduler.nowUs / 1000).toFixed(3)} ms: ${message}`,
    );
  }

  /** Whether a fault of this probability strikes now. The draw is made in any case. */
  strikes(probability: number): boolean {
    return this.random.chance(probability) && this.faulty;
  }

  /** Records what happened: the same seed must leave the same trace. */
  trace(what: string, ...values: readonly (number | string)[]): void {
    const line = `${this.scheduler.nowUs} ${what} ${values.join(" ")}`;
    let hash = this.#trace;
    for (let i = 0; i < line.length; i++) hash = Math.imul(hash ^ line.charCodeAt(i), 0x01000193);
    this.#trace = hash;
    this.#log?.push(line);
  }

  /** The trace so far as 8 hex digits. */
  get traceHash(): string {
    return (this.#trace >>> 0).toString(16).padStart(8, "0");
  }
}

/** A process: when it is dead nothing of it runs, when it is paused everything of it waits. */
export class SimProcess {
  readonly name: string;
  readonly #world: World;
  #alive = true;
  #pausedUntilUs = 0;
  readonly #onKill: (() => void)[] = [];

  constructor(world: World, name: string) {
    this.#world = world;
    this.name = name;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Whether it is stopped for a while. */
  get isPaused(): boolean {
    return this.#pausedUntilUs > this.#world.scheduler.nowUs;
  }

  /** Runs a task of this process after a delay, unless it has died by then. Returns how to call it off. */
  after(delayUs: number, run: () => void): () => void {
    const { scheduler } = this.#world;
    let cancel: () => void;
    const due = (): void => {
      if (!this.#alive) return;
      const left = this.#pausedUntilUs - scheduler.nowUs;
      if (left > 0) cancel = scheduler.after(left, due);
      else run();
    };
    cancel = scheduler.after(delayUs, due);
    return () => cancel();
  }

  /** Waiting as the server's parts see it. */
  readonly timers: Timers = { after: (ms, run) => this.after(ms * 1000, run) };

  /** Resolves after a delay; never, when the process dies before. */
  wait(delayUs: number): Promise<void> {
    return new Promise((resolve) => this.after(delayUs, resolve));
  }

  /** Stops everything for a while, as a long collection or a suspended machine does. */
  pause(forUs: number): void {
    this.#pausedUntilUs = this.#world.scheduler.nowUs + forUs;
    this.#world.trace("pause", this.name, forUs);
  }

  onKill(run: () => void): void {
    this.#onKill.push(run);
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#world.trace("kill", this.name);
    for (const run of this.#onKill) run();
  }
}

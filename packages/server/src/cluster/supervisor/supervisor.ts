import type { Part, RunningPart } from "./part.js";

/** A part that fails again and again is started ever more rarely, in ms. */
const BACK_OFF_MS_MIN = 250;
const BACK_OFF_MS_MAX = 10_000;
/** A part that ran this long has recovered from what ended it before, in ms. */
const STEADY_MS = 5_000;

/** A part could not be started; `cause` is its own error. */
export class PartFailedError extends Error {
  override readonly name = "PartFailedError";
  readonly part: string;

  constructor(part: string, cause: Error) {
    super(`${part} could not be started: ${cause.message}`, { cause });
    this.part = part;
  }
}

/** A part as it stands. */
export interface PartState {
  readonly part: Part;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** How often it was started again. */
  readonly restarts: number;
}

/** Parts that start together, once all of the stage before are ready. They are stopped in reverse. */
export interface Stage {
  readonly parts: readonly Part[];
  /** Done once, when all of them are ready for the first time. */
  readonly afterwards?: (signal: AbortSignal) => Promise<void>;
}

export interface SupervisorOptions {
  readonly stages: readonly Stage[];
  /** A part is ready for the first time; `ready` of `total` are. */
  readonly onReady?: (part: Part, ready: number, total: number) => void;
  /** A part ended by itself, and will be started again. */
  readonly onEnded?: (part: Part, how: string) => void;
  /** A part that had ended runs again. */
  readonly onRestarted?: (part: Part, restarts: number) => void;
  /** A part could not be started again; it will be tried once more. */
  readonly onRestartFailed?: (part: Part, error: Error) => void;
  /** The parts that run, or their ids, have changed. */
  readonly onChange?: (states: readonly PartState[]) => void;
}

interface Watched {
  readonly part: Part;
  running: RunningPart | undefined;
  restarts: number;
  /** Failures in a row, for the back-off. */
  failures: number;
}

/** Keeps the processes of a local cluster running: all of them, or none. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #stages: readonly { readonly watched: readonly Watched[]; readonly stage: Stage }[];
  readonly #stopping = new AbortController();
  /** Starts under way. */
  readonly #starting = new Set<Promise<void>>();
  #stopped: Promise<void> | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#stages = options.stages.map((stage) => ({
      stage,
      watched: stage.parts.map((part) => ({ part, running: undefined, restarts: 0, failures: 0 })),
    }));
  }

  get states(): readonly PartState[] {
    return this.#all.map(({ part, running, restarts }) => ({ part, pid: running?.pid, restarts }));
  }

  /**
   * Starts every part. When one can't be started, what was is stopped again and {@link PartFailedError} thrown; a
   * {@link stop} meanwhile makes this reject too.
   */
  async start(): Promise<void> {
    const { signal } = this.#stopping;
    try {
      let ready = 0;
      for (const { watched, stage } of this.#stages) {
        await Promise.all(
          watched.map(async (one) => {
            await this.#start(one);
            this.#options.onReady?.(one.part, ++ready, this.#all.length);
          }),
        );
        await stage.afterwards?.(signal);
      }
      signal.throwIfAborted();
    } catch (error) {
      // The others of the stage give up at once, instead of waiting for what will not come.
      this.#stopping.abort(error);
      await this.stop();
      throw signal.reason;
    }
  }

  /** Stops every part, last stage first. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  /** Ends a part as a crash would; it is then started again. Answers its process's id. Throws when it does not run. */
  kill(name: string): number {
    const watched = this.#all.find(({ part }) => part.name === name);
    if (watched === undefined) {
      throw new Error(`there is no ${name}: there are ${this.#all.map(({ part }) => part.name).join(", ")}`);
    }
    const { running } = watched;
    if (running === undefined)
      throw new Error(`${name} does not run at the moment: it is being started again`);
    process.kill(running.pid, "SIGKILL");
    return running.pid;
  }

  get #all(): readonly Watched[] {
    return this.#stages.flatMap(({ watched }) => watched);
  }

  #start(watched: Watched): Promise<void> {
    const start = this.#startOnce(watched).finally(() => this.#starting.delete(start));
    this.#starting.add(start);
    return start;
  }

  async #startOnce(watched: Watched): Promise<void> {
    const { part } = watched;
    this.#stopping.signal.throwIfAborted();
    let running: RunningPart;
    try {
      running = await part.start(this.#stopping.signal);
    } catch (error) {
      throw new PartFailedError(part.name, error as Error);
    }
    const startedMs = performance.now();
    watched.running = running;
    this.#options.onChange?.(this.states);
    void running.ended.then((how) => {
      watched.running = undefined;
      if (this.#stopping.signal.aborted) return;
      if (performance.now() - startedMs > STEADY_MS) watched.failures = 0;
      this.#options.onChange?.(this.states);
      this.#options.onEnded?.(part, how);
      void this.#restart(watched);
    });
  }

  /** Starts a part again until it runs; the first time at once. */
  async #restart(watched: Watched): Promise<void> {
    const { part } = watched;
    for (;;) {
      if (watched.failures > 0) {
        await this.#sleep(Math.min(BACK_OFF_MS_MIN * 2 ** (watched.failures - 1), BACK_OFF_MS_MAX));
      }
      if (this.#stopping.signal.aborted) return;
      watched.failures++;
      try {
        await this.#start(watched);
        watched.restarts++;
        this.#options.onRestarted?.(part, watched.restarts);
        return;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#options.onRestartFailed?.(part, error as Error);
      }
    }
  }

  async #stopAll(): Promise<void> {
    this.#stopping.abort(new Error("the cluster is being stopped"));
    // What is being started now may just have become ready, and must not be missed below.
    await Promise.allSettled(this.#starting);
    for (const { watched } of [...this.#stages].reverse()) {
      await Promise.all(
        watched.map(async ({ running }) => {
          await running?.stop();
          await running?.ended;
        }),
      );
    }
    this.#options.onChange?.(this.states);
  }

  #sleep(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done);
      if (signal.aborted) done();
    });
  }
}

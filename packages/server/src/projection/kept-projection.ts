import { setTimeout as sleep } from "node:timers/promises";
import {
  type ProjectionFigures,
  type ProjectionParts,
  type RunningProjection,
  runProjection,
} from "./run-projection.js";

/** Pause before a failed projection is started again, so that a full disk is not asked all the time, in ms. */
const RESTART_DELAY_MS = 1_000;

export interface KeptProjectionOptions {
  /** What a projection is started with: asked anew each time. */
  readonly parts: () => Promise<Omit<ProjectionParts, "onFatal">>;
  /** One runs. */
  readonly onStarted: (projection: RunningProjection) => void;
  /** It has failed, or could not be started, and is started again in a moment. */
  readonly onFailed: (error: Error) => void;
  /** Whether a first start that failed so must not be tried again. */
  readonly isFinal: (error: Error) => boolean;
}

/** For the metrics. */
export interface KeptProjectionFigures extends Partial<ProjectionFigures> {
  /** Times that one has failed, or could not be started again. */
  readonly failures: number;
}

/** Keeps a projection running: one that fails is started again from its tables, without its partition noticing. */
export class KeptProjection {
  readonly #options: KeptProjectionOptions;
  readonly #closing = new AbortController();
  #running: RunningProjection | undefined;
  #starting: Promise<void>;
  #failures = 0;

  /** Resolves when one runs for the first time; rejects when that fails finally. */
  static async start(options: KeptProjectionOptions): Promise<KeptProjection> {
    const kept = new KeptProjection(options);
    await kept.#starting;
    return kept;
  }

  private constructor(options: KeptProjectionOptions) {
    this.#options = options;
    this.#starting = this.#start(options.isFinal);
  }

  /** The projection that runs at the moment, if one does. */
  get running(): RunningProjection | undefined {
    return this.#running;
  }

  /** What can be told now: while none runs, or its journal doesn't answer, how often one has failed. */
  async figures(): Promise<KeptProjectionFigures> {
    const failures = this.#failures;
    const told = await this.#running?.figures().catch(() => undefined);
    return { ...told, failures };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#starting.catch(() => {});
    await this.#running?.close();
    this.#running = undefined;
  }

  async #start(isFinal: (error: Error) => boolean): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        this.#running = await runProjection({
          ...(await this.#options.parts()),
          onFatal: (error) => {
            this.#running = undefined;
            if (signal.aborted) return;
            this.#failures++;
            this.#options.onFailed(error);
            this.#starting = this.#pause().then(() => this.#start(() => false));
          },
        });
        this.#options.onStarted(this.#running);
        return;
      } catch (error) {
        if (isFinal(error as Error)) throw error;
        if (signal.aborted) return;
        this.#failures++;
        this.#options.onFailed(error as Error);
        await this.#pause();
      }
    }
  }

  async #pause(): Promise<void> {
    await sleep(RESTART_DELAY_MS, undefined, { signal: this.#closing.signal }).catch(() => {});
  }
}

import { HeldLease } from "../cluster/leadership/held-lease.js";
import type { FeedPublisher } from "../feed/port.js";
import {
  type CommandMessage,
  type EngineHost,
  NotLeadingError,
  type Offered,
} from "../transport/engine-host.js";
import type { EngineAnswer, EngineQuery, EngineStatus } from "../transport/engine-port.js";
import { Engine, type EngineBeginning, type EngineEvent, type EngineOptions } from "./engine.js";
import { Standby, type StandbyOptions, type StandbyParts, type TakenOver } from "./standby.js";

export interface EngineNodeParts extends StandbyParts {
  readonly publisher: FeedPublisher;
  readonly defer: (task: () => void) => void;
  /** This process leads from now on. What is answered ends what was begun for that, once the lease is given up. */
  readonly onLead?: (engine: Engine) => () => Promise<void> | void;
}

export type EngineNodeOptions = StandbyOptions &
  Pick<EngineOptions, "batchCommandsMax" | "queuedCommandsMax" | "restMsMax">;

/** What an engine's process does. */
export type EngineNodeState = "recovering" | "standing by" | "taking over" | "leading" | "ended";

/** Time within which a successor must have taken over, in ms: longer than a lease takes to lapse. */
const SUCCESSION_MS_MAX = 5_000;

/** Time between two looks at who has taken over, in ms. */
const SUCCESSION_POLL_MS = 20;

/** What belongs to one time of leading. */
interface Term {
  readonly engine: Engine;
  readonly lease: HeldLease;
  readonly end: () => Promise<void> | void;
  /** Ends the term: the node goes on as a standby. */
  readonly over: (beginning: EngineBeginning) => void;
  readonly untilOver: Promise<EngineBeginning>;
}

/**
 * One process of a partition: stands by, leads when the lease is free, and stands by again when it has handed over.
 * Takes commands only while it leads. When the lease is lost or the journal fails, it ends at once: {@link ended}
 * rejects, nothing more is answered, and the process must go.
 */
export class EngineNode implements EngineHost {
  /** Resolves after {@link close}; rejects with the reason for which the process must end now. */
  readonly ended: Promise<void>;
  readonly #parts: EngineNodeParts;
  readonly #options: EngineNodeOptions;
  #state: EngineNodeState = "recovering";
  #standby: Standby | undefined;
  #term: Term | undefined;
  #reject: (error: Error) => void = () => {};
  #hasFailed = false;
  #resigning: Promise<void> | undefined;
  #closing = false;

  constructor(parts: EngineNodeParts, options: EngineNodeOptions) {
    this.#parts = parts;
    this.#options = options;
    const failed = new Promise<never>((_, reject) => {
      this.#reject = reject;
    });
    this.ended = Promise.race([this.#run(), failed]).finally(() => {
      this.#state = "ended";
      this.#term = undefined;
    });
  }

  get state(): EngineNodeState {
    return this.#state;
  }

  /** The engine, while this process leads. */
  get engine(): Engine | undefined {
    return this.#term?.engine;
  }

  offer(message: CommandMessage): Offered {
    // A leader that has failed may have taken what it has not answered: nobody may be told otherwise.
    if (this.#hasFailed) return "stopped";
    return this.#term === undefined ? "elsewhere" : this.#term.engine.offer(message);
  }

  /**
   * Rejects with {@link NotLeadingError} while it does not lead; only its status it tells at any time, under epoch 0.
   * Once it has failed it answers nothing: the process ends, and who has asked asks the next leader.
   */
  async query<Q extends EngineQuery>(query: Q): Promise<EngineAnswer<Q>> {
    const engine = this.#term?.engine;
    try {
      if (engine !== undefined) return await engine.query(query);
      if (query.kind === "status") return this.#standbyStatus() as EngineAnswer<Q>;
      throw new NotLeadingError(`${this.#options.owner} is ${this.#state}: it does not lead its partition`);
    } catch (error) {
      if (this.#hasFailed) return new Promise(() => {});
      throw error;
    }
  }

  /** Commands in the journal that this process has not applied, and how old the last applied one is; 0 for a leader. */
  async lag(): Promise<{ readonly commands: number; readonly ms: number }> {
    if (this.#term !== undefined || this.#standby === undefined) return { commands: 0, ms: 0 };
    const { lagCommands, lagMs } = await this.#standby.status();
    return { commands: lagCommands, ms: lagMs };
  }

  /**
   * Answers what has arrived, gives the lease to another process of the partition, and stands by. Resolves when that
   * one leads. Rejects when this process does not lead, or when the successor has not taken over in time; then
   * whoever is first leads next, perhaps this process.
   */
  async handOver(successor: string): Promise<void> {
    const term = this.#term;
    if (term === undefined) {
      throw new NotLeadingError(
        `${this.#options.owner} is ${this.#state}: there is no leadership to hand over`,
      );
    }
    await this.#resign(term, successor);
    const { timers, stopwatchMs, journal } = this.#parts;
    const endMs = stopwatchMs() + SUCCESSION_MS_MAX;
    for (;;) {
      const { epoch, owner } = await journal.lease();
      if (epoch > term.engine.epoch && owner === successor) return;
      if (epoch > term.engine.epoch) throw new Error(`${owner} took over instead of ${successor}`);
      if (stopwatchMs() > endMs)
        throw new Error(`${successor} did not take over within ${SUCCESSION_MS_MAX} ms`);
      await new Promise<void>((resolve) => timers.after(SUCCESSION_POLL_MS, resolve));
    }
  }

  /** Gives the lease up to whoever stands by, when it is held, and ends. */
  async close(): Promise<void> {
    this.#closing = true;
    const term = this.#term;
    if (term !== undefined) await this.#resign(term, "");
    await this.#standby?.stop();
    // A recovery can't be broken off; it changes nothing that anybody else could see.
    if (this.#state !== "recovering") await this.ended;
  }

  async #run(): Promise<void> {
    const parts = { ...this.#parts, onEvent: (event: EngineEvent) => this.#onEvent(event) };
    let standby = await Standby.start(parts, this.#options);
    while (!this.#closing) {
      this.#standby = standby;
      this.#state = "standing by";
      const taken = await standby.run();
      if (taken === undefined) return;
      this.#state = "taking over";
      const term = await this.#lead(taken);
      if (this.#closing) await this.#resign(term, "");
      standby = Standby.resume(parts, this.#options, await term.untilOver);
    }
    await standby.stop();
  }

  async #lead(taken: TakenOver): Promise<Term> {
    const { journal, timers, stopwatchMs, onLead } = this.#parts;
    const { times } = this.#options;
    let engine: Engine | undefined;
    const lease = new HeldLease({
      journal,
      timers,
      stopwatchMs,
      ...(times === undefined ? {} : { times }),
      takenAtMs: taken.takenAtMs,
      onLost: (error) => {
        engine?.fail(error);
        this.#fail(error);
      },
    });
    engine = await Engine.lead(
      { ...this.#parts, journal: lease, lease, onEvent: (event) => this.#onEvent(event) },
      this.#options,
      taken,
    );
    let over: Term["over"] = () => {};
    const untilOver = new Promise<EngineBeginning>((resolve) => {
      over = resolve;
    });
    const end = onLead?.(engine) ?? (() => {});
    const term = { engine, lease, end, over, untilOver };
    this.#term = term;
    this.#state = "leading";
    return term;
  }

  #resign(term: Term, successor: string): Promise<void> {
    this.#resigning ??= this.#endTerm(term, successor).finally(() => {
      this.#resigning = undefined;
    });
    return this.#resigning;
  }

  async #endTerm(term: Term, successor: string): Promise<void> {
    await term.engine.drain();
    const beginning = term.engine.resign();
    // From here on this process knows only what it reads in the journal.
    this.#term = undefined;
    try {
      await term.lease.release(successor);
    } catch (error) {
      this.#fail(error as Error);
      throw error;
    }
    // Whoever is told to look for the leader now does not find this one again.
    await term.end();
    term.over(beginning);
  }

  #fail(error: Error): void {
    this.#hasFailed = true;
    this.#reject(error);
  }

  #onEvent(event: EngineEvent): void {
    this.#parts.onEvent(event);
    if (event.kind === "stopped") this.#fail(event.error);
  }

  #standbyStatus(): EngineStatus {
    return {
      epoch: 0,
      sequence: this.#standby?.sequence ?? 0,
      digest: "",
      openOrders: 0,
      queuedCommands: 0,
      batches: 0,
      commands: 0,
      commitMsP50: 0,
      commitMsP99: 0,
      snapshotPauseMsMax: 0,
      ...(this.#standby === undefined ? {} : { figures: this.#standby.figures() }),
    };
  }
}

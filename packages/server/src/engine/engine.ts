import { CommandHeader, encodeCommand, WordBuffer } from "@buttonwood/protocol";
import type { HeldLease } from "../cluster/leadership/held-lease.js";
import type { FeedBatch, FeedPublisher } from "../feed/port.js";
import {
  DeposedError,
  type JournalReader,
  type JournalRow,
  type JournalStore,
  type JournalTail,
  type RowPartition,
  type SnapshotStore,
} from "../journal/port.js";
import { rowHash } from "../journal/row-hash.js";
import type { Clock } from "../platform/clock.js";
import type { Timers } from "../platform/timers.js";
import type { CommandMessage, EngineHost, Offered, ReplySink } from "../transport/engine-host.js";
import type { EngineAnswer, EngineFigures, EngineQuery, EngineStatus } from "../transport/engine-port.js";
import { Arrivals } from "./arrivals.js";
import { commandWords, countCommands } from "./command-frame.js";
import type { CoreFactory, DeterministicCore } from "./deterministic-core.js";
import { DueTimes } from "./due-times.js";
import { Groups } from "./groups.js";
import { quarantine } from "./quarantine.js";
import { type Recovered, type RecoveryProgress, recover } from "./recovery.js";
import { SnapshotTaker } from "./snapshot-taker.js";
import { SupplyCheck } from "./supply-check.js";
import { Timings } from "./timings.js";

/** Everything the engine touches comes in here, so that the simulator can give it its own. */
export interface EngineParts {
  readonly journal: JournalStore;
  /** A faster way to the rows to replay than `journal.read`. */
  readonly readRows?: JournalReader["read"];
  readonly snapshots: SnapshotStore;
  readonly cores: CoreFactory;
  readonly publisher: FeedPublisher;
  /** In a cluster, where another process may take over: queries are answered only while nobody else can lead. */
  readonly lease?: Pick<HeldLease, "isHeld" | "confirm">;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Runs a task after what has already arrived was taken in: `setImmediate` of the machine. */
  readonly defer: (task: () => void) => void;
  /** Elapsed time in ms. */
  readonly stopwatchMs: () => number;
  readonly onEvent: (event: EngineEvent) => void;
}

/** What an operator should hear about. */
export type EngineEvent =
  | { readonly kind: "recovering"; readonly progress: RecoveryProgress }
  | { readonly kind: "damagedSnapshot"; readonly error: Error }
  | { readonly kind: "quarantined"; readonly sequence: number; readonly error: Error }
  | { readonly kind: "snapshotSaved"; readonly sequence: number; readonly pauseMs: number }
  | { readonly kind: "snapshotFailed"; readonly sequence: number; readonly error: Error }
  /** The engine has stopped for good: the process must end, and a new one recover. */
  | { readonly kind: "stopped"; readonly error: Error };

export interface EngineOptions {
  /** Who takes the partition over, for the lease: host and process. */
  readonly owner: string;
  /** In a cluster, what every row says of where it belongs. */
  readonly partition?: RowPartition | undefined;
  /** Commands between snapshots. */
  readonly snapshotEveryCommands: number;
  /** Commands of one batch, at most: bounds a row, and how long the first of them waits for the last. */
  readonly batchCommandsMax: number;
  /** Commands that wait to be sequenced, at most; more are refused before they are. */
  readonly queuedCommandsMax: number;
  /**
   * Longest rest after a batch, in ms; 0 = none. A busy engine rests as long as the commit took, so that it commits
   * half of the time: twice as many commands share what a batch costs here, in the database and in every reader.
   */
  readonly restMsMax: number;
}

export const ENGINE_OPTIONS_DEFAULT: EngineOptions = {
  owner: "",
  snapshotEveryCommands: 1_000_000,
  batchCommandsMax: 4096,
  queuedCommandsMax: 65_536,
  restMsMax: 0,
};

/** Where an engine begins: a core that has applied the whole journal, under an epoch that is its own. */
export interface EngineBeginning {
  readonly epoch: number;
  readonly core: DeterministicCore;
  readonly tail: JournalTail;
  readonly snapshots: SnapshotTaker;
}

/** A message that waits, and how far it has been taken. */
interface Waiting {
  readonly message: CommandMessage;
  readonly words: Int32Array;
  readonly commands: number;
  at: number;
}

/**
 * The one writer of a partition. For each batch:
 *
 * 1. takes what has arrived, stamps the time and gives it to the core;
 * 2. commits commands, events and digest as one row of the journal; what arrives meanwhile is the next batch;
 * 3. only then answers, publishes, and answers queries.
 *
 * When a commit fails, or its outcome is unknown, or another writer has taken over, it stops and says nothing
 * more: what is durable is decided by the journal, and found by the next start.
 */
export class Engine implements EngineHost {
  readonly #parts: EngineParts;
  readonly #groups: Groups;
  readonly #options: EngineOptions;
  readonly #epoch: number;
  readonly #snapshots: SnapshotTaker;
  readonly #timings = new Timings();
  readonly #supplyCheck: SupplyCheck;
  readonly #arrivals: Arrivals;
  readonly #dueTimes: DueTimes;
  readonly #queue: Waiting[] = [];
  readonly #queries: (() => void)[] = [];
  readonly #commands = new WordBuffer(1 << 12);
  #runs = new Map<ReplySink, number[]>();
  #core: DeterministicCore;
  #hash: Uint8Array;
  #sequence: number;
  #queuedCommands = 0;
  /** A batch is between the core and the journal: what the core says is not yet true. */
  #committing = false;
  #scheduled = false;
  /** When the next batch may begin. */
  #restUntilMs = 0;
  #stopped: Error | undefined;
  #closing: (() => void) | undefined;

  private constructor(parts: EngineParts, options: EngineOptions, beginning: EngineBeginning) {
    this.#parts = parts;
    this.#groups = new Groups(parts.journal);
    this.#options = options;
    this.#arrivals = new Arrivals(parts.timers);
    this.#supplyCheck = new SupplyCheck(parts.stopwatchMs);
    this.#epoch = beginning.epoch;
    this.#core = beginning.core;
    this.#hash = beginning.tail.hash;
    this.#sequence = beginning.tail.sequence;
    this.#snapshots = beginning.snapshots;
    this.#dueTimes = new DueTimes(parts.clock, parts.timers, (message) => this.offer(message));
    this.#dueTimes.look(beginning.core);
    beginning.core.prepare(PREPARED_ORDERS);
  }

  /**
   * Takes the partition over and recovers. Rejects with DamagedJournalError or ReplayDiffersError when the
   * journal can't be trusted: then nothing was changed but the epoch.
   */
  static async start(parts: EngineParts, options: EngineOptions): Promise<Engine> {
    const { epoch } = await parts.journal.acquire(options.owner);
    const { core, tail, snapshotSequence } = await recoverCore(parts, options);
    const snapshots = new SnapshotTaker(
      parts,
      options.snapshotEveryCommands,
      snapshotSequence,
      core.snapshotBytesMax,
    );
    return new Engine(parts, options, { epoch, core, tail, snapshots });
  }

  /**
   * Goes on from a core that stands at the journal's end, as a standby's does after it took over. Its first row is
   * a barrier: when that is durable right after the tail, so is everything that the core was built from. Rejects
   * as the journal's append does, and then nothing was said to anybody.
   */
  static async lead(parts: EngineParts, options: EngineOptions, beginning: EngineBeginning): Promise<Engine> {
    const engine = new Engine(parts, options, beginning);
    engine.offer(barrier());
    await engine.#runBatch();
    return engine;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Last durable sequence. */
  get sequence(): number {
    return this.#sequence;
  }

  /** The last command's time, in µs since 1970; no later command gets an earlier one. */
  get timeUs(): number {
    return this.#core.timeUs;
  }

  offer(message: CommandMessage): Offered {
    if (this.#stopped !== undefined || this.#closing !== undefined) return "stopped";
    const commands = countCommands(message.commands);
    if (commands < 0) return "malformed";
    // A message larger than the limit is taken when nothing waits: else it could never be.
    const queued = this.#queuedCommands;
    if (queued > 0 && queued + commands > this.#options.queuedCommandsMax) return "busy";
    const { buffer, byteOffset, byteLength } = message.commands;
    this.#queue.push({ message, words: new Int32Array(buffer, byteOffset, byteLength / 4), commands, at: 0 });
    this.#queuedCommands += commands;
    this.#schedule();
    return "taken";
  }

  query<Q extends EngineQuery>(query: Q): Promise<EngineAnswer<Q>> {
    return new Promise((resolve, reject) => {
      const answer = (): void => {
        const { lease } = this.#parts;
        if (this.#stopped !== undefined) reject(this.#stopped);
        else if (this.#committing) this.#queries.push(answer);
        else if (lease !== undefined && !lease.isHeld()) lease.confirm().then(answer, reject);
        else this.#answer(query).then(resolve as (value: unknown) => void, reject);
      };
      answer();
    });
  }

  /** Stops for good, saying nothing more: for the process, when it learns that another one leads. */
  fail(error: Error): void {
    this.#stop(error);
  }

  /**
   * Takes nothing new. Resolves when every command that had arrived is answered, or when it has stopped. Who waits for
   * a transfer is left to ask the next leader.
   */
  async drain(): Promise<void> {
    if (this.#stopped === undefined && (this.#committing || this.#queue.length > 0)) {
      await new Promise<void>((resolve) => {
        this.#closing = resolve;
        this.#schedule();
      });
    }
    this.#closing ??= () => {};
    this.#dueTimes.end();
  }

  /** Takes nothing new, answers what has arrived, and lets a snapshot that is being written finish. */
  async close(options?: { readonly snapshot?: boolean }): Promise<void> {
    await this.drain();
    this.#arrivals.end();
    await this.#snapshots.finish();
    if (options?.snapshot === true && this.#stopped === undefined) {
      this.#snapshots.take(this.#core, this.#hash);
      await this.#snapshots.finish();
    }
  }

  /** After {@link drain}: what another engine, or a standby of this process, goes on from. */
  resign(): EngineBeginning {
    if (this.#stopped !== undefined) throw this.#stopped;
    const tail = { sequence: this.#sequence, hash: this.#hash };
    return { epoch: this.#epoch, core: this.#core, tail, snapshots: this.#snapshots };
  }

  #schedule(): void {
    if (this.#scheduled || this.#committing || this.#stopped !== undefined) return;
    this.#scheduled = true;
    const run = (): void => {
      this.#scheduled = false;
      if (this.#stopped !== undefined || this.#committing) return;
      this.#runBatch().catch((error: Error) => this.#stop(error));
    };
    const restMs = this.#restUntilMs - this.#parts.stopwatchMs();
    if (restMs < 0.5 || this.#queuedCommands >= this.#options.batchCommandsMax) this.#parts.defer(run);
    else this.#parts.timers.after(restMs, run);
  }

  async #runBatch(): Promise<void> {
    if (this.#queue.length > 0) {
      this.#committing = true;
      // 1. Sequence and apply.
      this.#timings.begin(this.#parts.clock.nowUs(), this.#parts.stopwatchMs());
      const poison = this.#gather();
      if (poison !== undefined) await this.#setAside(poison);
      const row = this.#row();
      // 2. Commit.
      const startedMs = this.#parts.stopwatchMs();
      await this.#parts.journal.append(row);
      if (this.#stopped !== undefined) return;
      const committedMs = this.#parts.stopwatchMs();
      this.#timings.commit(row, startedMs, committedMs);
      this.#restUntilMs = committedMs + Math.min(committedMs - startedMs, this.#options.restMsMax);
      // 3. Now it is true.
      this.#hash = row.hash;
      this.#sequence = row.lastSequence;
      this.#committing = false;
      this.#tell(row);
      this.#arrivals.look(this.#core);
      this.#dueTimes.look(this.#core);
      this.#snapshots.consider(this.#core, this.#hash, this.#timings);
    }
    for (const answer of this.#queries.splice(0)) answer();
    if (this.#queue.length > 0) {
      this.#schedule();
    } else {
      this.#core.prepare(PREPARED_ORDERS);
      this.#closing?.();
    }
  }

  /** Moves commands from the queue to the batch and applies them. Answers the failure when the core throws. */
  #gather(): Poison | undefined {
    const commands = this.#commands;
    const core = this.#core;
    commands.clear();
    core.events.clear();
    this.#runs = new Map();
    const timeUs = Math.max(core.timeUs, this.#parts.clock.nowUs());
    let count = 0;
    while (this.#queue.length > 0 && count < this.#options.batchCommandsMax) {
      const waiting = this.#queue[0]!;
      const { words, message } = waiting;
      const from = waiting.at;
      const group = count;
      while (waiting.at < words.length && count < this.#options.batchCommandsMax) {
        waiting.at += words[waiting.at]! >>> 8;
        count++;
      }
      const at = commands.reserve(waiting.at - from);
      commands.i32.set(
        from === 0 && waiting.at === words.length ? words : words.subarray(from, waiting.at),
        at,
      );
      const runs = this.#runs.get(message.sink);
      if (runs === undefined) this.#runs.set(message.sink, [message.number, group, count - group]);
      else runs.push(message.number, group, count - group);
      if (waiting.at === words.length) this.#queue.shift();
    }
    this.#queuedCommands -= count;
    for (let at = 0; at < commands.length; at += commandWords(commands, at)) {
      commands.f64[(at + CommandHeader.TIME_US) >> 1] = timeUs;
    }
    return this.#apply(0, NONE);
  }

  /** Applies the batch's commands from a word on; those in `aside` are quarantined. */
  #apply(from: number, aside: ReadonlySet<number>): Poison | undefined {
    const commands = this.#commands;
    const core = this.#core;
    let at = from;
    let lookedAt = from;
    try {
      for (; at < commands.length; at += commandWords(commands, at)) {
        if (at >= lookedAt) lookedAt = core.lookAhead(commands, at);
        if (aside.size > 0 && aside.has(at)) quarantine(core, commands, at);
        else core.apply(commands, at);
      }
    } catch (error) {
      return { at, error: error instanceof Error ? error : new Error(String(error)) };
    }
    return undefined;
  }

  /**
   * The core threw and its state is lost. Rebuilds it from snapshot and journal, applies the batch again with
   * the commands that made it throw set aside, and goes on: nothing of this batch has left the engine yet.
   */
  async #setAside(first: Poison): Promise<void> {
    const aside = new Set<number>();
    let poison: Poison | undefined = first;
    while (poison !== undefined) {
      if (aside.has(poison.at)) throw poison.error;
      aside.add(poison.at);
      this.#core = (await recoverCore(this.#parts, this.#options)).core;
      const { sequence } = this.#core;
      if (sequence > this.#sequence) {
        throw new DeposedError(`sequence ${sequence} is in the journal, which this engine has not written`);
      }
      if (sequence < this.#sequence) throw new Error(`rebuilt to ${sequence} instead of ${this.#sequence}`);
      const { error, at } = poison;
      poison = this.#apply(0, aside);
      if (poison === undefined || poison.at !== at) {
        this.#parts.onEvent({
          kind: "quarantined",
          sequence: this.#sequence + 1 + this.#countBefore(at),
          error,
        });
      }
    }
  }

  #countBefore(word: number): number {
    let count = 0;
    for (let at = 0; at < word; at += commandWords(this.#commands, at)) count++;
    return count;
  }

  #row(): JournalRow {
    const core = this.#core;
    const { partition } = this.#options;
    const row = {
      ...(partition === undefined ? {} : { partition }),
      epoch: this.#epoch,
      firstSequence: this.#sequence + 1,
      lastSequence: core.sequence,
      previousHash: this.#hash,
      commands: this.#commands.bytes(),
      events: core.events.bytes(),
      digest: core.stateDigest(),
    };
    return { ...row, hash: rowHash(row) };
  }

  #tell(row: JournalRow): void {
    const batch: FeedBatch = {
      firstSequence: row.firstSequence,
      lastSequence: row.lastSequence,
      events: this.#core.events,
    };
    for (const [sink, runs] of this.#runs) sink.reply(batch, runs);
    this.#parts.publisher.publish(batch);
  }

  async #answer(query: EngineQuery): Promise<EngineAnswer<EngineQuery>> {
    const core = this.#core;
    switch (query.kind) {
      case "openOrders":
        return core.openOrders(query.account, query.market);
      case "openOrder":
        return core.openOrder(query.account, query.market, query.orderId, query.clientOrderId);
      case "balances":
        return core.balances(query.account);
      case "funds":
        return core.funds(query.account);
      case "outbox":
        return core.outbox();
      case "transferArrived":
        return this.#arrivals.wait(core, query);
      case "catalog":
        return core.catalog();
      case "group":
        return this.#groups.find(query.sequence, this.#sequence);
      case "sequence":
        return this.#sequence;
      case "batchTimes":
        return this.#timings.ofBatch(query.sequence);
      case "status":
        return this.#status(query);
    }
  }

  #status({ figures, supplies }: EngineQuery & { readonly kind: "status" }): EngineStatus {
    return {
      epoch: this.#epoch,
      sequence: this.#sequence,
      digest: this.#core.stateDigest(),
      openOrders: this.#core.openOrderCount,
      queuedCommands: this.#queuedCommands,
      ...this.#timings.status(),
      ...(figures === true ? { figures: this.#figures() } : {}),
      ...(supplies === true ? { supplies: [this.#supplyCheck.supplies(this.#core)] } : {}),
    };
  }

  #figures(): EngineFigures {
    const supplyDifference = this.#supplyCheck.difference(this.#core);
    return {
      ...this.#timings.figures(),
      ...this.#snapshots.figures(this.#sequence),
      oldestIdAgeMs: this.#core.oldestIdAgeUs / 1000,
      supplyDifference,
    };
  }

  #stop(error: Error): void {
    if (this.#stopped !== undefined) return;
    this.#stopped = error;
    this.#dueTimes.end();
    this.#queue.length = 0;
    for (const answer of this.#queries.splice(0)) answer();
    this.#arrivals.end(error);
    this.#closing?.();
    this.#parts.onEvent({ kind: "stopped", error });
  }
}

/** Orders whose memory is ready before they come: more than arrive before the engine is idle again. */
const PREPARED_ORDERS = 2 ** 17;

/** A command that made the core throw: where it stands in the batch, and what was thrown. */
interface Poison {
  readonly at: number;
  readonly error: Error;
}

const NONE: ReadonlySet<number> = new Set();

/** A message of one barrier that nobody waits for. */
function barrier(): CommandMessage {
  const commands = new WordBuffer(1 << 4);
  encodeCommand(commands, { kind: "BARRIER", account: 0 });
  return { commands: commands.copy(), number: 0, sink: { reply() {} } };
}

function recoverCore(parts: EngineParts, { partition }: EngineOptions): Promise<Recovered> {
  return recover({
    journal: parts.journal,
    readRows: parts.readRows,
    snapshots: parts.snapshots,
    cores: parts.cores,
    partition,
    onDamagedSnapshot: (error) => parts.onEvent({ kind: "damagedSnapshot", error }),
    onProgress: (progress) => parts.onEvent({ kind: "recovering", progress }),
  });
}

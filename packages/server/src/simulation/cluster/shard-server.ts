import type { SimProcess, World } from "../world.js";
import type { Host } from "./host.js";
import type { Network, Wire } from "./network.js";
import {
  type Commit,
  DuplicateKeyError,
  lockOf,
  readTables,
  type ShardRules,
  ShardTables,
  writeTables,
} from "./shard-tables.js";

/** How often a server does what servers do on a bad day, drawn per seed. Probabilities per statement. */
export interface ServerRates {
  /** The commit takes a hundred times as long. */
  readonly slow: number;
  /** It begins so late that its client has given up. */
  readonly late: number;
  /** The connection breaks when it is done: its client does not hear what became of it. */
  readonly answerLost: number;
  /** Somebody cancels the wait for the standby: success, with a warning. */
  readonly waitCanceled: number;
  /** Somebody ends the session while it waits for the standby. */
  readonly waitTerminated: number;
}

export type ToServer =
  | { readonly kind: "hello" }
  | {
      readonly kind: "statement";
      readonly id: number;
      readonly name: string;
      readonly values: readonly unknown[];
    };

export type FromServer =
  | { readonly kind: "welcome"; readonly isStandby: boolean; readonly standbys: number }
  | { readonly kind: "rows"; readonly id: number; readonly rows: readonly (readonly unknown[])[] }
  | { readonly kind: "error"; readonly id: number; readonly code: string }
  | { readonly kind: "notice" };

/** How a wait for the standby ends. */
type Waited = "acknowledged" | "canceled" | "terminated";

/** What a server must know of the shard around it. */
export interface ShardAround {
  readonly world: World;
  readonly network: Network;
  readonly rates: ServerRates;
  readonly rules: ShardRules;
  readonly isSynchronous: boolean;
  /** Standbys that a server's commits wait for right now. */
  standbysOf(server: ShardServer): number;
  /** A commit of a server is on its disk. */
  flushed(server: ShardServer): void;
}

/**
 * A PostgreSQL server: its log survives it, what it shows does not. A commit goes to the log first, then waits for the
 * standby, and only then can others see it; but a server that starts again shows all of its log.
 */
export class ShardServer {
  readonly host: Host;
  readonly address: string;
  readonly #shard: ShardAround;
  log: Commit[] = [];
  isStandby: boolean;
  #tables = new ShardTables();
  readonly #locks = new Map<string, (() => void)[]>();
  #waits: { readonly index: number; readonly end: (how: Waited) => void }[] = [];

  constructor(shard: ShardAround, host: Host, isStandby: boolean) {
    this.#shard = shard;
    this.host = host;
    this.address = host.name;
    this.isStandby = isStandby;
  }

  get isUp(): boolean {
    return this.host.isUp;
  }

  /** Statements that wait for the standby. */
  get waiting(): number {
    return this.#waits.length;
  }

  start(): void {
    this.host.start();
    this.#tables = new ShardTables();
    for (const commit of this.log) this.#tables.apply(commit);
    this.#locks.clear();
    this.#waits = [];
    this.#shard.network.listen(this.host, this.address, (wire) => this.#serve(wire));
  }

  /** Takes commits from the primary. */
  receive(commits: readonly Commit[]): void {
    for (const commit of commits) {
      this.log.push(commit);
      this.#tables.apply(commit);
    }
  }

  /** The standby has the log up to here. */
  acknowledged(length: number): void {
    const done = this.#waits.filter(({ index }) => index <= length);
    this.#waits = this.#waits.filter(({ index }) => index > length);
    for (const { end } of done) end("acknowledged");
  }

  get #process(): SimProcess {
    return this.host.process!;
  }

  #serve(wire: Wire): void {
    let last = Promise.resolve();
    wire.listen<ToServer>(
      (message) => {
        if (message.kind === "hello") {
          const { isStandby } = this;
          wire.send({
            kind: "welcome",
            isStandby,
            standbys: this.#shard.standbysOf(this),
          } satisfies FromServer);
          return;
        }
        // One statement of a session after the other, also when nobody is there any more to hear of it.
        last = last.then(() => this.#answer(wire, message.id, message.name, message.values));
      },
      () => {},
    );
  }

  async #answer(wire: Wire, id: number, name: string, values: readonly unknown[]): Promise<void> {
    const { world, rates } = this.#shard;
    let answer: FromServer;
    try {
      answer = { kind: "rows", id, rows: await this.#execute(wire, name, values) };
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
      answer = { kind: "error", id, code: error.code };
    }
    if (world.strikes(rates.answerLost)) wire.destroy();
    else wire.send(answer);
  }

  async #execute(
    wire: Wire,
    name: string,
    values: readonly unknown[],
  ): Promise<readonly (readonly unknown[])[]> {
    const { world, rates, rules, isSynchronous } = this.#shard;
    const { random } = world;
    const process = this.#process;
    const tables = this.#tables;
    const read = readTables(tables, name, values, this.host.clock.nowUs());
    if (read !== undefined) return read;
    if (world.strikes(rates.late)) await process.wait(random.integer(100_000, 2_000_000));
    const partition = values[0] as number;
    const began = { end: tables.end(partition), epoch: tables.lease(partition)?.epoch ?? 0 };
    const unlock = await this.#lock(lockOf(name, values, rules));
    try {
      const write = writeTables(tables, name, values, { ...began, nowUs: this.host.clock.nowUs() }, rules);
      if (write === undefined) return [];
      await process.wait(random.integer(20, 400) * (world.strikes(rates.slow) ? 1_000 : 1));
      this.log.push(write.commit);
      this.#shard.flushed(this);
      if (isSynchronous && (name !== "barrier" || rules.barrierWaits)) await this.#waitForStandby(wire);
      tables.apply(write.commit);
      return write.rows;
    } finally {
      unlock();
    }
  }

  async #waitForStandby(wire: Wire): Promise<void> {
    const { world, rates } = this.#shard;
    const index = this.log.length;
    const waited = await new Promise<Waited>((resolve) => {
      const wait = { index, end: resolve };
      this.#waits.push(wait);
      const how = world.strikes(rates.waitCanceled)
        ? "canceled"
        : world.strikes(rates.waitTerminated)
          ? "terminated"
          : undefined;
      if (how === undefined) return;
      this.#process.after(world.random.integer(1, 200), () => {
        this.#waits = this.#waits.filter((other) => other !== wait);
        resolve(how);
      });
    });
    if (waited === "canceled") wire.send({ kind: "notice" } satisfies FromServer);
    if (waited === "terminated") wire.destroy();
  }

  /** Resolves when the lock is held, to what gives it back. */
  #lock(name: string | undefined): Promise<() => void> {
    if (name === undefined) return Promise.resolve(() => {});
    const queue = this.#locks.get(name);
    const unlock = (): void => {
      const next = this.#locks.get(name)?.shift();
      if (next === undefined) this.#locks.delete(name);
      else next();
    };
    if (queue === undefined) {
      this.#locks.set(name, []);
      return Promise.resolve(unlock);
    }
    return new Promise((resolve) => queue.push(() => resolve(unlock)));
  }
}

import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type PostgresServer, startPostgres, startStandby } from "../../platform/servers/postgres-server.js";
import type { PostgresAddress, ShardEntry } from "../topology/topology.js";
import type { Part, RunningPart } from "./part.js";

/**
 * A shard whose servers run on this machine: the primary and its standbys, each a part. Which of them is the primary
 * is written down, because a promotion changes it; one that was the primary before is made again as a standby.
 */
export class LocalShard {
  readonly #shard: ShardEntry;
  readonly #members: ReadonlyMap<string, PostgresAddress>;
  readonly #primaryFile: string;
  /** The servers that run. */
  readonly #servers = new Map<string, PostgresServer>();
  /** Starts under way, by the server's name. */
  readonly #starting = new Map<
    string,
    { readonly abort: AbortController; readonly done: Promise<unknown> }
  >();
  /** A server that was the primary is not started again before another one is. */
  #promotion: Promise<void> = Promise.resolve();

  /** `data` is the cluster's folder. */
  constructor(shard: ShardEntry, data: string) {
    this.#shard = shard;
    this.#members = new Map([shard.primary, ...shard.standbys].map((member) => [member.name, member]));
    this.#primaryFile = join(data, "run", `${shard.name}.primary`);
  }

  get name(): string {
    return this.#shard.name;
  }

  /** Name of the server that takes writes. */
  get primaryName(): string {
    if (!existsSync(this.#primaryFile)) return this.#shard.primary.name;
    return readFileSync(this.#primaryFile, "utf8").trim();
  }

  /** The server that takes writes; undefined while it does not run. */
  get primary(): PostgresServer | undefined {
    return this.#servers.get(this.primaryName);
  }

  primaryPart(): Part {
    return this.#part(this.primaryName);
  }

  standbyParts(): Part[] {
    return [...this.#members.keys()]
      .filter((name) => name !== this.primaryName)
      .map((name) => this.#part(name));
  }

  /**
   * Makes a standby the primary, when the primary is lost or to be taken out; that one is ended first, and made again
   * as a standby by its next start. Answers the name of the new primary.
   */
  async promote(): Promise<string> {
    const old = this.primaryName;
    const [name, standby] = [...this.#servers].find(([member]) => member !== old) ?? [];
    if (name === undefined || standby === undefined) {
      throw new Error(`${this.#shard.name} has no standby that runs, so there is nothing to promote`);
    }
    this.#promotion = this.#promote(old, name, standby);
    await this.#promotion;
    return name;
  }

  async #promote(old: string, name: string, standby: PostgresServer): Promise<void> {
    // Written before: after a crash in between, the next start promotes it.
    writeFileSync(`${this.#primaryFile}.new`, `${name}\n`);
    renameSync(`${this.#primaryFile}.new`, this.#primaryFile);
    // Two servers that take writes would be two truths. After a crash it may just be starting again.
    const starting = this.#starting.get(old);
    starting?.abort.abort(new Error(`${name} is promoted in its place`));
    await starting?.done.catch(() => undefined);
    await this.#servers.get(old)?.kill();
    await standby.promote();
  }

  #part(name: string): Part {
    const folder = this.#folder(name);
    return {
      name,
      role: "postgres",
      logFile: join(folder, "postgres.log"),
      start: (signal) => this.#start(name, folder, signal),
    };
  }

  async #start(name: string, folder: string, signal: AbortSignal): Promise<RunningPart> {
    await this.#promotion.catch(() => undefined);
    const abort = new AbortController();
    const done = this.#startServer(name, folder, AbortSignal.any([signal, abort.signal])).then((started) => {
      this.#servers.set(name, started);
      return started;
    });
    this.#starting.set(name, { abort, done });
    const server = await done.finally(() => this.#starting.delete(name));
    const ended = server.exited.then(() => {
      this.#servers.delete(name);
      return "it has ended";
    });
    return { pid: server.pid, ended, stop: () => server.stop() };
  }

  async #startServer(name: string, folder: string, signal: AbortSignal): Promise<PostgresServer> {
    const others = [...this.#members.keys()].filter((member) => member !== name);
    const options = {
      folder,
      port: this.#members.get(name)!.port,
      detached: true,
      signal,
      // Takes effect only while it is the primary.
      ...(this.#shard.synchronous ? { synchronousStandbys: `ANY 1 (${others.map(quoted).join(", ")})` } : {}),
    };
    const isPrimary = name === this.primaryName;
    const isCopy = existsSync(join(folder, "data", "standby.signal"));
    if (isPrimary) {
      const server = await startPostgres(options);
      // A promotion that was written down, and did not happen any more.
      if (isCopy) await server.promote();
      return server;
    }
    if (isCopy) return startPostgres(options);
    const { primary } = this;
    if (primary === undefined) throw new Error(`its primary, ${this.primaryName}, does not run`);
    // It may hold what was never on a standby and is not part of the truth any more.
    rmSync(join(folder, "data"), { recursive: true, force: true });
    return startStandby({ ...options, primary, name });
  }

  /** The folder of a server on this machine: its socket lies in it. */
  #folder(name: string): string {
    return dirname(this.#members.get(name)!.host);
  }
}

function quoted(name: string): string {
  return `"${name}"`;
}

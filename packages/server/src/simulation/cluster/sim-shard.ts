import type { ShardAccess } from "../../journal/postgres/shard-connection.js";
import type { World } from "../world.js";
import type { Host } from "./host.js";
import type { Network } from "./network.js";
import { type ServerRates, type ShardAround, ShardServer } from "./shard-server.js";
import type { Commit, ShardRules } from "./shard-tables.js";

/** A database server that was lost is replaced by a copy of the other within this, in µs. */
const REBUILD_US_MAX = 300_000;

/** Longer than anybody is left alone with a standby that lags, in µs. */
const CATCH_UP_US = 200_000;

export interface ShardParts {
  readonly world: World;
  readonly network: Network;
  readonly rates: ServerRates;
  readonly rules: ShardRules;
  /** One host, or two: the second holds a synchronous standby. */
  readonly hosts: readonly Host[];
  /** A commit can't be lost any more. They come in the order of the log. */
  readonly onDurable: (commit: Commit) => void;
}

/** A database: one server, or a primary and a standby without which nothing is committed. */
export class SimShard implements ShardAround {
  readonly world: World;
  readonly network: Network;
  readonly rates: ServerRates;
  readonly rules: ShardRules;
  readonly isSynchronous: boolean;
  readonly servers: readonly ShardServer[];
  readonly #onDurable: (commit: Commit) => void;
  #primary: ShardServer;
  /** The standby, once it holds a part of the primary's log and nothing else. */
  #standby: ShardServer | undefined;
  #isLinkCut = false;
  /** How long the standby takes, in µs, until it has what it lacks. */
  #catchUpUs = 0;
  /** What is on its way to the standby; a new one when the two are connected anew, and the old one is lost. */
  #stream = { isBusy: false };
  #durable = 0;

  constructor(parts: ShardParts) {
    this.world = parts.world;
    this.network = parts.network;
    this.rates = parts.rates;
    this.rules = parts.rules;
    this.#onDurable = parts.onDurable;
    this.isSynchronous = parts.hosts.length > 1;
    this.servers = parts.hosts.map((host, index) => new ShardServer(this, host, index > 0));
    this.#primary = this.servers[0]!;
    this.#standby = this.servers[1];
    for (const server of this.servers) server.start();
  }

  get primary(): ShardServer {
    return this.#primary;
  }

  get access(): ShardAccess {
    return {
      servers: this.servers.map(({ host }) => ({ host: host.name, port: 0 })),
      database: "buttonwood",
      user: "simulated",
      synchronous: this.isSynchronous,
    };
  }

  standbysOf(server: ShardServer): number {
    return server === this.#primary && this.#standby?.isUp === true && !this.#isLinkCut ? 1 : 0;
  }

  flushed(server: ShardServer): void {
    if (server !== this.#primary) return;
    if (!this.isSynchronous) this.#countDurable(server.log.length);
    else this.#replicate();
  }

  /** The primary dies; it starts again, or its standby takes its place, some time later. */
  crash(): void {
    const server = this.#primary;
    if (!server.isUp) return;
    const { random, scheduler } = this.world;
    server.host.process!.kill();
    const promotes = this.#standby?.isUp === true && random.chance(0.6);
    scheduler.after(random.integer(20_000, 300_000), () => {
      if (server !== this.#primary || server.isUp) return;
      if (promotes && this.#standby?.isUp === true) this.#promote();
      else this.#restart();
    });
  }

  /** The primary is cut off and replaced while it lives: for a while there are two, of which one can commit nothing. */
  replaceLiving(): void {
    const old = this.#primary;
    const standby = this.#standby;
    if (!old.isUp || standby?.isUp !== true) return;
    const { random, scheduler } = this.world;
    this.#isLinkCut = true;
    scheduler.after(random.integer(1_000, 100_000), () => {
      if (old !== this.#primary || standby !== this.#standby || !standby.isUp) this.#relink();
      else this.#promote();
    });
  }

  /**
   * The primary loses its standby and starts again, so that it shows what it has waited to commit. The standby comes back,
   * and takes the primary's place before it has caught up: it has never had that.
   */
  restartThenReplace(): void {
    const old = this.#primary;
    const standby = this.#standby;
    if (!old.isUp || standby?.isUp !== true) return;
    const { random, scheduler } = this.world;
    this.#isLinkCut = true;
    const step = (run: () => void): void => {
      scheduler.after(random.integer(1_000, 100_000), () => {
        this.#isLinkCut = false;
        if (old === this.#primary && standby === this.#standby && standby.isUp) return run();
        // Something else has struck meanwhile: this fault ends here.
        this.#catchUpUs = 0;
        this.#connect();
      });
    };
    step(() => {
      old.host.process?.kill();
      this.#catchUpUs = CATCH_UP_US;
      step(() => {
        if (!old.isUp) this.#restart();
        step(() => {
          this.#catchUpUs = 0;
          this.replaceLiving();
        });
      });
    });
  }

  /** The two servers don't reach each other for a while: commits wait. */
  cutLink(forUs: number): void {
    if (!this.isSynchronous || this.#isLinkCut) return;
    this.world.trace("link cut", this.#primary.address, forUs);
    this.#isLinkCut = true;
    this.world.scheduler.after(forUs, () => this.#relink());
  }

  /** The standby dies and starts again. */
  crashStandby(): void {
    const standby = this.#standby;
    if (standby?.isUp !== true) return;
    const { random, scheduler } = this.world;
    standby.host.process!.kill();
    scheduler.after(random.integer(20_000, 300_000), () => {
      if (standby.isUp || !standby.isStandby) return;
      standby.start();
      this.#connect();
    });
  }

  /** Everything runs and is connected. */
  heal(): void {
    this.#catchUpUs = 0;
    if (!this.#primary.isUp) this.#restart();
    if (this.#standby?.isUp === false) this.#standby.start();
    this.#relink();
  }

  #restart(): void {
    this.world.trace("database starts again", this.#primary.address);
    this.#primary.start();
    this.#connect();
  }

  #promote(): void {
    const { random, scheduler } = this.world;
    const old = this.#primary;
    const promoted = this.#standby!;
    this.world.trace("promoted", promoted.address, promoted.log.length, old.log.length);
    promoted.isStandby = false;
    this.#primary = promoted;
    this.#standby = undefined;
    // What nobody could see is still visible nowhere; what is in the log is.
    scheduler.after(random.integer(10_000, REBUILD_US_MAX), () => {
      // Only now is the old one stopped for certain.
      old.host.process!.kill();
      old.isStandby = true;
      old.log = promoted.log.slice();
      old.start();
      this.#standby = old;
      this.#relink();
      this.#countDurable(old.log.length);
      promoted.acknowledged(old.log.length);
    });
  }

  #relink(): void {
    this.#isLinkCut = false;
    this.#connect();
  }

  #connect(): void {
    this.#stream = { isBusy: false };
    this.#replicate();
  }

  /** Sends the standby what it lacks. */
  #replicate(): void {
    const primary = this.#primary;
    const standby = this.#standby;
    const stream = this.#stream;
    if (stream.isBusy || standby === undefined || this.standbysOf(primary) === 0) return;
    if (!primary.isUp || standby.log.length >= primary.log.length) return;
    stream.isBusy = true;
    const commits = primary.log.slice(standby.log.length);
    standby.host.process!.after(this.network.delayUs() + this.#catchUpUs, () => {
      if (this.#isLinkCut || stream !== this.#stream) return;
      stream.isBusy = false;
      standby.receive(commits);
      this.#countDurable(standby.log.length);
      const { length } = standby.log;
      primary.host.process?.after(this.network.delayUs(), () => {
        if (!this.#isLinkCut && stream === this.#stream) primary.acknowledged(length);
      });
      this.#replicate();
    });
  }

  #countDurable(length: number): void {
    while (this.#durable < length) this.#onDurable(this.#primary.log[this.#durable++]!);
  }
}

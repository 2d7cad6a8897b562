import { RandomCommands, type ReferenceConfig } from "@buttonwood/core/reference";
import { WordBuffer } from "@buttonwood/protocol";
import type { CoreFactory } from "../engine/deterministic-core.js";
import { Engine, type EngineEvent } from "../engine/engine.js";
import { recover } from "../engine/recovery.js";
import { GaplessFeed } from "../feed/gapless-feed.js";
import { openFeedPort, PortFeedPublisher } from "../feed/in-process/port-feed.js";
import type { FeedBatch, FeedPublisher } from "../feed/port.js";
import { DeposedError, JournalFailedError, type JournalStore } from "../journal/port.js";
import { InProcessServer } from "../transport/in-process/in-process-server.js";
import { Auditor } from "./auditor.js";
import { simulatedCores } from "./cores.js";
import { poisonable } from "./poison-core.js";
import { EPOCH_US, SimGateway, type Workload } from "./sim-gateway.js";
import { SimDisk, SimJournal } from "./sim-journal.js";
import { simPorts } from "./sim-port.js";
import { SimSnapshotFolder, SimSnapshots } from "./sim-snapshots.js";
import { SimProcess, World } from "./world.js";

/** Where a planted bug can get in; an empty object is the program as it is. */
export interface Plant {
  readonly journal?: (disk: SimDisk, process: SimProcess, publisher: FeedPublisher) => JournalStore;
  readonly cores?: (config: ReferenceConfig, world: World) => CoreFactory;
  /** Takes the gapless feed's place. */
  readonly acceptsFeedGaps?: boolean;
}

export interface SeedOptions {
  readonly commands: number;
  readonly plant?: Plant;
  /** Collects a line for everything that happens. */
  readonly log?: string[];
}

export interface SeedReport {
  readonly seed: number;
  /** What went wrong, or undefined. */
  readonly failure: string | undefined;
  readonly traceHash: string;
  readonly commands: number;
  readonly rows: number;
  readonly trades: number;
  readonly starts: number;
  readonly quarantined: number;
  readonly virtualMs: number;
}

/** After the faults have ended, everything must be answered within this virtual time, in µs. */
const LIVENESS_US = 60_000_000;

/** Runs one seed: builds a world, lets it run under faults, heals it, and checks what is left. */
export async function runSeed(seed: number, options: SeedOptions): Promise<SeedReport> {
  return new Run(seed, options).run();
}

class Run {
  readonly #world: World;
  readonly #options: SeedOptions;
  readonly #plant: Plant;
  readonly #auditor: Auditor;
  readonly #disk: SimDisk;
  readonly #folder: SimSnapshotFolder;
  readonly #cores: CoreFactory;
  readonly #workload: Workload;
  readonly #gateways: SimGateway[] = [];
  readonly #projection: SimProcess;
  readonly #feedReaders = new Set<(batch: FeedBatch) => void>();
  readonly #rates: {
    readonly crash: number;
    readonly pause: number;
    readonly clockJump: number;
    readonly feedLost: number;
    readonly stepUs: number;
  };
  readonly #engineOptions: {
    readonly snapshotEveryCommands: number;
    readonly batchCommandsMax: number;
    readonly queuedCommandsMax: number;
    readonly restMsMax: number;
  };
  #clockOffsetUs = 0;
  #leader: SimProcess | undefined;
  #starts = 0;

  constructor(seed: number, options: SeedOptions) {
    const world = new World(seed, options.log);
    const { random } = world;
    this.#world = world;
    this.#options = options;
    this.#plant = options.plant ?? {};
    const commands = new RandomCommands(seed);
    const { config } = commands.world;
    this.#auditor = new Auditor(world, config);
    const rate = (highest: number): number => (random.chance(0.3) ? 0 : random.next() * highest);
    this.#disk = new SimDisk(world, {
      failed: rate(0.02),
      torn: rate(0.02),
      acknowledgementLost: rate(0.02),
      slow: rate(0.02),
    });
    this.#disk.onDurable = (row) => {
      try {
        this.#auditor.onDurable(row);
      } catch (error) {
        world.fail(`row ${row.firstSequence} can't be read: ${String(error)}`);
      }
    };
    this.#folder = new SimSnapshotFolder(world, { failed: rate(0.2), damaged: rate(0.3) });
    this.#cores = poisonable(this.#plant.cores?.(config, world) ?? simulatedCores(config));
    this.#rates = {
      crash: rate(0.1),
      pause: rate(0.05),
      clockJump: rate(0.1),
      feedLost: rate(0.1),
      stepUs: random.integer(500, 20_000),
    };
    this.#engineOptions = {
      snapshotEveryCommands: random.integer(10, 120),
      batchCommandsMax: random.pick([1, 3, 16, 4096]),
      queuedCommandsMax: random.pick([8, 64, 4096]),
      restMsMax: 0,
    };
    this.#workload = { commands, left: 0, sent: 0, answered: 0, poisons: 0 };
    const gatewayRates = {
      duplicate: rate(0.1),
      poison: rate(0.02),
      turnUs: random.integer(200, 5_000),
      turnCommandsMax: random.integer(1, 12),
      inFlightMax: random.pick([4, 100]),
    };
    for (let i = random.integer(1, 3); i > 0; i--) {
      this.#gateways.push(new SimGateway(world, `gateway ${i}`, this.#auditor, this.#workload, gatewayRates));
    }
    this.#projection = new SimProcess(world, "projection");
  }

  async run(): Promise<SeedReport> {
    const world = this.#world;
    const feed = this.#openFeed();
    this.#startEngine();
    for (const gateway of this.#gateways) gateway.start();
    // The world is listed, opened and funded in order and without faults; then everything at once.
    await this.#listWorld();
    world.faulty = true;
    this.#workload.left = this.#options.commands;
    this.#disturb();
    await this.#until(() => this.#workload.left === 0, LIVENESS_US * 10, "the workload was not taken");
    world.faulty = false;
    world.trace("healed");
    await this.#until(
      () =>
        this.#gateways.every(({ unanswered }) => unanswered === 0) &&
        this.#auditor.fedTo === this.#auditor.sequence,
      LIVENESS_US,
      "not everything was answered and fed",
    );
    // Not waited for: what it may be doing takes virtual time.
    void feed.close();
    if (world.failure === undefined) await this.#checkRecoveries();
    return {
      seed: world.seed,
      failure: world.failure?.message,
      traceHash: world.traceHash,
      commands: this.#auditor.sequence,
      rows: this.#disk.rows.length,
      trades: this.#auditor.trades,
      starts: this.#starts,
      quarantined: this.#auditor.quarantined,
      virtualMs: world.scheduler.nowUs / 1000,
    };
  }

  /** Lets virtual time pass until something holds, the run fails, or the time is up. */
  async #until(holds: () => boolean, withinUs: number, otherwise: string): Promise<void> {
    const { scheduler } = this.#world;
    const endUs = scheduler.nowUs + withinUs;
    await scheduler.run(() => this.#world.failure !== undefined || holds() || scheduler.nowUs > endUs);
    if (this.#world.failure === undefined && !holds()) {
      const unanswered = this.#gateways.reduce((sum, gateway) => sum + gateway.unanswered, 0);
      this.#world.fail(
        `${otherwise} within ${withinUs / 1e6} s: ${unanswered} commands without an answer, feed at ${this.#auditor.fedTo} of ${this.#auditor.sequence}`,
      );
    }
  }

  async #listWorld(): Promise<void> {
    const { commands } = this.#workload;
    const gateway = this.#gateways[0]!;
    const setup = commands.world.assets.length + commands.world.markets.length + commands.world.accounts * 4;
    for (let i = 0; i < setup; i++) {
      gateway.send(commands.next());
      await this.#until(() => gateway.unanswered === 0, LIVENESS_US, "the world was not listed");
    }
  }

  #openFeed(): { close(): Promise<void> } {
    const readMissed = async function* (this: Run, from: number): AsyncIterable<FeedBatch> {
      for await (const row of new SimJournal(this.#disk, this.#projection).read(from)) {
        const { firstSequence, lastSequence } = row;
        yield { firstSequence, lastSequence, events: WordBuffer.from(row.events) };
      }
    }.bind(this);
    const reader = {
      subscribe: (onBatch: (batch: FeedBatch) => void) => {
        this.#feedReaders.add(onBatch);
        return () => this.#feedReaders.delete(onBatch);
      },
    };
    if (this.#plant.acceptsFeedGaps === true) {
      const stop = reader.subscribe((batch) => {
        if (batch.events.length > 0) this.#auditor.onFed(batch);
      });
      return { close: async () => void stop() };
    }
    const feed = new GaplessFeed({
      feed: reader,
      readMissed,
      fromSequence: 1,
      onBatch: async (batch) => {
        this.#auditor.onFed(batch);
        if (this.#world.random.chance(0.05)) await this.#projection.wait(this.#world.random.integer(1, 3000));
      },
      onError: (error) => this.#world.fail(`the feed's reader stopped: ${error.stack}`),
    });
    void feed.start();
    return feed;
  }

  /** Faults that strike from outside, every now and then. */
  #disturb(): void {
    const world = this.#world;
    const { random, scheduler } = world;
    scheduler.after(random.integer(1, 2 * this.#rates.stepUs), () => {
      if (!world.faulty) return;
      if (world.strikes(this.#rates.crash)) this.#leader?.kill();
      else if (world.strikes(this.#rates.pause) && this.#leader?.alive === true) {
        // The supervisor takes it for dead and starts another one beside it.
        const paused = this.#leader;
        paused.pause(random.integer(1_000, 100_000));
        scheduler.after(random.integer(100, 20_000), () => {
          if (this.#leader === paused) this.#startEngine();
        });
      }
      if (world.strikes(this.#rates.clockJump)) {
        const hours = random.pick([0.001, 0.1, 1, 25]);
        this.#clockOffsetUs += (random.chance(0.5) ? 1 : -1) * Math.floor(hours * 3_600_000_000);
        world.trace("clock", this.#clockOffsetUs);
      }
      this.#disturb();
    });
  }

  #startEngine(): void {
    const world = this.#world;
    const { scheduler, random } = world;
    const process = new SimProcess(world, `engine ${++this.#starts}`);
    this.#leader = process;
    process.onKill(() => {
      scheduler.after(random.integer(100, 20_000), () => {
        if (this.#leader === process) this.#startEngine();
      });
    });
    const server = new InProcessServer();
    const feed = new PortFeedPublisher(random.pick([500, 1 << 20]));
    const publisher: FeedPublisher = {
      publish: (batch) => {
        server.publish(batch);
        feed.publish(batch);
      },
    };
    Engine.start(
      {
        journal: this.#plant.journal?.(this.#disk, process, publisher) ?? new SimJournal(this.#disk, process),
        snapshots: new SimSnapshots(this.#folder, process),
        cores: this.#cores,
        publisher,
        clock: { nowUs: () => EPOCH_US + scheduler.nowUs + this.#clockOffsetUs },
        timers: process.timers,
        defer: (task) => process.after(0, task),
        stopwatchMs: () => scheduler.nowUs / 1000,
        onEvent: (event) => this.#onEngineEvent(process, event),
      },
      { ...this.#engineOptions, owner: process.name },
    ).then(
      (engine) => this.#serve(process, engine, server, feed),
      (error: Error) => this.#onEngineEvent(process, { kind: "stopped", error }),
    );
  }

  #serve(process: SimProcess, engine: Engine, server: InProcessServer, feed: PortFeedPublisher): void {
    const world = this.#world;
    if (!process.alive || this.#leader !== process) return;
    world.trace("serves", process.name, engine.epoch, engine.sequence);
    this.#auditor.onRecovered(engine.sequence);
    for (const gateway of this.#gateways) {
      const [here, there] = simPorts(world, process, gateway.process);
      server.attach(here, engine);
      // Gateways find the new engine one after the other; until then some still listen to the old one.
      world.scheduler.after(world.random.integer(10, 5_000), () => {
        if (this.#leader === process) gateway.connect(there, engine.epoch);
      });
    }
    const [here, there] = simPorts(world, process, this.#projection);
    feed.attach(here, engine.sequence);
    openFeedPort(there).subscribe((batch) => {
      this.#auditor.onPublished(batch);
      if (world.strikes(this.#rates.feedLost)) return;
      for (const reader of this.#feedReaders) reader(batch);
    });
  }

  #onEngineEvent(process: SimProcess, event: EngineEvent): void {
    const world = this.#world;
    switch (event.kind) {
      case "recovering":
      case "snapshotSaved":
        return;
      case "snapshotFailed":
        world.trace("snapshotFailed", event.sequence);
        return;
      case "quarantined":
        world.trace("quarantined", event.sequence);
        return;
      case "damagedSnapshot": {
        const sequence = Number(/^snapshot (\d+)/.exec(event.error.message)?.[1]);
        world.trace("damagedSnapshot", sequence);
        if (!this.#folder.damaged.has(sequence)) {
          world.fail(`a good snapshot was passed over: ${event.error.message}`);
        }
        return;
      }
      case "stopped":
        world.trace("stopped", process.name, event.error.name);
        if (!(event.error instanceof JournalFailedError || event.error instanceof DeposedError)) {
          world.fail(`${process.name} stopped: ${event.error.stack}`);
        }
        process.kill();
        return;
    }
  }

  /** Live = replay = every snapshot + tail. */
  async #checkRecoveries(): Promise<void> {
    const world = this.#world;
    const process = new SimProcess(world, "checker");
    const journal = new SimJournal(this.#disk, process);
    const all = new SimSnapshots(this.#folder, process);
    const expected = this.#auditor.digest;
    let left = 1;
    const check = async (only: number): Promise<void> => {
      const { core } = await recover({
        journal,
        snapshots: {
          save: () => Promise.reject(new Error("nothing is saved here")),
          list: async () => (await all.list()).filter(({ sequence }) => sequence === only),
          load: (sequence) => all.load(sequence),
        },
        cores: this.#cores,
        onDamagedSnapshot: () => {},
      });
      if (core.stateDigest() !== expected) {
        world.fail(
          `recovered from snapshot ${only}, the state digest is ${core.stateDigest()}, not ${expected}`,
        );
      }
    };
    const checks = [0, ...this.#folder.files.keys()];
    left = checks.length;
    for (const only of checks) {
      check(only)
        .catch((error: Error) => world.fail(`recovery from snapshot ${only}: ${error.message}`))
        .finally(() => left--);
    }
    await this.#until(() => left === 0, LIVENESS_US, "recovery did not end");
  }
}

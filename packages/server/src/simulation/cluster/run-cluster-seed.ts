import type { Random } from "@buttonwood/core/reference";
import { type Command, Reason } from "@buttonwood/protocol";
import { World } from "../world.js";
import type { Cluster, ClusterPlant } from "./cluster.js";
import { ClusterAudit } from "./cluster-audit.js";
import { drawPlan, fundingCommands, listingCommands, otherMap } from "./cluster-plan.js";
import { Disturbances, type StrikeName } from "./disturbances.js";
import { EngineProcess } from "./engine-process.js";
import { checkCore, checkRecovery, checkTables, clearUp, useAllFunds } from "./final-checks.js";
import { GatewayProcess } from "./gateway-process.js";
import { Host } from "./host.js";
import { Network } from "./network.js";
import { ProjectionProcess } from "./projection-process.js";
import { SHARD_RULES } from "./shard-tables.js";
import { SimRedis } from "./sim-redis.js";
import { SimShard } from "./sim-shard.js";
import { Trader, type Workload } from "./trader.js";

export interface ClusterSeedOptions {
  readonly commands: number;
  readonly plant?: ClusterPlant;
  /** Faults that happen for certain, where others are drawn. */
  readonly focus?: Focus | undefined;
  /** Collects a line for everything that happens. */
  readonly log?: string[];
}

/** What a run is about. */
export interface Focus {
  /** Faults that strike from outside: these and no others. */
  readonly strikes?: readonly StrikeName[];
  /** Probabilities of faults, by name. */
  readonly rates?: Partial<Record<keyof typeof RATES_MAX, number>>;
  /** Traders send little, and so leaders are idle at times. */
  readonly isCalm?: boolean;
}

/** The highest probability of each fault that is drawn per seed. */
const RATES_MAX = {
  stall: 0.02,
  slow: 0.02,
  late: 0.01,
  answerLost: 0.02,
  waitCanceled: 0.005,
  waitTerminated: 0.01,
  redisFailed: 0.05,
  redisForgotten: 0.05,
  snapshotFailed: 0.2,
  snapshotDamaged: 0.3,
  leaderPaused: 0.3,
  repeated: 0.1,
  tablesFailed: 0.05,
  tablesUnheard: 0.05,
  duplicate: 0.1,
  poison: 0.02,
  hurried: 0.05,
  asking: 0.5,
} as const;

export interface ClusterSeedReport {
  readonly seed: number;
  /** What went wrong, or undefined. */
  readonly failure: string | undefined;
  readonly traceHash: string;
  /** Commands that are durable, of all partitions. */
  readonly commands: number;
  readonly trades: number;
  readonly transfers: number;
  /** Epochs of all partitions: every one is a takeover. */
  readonly takeovers: number;
  readonly starts: number;
  /** Faults that struck from outside. */
  readonly strikes: number;
  readonly virtualMs: number;
}

/** The cluster must be up within this virtual time, and everything be done within it once faults have ended, in µs. */
const LIVENESS_US = 30_000_000;

/** Runs one seed: builds a cluster, lets it run under faults, heals it, and checks what is left. */
export async function runClusterSeed(seed: number, options: ClusterSeedOptions): Promise<ClusterSeedReport> {
  const undo = options.plant?.patch?.();
  const run = new ClusterRun(seed, options);
  try {
    return await run.run();
  } finally {
    await run.close();
    undo?.();
  }
}

class ClusterRun {
  readonly #world: World;
  readonly #cluster: Cluster;
  readonly #workload: Workload;
  readonly #commands: number;
  readonly #engines: readonly EngineProcess[];
  readonly #gateways: readonly GatewayProcess[];
  readonly #projections: readonly ProjectionProcess[];
  readonly #traders: readonly Trader[];
  readonly #disturbances: Disturbances;

  constructor(seed: number, options: ClusterSeedOptions) {
    const world = new World(seed, options.log);
    const { random } = world;
    const plan = drawPlan(random);
    const plant = options.plant ?? {};
    this.#world = world;
    this.#commands = options.commands;
    const audit = new ClusterAudit(world, plan);
    const rates = drawRates(random, options.focus?.rates);
    const network = new Network(world, { ...rates, delayUsMax: random.pick([50, 500, 3_000]) });
    const rules = { ...SHARD_RULES, ...plant.rules };
    const shards = plan.partitions.map(({ number, isSynchronous }) => {
      const names = isSynchronous ? [`db${number}a`, `db${number}b`] : [`db${number}a`];
      return new SimShard({
        world,
        network,
        rates,
        rules,
        hosts: names.map((name) => new Host(world, name)),
        onDurable: (commit) => audit.onDurable(commit),
      });
    });
    const redis = new SimRedis(world, { failed: rates.redisFailed, forgotten: rates.redisForgotten });
    const cluster: Cluster = { world, plan, plant, map: plan.map, network, redis, shards, audit };
    this.#cluster = cluster;
    const { leaderPaused, snapshotFailed: failed, snapshotDamaged: damaged } = rates;
    const engineRates = { leaderPaused, failed, damaged };
    this.#engines = plan.partitions.flatMap(({ number, engines }) =>
      engines.map(
        (name) => new EngineProcess(cluster, new Host(world, name), number, engineRates, plan.map.hash),
      ),
    );
    this.#gateways = Array.from(
      { length: plan.gateways },
      (_, index) => new GatewayProcess(cluster, new Host(world, `gateway ${index}`), plan.map),
    );
    const projectionRates = {
      repeated: rates.repeated,
      failed: rates.tablesFailed,
      unheard: rates.tablesUnheard,
    };
    this.#projections = plan.partitions.map(
      ({ number }) =>
        new ProjectionProcess(cluster, new Host(world, `projection ${number}`), number, projectionRates),
    );
    this.#workload = { left: 0 };
    const isCalm = random.chance(0.1) || options.focus?.isCalm === true;
    const traderRates = {
      ...rates,
      turnUs: isCalm ? 150_000 : random.pick([5_000, 20_000, 50_000]),
      turnCommandsMax: isCalm ? 1 : random.integer(1, 10),
    };
    this.#traders = plan.accounts.map(
      (account) => new Trader(cluster, account, this.#gateways, this.#workload, traderRates),
    );
    const [engines, gateways, projections] = [this.#engines, this.#gateways, this.#projections];
    this.#disturbances = new Disturbances(
      { cluster, engines, gateways, projections },
      options.focus?.strikes,
    );
  }

  /** Closes what is not this process's memory. */
  async close(): Promise<void> {
    for (const { tables } of this.#projections) await tables.close();
  }

  async run(): Promise<ClusterSeedReport> {
    const world = this.#world;
    const { audit, plan } = this.#cluster;
    for (const process of [...this.#engines, ...this.#projections, ...this.#gateways]) process.start();
    await this.#until(() => this.#gateways.every(({ isReady }) => isReady), "the cluster was not up");
    // Everything is listed and funded without faults; then everything at once.
    for (const commands of [listingCommands(plan), fundingCommands(plan)]) {
      await this.#promised(this.#setUp(commands), "the exchange could not be set up");
    }
    this.#startStrangers();
    world.faulty = true;
    this.#workload.left = this.#commands;
    for (const trader of this.#traders) trader.start();
    this.#disturbances.start();
    await this.#until(() => this.#workload.left === 0, "the workload was not taken");
    this.#heal();
    await this.#until(() => this.#isDone(), "not everything was answered and carried");
    await this.#promised(clearUp(this.#cluster, this.#traders), "the exchange could not be cleared up");
    await this.#promised(
      Promise.all(this.#traders.map((trader) => useAllFunds(this.#cluster, trader))),
      "funds could not be used",
    );
    await this.#until(() => this.#isDone(), "not everything was carried at the end");
    if (world.failure === undefined) await this.#check();
    const sum = (of: (partition: number) => number): number =>
      plan.partitions.reduce((total, { number }) => total + of(number), 0);
    return {
      seed: world.seed,
      failure: world.failure?.message,
      traceHash: world.traceHash,
      commands: audit.commands,
      trades: sum((partition) => audit.partition(partition).trades),
      transfers: audit.funds.transfers,
      takeovers: sum(
        (partition) => audit.partition(partition).entry(audit.partition(partition).sequence)?.epoch ?? 0,
      ),
      starts: this.#engines.reduce((total, { host }) => total + host.starts, 0),
      strikes: this.#disturbances.strikes,
      virtualMs: world.scheduler.nowUs / 1000,
    };
  }

  /** Sends commands in their order. */
  async #setUp(commands: readonly Command[]): Promise<void> {
    const outcomes = await this.#gateways[0]!.request((client) =>
      Promise.all(commands.map((command) => client.submit(command))),
    );
    for (const { reason } of outcomes) if (reason !== Reason.OK) throw new Error(`refused: ${reason}`);
  }

  /** Processes that were started with another topology: nobody must take them in. */
  #startStrangers(): void {
    const { world, plan } = this.#cluster;
    if (!world.random.chance(0.3)) return;
    const map = otherMap(plan);
    const partition = world.random.pick(plan.partitions).number;
    const noRates = { leaderPaused: 0, failed: 0, damaged: 0 };
    new EngineProcess(
      this.#cluster,
      new Host(world, `stranger ${partition}`),
      partition,
      noRates,
      map.hash,
    ).start();
    const gateway = new GatewayProcess(this.#cluster, new Host(world, "strange gateway"), map);
    gateway.start();
    const [trader] = this.#traders;
    world.scheduler.after(100_000, () => {
      const order = trader!.commands.order(world.random.pick(plan.markets).market);
      const submitted = gateway.request((client) => client.submit({ kind: "NEW_ORDER", account: 1, order }));
      submitted.then(
        () => world.fail("a gateway of another map was answered"),
        () => gateway.host.process?.kill(),
      );
    });
  }

  #heal(): void {
    const { world, network, shards } = this.#cluster;
    world.faulty = false;
    network.mendAll();
    for (const shard of shards) shard.heal();
    world.trace("healed");
  }

  /** Everything is answered, carried and fed, and every partition is led and followed to the end. */
  #isDone(): boolean {
    const { audit, plan } = this.#cluster;
    if (this.#traders.some(({ unanswered }) => unanswered > 0) || audit.funds.unfinished > 0) return false;
    return plan.partitions.every(({ number, engines }) => {
      const { sequence } = audit.partition(number);
      const own = this.#engines.filter(({ partition }) => partition === number);
      const states = own.map(({ node }) => node?.state);
      const leading = states.filter((state) => state === "leading").length;
      const following = states.filter((state) => state === "standing by").length;
      return (
        this.#projections[number]!.holds(sequence) &&
        leading === 1 &&
        leading + following === engines.length &&
        own.every(({ core }) => core?.sequence === sequence)
      );
    });
  }

  /** Live = standby = replay = snapshot + tail; what clients were told is what the journals hold. */
  async #check(): Promise<void> {
    const { audit } = this.#cluster;
    const world = this.#world;
    const wrong = audit.answers.end();
    if (wrong !== undefined) world.fail(wrong);
    const checks: Promise<void>[] = [];
    for (const engine of this.#engines) {
      checkCore(this.#cluster, engine);
      const snapshots = [0, ...engine.folder.files.keys()];
      checks.push(checkRecovery(this.#cluster, engine, world.random.pick(snapshots)));
    }
    for (const projection of this.#projections) checks.push(checkTables(this.#cluster, projection));
    await this.#promised(Promise.all(checks), "recovery did not end");
  }

  async #promised(promise: Promise<unknown>, otherwise: string): Promise<void> {
    let isDone = false;
    promise.then(
      () => {
        isDone = true;
      },
      (error: Error) => this.#world.fail(`${otherwise}: ${error.stack}`),
    );
    await this.#until(() => isDone, otherwise);
  }

  /** Lets virtual time pass until something holds, the run fails, or the time is up. */
  async #until(holds: () => boolean, otherwise: string): Promise<void> {
    const { scheduler } = this.#world;
    const endUs = scheduler.nowUs + LIVENESS_US;
    await scheduler.run(() => this.#world.failure !== undefined || holds() || scheduler.nowUs > endUs);
    if (this.#world.failure !== undefined || holds()) return;
    const { audit, plan } = this.#cluster;
    const partitions = plan.partitions.map(({ number }) => {
      const { sequence, fedTo } = audit.partition(number);
      const engines = this.#engines.filter(({ partition }) => partition === number);
      return `${number}: at ${sequence}, fed to ${fedTo}, engines ${engines.map(({ node, core }) => `${node?.state} at ${core?.sequence}`).join(" and ")}`;
    });
    const unanswered = this.#traders.reduce((total, trader) => total + trader.unanswered, 0);
    this.#world.fail(
      `${otherwise} within ${LIVENESS_US / 1e6} s: ${unanswered} commands without an answer, transfers under way [${audit.funds.describeUnfinished()}]; ${partitions.join("; ")}`,
    );
  }
}

type Rates = Record<keyof typeof RATES_MAX, number>;

/** Probabilities of faults for a seed: often of none at all. */
function drawRates(random: Random, focus: Partial<Rates> = {}): Rates {
  const rates: Partial<Rates> = {};
  for (const name of Object.keys(RATES_MAX) as (keyof Rates)[]) {
    const drawn = random.chance(0.4) ? 0 : random.next() * RATES_MAX[name];
    rates[name] = focus[name] ?? drawn;
  }
  return rates as Rates;
}

import type { World } from "../world.js";
import type { Cluster } from "./cluster.js";
import type { EngineProcess } from "./engine-process.js";
import type { GatewayProcess } from "./gateway-process.js";
import type { Host } from "./host.js";
import type { ProjectionProcess } from "./projection-process.js";

/** What can be disturbed. */
export interface Disturbed {
  readonly cluster: Cluster;
  readonly engines: readonly EngineProcess[];
  readonly gateways: readonly GatewayProcess[];
  readonly projections: readonly ProjectionProcess[];
}

type Strike = (disturbed: Disturbed) => void;

const HOUR_US = 3_600_000_000;

const strikes = {
  killEngine: (all) => pick(all, all.engines)?.host.process?.kill(),
  killLeader: (all) => leader(all)?.host.process?.kill(),
  killGateway: (all) => pick(all, all.gateways)?.host.process?.kill(),
  killProjection: (all) => pick(all, all.projections)?.host.process?.kill(),
  pauseLeader: (all) => pause(all, leader(all)?.host),
  pauseAny: (all) => pause(all, pick(all, processes(all))?.host),
  pauseDatabase: (all) => pause(all, all.cluster.world.random.pick(all.cluster.shards).primary.host),
  stopLeader: (all) => leader(all)?.stop(),
  handOver(all) {
    const from = leader(all);
    const to = all.engines.find((engine) => engine.partition === from?.partition && engine !== from);
    if (from === undefined || to?.node?.state !== "standing by") return;
    all.cluster.world.trace("hand over", from.host.name, to.host.name);
    from.node!.handOver(to.host.name).catch(() => {});
  },
  setClock(all) {
    const { random } = all.cluster.world;
    const byUs = random.pick([0.00001, 0.001, 1]) * HOUR_US;
    random.pick(processes(all)).host.setClock(Math.floor(random.chance(0.5) ? byUs : -byUs));
  },
  cutNetwork(all) {
    const { world, network } = all.cluster;
    const [one, other] = [world.random.pick(hosts(all)), world.random.pick(hosts(all))];
    if (one !== other) network.cut(one, other, lasting(world));
  },
  isolateLeader(all) {
    const { world, network } = all.cluster;
    const engine = leader(all);
    if (engine === undefined) return;
    const forUs = lasting(world);
    for (const host of hosts(all))
      if (host !== engine.host && world.random.chance(0.6)) network.cut(engine.host, host, forUs);
  },
  breakConnections(all) {
    const { process } = all.cluster.world.random.pick(hosts(all));
    if (process !== undefined) all.cluster.network.breakConnections(process);
  },
  crashDatabase: (all) => all.cluster.world.random.pick(all.cluster.shards).crash(),
  replaceLivingDatabase: (all) => all.cluster.world.random.pick(all.cluster.shards).replaceLiving(),
  cutReplication: (all) =>
    all.cluster.world.random.pick(all.cluster.shards).cutLink(lasting(all.cluster.world)),
  crashStandbyDatabase: (all) => all.cluster.world.random.pick(all.cluster.shards).crashStandby(),
  restartThenReplaceDatabase: (all) => all.cluster.world.random.pick(all.cluster.shards).restartThenReplace(),
  failRedisOver: (all) => all.cluster.redis.failover(),
} as const satisfies Record<string, Strike>;

export type StrikeName = keyof typeof strikes;

/** Faults that strike from outside, every now and then: which ones, and how often, is drawn per seed. */
export class Disturbances {
  readonly #disturbed: Disturbed;
  readonly #world: World;
  readonly #rates: Partial<Record<StrikeName, number>> = {};
  readonly #stepUs: number;
  /** How many have struck. */
  strikes = 0;

  /** Those named in `only`, or some that are drawn. */
  constructor(disturbed: Disturbed, only?: readonly StrikeName[]) {
    this.#disturbed = disturbed;
    this.#world = disturbed.cluster.world;
    const { random } = this.#world;
    for (const name of only ?? (Object.keys(strikes) as StrikeName[])) {
      if (only !== undefined || random.chance(0.35)) this.#rates[name] = random.next();
    }
    this.#stepUs = random.pick([20_000, 60_000, 200_000]);
  }

  start(): void {
    const { random, scheduler } = this.#world;
    scheduler.after(random.integer(1, 2 * this.#stepUs), () => {
      if (!this.#world.faulty) return;
      if (Object.keys(this.#rates).length > 0) {
        this.strikes++;
        strikes[random.weighted(this.#rates as Record<StrikeName, number>)](this.#disturbed);
      }
      this.start();
    });
  }
}

function processes({ engines, gateways, projections }: Disturbed): readonly { readonly host: Host }[] {
  return [...engines, ...gateways, ...projections];
}

function hosts(all: Disturbed): readonly Host[] {
  const servers = all.cluster.shards.flatMap((shard) => shard.servers);
  return [...processes(all), ...servers].map(({ host }) => host);
}

function pick<T extends { readonly host: Host }>({ cluster }: Disturbed, from: readonly T[]): T | undefined {
  const running = from.filter(({ host }) => host.isUp);
  return running.length === 0 ? undefined : cluster.world.random.pick(running);
}

function leader({ cluster, engines }: Disturbed): EngineProcess | undefined {
  const leading = engines.filter(({ node }) => node?.state === "leading");
  return leading.length === 0 ? undefined : cluster.world.random.pick(leading);
}

/** Some faults are over before anybody notices, others long after. */
function lasting({ random }: World): number {
  return random.chance(0.5) ? random.integer(1_000, 100_000) : random.integer(100_000, 1_500_000);
}

function pause({ cluster }: Disturbed, host: Host | undefined): void {
  if (host?.isUp !== true) return;
  host.process!.pause(lasting(cluster.world));
  cluster.network.onPause(host.process!);
}

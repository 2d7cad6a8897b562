import type { PartitionMap } from "../../cluster/partition-map.js";
import { RoutingEngineClient } from "../../cluster/routing/routing-engine-client.js";
import type { EngineClient } from "../../transport/engine-port.js";
import type { Cluster } from "./cluster.js";
import type { Host } from "./host.js";
import { leaderClient } from "./process-links.js";

/** The gateway died before it answered, or none was there. */
export class GatewayLostError extends Error {
  override readonly name = "GatewayLostError";
}

/** A supervisor starts what has ended again within this, in µs. */
const RESTART_US_MAX = 100_000;

/** A gateway's machine, and the gateway's way into the cluster that runs on it. */
export class GatewayProcess {
  readonly host: Host;
  readonly #cluster: Cluster;
  readonly #map: PartitionMap;
  #client: RoutingEngineClient | undefined;

  constructor(cluster: Cluster, host: Host, map: PartitionMap) {
    this.#cluster = cluster;
    this.host = host;
    this.#map = map;
  }

  get isReady(): boolean {
    return this.host.isUp && this.#client !== undefined;
  }

  start(): void {
    const { world, plan, plant } = this.#cluster;
    const { random, scheduler } = world;
    const process = this.host.start();
    world.trace("start", process.name);
    this.#client = undefined;
    process.onKill(() => {
      scheduler.after(random.integer(100, RESTART_US_MAX), () => {
        if (!this.host.isUp) this.start();
      });
    });
    const partitions = plan.partitions.map(({ number }): EngineClient => {
      const client = leaderClient(this.#cluster, this.host, number, this.#map.hash);
      return plant.client?.(client, number) ?? client;
    });
    RoutingEngineClient.start({
      partitions,
      map: this.#map,
      clock: this.host.clock,
      timers: this.host.timers,
      random: () => random.next(),
      // Where nobody knows a price, all that is free is asked for.
      bestPrice: async () => (random.chance(0.5) ? 0 : random.integer(8, 12)),
    }).then(
      (client) => {
        this.#client = client;
        world.trace("ready", process.name);
      },
      () => process.kill(),
    );
  }

  /** A client's request over the network. Rejects as `run` does, and with {@link GatewayLostError}. */
  request<T>(run: (client: RoutingEngineClient) => Promise<T>): Promise<T> {
    const { world, network } = this.#cluster;
    const { scheduler } = world;
    const { process } = this.host;
    return new Promise((resolve, reject) => {
      let isAnswered = false;
      const answer = (settle: () => void): void => {
        if (isAnswered) return;
        isAnswered = true;
        scheduler.after(network.delayUs(), settle);
      };
      const lose = (): void => answer(() => reject(new GatewayLostError()));
      if (!this.isReady || process === undefined) {
        lose();
        return;
      }
      process.onKill(lose);
      scheduler.after(network.delayUs(), () => {
        process.after(0, () => {
          run(this.#client!).then(
            (value) => answer(() => resolve(value)),
            (error: Error) => answer(() => reject(error)),
          );
        });
      });
    });
  }
}

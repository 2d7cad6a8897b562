import type { EventLoopUtilization } from "node:perf_hooks";
import { performance } from "node:perf_hooks";
import { REQUEST_METRICS, requestCounts, TrafficMeter } from "../../gateway/console/traffic-meter.js";
import { Tier, type VenueLook, type VenueSource, venuePart } from "../../gateway/console/venue.js";
import type { Registry } from "../../platform/metrics.js";
import type { ThreadUsage } from "../metrics/thread-metrics.js";
import type { RunningEngine } from "../start-engine.js";
import type { ProjectionThread } from "../start-projection.js";

/** How busy a thread was between two looks, as a share of one core. */
class ThreadShare {
  readonly #usage: ThreadUsage;
  #last: EventLoopUtilization;

  constructor(usage: ThreadUsage) {
    this.#usage = usage;
    this.#last = usage();
  }

  sinceLast(): number {
    const now = this.#usage();
    const { utilization } = this.#usage(now, this.#last);
    this.#last = now;
    return utilization;
  }
}

export interface ProcessSourceParts {
  readonly engine: Pick<RunningEngine, "client" | "usage">;
  readonly projection: Pick<ProjectionThread, "figures" | "usage">;
  /** Of the gateway. */
  readonly registry: Registry;
}

/** An exchange of one process: its three threads are its tiers, and the journal is written by the engine's. */
export class ProcessSource implements VenueSource {
  readonly handover = undefined;
  readonly #parts: ProcessSourceParts;
  readonly #traffic = new TrafficMeter();
  readonly #gateway = new ThreadShare(performance.eventLoopUtilization);
  readonly #engine: ThreadShare;
  readonly #projection: ThreadShare;
  #last = { commands: 0, atMs: performance.now() };

  constructor(parts: ProcessSourceParts) {
    this.#parts = parts;
    this.#engine = new ThreadShare((now, since) => parts.engine.usage(now, since));
    this.#projection = new ThreadShare((now, since) => parts.projection.usage(now, since));
  }

  async look(): Promise<VenueLook> {
    const { engine, projection, registry } = this.#parts;
    const [status, figures, ...texts] = await Promise.all([
      engine.client.query({ kind: "status" }),
      projection.figures(),
      ...REQUEST_METRICS.map((name) => registry.getSingleMetricAsString(name)),
    ]);
    const atMs = performance.now();
    const traffic = this.#traffic.take(requestCounts(texts.join("\n"), atMs));
    const commands = (status.commands - this.#last.commands) / ((atMs - this.#last.atMs) / 1000);
    this.#last = { commands: status.commands, atMs };
    const thread = { partition: 0, threads: 1 };
    return {
      kind: "process",
      name: "one process",
      traffic,
      missing: null,
      parts: [
        venuePart({
          name: "gateway",
          tier: Tier.GATEWAY,
          state: "serving",
          threads: 1,
          perSecond: traffic?.requestsPerSecond ?? null,
          cores: this.#gateway.sinceLast(),
        }),
        venuePart({
          ...thread,
          name: "engine",
          tier: Tier.ENGINE,
          state: "leading",
          leads: true,
          epoch: status.epoch,
          sequence: status.sequence,
          perSecond: commands,
          queuedCommands: status.queuedCommands,
          commitMsP50: status.commitMsP50,
          commitMsP99: status.commitMsP99,
          cores: this.#engine.sinceLast(),
        }),
        venuePart({
          ...thread,
          name: "projection",
          tier: Tier.PROJECTION,
          state: figures?.isLive === true ? "live" : "catching up",
          sequence: figures?.sequence ?? null,
          lagCommands: figures?.lagCommands ?? null,
          cores: this.#projection.sinceLast(),
          restarts: figures?.failures ?? null,
        }),
      ],
    };
  }
}

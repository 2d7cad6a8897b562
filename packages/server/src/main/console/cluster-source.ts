import { request } from "node:http";
import { askRoleStatus, roleControlPath } from "../../cluster/role-control.js";
import { askClusterHandover, askClusterStatus } from "../../cluster/supervisor/ask-cluster.js";
import type { PartStatus } from "../../cluster/supervisor/cluster-status.js";
import type { PartRole } from "../../cluster/supervisor/part.js";
import type { Topology } from "../../cluster/topology/topology.js";
import { requestCounts, TrafficMeter } from "../../gateway/console/traffic-meter.js";
import {
  Tier,
  type VenueLook,
  type VenuePart,
  type VenueSource,
  venuePart,
} from "../../gateway/console/venue.js";
import type { Address } from "../../platform/address.js";

/** A backend that takes longer to tell its metrics is left out, in ms. */
const METRICS_MS_MAX = 1_500;

const TIER_OF: Record<PartRole, Tier> = {
  postgres: Tier.JOURNAL,
  redis: Tier.REDIS,
  engine: Tier.ENGINE,
  projection: Tier.PROJECTION,
  backend: Tier.GATEWAY,
  nginx: Tier.EDGE,
};

/**
 * A cluster, as its supervisor sees all of its processes. Without a supervisor, where each host's own service manager
 * runs its roles, only those of this host can be asked, and nobody tells what they take of the machine.
 */
export class ClusterSource implements VenueSource {
  readonly #topology: Topology;
  readonly #traffic = new TrafficMeter();

  constructor(topology: Topology) {
    this.#topology = topology;
  }

  readonly handover = (partition: number) => askClusterHandover(this.#topology.data, partition);

  async look(): Promise<VenueLook> {
    const { name, data, backends } = this.#topology;
    const [supervised, ...texts] = await Promise.all([
      askClusterStatus(data).catch(() => undefined),
      ...backends.map(({ listen }) => metricsOf(listen).catch(() => "")),
    ]);
    const answered = texts.filter((text) => text !== "");
    const parts = supervised?.parts.map(partOf) ?? (await this.#partsHere());
    const missing = [
      ...(supervised === undefined
        ? ["No supervisor answers: only this host's roles are seen, without their processor time."]
        : []),
      ...(answered.length < backends.length
        ? [`${backends.length - answered.length} of ${backends.length} backends do not tell their figures.`]
        : []),
    ];
    return {
      kind: "cluster",
      name,
      parts,
      traffic: this.#traffic.take(requestCounts(answered.join("\n"), performance.now())),
      missing: missing.length === 0 ? null : missing.join(" "),
    };
  }

  async #partsHere(): Promise<readonly VenuePart[]> {
    const { engines, projections, backends } = this.#topology;
    const asked = [...engines, ...projections, ...backends].map(async ({ name }) =>
      askRoleStatus(roleControlPath(this.#topology, name)).catch(() => undefined),
    );
    const statuses = (await Promise.all(asked)).filter((status) => status !== undefined);
    return statuses.map(({ ready: _r, done: _d, pid, ...status }) => partOf({ ...status, pid, restarts: 0 }));
  }
}

/** Threads that share a part's work; undefined where the system spreads it over processes of its own. */
function threadsOf({ role, workers }: PartStatus): number | null {
  switch (role) {
    case "engine":
    case "projection":
    case "redis":
      return 1;
    case "backend":
      return workers ?? 1;
    case "postgres":
    case "nginx":
      return null;
  }
}

function partOf(status: PartStatus): VenuePart {
  return venuePart({
    name: status.name,
    tier: TIER_OF[status.role],
    state: status.state,
    partition: status.partition ?? null,
    leads: status.leads ?? null,
    epoch: status.epoch ?? null,
    sequence: status.sequence ?? null,
    lagCommands: status.lag ?? null,
    perSecond: status.perSecond ?? null,
    queuedCommands: status.queued ?? null,
    commitMsP50: status.commitMs ?? null,
    commitMsP99: status.commitMsP99 ?? null,
    cores: status.cpuPercent === undefined ? null : status.cpuPercent / 100,
    threads: threadsOf(status),
    restarts: status.restarts,
  });
}

/** What a backend tells of all its workers. */
function metricsOf(listen: Address): Promise<string> {
  const where = "path" in listen ? { socketPath: listen.path } : listen;
  return new Promise((resolve, reject) => {
    const sent = request(
      { ...where, path: "/metrics", agent: false, signal: AbortSignal.timeout(METRICS_MS_MAX) },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => (response.statusCode === 200 ? resolve(text) : resolve("")));
        response.on("error", reject);
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}

import { join } from "node:path";
import { roleControlPath } from "../role-control.js";
import type { Topology } from "../topology/topology.js";
import { edgePart } from "./local-edge.js";
import { LocalRedis } from "./local-redis.js";
import { LocalShard } from "./local-shard.js";
import type { Part, PartRole } from "./part.js";
import { rolePart } from "./role-part.js";
import type { Stage } from "./supervisor.js";

/** The cluster is described as one of other machines too, so it can't be run as a whole on this one. */
export class NotLocalError extends Error {
  override readonly name = "NotLocalError";
}

/** Our own roles, by which a process is told what to be. */
export type OwnRole = Extract<PartRole, "engine" | "projection" | "backend">;

export interface LocalStagesOptions {
  readonly topology: Topology;
  /** Program and arguments of a role's process. */
  readonly roleCommand: (role: OwnRole, name: string) => readonly [file: string, ...args: string[]];
  /** Brings the shards' tables to this version, once they run. */
  readonly prepareShards: (shards: readonly LocalShard[]) => Promise<void>;
  /** Done once, when orders can be taken and before the backends start. */
  readonly firstStart: () => Promise<void>;
}

/** The log of a part of our own. */
export function roleLogFile(topology: Topology, name: string): string {
  return join(topology.data, "logs", `${name}.log`);
}

/**
 * What a local cluster consists of, in the order in which it starts: servers before those who need them. Throws
 * {@link NotLocalError}.
 */
export function localStages(options: LocalStagesOptions): {
  readonly stages: Stage[];
  readonly shards: readonly LocalShard[];
} {
  const { topology } = options;
  refuseRemote(topology);
  const shards = topology.shards.map((shard) => new LocalShard(shard, topology.data));
  const redis = new LocalRedis(topology.redis, topology.data);
  const roles = (
    role: OwnRole,
    entries: readonly { readonly name: string; readonly partition?: number }[],
  ): Part[] =>
    entries.map(({ name, partition }) =>
      rolePart({
        name,
        role,
        ...(partition === undefined ? {} : { partition }),
        command: [...options.roleCommand(role, name)],
        controlPath: roleControlPath(topology, name),
        logFile: roleLogFile(topology, name),
      }),
    );
  const stages: Stage[] = [
    { parts: shards.map((shard) => shard.primaryPart()) },
    {
      parts: [...shards.flatMap((shard) => shard.standbyParts()), ...redis.parts()],
      async afterwards() {
        await Promise.all([options.prepareShards(shards), redis.form()]);
      },
    },
    { parts: roles("engine", topology.engines) },
    { parts: roles("projection", topology.projections), afterwards: options.firstStart },
    { parts: roles("backend", topology.backends) },
    { parts: [edgePart(topology)] },
  ];
  return { stages, shards };
}

function refuseRemote(topology: Topology): void {
  for (const { name, host } of topology.shards.flatMap(({ primary, standbys }) => [primary, ...standbys])) {
    const folder = join(topology.data, name);
    if (host !== join(folder, "socket")) {
      throw new NotLocalError(`the shard's server ${name} is at ${host}, and not in ${folder}`);
    }
  }
  for (const { host, port } of topology.redis.nodes) {
    if (host !== "127.0.0.1") throw new NotLocalError(`the Redis node ${host}:${port} is on another machine`);
  }
}

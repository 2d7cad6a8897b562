import { readFileSync } from "node:fs";
import { type ShardEntry, shardOf, type Topology } from "../../cluster/topology/topology.js";
import { GATEWAY_ROLE } from "../../gateway/session/key-tables.js";
import { ENGINE_ROLE, READER_ROLE } from "../../journal/postgres/migrations.js";
import type { ShardAccess } from "../../journal/postgres/shard-connection.js";
import { PROJECTION_ROLE } from "../../projection/postgres/prepare-role.js";

/** What a process does with a shard decides as whom it signs in. */
const USERS = {
  engine: ENGINE_ROLE,
  reader: READER_ROLE,
  projection: PROJECTION_ROLE,
  gateway: GATEWAY_ROLE,
} as const;

export type ShardRole = keyof typeof USERS;

/** How to reach the shard of a partition. Throws as {@link shardPassword} does. */
export function shardAccess(topology: Topology, partition: number, role: ShardRole): ShardAccess {
  const shard = shardOf(topology, partition);
  return {
    servers: [shard.primary, ...shard.standbys].map(({ host, port }) => ({ host, port })),
    database: shard.database,
    user: USERS[role],
    password: shardPassword(shard, role),
    synchronous: shard.synchronous,
  };
}

/**
 * The password of a role of a shard's database; undefined when the shard asks for none. Throws when the shard's file
 * of passwords can't be read: it holds one JSON object, with the password of each role under its name (`engine`,
 * `reader`, `projection`, `gateway`).
 */
export function shardPassword(shard: ShardEntry, role: ShardRole): string | undefined {
  const file = shard.passwordsFile;
  if (file === undefined) return undefined;
  let passwords: unknown;
  try {
    passwords = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    // The error's own text could show a part of the file.
    const { code } = error as { readonly code?: string };
    throw new Error(`the passwords in ${file} can't be read: ${code ?? "it holds no JSON"}`);
  }
  const password = (passwords as Readonly<Record<string, unknown>> | null)?.[role];
  if (typeof password === "string") return password;
  throw new Error(`${file} holds no password for "${role}"`);
}

import { readFileSync } from "node:fs";
import { shardOf, type Topology } from "../../cluster/topology/topology.js";
import { ENGINE_ROLE, READER_ROLE } from "../../journal/postgres/migrations.js";
import type { ShardAccess } from "../../journal/postgres/shard-connection.js";

/** What a process does with a shard decides as whom it signs in. */
export type ShardRole = "engine" | "reader";

const USERS: Readonly<Record<ShardRole, string>> = { engine: ENGINE_ROLE, reader: READER_ROLE };

/**
 * How to reach the shard of a partition. Throws when the shard's file of passwords can't be read: it holds one JSON
 * object, with the password of each role under its name (`engine`, `reader`).
 */
export function shardAccess(topology: Topology, partition: number, role: ShardRole): ShardAccess {
  const shard = shardOf(topology, partition);
  const password = shard.passwordsFile === undefined ? undefined : passwordOf(shard.passwordsFile, role);
  return {
    servers: [shard.primary, ...shard.standbys].map(({ host, port }) => ({ host, port })),
    database: shard.database,
    user: USERS[role],
    password,
    synchronous: shard.synchronous,
  };
}

function passwordOf(file: string, role: ShardRole): string {
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

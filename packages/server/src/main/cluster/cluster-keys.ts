import { join } from "node:path";
import pg from "pg";
import type { Topology } from "../../cluster/topology/topology.js";
import { People } from "../../gateway/people/people.js";
import { openPostgresPeopleStore } from "../../gateway/people/postgres-people-store.js";
import type { KeyStore } from "../../gateway/session/key-store.js";
import { openPostgresKeyStore, type PostgresKeyStore } from "../../gateway/session/postgres-key-store.js";
import { systemClock } from "../../platform/clock.js";
import type { Logger } from "../../platform/logging.js";
import { systemTimers } from "../../platform/timers.js";
import { readKnownMaster } from "../open-people.js";
import { shardAccess } from "./shard-access.js";

/** Master key of the cluster's API keys, in its folder on every host of a backend. */
const MASTER_FILE = "keys.secret";

/** How long a server may take to answer a connection, in ms: a machine that is gone does not refuse, it is silent. */
const CONNECT_MS_MAX = 2_000;

/** Opens the keys of a cluster's gateways. They lie in partition 0's shard. Rejects as openPostgresKeyStore does. */
export function openClusterKeys(
  topology: Topology,
  onNotice: (text: string) => void,
): Promise<PostgresKeyStore> {
  return openPostgresKeyStore({
    connect: () => connectKeyShard(topology, "buttonwood keys"),
    masterFile: join(topology.data, MASTER_FILE),
    clock: systemClock,
    timers: systemTimers,
    onNotice,
  });
}

/** Opens the people who sign in at a cluster's gateways; they lie beside its keys. */
export async function openClusterPeople(topology: Topology, keys: KeyStore, logger: Logger): Promise<People> {
  const store = await openPostgresPeopleStore({
    connect: () => connectKeyShard(topology, "buttonwood people"),
    timers: systemTimers,
  });
  return new People({
    store,
    keys,
    master: await readKnownMaster(join(topology.data, MASTER_FILE)),
    clock: systemClock,
    timers: systemTimers,
    logger,
  });
}

/** Connects to whichever server of partition 0's shard takes writes. `name`: shown to the database's operators. */
export async function connectKeyShard(topology: Topology, name: string): Promise<pg.Client> {
  const { servers, database, user, password } = shardAccess(topology, 0, "gateway");
  const refusals: string[] = [];
  for (const { host, port } of servers) {
    const client = new pg.Client({
      host,
      port,
      database,
      user,
      password: password ?? "",
      application_name: name,
      connectionTimeoutMillis: CONNECT_MS_MAX,
      keepAlive: true,
    });
    // A connection that ends is noticed by the next query on it.
    client.on("error", () => {});
    try {
      await client.connect();
      const { rows } = await client.query("SELECT pg_is_in_recovery() AS standby");
      if (rows[0].standby === false) return client;
      refusals.push(`${host}:${port}: it is a standby`);
    } catch (error) {
      refusals.push(`${host}:${port}: ${(error as Error).message}`);
    }
    await client.end().catch(() => {});
  }
  throw new Error(`the keys' shard has no server that can be written to (${refusals.join("; ")})`);
}

import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import {
  type PostgresServer,
  type StandbyOptions,
  startPostgres,
  startStandby,
} from "../../../platform/servers/postgres-server.js";
import { ENGINE_ROLE } from "../migrations.js";
import { prepareShard } from "../prepare-shard.js";
import type { ShardAccess } from "../shard-connection.js";

const DATABASE = "shard";

/** Tests kill servers, not the machine: what was written to the operating system survives that. */
const SETTINGS = { fsync: "off" };

/** A shard for tests: a real primary and, if asked for, a synchronous standby, in a folder of their own. */
export class TestShard {
  readonly #folder: string;
  readonly #clients = new Set<pg.Client>();
  primary: PostgresServer;
  standby: PostgresServer | undefined;

  private constructor(folder: string, primary: PostgresServer, standby: PostgresServer | undefined) {
    this.#folder = folder;
    this.primary = primary;
    this.standby = standby;
  }

  static async start(
    options: {
      readonly synchronous?: boolean;
      readonly settings?: Readonly<Record<string, string>>;
      readonly standby?: Partial<StandbyOptions>;
    } = {},
  ): Promise<TestShard> {
    const folder = mkdtempSync(join(tmpdir(), "buttonwood-shard-"));
    // The server's own user must be able to enter it.
    chmodSync(folder, 0o711);
    const settings = { ...SETTINGS, ...options.settings };
    const isSynchronous = options.synchronous === true;
    const primary = await startPostgres({
      folder: join(folder, "primary"),
      settings,
      ...(isSynchronous ? { synchronousStandbys: "ANY 1 (standby)" } : {}),
    });
    const standby = isSynchronous
      ? await startStandby({
          folder: join(folder, "standby"),
          primary,
          name: "standby",
          settings,
          ...options.standby,
        })
      : undefined;
    const shard = new TestShard(folder, primary, standby);
    await prepareShard(shard.owner);
    return shard;
  }

  /** The superuser on the primary, over its socket. */
  get owner() {
    const { socketFolder: host, port, user } = this.primary;
    return { host, port, user, database: DATABASE };
  }

  /** As an engine signs in. */
  access(changes: Partial<ShardAccess> = {}): ShardAccess {
    const servers = [this.primary, this.standby]
      .filter((server) => server !== undefined)
      .map(({ socketFolder: host, port }) => ({ host, port }));
    return {
      servers,
      database: DATABASE,
      user: ENGINE_ROLE,
      synchronous: this.standby !== undefined,
      ...changes,
    };
  }

  /** Runs SQL on a server as its superuser; answers the last statement's rows. */
  async sql(text: string, server = this.primary): Promise<Record<string, unknown>[]> {
    const { socketFolder: host, port, user } = server;
    const client = new pg.Client({ host, port, user, database: DATABASE });
    client.on("error", () => {});
    this.#clients.add(client);
    await client.connect();
    try {
      const result = (await client.query(text)) as pg.QueryResult | pg.QueryResult[];
      return (Array.isArray(result) ? result.at(-1)! : result).rows;
    } finally {
      this.#clients.delete(client);
      await client.end();
    }
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) await client.end();
    // A primary waits for its standby to have everything.
    await this.primary.stop();
    await this.standby?.stop();
    rmSync(this.#folder, { recursive: true });
  }
}

import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import {
  type PostgresServer,
  startPostgres,
  startStandby,
} from "../../../platform/servers/postgres-server.js";
import { TcpProxy } from "../../../platform/testing/tcp-proxy.js";
import { until } from "../../../platform/testing/until.js";
import { ENGINE_ROLE } from "../migrations.js";
import { prepareShard } from "../prepare-shard.js";
import type { ShardAccess } from "../shard-connection.js";

const DATABASE = "shard";
const PASSWORD = "secret";

/** Tests kill servers, not the machine: what was written to the operating system survives that. */
const SETTINGS = { fsync: "off" };

export interface TestShardOptions {
  /** With a standby that commits wait for. */
  readonly synchronous?: boolean;
  /** The standby reaches the primary through {@link TestShard.link}. */
  readonly hasLink?: boolean;
  /** `synchronous_standby_names`; the first standby is called `standby`. */
  readonly synchronousStandbys?: string;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A shard for tests: a real primary and, if asked for, a synchronous standby, in a folder of their own. */
export class TestShard {
  readonly #folder: string;
  readonly #settings: Readonly<Record<string, string>>;
  readonly #servers: PostgresServer[];
  /** What lies between primary and standby. */
  readonly link: TcpProxy | undefined;
  primary: PostgresServer;
  standby: PostgresServer | undefined;

  private constructor(
    folder: string,
    settings: Readonly<Record<string, string>>,
    primary: PostgresServer,
    link: TcpProxy | undefined,
  ) {
    this.#folder = folder;
    this.#settings = settings;
    this.#servers = [primary];
    this.primary = primary;
    this.link = link;
  }

  static async start(options: TestShardOptions = {}): Promise<TestShard> {
    const folder = mkdtempSync(join(tmpdir(), "buttonwood-shard-"));
    // The server's own user must be able to enter it.
    chmodSync(folder, 0o711);
    const settings = { ...SETTINGS, ...options.settings };
    const synchronousStandbys = options.synchronousStandbys ?? "ANY 1 (standby)";
    const primary = await startPostgres({
      folder: join(folder, "primary"),
      settings,
      ...(options.synchronous === true ? { synchronousStandbys } : {}),
    });
    const link = options.hasLink === true ? await TcpProxy.listen(primary.port) : undefined;
    const shard = new TestShard(folder, settings, primary, link);
    if (options.synchronous === true) shard.standby = await shard.addStandby("standby", link?.port);
    await prepareShard(shard.owner, { engine: PASSWORD, reader: PASSWORD });
    return shard;
  }

  /** Makes another standby of the primary. */
  async addStandby(name: string, primaryPort?: number): Promise<PostgresServer> {
    const standby = await startStandby({
      folder: join(this.#folder, name),
      primary: this.primary,
      name,
      settings: this.#settings,
      ...(primaryPort === undefined ? {} : { primaryPort }),
    });
    this.#servers.push(standby);
    return standby;
  }

  /** Starts a server again that was killed or stopped, on its port. */
  async restart(server: PostgresServer, synchronousStandbys = ""): Promise<PostgresServer> {
    const { folder, port } = server;
    const again = await startPostgres({ folder, port, settings: this.#settings, synchronousStandbys });
    this.#servers.push(again);
    if (server === this.primary) this.primary = again;
    if (server === this.standby) this.standby = again;
    return again;
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
      password: PASSWORD,
      synchronous: this.standby !== undefined,
      ...changes,
    };
  }

  /** Runs SQL on a server as its superuser; answers the last statement's rows. */
  async sql(text: string, server = this.primary): Promise<Record<string, unknown>[]> {
    const { socketFolder: host, port, user } = server;
    const client = new pg.Client({ host, port, user, database: DATABASE });
    client.on("error", () => {});
    await client.connect();
    try {
      const result = (await client.query(text)) as pg.QueryResult | pg.QueryResult[];
      return (Array.isArray(result) ? result.at(-1)! : result).rows;
    } finally {
      await client.end();
    }
  }

  /** Resolves to the process ids of as many backends as do what a condition on `pg_stat_activity` says. */
  async backends(condition: string, count: number, server = this.primary): Promise<number[]> {
    let pids: number[] = [];
    await until(`${count} backends where ${condition}`, async () => {
      const rows = await this.sql(`SELECT pid FROM pg_stat_activity WHERE ${condition}`, server);
      pids = rows.map(({ pid }) => Number(pid));
      return pids.length === count;
    });
    return pids;
  }

  /** Sets `synchronous_standby_names` on the primary, and waits until new sessions see it. */
  async waitForStandbys(names: string): Promise<void> {
    await this.sql(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
    await this.sql("SELECT pg_reload_conf()");
    await until(`synchronous_standby_names = '${names}'`, async () => {
      const [row] = await this.sql("SHOW synchronous_standby_names");
      return row!.synchronous_standby_names === names;
    });
  }

  /** Waits until so many standbys are there that commits wait for. */
  async standbysInStep(count: number): Promise<void> {
    await until(`${count} standbys in step`, async () => {
      const [row] = await this.sql("SELECT buttonwood.synchronous_standbys() AS n");
      return row!.n === count;
    });
  }

  async stop(): Promise<void> {
    this.link?.pass();
    // A primary that is asked to stop waits for its standbys.
    await Promise.all(this.#servers.map((server) => server.kill("SIGQUIT")));
    await this.link?.close();
    rmSync(this.#folder, { recursive: true });
  }
}

import pg from "pg";
import { ProjectionUnusableError } from "../tables.js";

/** How to reach the shard that holds a partition's tables. */
export interface TablesAccess {
  /**
   * The shard's servers, in the order they are tried: the first that takes writes is used, so that a promoted
   * standby is found. `host` is a name, an address, or the folder of a Unix socket.
   */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly database: string;
  readonly user: string;
  readonly password?: string | undefined;
}

/** How long a server may take to answer a connection, in ms: a machine that is gone does not refuse, it is silent. */
const CONNECT_MS_MAX = 2_000;
/** How long a write may take, in ms; then the connection is given up, and the position tells what became of it. */
const WRITE_MS_MAX = 60_000;
/** How long a read may take, in ms: then the server ends it. */
const READ_MS_MAX = 5_000;
/** Reads at once. */
const READERS_MAX = 4;

/**
 * Settings of a session. Commits wait neither for the disk nor for a standby: what is lost with a server is read from
 * the journal again. A connection whose other end is gone holds its locks for some seconds only.
 */
const SESSION =
  "-c synchronous_commit=off -c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3";

/** int8 and numeric arrive as text, so that nothing is lost; ours are at most 2^53−1. */
const NUMBERS = new Set<number>([20, 1700]);
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format: "text") =>
    NUMBERS.has(oid) ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** Connections to a shard's primary. */
export interface ShardConnections {
  /** `host:port` of the primary. */
  readonly place: string;
  readonly writer: pg.Client;
  readonly readers: pg.Pool;
  close(): Promise<void>;
}

/**
 * Connects to the server that takes writes. Throws ProjectionUnusableError when the shard refuses who signs in, and
 * an ordinary Error when there is no such server now.
 */
export async function connectShard(access: TablesAccess, schema: string): Promise<ShardConnections> {
  const refusals: string[] = [];
  for (const server of access.servers) {
    const place = `${server.host}:${server.port}`;
    const config = {
      ...server,
      database: access.database,
      user: access.user,
      password: access.password ?? "",
      application_name: `buttonwood projection, ${schema}`,
      connectionTimeoutMillis: CONNECT_MS_MAX,
      keepAlive: true,
      types,
    };
    const options = `${SESSION} -c search_path=${schema}`;
    const writer = new pg.Client({ ...config, options, query_timeout: WRITE_MS_MAX });
    // A connection that ends is noticed by the next query on it.
    writer.on("error", () => {});
    try {
      await writer.connect();
      const { rows } = await writer.query("select pg_is_in_recovery() as standby");
      if (rows[0].standby === true) throw new Error("it is a standby");
    } catch (error) {
      await writer.end().catch(() => {});
      if (/^(28|3D)/.test((error as { code?: string }).code ?? "")) {
        throw new ProjectionUnusableError(
          `${place}: PostgreSQL refuses the connection (${(error as Error).message}). Correct the user, password or database of the shard, or prepare the shard, then start again.`,
        );
      }
      refusals.push(`${place}: ${(error as Error).message}`);
      continue;
    }
    const readers = new pg.Pool({
      ...config,
      options: `${options} -c default_transaction_read_only=on -c statement_timeout=${READ_MS_MAX}`,
      query_timeout: 2 * READ_MS_MAX,
      max: READERS_MAX,
    });
    readers.on("error", () => {});
    const close = async (): Promise<void> => {
      await Promise.all([readers.end(), writer.end().catch(() => {})]);
    };
    return { place, writer, readers, close };
  }
  throw new Error(`the shard has no server that can be written to (${refusals.join("; ")})`);
}

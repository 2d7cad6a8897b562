import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import {
  type Cell,
  type Progress,
  ProjectionUnusableError,
  type TableChanges,
  type TableQuery,
  type Tables,
  TablesLostError,
} from "../tables.js";
import { connectShard, type ShardConnections, type TablesAccess } from "./connect.js";
import { MIGRATIONS } from "./migrations.js";
import { WRITE_STATEMENT, writeArguments } from "./write-statement.js";

/** First part of the advisory locks of projections: one fills a partition's tables at a time. */
const LOCK = 0x42_54_57_50;

/** Time between two tries to take the lock, in ms. */
const LOCK_POLL_MS = 20;

/** SQLSTATE classes of errors that lie in the question, not in the connection. */
const QUESTION_ERRORS = /^(22|23|42|57014)/;

export interface PostgresTablesOptions {
  readonly access: TablesAccess;
  readonly partition: number;
}

/** For the metrics: the connections for reads. */
export interface TablesConnections {
  readonly busy: number;
  readonly idle: number;
  /** Reads that wait for one. */
  readonly waiting: number;
}

/** Query tables in a schema of the partition's shard. */
export class PostgresTables implements Tables {
  readonly name: string;
  readonly #connections: ShardConnections;
  #queries = 0;

  /**
   * Opens a partition's tables, makes them when there are none, and keeps every other projection of the partition
   * out. Throws ProjectionUnusableError when they can't be used, an ordinary Error when trying again may help.
   */
  static async open(options: PostgresTablesOptions): Promise<PostgresTables> {
    const schema = schemaOf(options.partition);
    const connections = await connectShard(options.access, schema);
    try {
      await lock(connections, options.partition);
      await migrate(connections, schema);
      return new PostgresTables(connections, schema);
    } catch (error) {
      await connections.close();
      throw error;
    }
  }

  /**
   * Drops a partition's tables and opens new ones. A projection that fills them is cut off, and finds the new ones
   * when it tries again: not before these are closed.
   */
  static async openEmpty(options: PostgresTablesOptions): Promise<PostgresTables> {
    const schema = schemaOf(options.partition);
    const connections = await connectShard(options.access, schema);
    try {
      await takeLock(connections, options.partition);
      await connections.writer.query(`drop schema if exists ${schema} cascade`);
      await migrate(connections, schema);
      return new PostgresTables(connections, schema);
    } catch (error) {
      await connections.close();
      throw error;
    }
  }

  private constructor(connections: ShardConnections, schema: string) {
    this.#connections = connections;
    this.name = `schema ${schema} at ${connections.place}`;
  }

  get connections(): TablesConnections {
    const { totalCount, idleCount, waitingCount } = this.#connections.readers;
    return { busy: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
  }

  monthOf(secondsSql: string): string {
    return `to_char(to_timestamp(${secondsSql}) at time zone 'UTC', 'YYYY-MM')`;
  }

  query<Row>(sql: string): TableQuery<Row> {
    const text = sql.replace(/\?(\d+)/g, "$$$1");
    const name = `q${++this.#queries}`;
    const { readers } = this.#connections;
    return async (...cells) =>
      (await this.#ask<Row & pg.QueryResultRow>(readers, { name, text }, cells)).rows;
  }

  async progress(): Promise<Progress> {
    const { writer } = this.#connections;
    const text = `select sequence, time_us as "timeUs", journal from progress`;
    const { rows } = await this.#ask<Progress & pg.QueryResultRow>(writer, { name: "progress", text }, []);
    return rows[0]!;
  }

  async bind(journal: string): Promise<void> {
    const text = "update progress set journal = $1";
    await this.#ask(this.#connections.writer, { name: "bind", text }, [journal]);
  }

  async write(changes: TableChanges): Promise<void> {
    const { writer } = this.#connections;
    const statement = { name: "write", text: WRITE_STATEMENT };
    const { rows } = await this.#ask<{ moved: number }>(writer, statement, writeArguments(changes));
    if (rows[0]!.moved === 1) return;
    const { sequence } = await this.progress();
    throw new Error(
      `${this.name} stands at sequence ${sequence}, not at ${changes.fromSequence}: the shard has lost what was written, or another process writes it`,
    );
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  async #ask<Row extends pg.QueryResultRow>(
    client: pg.Client | pg.Pool,
    statement: { readonly name: string; readonly text: string },
    cells: readonly Cell[],
  ): Promise<pg.QueryResult<Row>> {
    try {
      return await client.query<Row>({ ...statement, values: [...cells] });
    } catch (error) {
      const { code, message } = error as { code?: unknown; message: string };
      if (typeof code === "string" && QUESTION_ERRORS.test(code)) throw error;
      throw new TablesLostError(`${this.name}: ${message}`, { cause: error });
    }
  }
}

/** Where a partition's tables lie: several partitions may share a shard. */
export function schemaOf(partition: number): string {
  return `p${partition}_tables`;
}

async function isLocked({ writer }: ShardConnections, partition: number): Promise<boolean> {
  const { rows } = await writer.query("select pg_try_advisory_lock($1, $2) as taken", [LOCK, partition]);
  return rows[0].taken === true;
}

async function lock(connections: ShardConnections, partition: number): Promise<void> {
  if (await isLocked(connections, partition)) return;
  throw new Error(
    `${connections.place}: another projection of partition ${partition} is running, or its tables are being filled anew`,
  );
}

/** Takes the lock from whoever holds it: as the same role, it may end the other's connection. */
async function takeLock(connections: ShardConnections, partition: number): Promise<void> {
  while (!(await isLocked(connections, partition))) {
    await connections.writer.query(
      `select pg_terminate_backend(pid) from pg_locks
        where locktype = 'advisory' and classid::bigint = $1 and objid::bigint = $2 and granted
        and database = (select oid from pg_database where datname = current_database())`,
      [LOCK, partition],
    );
    await sleep(LOCK_POLL_MS);
  }
}

async function migrate({ writer, place }: ShardConnections, schema: string): Promise<void> {
  try {
    await writer.query(`create schema if not exists ${schema}`);
  } catch (error) {
    if ((error as { code?: string }).code !== "42501") throw error;
    throw new ProjectionUnusableError(
      `${place}: the projection may not make its tables (${(error as Error).message}). Prepare the shard with this version, as the database's owner, then start again.`,
    );
  }
  await writer.query("create table if not exists tables_version (version integer primary key)");
  const { rows } = await writer.query("select coalesce(max(version), 0) as version from tables_version");
  const { version } = rows[0] as { version: number };
  if (version > MIGRATIONS.length) {
    throw new ProjectionUnusableError(
      `schema ${schema} at ${place} has version ${version}, this program knows versions up to ${MIGRATIONS.length}: a newer Buttonwood wrote it. Start that version, or run "buttonwood rebuild" to fill the tables again from the journal.`,
    );
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    // One transaction each: a migration is made as a whole or not at all.
    await writer.query(
      `begin; ${MIGRATIONS[next]}; insert into tables_version (version) values (${next + 1}); commit`,
    );
  }
  // Levels that are gone stay as rows until here, where nobody waits: deleting them at each write costs more.
  await writer.query("delete from level where lots = 0");
}

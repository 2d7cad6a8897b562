import { Socket } from "node:net";
import pg from "pg";
import { JournalFailedError } from "../port.js";
import { LargeStatement, type LargeValue } from "./large-statement.js";
import { MIGRATIONS } from "./migrations.js";
import { IS_STANDBY, type Statement, SYNCHRONOUS_STANDBYS, VERSION } from "./sql.js";

/** How to reach a shard. */
export interface ShardAccess {
  /**
   * The shard's servers, in the order they are tried: the first that takes writes is used, so that a promoted
   * standby is found. `host` is a name, an address, or the folder of a Unix socket.
   */
  readonly servers: readonly { readonly host: string; readonly port: number }[];
  readonly database: string;
  readonly user: string;
  readonly password?: string | undefined;
  /** A commit must stand on a synchronous standby too. Refused where it would not. */
  readonly synchronous: boolean;
}

/** The connection has ended or must be given up: whether its last statement was done is unknown. Connect again. */
export class ConnectionLostError extends Error {
  override readonly name = "ConnectionLostError";
}

/**
 * Settings of the session. Nothing but our own watchdog ends a statement: a cancelled wait for a standby would be
 * answered as if it had been waited for. The server looks whether we are still there while it waits for a lock.
 */
const SESSION = [
  "synchronous_commit=on",
  "statement_timeout=0",
  "lock_timeout=0",
  "idle_in_transaction_session_timeout=0",
  "client_connection_check_interval=1000",
  // Else a plan may be made for every row, and its megabytes copied into it as constants.
  "plan_cache_mode=force_generic_plan",
];

/** States in which PostgreSQL ends or refuses a connection, but another one may soon do. */
const LOST_STATES = /^(?:08|57|25006$|40001$|40P01$|53300$)/;

/** Refusals that another try will not change: who signs in, and to which database. */
const FINAL_STATES = /^(?:28|3D)/;

/** A server that is gone does not say good-bye, in ms. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * One connection to a shard's primary, without reconnects, pool or time-outs of its own. Any notice ends it: a
 * synchronous wait that somebody cancelled is answered with success and only a warning.
 */
export class ShardConnection {
  readonly #client: pg.Client;
  readonly #socket: Socket;
  readonly #prepared = new Set<string>();
  /** Why it has ended. */
  #ended: Error | undefined;

  private constructor(client: pg.Client, socket: Socket) {
    this.#client = client;
    this.#socket = socket;
    client.on("error", (error) => this.#end(new ConnectionLostError(messageOf(error))));
    client.on("end", () => this.#end(new ConnectionLostError("the connection has ended")));
    client.on("notice", ({ code, message }) => {
      // 57P..: the server says good-bye. No success can follow it.
      if (code?.startsWith("57P")) this.#end(new ConnectionLostError(message ?? code));
      else {
        this.#end(
          new JournalFailedError(
            `PostgreSQL warns: ${message}. A commit that it has warned about may be on fewer servers than it must be, ` +
              "so it is not trusted: this process stops. Start it again; it then finds what is durable.",
          ),
        );
      }
    });
  }

  /**
   * Connects to the shard's primary and checks that it is what the access says. A server may take `connectTimeoutMs`
   * for the connection, and for each answer. Throws {@link ConnectionLostError}
   * when there is none now, JournalFailedError when there will be none without somebody's help.
   */
  static async open(access: ShardAccess, name: string, connectTimeoutMs: number): Promise<ShardConnection> {
    const refusals: string[] = [];
    for (const server of access.servers) {
      const place = `${server.host}:${server.port}`;
      try {
        const connection = await ShardConnection.#connect(access, server, name, connectTimeoutMs);
        const refusal = await connection.#refusal(access, place, connectTimeoutMs);
        if (refusal === undefined) return connection;
        connection.destroy();
        refusals.push(refusal);
      } catch (error) {
        if (error instanceof JournalFailedError) throw error;
        const code = codeOf(error);
        if (FINAL_STATES.test(code)) {
          throw new JournalFailedError(
            `${place}: PostgreSQL refuses the connection (${code}: ${messageOf(error)}). Nothing was changed. ` +
              "Correct the user, password or database of the shard, or prepare the shard, then start again.",
          );
        }
        refusals.push(`${place}: ${messageOf(error)}`);
      }
    }
    throw new ConnectionLostError(`the shard has no server that can be written to (${refusals.join("; ")})`);
  }

  static async #connect(
    access: ShardAccess,
    server: { readonly host: string; readonly port: number },
    name: string,
    connectTimeoutMs: number,
  ): Promise<ShardConnection> {
    const socket = new Socket();
    const client = new pg.Client({
      ...server,
      database: access.database,
      user: access.user,
      password: access.password ?? "",
      application_name: name,
      options: SESSION.map((setting) => `-c ${setting}`).join(" "),
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      stream: () => socket,
    });
    const connection = new ShardConnection(client, socket);
    try {
      await client.connect();
      return connection;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  /** Why this server can't be used now; undefined = it can. */
  async #refusal(access: ShardAccess, place: string, timeoutMs: number): Promise<string | undefined> {
    if ((await this.value(IS_STANDBY, [], timeoutMs)) === true) return `${place} is a standby`;
    await this.#checkVersion(place, timeoutMs);
    if (!access.synchronous) return undefined;
    const standbys = await this.value(SYNCHRONOUS_STANDBYS, [], timeoutMs);
    if (Number(standbys) > 0) return undefined;
    return `${place} has no synchronous standby, and this shard must have one: start it, and check synchronous_standby_names`;
  }

  async #checkVersion(place: string, timeoutMs: number): Promise<void> {
    let version: unknown;
    try {
      version = await this.value(VERSION, [], timeoutMs);
    } catch (error) {
      if (!/^(?:42P01|3F000)$/.test(codeOf(error))) throw error;
      version = 0;
    }
    if (version === MIGRATIONS.length) return;
    this.destroy();
    throw new JournalFailedError(schemaRefusal(place, Number(version)));
  }

  get isOpen(): boolean {
    return this.#ended === undefined;
  }

  /**
   * Sends a statement and resolves to its rows, or to as many empty ones as it has written. When there is no answer
   * within the time, the socket is closed. Rejects with {@link ConnectionLostError} when the outcome is unknown,
   * with JournalFailedError when the server has warned, and with pg's own error when it has refused.
   */
  async query(
    statement: Statement,
    values: readonly unknown[],
    timeoutMs: number,
  ): Promise<readonly (readonly unknown[])[]> {
    return this.#guarded(statement, timeoutMs, async () => {
      const result = await this.#client.query({ ...statement, values: [...values], rowMode: "array" });
      return result.rows.length > 0
        ? (result.rows as unknown[][])
        : new Array<unknown[]>(result.rowCount ?? 0).fill([]);
    });
  }

  /**
   * Sends a statement that writes rows, with values of any size, and resolves to the number of rows. The values must
   * not change until then. Otherwise as {@link query}.
   */
  async write(statement: Statement, values: readonly LargeValue[], timeoutMs: number): Promise<number> {
    return this.#guarded(statement, timeoutMs, async () => {
      if (!this.#prepared.has(statement.name)) {
        await this.#client.query(`PREPARE "${statement.name}" AS ${statement.text}`);
        this.#prepared.add(statement.name);
      }
      return this.#client.query(new LargeStatement(statement.name, values)).done;
    });
  }

  async #guarded<T>(statement: Statement, timeoutMs: number, send: () => Promise<T>): Promise<T> {
    if (this.#ended !== undefined) throw this.#ended;
    const watchdog = setTimeout(() => {
      this.#end(new ConnectionLostError(`no answer to "${statement.name}" within ${timeoutMs} ms`));
    }, timeoutMs);
    try {
      const result = await send();
      // Says so also where the statement itself seems to have worked.
      if (this.#ended !== undefined) throw this.#ended;
      return result;
    } catch (error) {
      if (LOST_STATES.test(codeOf(error))) this.#end(new ConnectionLostError(messageOf(error)));
      throw this.#ended ?? error;
    } finally {
      clearTimeout(watchdog);
    }
  }

  /** The first value that a statement answers; undefined when there is no row. Otherwise as {@link query}. */
  async value(statement: Statement, values: readonly unknown[], timeoutMs: number): Promise<unknown> {
    return (await this.query(statement, values, timeoutMs))[0]?.[0];
  }

  /** Says good-bye, when there is nobody to be waited for. */
  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#ended = new ConnectionLostError("the connection was closed");
    const timer = setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT_MS);
    await this.#client.end();
    clearTimeout(timer);
  }

  /** Closes the socket at once. */
  destroy(): void {
    this.#end(new ConnectionLostError("the connection was given up"));
  }

  #end(reason: Error): void {
    this.#ended ??= reason;
    this.#socket.destroy();
  }
}

/** What to do about tables of another version than this program's. */
export function schemaRefusal(place: string, version: number): string {
  if (version > MIGRATIONS.length) {
    return `${place}: the shard's journal has version ${version}, this program knows ${MIGRATIONS.length}. Nothing was changed. Start the program of the version that wrote it, or a newer one.`;
  }
  const state = version === 0 ? "holds no journal" : `holds a journal of version ${version}`;
  return `${place}: the database ${state}, this program needs version ${MIGRATIONS.length}. Prepare the shard with this version, as the database's owner, then start again.`;
}

/** SQLSTATE of an error, or "". */
export function codeOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown };
  return typeof code === "string" ? code : "";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

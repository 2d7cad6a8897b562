import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { appendFileSync, chownSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { findBinary } from "./find-binary.js";
import { freePort } from "./free-port.js";
import { makeServerFolder, type RunAs, runAs } from "./run-as.js";
import { ServerProcess } from "./server-process.js";

const run = promisify(execFile);

/** Crash recovery replays the log since the last checkpoint: minutes at worst, on a slow disk. */
const START_TIMEOUT_MS = 120_000;

/** A fast shutdown writes a checkpoint; a primary also waits until its standbys have everything. */
const STOP_TIMEOUT_MS = 30_000;

/** How long a server that was killed may still hold the folder, in ms; then it is in use by a living one. */
const OLD_SERVER_TIMEOUT_MS = 10_000;

/** The kernel's limit on a socket's path, less `/.s.PGSQL.65535`. */
const SOCKET_FOLDER_BYTES_MAX = 107 - 15;

const SUPERUSER = "postgres";

/**
 * Memory that a backend keeps for the next statement. By default the C library gives the megabytes of a large row
 * back to the system and takes them again for every row, which has cost more than the whole rest of a commit.
 */
const MEMORY = { MALLOC_TRIM_THRESHOLD_: "134217728", MALLOC_MMAP_THRESHOLD_: "67108864" };

/** Our own part of postgresql.conf. */
const SETTINGS_FILE = "buttonwood.conf";

export interface PostgresOptions {
  /** Holds everything of this server: data, sockets, log, password. Made when it is missing. */
  readonly folder: string;
  /** TCP port on 127.0.0.1; 0 or none = a free one. */
  readonly port?: number;
  /** `synchronous_standby_names`: a commit waits for these, e.g. `ANY 1 (a, b)`. Until one is there, none returns. */
  readonly synchronousStandbys?: string;
  /** In a process group of its own, which Ctrl-C at the terminal does not reach. */
  readonly detached?: boolean;
  /** Ends the start while it is under way, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Further settings of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface StandbyOptions extends PostgresOptions {
  readonly primary: PostgresServer;
  /** Its name in `synchronous_standby_names` and `pg_stat_replication`. */
  readonly name: string;
  /** Port of 127.0.0.1 it reaches the primary through, when not directly. */
  readonly primaryPort?: number;
}

/**
 * Starts PostgreSQL from the machine's own programs, as its own user when this process is root, and resolves when it
 * takes connections. An empty folder becomes a new server; one that was used before goes on, after a kill too.
 * Over 127.0.0.1 it asks for passwords; its Unix socket lies in a folder that only its user may enter, and trusts.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { folder } = options;
  const user = runAs(SUPERUSER);
  makeServerFolder(folder, user);
  makeServerFolder(join(folder, "socket"), user);
  if (!existsSync(join(folder, "data", "PG_VERSION"))) await initialize(folder, user, noSync(options));
  return PostgresServer.start(options, user);
}

/** Copies a primary into an empty folder and starts the copy as its physical standby. */
export async function startStandby(options: StandbyOptions): Promise<PostgresServer> {
  const { folder, primary, name } = options;
  const user = runAs(SUPERUSER);
  makeServerFolder(folder, user);
  makeServerFolder(join(folder, "socket"), user);
  writePassword(folder, primary.password, user);
  const port = options.primaryPort ?? primary.port;
  const source = `host=127.0.0.1 port=${port} user=${SUPERUSER} application_name=${name} connect_timeout=5`;
  await run(
    findBinary("pg_basebackup"),
    // -R writes the standby's settings, with the password, into the copy.
    ["-D", join(folder, "data"), "-d", source, "-R", "-X", "stream", "-c", "fast", ...noSync(options)],
    { ...user, cwd: "/", env: { ...process.env, PGPASSWORD: primary.password } },
  );
  return PostgresServer.start(options, user);
}

/** A running PostgreSQL. Stop it, or start another one from its folder after {@link PostgresServer.kill}. */
export class PostgresServer {
  readonly folder: string;
  readonly port: number;
  /** Name of the superuser; over the socket no password is asked. */
  readonly user = SUPERUSER;
  readonly password: string;
  readonly #process: ServerProcess;
  readonly #runAs: RunAs;

  private constructor(folder: string, port: number, process: ServerProcess, user: RunAs) {
    this.folder = folder;
    this.port = port;
    this.password = readFileSync(join(folder, "password"), "utf8");
    this.#process = process;
    this.#runAs = user;
  }

  /** @internal Use {@link startPostgres} or {@link startStandby}. */
  static async start(options: PostgresOptions, user: RunAs): Promise<PostgresServer> {
    const { folder, signal } = options;
    const data = join(folder, "data");
    const untilMs = performance.now() + OLD_SERVER_TIMEOUT_MS;
    for (;;) {
      signal?.throwIfAborted();
      const port = options.port || (await freePort());
      writeSettings(folder, port, options);
      const server = await ServerProcess.start({
        file: findBinary("postgres"),
        args: ["-D", data],
        user,
        logFile: join(folder, "postgres.log"),
        detached: options.detached,
        env: { ...process.env, ...MEMORY },
      });
      const abort = (): void => server.signal("SIGKILL");
      signal?.addEventListener("abort", abort);
      try {
        await server.ready(() => isReady(data, server.pid), START_TIMEOUT_MS);
        return new PostgresServer(folder, port, server, user);
      } catch (error) {
        signal?.throwIfAborted();
        const log = server.log();
        // Backends of a server that was killed hold its memory until they notice.
        const isOldAlive = /shared memory block .* is still in use|lock file .* already exists/.test(log);
        const isPortTaken = /could not bind .*in use/i.test(log);
        if (isPortTaken && options.port) {
          throw new Error(`port ${port} is taken by another program, so PostgreSQL can't use it`, {
            cause: error,
          });
        }
        if ((!isOldAlive && !isPortTaken) || performance.now() > untilMs) throw error;
        await sleep(50);
      } finally {
        signal?.removeEventListener("abort", abort);
      }
    }
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Where its Unix socket lies: a host for `pg`. */
  get socketFolder(): string {
    return join(this.folder, "socket");
  }

  /** Resolves when the server has ended, for whatever reason. */
  get exited(): Promise<void> {
    return this.#process.exited;
  }

  /** A connection string over TCP. */
  url(database = "postgres", user = this.user, password = this.password): string {
    return `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${this.port}/${database}`;
  }

  /** Ends it in order: connections are closed, everything is written. */
  stop(): Promise<void> {
    return this.#process.stop("SIGINT", STOP_TIMEOUT_MS);
  }

  /** Ends it as a crash would, and resolves when it is gone. SIGQUIT also ends its backends before. */
  kill(signal: "SIGKILL" | "SIGQUIT" = "SIGKILL"): Promise<void> {
    return this.#process.stop(signal, STOP_TIMEOUT_MS);
  }

  /** Turns a standby into a primary; resolves when it takes writes. */
  async promote(): Promise<void> {
    await run(findBinary("pg_ctl"), ["promote", "-w", "-D", join(this.folder, "data")], {
      ...this.#runAs,
      cwd: "/",
    });
  }
}

/** Makes a new server in an empty folder. */
async function initialize(folder: string, user: RunAs, more: readonly string[]): Promise<void> {
  writePassword(folder, randomBytes(24).toString("hex"), user);
  const options = [
    "-D",
    join(folder, "data"),
    "-U",
    SUPERUSER,
    "--encoding=UTF8",
    "--locale=C",
    "--data-checksums",
  ];
  const logins = ["--auth-local=trust", "--auth-host=scram-sha-256", `--pwfile=${join(folder, "password")}`];
  await run(findBinary("initdb"), [...options, ...logins, ...more], { ...user, cwd: "/" });
}

/** A server that is not asked to survive the machine need not wait for its disk when it is made. */
function noSync({ settings }: PostgresOptions): readonly string[] {
  return settings?.fsync === "off" ? ["--no-sync"] : [];
}

/** The superuser's password, for connections over TCP. */
function writePassword(folder: string, password: string, user: RunAs): void {
  const file = join(folder, "password");
  writeFileSync(file, password, { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(file, user.uid, user.gid);
}

/** Writes the file that postgresql.conf includes: what the options say, on every start. */
function writeSettings(folder: string, port: number, options: PostgresOptions): void {
  const socket = join(folder, "socket");
  if (Buffer.byteLength(socket) > SOCKET_FOLDER_BYTES_MAX) {
    throw new Error(
      `the path ${socket} is longer than ${SOCKET_FOLDER_BYTES_MAX} bytes, too long for a Unix socket in it: choose a shorter folder`,
    );
  }
  const settings = {
    listen_addresses: "127.0.0.1",
    port: String(port),
    unix_socket_directories: socket,
    // Below this, a commit could be answered before it is on disk, here or on the standby.
    fsync: "on",
    synchronous_commit: "on",
    synchronous_standby_names: options.synchronousStandbys ?? "",
    // A standby that was away for a while finds what it missed.
    wal_keep_size: "256MB",
    // One that lost its primary looks for it again soon: until it is back, commits wait.
    wal_retrieve_retry_interval: "250ms",
    ...options.settings,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  const main = join(folder, "data", "postgresql.conf");
  const include = `include = '${SETTINGS_FILE}'\n`;
  if (!readFileSync(main, "utf8").includes(include)) appendFileSync(main, include);
  writeFileSync(join(folder, "data", SETTINGS_FILE), `${lines.join("\n")}\n`);
}

/** Whether the server's own note says that it takes connections: line 1 is its process, line 8 its state. */
function isReady(data: string, pid: number): boolean {
  try {
    const lines = readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
    return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
  } catch {
    return false;
  }
}

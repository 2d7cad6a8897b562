import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { appendFileSync, chownSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { findProgram, freePort, makeFolderOf, type Program, runAs, startProgram } from "./program.js";
import type { PostgresAddress, TcpAddress } from "./settings.js";

const run = promisify(execFile);

/** A PostgreSQL and a Redis for one measurement. */
export interface OwnServers {
  readonly postgres: PostgresAddress;
  readonly redis: TcpAddress;
  /** The first process of each; its others are below it. */
  readonly pids: { readonly postgres: number; readonly redis: number };
  /** Ends both and removes their folder. */
  stop(): Promise<void>;
}

/**
 * Starts both from the machine's own programs, empty, on free ports of 127.0.0.1. The folder is made, and its parent
 * must be one that the servers' users may enter. PostgreSQL keeps its own settings (fsync, synchronous_commit).
 */
export async function startOwnServers(folder: string): Promise<OwnServers> {
  mkdirSync(folder, { mode: 0o755 });
  const programs: Program[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(programs.map((program) => program.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const password = randomBytes(16).toString("hex");
    const postgresPort = await freePort();
    programs.push(await startPostgres(join(folder, "postgres"), postgresPort, password));
    const redisPort = await freePort();
    programs.push(await startRedis(join(folder, "redis"), redisPort));
    const [postgres, redis] = programs as [Program, Program];
    const host = "127.0.0.1";
    return {
      postgres: { host, port: postgresPort, user: "postgres", database: "postgres", password },
      redis: { host, port: redisPort },
      pids: { postgres: postgres.pid, redis: redis.pid },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startPostgres(folder: string, port: number, password: string): Promise<Program> {
  const user = runAs("postgres");
  makeFolderOf(user, folder);
  const data = join(folder, "data");
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(passwordFile, user.uid, user.gid);
  const logins = ["--auth-local=trust", "--auth-host=scram-sha-256", `--pwfile=${passwordFile}`];
  const options = ["-D", data, "-U", "postgres", "--encoding=UTF8", "--locale=C", "--data-checksums"];
  await run(findProgram("initdb", "postgresql"), [...options, ...logins], { ...user, cwd: "/" });
  appendFileSync(
    join(data, "postgresql.conf"),
    `listen_addresses = '127.0.0.1'\nport = ${port}\nunix_socket_directories = ''\n`,
  );
  return startProgram({
    file: findProgram("postgres", "postgresql"),
    args: ["-D", data],
    user,
    logFile: join(folder, "postgres.log"),
    stopSignal: "SIGINT",
    // Its own note says that it takes connections: line 8 is its state.
    isReady: () => readIfThere(join(data, "postmaster.pid")).split("\n")[7]?.trim() === "ready",
  });
}

function startRedis(folder: string, port: number): Promise<Program> {
  const user = runAs("redis");
  makeFolderOf(user, folder);
  const settings = { bind: "127.0.0.1", port: String(port), dir: folder, save: "", appendonly: "no" };
  return startProgram({
    file: findProgram("redis-server", "redis-server"),
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    user,
    logFile: join(folder, "redis.log"),
    stopSignal: "SIGTERM",
    isReady: () => isListening(port),
  });
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("close", () => socket.destroy());
    socket.once("connect", () => socket.destroy());
  });
}

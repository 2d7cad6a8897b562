/** Programs of other servers that a measurement starts from the machine's own packages. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  accessSync,
  chownSync,
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Time between two looks at a program that is starting, in ms. */
const READY_POLL_MS = 20;
/** A loaded machine may take its time. */
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;

const POSTGRES_VERSIONS = "/usr/lib/postgresql";
const SERVER_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/usr/local/bin", "/usr/bin"];

/** Whom to run a program as; empty = as this process. */
export interface RunAs {
  readonly uid?: number;
  readonly gid?: number;
}

/** When this process is root, the server's own unprivileged user, which its Debian package has made. */
export function runAs(user: string): RunAs {
  if (process.getuid?.() !== 0) return {};
  const entry = readFileSync("/etc/passwd", "utf8").match(new RegExp(`^${user}:[^:]*:(\\d+):(\\d+):`, "m"));
  if (entry === null)
    throw new Error(`there is no user ${user} on this machine, and a server must not run as root`);
  return { uid: Number(entry[1]), gid: Number(entry[2]) };
}

/** Makes a folder for nobody but a server's user. */
export function makeFolderOf(user: RunAs, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid);
}

/** Path of an installed program, PostgreSQL's of the newest version. Throws and names the Debian package. */
export function findProgram(name: string, packageName: string): string {
  const versions = packageName === "postgresql" ? foldersIn(POSTGRES_VERSIONS) : [];
  const folders = [
    ...versions.map((version) => join(POSTGRES_VERSIONS, version, "bin")),
    ...(process.env.PATH ?? "").split(":"),
    ...SERVER_FOLDERS,
  ];
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found === undefined) throw new Error(`${name} is not installed: apt-get install ${packageName}`);
  return found;
}

/** A port of 127.0.0.1 that nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

export interface Program {
  readonly pid: number;
  /** Asks it to end, kills it when it does not, and resolves when it is gone. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly file: string;
  readonly args: readonly string[];
  readonly user: RunAs;
  readonly logFile: string;
  readonly stopSignal: NodeJS.Signals;
  /** Its children would go on without it: they are ended with it. */
  readonly endsChildren?: boolean;
  /** Asked again and again while it starts. */
  readonly isReady: (pid: number) => boolean | Promise<boolean>;
}

const running = new Set<() => void>();
process.on("exit", () => {
  for (const kill of running) kill();
});

/** Starts a program; it ends with this process. Rejects with its log. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { file, args, user, logFile, stopSignal, endsChildren = false, isReady } = options;
  const log = openSync(logFile, "w", 0o600);
  const child = spawn(file, args, { ...user, cwd: "/", stdio: ["ignore", log, log], detached: endsChildren });
  closeSync(log);
  await once(child, "spawn");
  const kill = (): void => {
    if (endsChildren) killGroup(child);
    else child.kill("SIGKILL");
  };
  running.add(kill);
  let hasEnded = false;
  const ended = once(child, "exit").then(() => {
    hasEnded = true;
    // What is left of its group.
    if (endsChildren) kill();
    running.delete(kill);
  });
  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    const timer = setTimeout(kill, STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  };
  const untilMs = performance.now() + START_TIMEOUT_MS;
  while (!(await isReady(child.pid!))) {
    if (hasEnded || performance.now() > untilMs) {
      await stop("SIGKILL");
      throw new Error(`${file} did not start:\n${readFileSync(logFile, "utf8").trim()}`);
    }
    await sleep(READY_POLL_MS);
  }
  return { pid: child.pid!, stop: () => stop(stopSignal) };
}

function killGroup(leader: ChildProcess): void {
  try {
    process.kill(-leader.pid!, "SIGKILL");
  } catch {
    // Nothing is left.
  }
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort((a, b) => Number(b) - Number(a));
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

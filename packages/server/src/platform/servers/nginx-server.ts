import { execFile } from "node:child_process";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { findBinary } from "./find-binary.js";
import { makeServerFolder, type RunAs, runAs } from "./run-as.js";
import { ServerProcess } from "./server-process.js";

const run = promisify(execFile);

/** nginx's own user, made by its Debian package. */
const USER = "www-data";

/** It listens at once; a loaded machine may take its time. */
const START_TIMEOUT_MS = 20_000;

/** Longer than the `worker_shutdown_timeout` of its configuration, after which it cuts what is still open. */
const STOP_TIMEOUT_MS = 10_000;

const CONFIG_FILE = "nginx.conf";
const PID_FILE = "nginx.pid";

export interface NginxOptions {
  /** Its prefix: the configuration's relative paths begin here. Made when it is missing. */
  readonly folder: string;
  /** The whole configuration. Its `pid` is `nginx.pid`, and every path lies in the folder. */
  readonly config: string;
}

/** A configuration that nginx refuses; the message holds its own words. */
export class NginxConfigError extends Error {
  override readonly name = "NginxConfigError";
}

/**
 * Starts nginx from the machine's own program, wholly as its own user when this process is root, and resolves when
 * it listens. Throws {@link NginxConfigError}; when a port is taken, the error shows what nginx says.
 */
export async function startNginx(options: NginxOptions): Promise<NginxServer> {
  const { folder, config } = options;
  const user = runAs(USER);
  makeServerFolder(folder, user);
  await installConfig(folder, config, user);
  const server = await ServerProcess.start({
    file: findBinary("nginx"),
    args: [...argumentsOf(folder, CONFIG_FILE), "-g", "daemon off;"],
    user,
    logFile: join(folder, "nginx.log"),
    // Workers whose master was killed would hold the port for ever.
    endsChildren: true,
  });
  await server.ready(() => noted(folder) === server.pid, START_TIMEOUT_MS);
  return new NginxServer(folder, server, user);
}

/** A running nginx. */
export class NginxServer {
  readonly #folder: string;
  readonly #process: ServerProcess;
  readonly #user: RunAs;

  constructor(folder: string, process: ServerProcess, user: RunAs) {
    this.#folder = folder;
    this.#process = process;
    this.#user = user;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Resolves when it has ended, for whatever reason. */
  get exited(): Promise<void> {
    return this.#process.exited;
  }

  /**
   * Begins to use another configuration; what is under way ends under the old one. Throws {@link NginxConfigError}
   * and goes on with the old one.
   */
  async reload(config: string): Promise<void> {
    await installConfig(this.#folder, config, this.#user);
    this.#process.signal("SIGHUP");
  }

  /** Answers what is under way, and ends. */
  stop(): Promise<void> {
    return this.#process.stop("SIGQUIT", STOP_TIMEOUT_MS);
  }

  /** Ends it as a crash would, its workers too. */
  kill(): Promise<void> {
    return this.#process.stop("SIGKILL", 0);
  }
}

/** Lets nginx test a configuration, then puts it in place. */
async function installConfig(folder: string, config: string, user: RunAs): Promise<void> {
  const tested = `${CONFIG_FILE}.new`;
  writeFileSync(join(folder, tested), config, { mode: 0o600 });
  makeServerFolder(folder, user);
  try {
    await run(findBinary("nginx"), [...argumentsOf(folder, tested), "-q", "-t"], { ...user, cwd: "/" });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    if (stderr === undefined) throw error;
    throw new NginxConfigError(`nginx refuses its configuration ${join(folder, tested)}:\n${stderr.trim()}`);
  }
  renameSync(join(folder, tested), join(folder, CONFIG_FILE));
}

function argumentsOf(folder: string, configFile: string): string[] {
  return ["-p", folder, "-c", configFile, "-e", "stderr"];
}

/** The process that has noted itself in the folder: it does so when it listens. */
function noted(folder: string): number {
  try {
    return Number(readFileSync(join(folder, PID_FILE), "utf8"));
  } catch {
    return 0;
  }
}

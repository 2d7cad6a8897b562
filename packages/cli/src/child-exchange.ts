import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AdminClient } from "./admin-client.js";
import { CommandFailure } from "./terminal/failure.js";

/** A fresh exchange on an empty folder starts in about a second, a cluster in 15; a busy machine takes longer. */
const START_MS_MAX = 180_000;
const STOP_MS_MAX = 30_000;

/** An exchange that a command started for itself, on a folder that goes with it. */
export interface ChildExchange {
  readonly url: string;
  /** Where a cluster's backends listen; empty for one process. */
  readonly backends: readonly string[];
  readonly pid: number;
  readonly data: string;
  readonly admin: AdminClient;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

/** What the command line says of it as JSON. */
interface Opened {
  readonly url: string;
  readonly backends?: readonly string[];
}

/**
 * Starts a fresh exchange as a process of its own, on a free port. `parent` is where its folder is made, `command`
 * which kind it is: a cluster's processes are below it.
 */
export async function startChildExchange(
  parent: string = tmpdir(),
  command: readonly string[] = ["start"],
): Promise<ChildExchange> {
  const data = await mkdtemp(join(parent, "buttonwood-"));
  // A cluster that root starts runs its servers as users of their own, who must reach their folders in it.
  await chmod(data, 0o711);
  const bin = fileURLToPath(new URL("../bin/buttonwood.js", import.meta.url));
  const child = spawn(process.execPath, [bin, ...command, "--port", "0", "--data", data, "--json"], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-4_000);
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const kill = (): void => {
    child.kill("SIGKILL");
  };
  process.once("exit", kill);
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    const timer = setTimeout(kill, STOP_MS_MAX);
    await ended;
    clearTimeout(timer);
    process.off("exit", kill);
    await rm(data, { recursive: true, force: true });
  };
  try {
    const { url, backends = [] } = await new Promise<Opened>((resolve, reject) => {
      let stdout = "";
      const timer = setTimeout(() => reject(new Error("it was not ready in time")), START_MS_MAX);
      child.stdout.on("data", (chunk: Buffer) => {
        stdout += chunk.toString();
        const end = stdout.indexOf("\n");
        if (end < 0) return;
        clearTimeout(timer);
        resolve(JSON.parse(stdout.slice(0, end)) as Opened);
      });
      child.once("close", (code) => {
        clearTimeout(timer);
        reject(new Error(`it ended with ${code}`));
      });
    });
    return { url, backends, pid: child.pid!, data, admin: new AdminClient(data), stop };
  } catch (error) {
    await stop();
    throw new CommandFailure(
      `a fresh exchange could not be started: ${(error as Error).message}.`,
      `Nothing was measured. Its last words:\n${stderr}`,
      `Try \`buttonwood ${command.join(" ")} --data SOME_EMPTY_FOLDER\` by hand.`,
    );
  }
}

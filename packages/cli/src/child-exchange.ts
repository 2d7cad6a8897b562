import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AdminClient } from "./admin-client.js";
import { CommandFailure } from "./terminal/failure.js";

/** A fresh exchange on an empty folder starts in about a second; a busy machine takes longer. */
const START_MS_MAX = 60_000;
const STOP_MS_MAX = 30_000;

/** An exchange that a command started for itself, on a folder that goes with it. */
export interface ChildExchange {
  readonly url: string;
  readonly pid: number;
  readonly data: string;
  readonly admin: AdminClient;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

/** Starts a fresh exchange as a process of its own. `parent` is where its folder is made. */
export async function startChildExchange(parent: string = tmpdir()): Promise<ChildExchange> {
  const data = await mkdtemp(join(parent, "buttonwood-"));
  const bin = fileURLToPath(new URL("../bin/buttonwood.js", import.meta.url));
  const child = spawn(process.execPath, [bin, "start", "--port", "0", "--data", data, "--json"], {
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
    const url = await new Promise<string>((resolve, reject) => {
      let stdout = "";
      const timer = setTimeout(() => reject(new Error("it was not ready in time")), START_MS_MAX);
      child.stdout.on("data", (chunk: Buffer) => {
        stdout += chunk.toString();
        const end = stdout.indexOf("\n");
        if (end < 0) return;
        clearTimeout(timer);
        resolve((JSON.parse(stdout.slice(0, end)) as { url: string }).url);
      });
      child.once("close", (code) => {
        clearTimeout(timer);
        reject(new Error(`it ended with ${code}`));
      });
    });
    return { url, pid: child.pid!, data, admin: new AdminClient(data), stop };
  } catch (error) {
    await stop();
    throw new CommandFailure(
      `a fresh exchange could not be started: ${(error as Error).message}.`,
      `Nothing was measured. Its last words:\n${stderr}`,
      "Try `buttonwood start --data SOME_EMPTY_FOLDER` by hand.",
    );
  }
}

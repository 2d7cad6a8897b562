/** Runs the built command line as a process of its own, for tests. */

import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/buttonwood.js", import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end. */
export function run(...args: string[]): Promise<Ran> {
  return watch(spawnCli(args)).ended;
}

/** Runs it to its end while its standard input stays open, as a supervisor's does. */
export function runSupervised(...args: string[]): Promise<Ran> {
  return watch(spawnCli(args, "pipe")).ended;
}

/** Runs it to its end while nobody reads its stdout. */
export function runUnread(...args: string[]): Promise<Ran> {
  const child = spawnCli(args);
  const { ended } = watch(child);
  child.stdout!.destroy();
  return ended;
}

/** An exchange that was started by the command line. */
export interface Started {
  readonly url: string;
  readonly pid: number;
  /** Where operators sign in. */
  readonly consoleUrl: string;
  /** Where it listens over TLS, when it was told to. */
  readonly tls: { readonly url: string; readonly certificateFile: string } | undefined;
  /** Ends it with a signal and answers how it ended. */
  stop(signal: NodeJS.Signals): Promise<Ran>;
}

/** Runs `start --json` until it says where it listens. */
export async function startCli(...args: string[]): Promise<Started> {
  const child = spawnCli(["start", "--json", "--port", "0", ...args]);
  const watched = watch(child);
  const first = await Promise.race([watched.firstLine, watched.ended]);
  if (typeof first !== "string") throw new Error(`start ended with ${first.code}:\n${first.stderr}`);
  const { url, pid, consoleUrl, tls } = JSON.parse(first) as Omit<Started, "stop">;
  return {
    url,
    pid,
    consoleUrl,
    tls,
    stop(signal) {
      child.kill(signal);
      return watched.ended;
    },
  };
}

/** An error has three parts: what happened, what it means, what to do. */
export function assertThreeParts(stderr: string): void {
  assert.match(stderr, /^error: .+\n {2}.+\n {2}.+/m);
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

function spawnCli(args: readonly string[], stdin: "ignore" | "pipe" = "ignore"): ChildProcess {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: [stdin, "pipe", "pipe"] });
  running.add(child);
  return child;
}

function watch(child: ChildProcess): { readonly firstLine: Promise<string>; readonly ended: Promise<Ran> } {
  let stdout = "";
  let stderr = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const firstLine = new Promise<string>((resolve) => {
    child.stdout!.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      const end = stdout.indexOf("\n");
      if (end >= 0) resolve(stdout.slice(0, end));
    });
  });
  const ended = new Promise<Ran>((resolve) => {
    child.on("close", (code) => {
      running.delete(child);
      resolve({ code, stdout, stderr });
    });
  });
  return { firstLine, ended };
}

import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { LoadMessage, LoadPlan, LoadResult } from "./plan.js";

const fileOf = (name: string): string => fileURLToPath(new URL(`./${name}`, import.meta.url));

/**
 * Runs the load generator to its end. `fraction` and `answers` are of the timed part, and 0 before it. Rejects when it can't connect,
 * or dies.
 */
export function runLoad(
  plan: LoadPlan,
  onProgress: (fraction: number, answersPerSecond: number, answers: number) => void,
): Promise<LoadResult> {
  return new Promise((resolve, reject) => {
    const child = fork(fileOf("load-generator.js"), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    let settled = false;
    child.on("message", (message: LoadMessage) => {
      switch (message.kind) {
        case "warm-up":
          onProgress(0, message.answersPerSecond, 0);
          break;
        case "progress":
          onProgress(message.fraction, message.answersPerSecond, message.answers);
          break;
        case "result":
          settled = true;
          resolve(message.result);
          break;
        case "failed":
          settled = true;
          reject(new Error(`the load generator failed: ${message.message}`));
          break;
      }
    });
    child.on("exit", (code, signal) => {
      if (!settled) reject(new Error(`the load generator ended early (${code ?? signal})`));
    });
    child.send(plan);
  });
}

/** A bare HTTP server to compare with, in a process of its own. */
export interface BareServer {
  readonly port: number;
  readonly pid: number;
  stop(): void;
}

export function startBare(): Promise<BareServer> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = fork(fileOf("bare-fastify.js"), {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    child.once("message", ({ port }: { port: number }) => {
      resolve({ port, pid: child.pid!, stop: () => void child.kill("SIGKILL") });
    });
    child.once("exit", (code, signal) => reject(new Error(`the bare server ended (${code ?? signal})`)));
  });
}

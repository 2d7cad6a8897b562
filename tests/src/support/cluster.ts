/** A real cluster for a test: `buttonwood cluster up` as a process of its own, with everything that it starts. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { type ApiKey, buttonwood, CLI, freePort, ROOT, temporaryFolder } from "./exchange.js";

/** Longer than any start or stop takes on a busy machine; a hang is then a failure with the log beside it. */
const START_MS_MAX = 180_000;
const STOP_MS_MAX = 60_000;

/** A process of the cluster, as `cluster status --json` tells it. */
export interface ClusterPart {
  readonly name: string;
  readonly role: string;
  readonly pid?: number;
  readonly state: string;
  readonly partition?: number;
  readonly leads?: boolean;
  readonly epoch?: number;
  readonly sequence?: number;
  readonly restarts: number;
}

export class LocalCluster {
  readonly data: string;
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | string>;
  #log = "";
  keys: Readonly<Record<"alice" | "bob", ApiKey>> = {
    alice: { apiKey: "", secretKey: "" },
    bob: { apiKey: "", secretKey: "" },
  };

  private constructor(data: string, port: number, args: readonly string[]) {
    this.data = data;
    this.port = port;
    const options = ["--data", data, "--port", String(port), "--json"];
    this.#child = spawn(process.execPath, [CLI, "cluster", "up", ...options, ...args], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    process.once("exit", () => this.#child.kill("SIGKILL"));
    this.#ended = new Promise((resolve) => {
      this.#child.on("close", (code, signal) => resolve(code ?? signal ?? "unknown"));
    });
    this.#child.stderr!.on("data", (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString()).slice(-50_000);
    });
  }

  /** Starts one in a new folder, and waits until it takes orders. A failure shows what it said. */
  static async start(...args: string[]): Promise<LocalCluster> {
    const folder = await temporaryFolder();
    // PostgreSQL, Redis and nginx run as users of their own.
    await chmod(folder, 0o711);
    const cluster = new LocalCluster(join(folder, "c"), await freePort(), args);
    const ready = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("it was not ready in time")), START_MS_MAX);
      let stdout = "";
      cluster.#child.stdout!.on("data", (chunk: Buffer) => {
        stdout += chunk.toString();
        if (!stdout.includes("\n")) return;
        clearTimeout(timer);
        resolve();
      });
      void cluster.#ended.then((how) => {
        clearTimeout(timer);
        reject(new Error(`it ended with ${how}`));
      });
    });
    try {
      await ready;
    } catch (error) {
      await cluster.remove();
      throw new Error(`the cluster did not start: ${(error as Error).message}; it said:\n${cluster.#log}`);
    }
    cluster.keys = JSON.parse(await readFile(join(cluster.data, "demo-keys.json"), "utf8"));
    return cluster;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get webSocketUrl(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Runs `buttonwood cluster …` on it and answers its JSON. */
  async command<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await buttonwood("cluster", ...args, "--data", this.data, "--json");
    if (code !== 0) throw new Error(`cluster ${args.join(" ")} ended with ${code}:\n${stderr}`);
    return JSON.parse(stdout) as T;
  }

  async parts(): Promise<readonly ClusterPart[]> {
    return (await this.command<{ readonly parts: readonly ClusterPart[] }>("status")).parts;
  }

  /** Resolves with the exit code of `cluster up`, when it has ended. */
  get ended(): Promise<number | string> {
    return this.#ended;
  }

  /** Stops it if it runs, and removes its data. */
  async remove(): Promise<void> {
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS_MAX);
    await this.#ended;
    clearTimeout(timer);
    await rm(join(this.data, ".."), { recursive: true, force: true });
  }
}

/** A real cluster for a test: `buttonwood cluster up` as a process of its own, with everything that it starts. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmod, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { parse } from "yaml";
import { eventually } from "./eventually.js";
import { type ApiKey, buttonwood, CLI, type CliResult, freePort, ROOT, temporaryFolder } from "./exchange.js";
import { unlimitedKeys } from "./operator.js";
import { SignedClient } from "./signed-client.js";

/** Longer than any start or stop takes on a busy machine; a hang is then a failure with the log beside it. */
const START_MS_MAX = 180_000;
const STOP_MS_MAX = 60_000;
const START_ATTEMPTS = 3;
const ANSWER_MS_MAX = 60_000;
/** Answers without a gateway that does not know a key, after which all do. */
const KNOWN_IN_A_ROW = 40;

/** What these tests read of a cluster's `topology.yaml`. */
export interface Topology {
  readonly partitions: readonly { readonly shard: string; readonly symbols: readonly string[] }[];
  readonly shards: readonly (ShardServer & { readonly standbys?: readonly ShardServer[] })[];
  readonly redis: { readonly password: string; readonly nodes: readonly string[] };
}

/** `host` is the folder of its socket, from the cluster's folder on. */
export interface ShardServer {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** A process of the cluster, as `cluster status --json` tells it. */
export interface ClusterPart {
  readonly name: string;
  readonly role: "postgres" | "redis" | "engine" | "projection" | "backend" | "nginx";
  readonly pid?: number;
  readonly state: string;
  readonly partition?: number;
  readonly leads?: boolean;
  readonly epoch?: number;
  readonly sequence?: number;
  readonly lag?: number;
  readonly perSecond?: number;
  readonly commitMs?: number;
  readonly cpuPercent?: number;
  readonly restarts: number;
}

/** Asked to stop, a cluster takes its servers with it: they would outlive it else. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const) {
  process.once(signal, () => process.exit(code));
}

export class LocalCluster {
  readonly data: string;
  readonly port: number;
  #child: ChildProcess | undefined;
  #ended: Promise<number | string> = Promise.resolve(0);
  #log = "";
  #topology: Topology | undefined;
  keys: Readonly<Record<"alice" | "bob", ApiKey>> = {
    alice: { apiKey: "", secretKey: "" },
    bob: { apiKey: "", secretKey: "" },
  };

  private constructor(data: string, port: number) {
    this.data = data;
    this.port = port;
  }

  /** Starts one in a new folder, and waits until it takes orders. A failure shows what it said. */
  static async start(...args: string[]): Promise<LocalCluster> {
    for (let attempt = 1; ; attempt++) {
      const folder = await temporaryFolder();
      // PostgreSQL, Redis and nginx run as users of their own.
      await chmod(folder, 0o711);
      const cluster = new LocalCluster(join(folder, "c"), await freePort());
      try {
        await cluster.up("--port", String(cluster.port), ...args);
        cluster.keys = JSON.parse(await readFile(join(cluster.data, "demo-keys.json"), "utf8"));
        return cluster;
      } catch (error) {
        await cluster.remove();
        // Ports that were free may have been taken by another test a moment later.
        const isLost = /is taken by another program/.test((error as Error).message);
        if (!isLost || attempt === START_ATTEMPTS) throw error;
      }
    }
  }

  /** Starts it on its folder, and waits until it takes orders. A failure shows what it said. */
  async up(...args: string[]): Promise<void> {
    const child = spawn(process.execPath, [CLI, "cluster", "up", "--data", this.data, "--json", ...args], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    running.add(child);
    this.#ended = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        running.delete(child);
        resolve(code ?? signal ?? "unknown");
      });
    });
    this.#log = "";
    child.stderr.on("data", (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString()).slice(-50_000);
    });
    const isReady = new Promise<undefined>((resolve) => {
      let stdout = "";
      child.stdout.on("data", (chunk: Buffer) => {
        stdout += chunk.toString();
        if (stdout.includes("\n")) resolve(undefined);
      });
    });
    let timer: NodeJS.Timeout | undefined;
    const isLate = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve("it was not ready in time"), START_MS_MAX);
    });
    const failure = await Promise.race([isReady, this.#ended.then((how) => `it ended with ${how}`), isLate]);
    clearTimeout(timer);
    if (failure !== undefined) {
      throw new Error(`the cluster did not start: ${failure}; it said:\n${this.#log}`);
    }
    this.#topology = parse(await readFile(join(this.data, "topology.yaml"), "utf8")) as Topology;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get webSocketUrl(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** From now on its keys are such for which no rate limits hold. Resolves when every gateway knows them. */
  async takeUnlimitedKeys(): Promise<void> {
    this.keys = await unlimitedKeys(this);
    let inARow = 0;
    await eventually("every gateway to know the keys", async () => {
      for (const key of Object.values(this.keys)) {
        // On a connection of its own each, so that it may be any gateway that answers.
        const client = new SignedClient(this.url, key, 1);
        const { status } = await client
          .signed("GET", "/api/v3/rateLimit/order")
          .finally(() => client.close());
        inARow = status === 200 ? inARow + 1 : 0;
      }
      return inARow >= KNOWN_IN_A_ROW ? true : undefined;
    });
  }

  /** Runs `buttonwood cluster …` on its folder to the end. */
  run(...args: string[]): Promise<CliResult> {
    return buttonwood("cluster", ...args, "--data", this.data);
  }

  /** Runs `buttonwood cluster …` on it and answers its JSON. */
  async command<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, "--json");
    if (code !== 0) throw new Error(`cluster ${args.join(" ")} ended with ${code}:\n${stderr}`);
    return JSON.parse(stdout) as T;
  }

  get topology(): Topology {
    if (this.#topology === undefined) throw new Error("the cluster has not started");
    return this.#topology;
  }

  /** Every process of it. */
  async parts(): Promise<readonly ClusterPart[]> {
    return (await this.#ask<{ readonly parts: readonly ClusterPart[] }>("status", null)).parts;
  }

  /** Makes the standby of a shard its primary. */
  async promote(shard: string): Promise<void> {
    await this.#ask("promote", { name: shard });
  }

  /** Asks as `cluster status` and the like do, without a process of its own, which takes seconds on a busy machine. */
  #ask<T>(question: string, body: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          socketPath: join(this.data, "cluster.control"),
          method: "POST",
          path: `/${question}`,
          agent: false,
          timeout: ANSWER_MS_MAX,
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => {
            text += chunk;
          });
          response.on("error", reject);
          response.on("end", () => {
            if (response.statusCode === 200) resolve(JSON.parse(text));
            else reject(new Error(`${question}: ${response.statusCode} ${text}`));
          });
        },
      );
      asked.on("error", reject);
      asked.on("timeout", () => asked.destroy(new Error(`${question}: no answer`)));
      asked.end(JSON.stringify(body));
    });
  }

  /** Resolves with the exit code of `cluster up`, when it has ended. */
  get ended(): Promise<number | string> {
    return this.#ended;
  }

  /** Stops it if it runs. */
  async stop(): Promise<void> {
    this.#child?.kill("SIGTERM");
    const timer = setTimeout(() => this.#child?.kill("SIGKILL"), STOP_MS_MAX);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Stops it if it runs, and removes its data. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(join(this.data, ".."), { recursive: true, force: true });
  }
}

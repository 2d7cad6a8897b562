/** A real exchange for a test: the built command line, started as a process of its own, on a free port. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unlimitedKeys } from "./operator.js";

/** The repository's root: `tests/dist/support/` lies three folders below. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
export const CLI = join(ROOT, "packages", "cli", "bin", "buttonwood.js");

/** Longer than any start or stop takes on a busy machine; a hang is then a failure with the log beside it. */
const START_MS_MAX = 60_000;
const STOP_MS_MAX = 30_000;

export interface ApiKey {
  readonly apiKey: string;
  readonly secretKey: string;
}

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A new empty folder for data, removed by {@link Exchange.remove}. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "buttonwood-test-"));
}

/** Status of one GET, or 0 when nobody listens. */
function statusOf(url: string): Promise<number> {
  return new Promise((resolve) => {
    const sent = request(url, { agent: false, timeout: 2_000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on("error", () => resolve(0));
    sent.on("timeout", () => sent.destroy());
    sent.end();
  });
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

export class Exchange {
  readonly #port: number;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #hasOwnKeys = false;
  #log = "";
  #exit: Promise<number | string> = Promise.resolve(0);
  keys: Readonly<Record<"alice" | "bob", ApiKey>> = {
    alice: { apiKey: "", secretKey: "" },
    bob: { apiKey: "", secretKey: "" },
  };

  private constructor(
    readonly data: string,
    port: number,
    args: readonly string[],
  ) {
    this.#port = port;
    this.#args = args;
  }

  /** Starts one and waits until it takes orders. A failure shows its log. */
  static async start(options: { data?: string; args?: readonly string[] } = {}): Promise<Exchange> {
    const exchange = new Exchange(
      options.data ?? (await temporaryFolder()),
      await freePort(),
      options.args ?? [],
    );
    await exchange.restart();
    return exchange;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get webSocketUrl(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error("the exchange is not running");
    return this.#child.pid;
  }

  /** All that it wrote to stdout and stderr since the first start. */
  get log(): string {
    return this.#log;
  }

  /** Starts the process again on the same data and port. */
  async restart(): Promise<void> {
    const child = spawn(
      process.execPath,
      // Beside the clients' port another test may have its own.
      [
        ...[CLI, "start", "--port", String(this.#port), "--data", this.data],
        ...["--console", "127.0.0.1:0", ...this.#args],
      ],
      { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] },
    );
    this.#child = child;
    running.add(child);
    const take = (chunk: Buffer): void => {
      this.#log = (this.#log + chunk.toString()).slice(-100_000);
    };
    child.stdout?.on("data", take);
    child.stderr?.on("data", take);
    let ended = false;
    this.#exit = new Promise((resolve) => {
      child.on("close", (code, signal) => {
        ended = true;
        running.delete(child);
        resolve(code ?? signal ?? "unknown");
      });
    });
    const deadline = Date.now() + START_MS_MAX;
    while ((await statusOf(`${this.url}/health/ready`)) !== 200) {
      if (ended || Date.now() > deadline) {
        child.kill("SIGKILL");
        throw new Error(`the exchange ${ended ? "ended" : "was not ready in time"}; its log:\n${this.#log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    if (!this.#hasOwnKeys) this.keys = JSON.parse(await readFile(join(this.data, "demo-keys.json"), "utf8"));
  }

  /** From now on its keys are such for which no rate limits hold. */
  async takeUnlimitedKeys(): Promise<void> {
    this.keys = await unlimitedKeys(this);
    this.#hasOwnKeys = true;
  }

  /** kill -9: nothing in the process gets a chance to finish. */
  async kill(): Promise<void> {
    process.kill(this.pid, "SIGKILL");
    await this.#exit;
  }

  /** Asks it to stop, as an operator does, and returns its exit code. */
  async stop(): Promise<number | string> {
    if (this.#child === undefined || !running.has(this.#child)) return this.#exit;
    const child = this.#child;
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
    const code = await this.#exit;
    clearTimeout(timer);
    return code;
  }

  /** Stops it and removes its data. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.data, { recursive: true, force: true });
  }
}

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `buttonwood …` to its end. */
export function buttonwood(...args: string[]): Promise<CliResult> {
  return buttonwoodReading("", ...args);
}

/** The same, with something on its stdin. */
export function buttonwoodReading(input: string, ...args: string[]): Promise<CliResult> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CLI, ...args], { cwd: ROOT, stdio: ["pipe", "pipe", "pipe"] });
    // A command that reads nothing may have ended before.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    running.add(child);
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("close", (code) => {
      running.delete(child);
      resolve({ code: code ?? 1, stdout, stderr });
    });
  });
}

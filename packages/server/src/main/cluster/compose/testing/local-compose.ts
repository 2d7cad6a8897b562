import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { parse, stringify } from "yaml";
import { edgeConfigOf } from "../../../../cluster/edge/nginx-config.js";
import { parseTopology } from "../../../../cluster/topology/parse-topology.js";
import { findBinary } from "../../../../platform/servers/find-binary.js";
import { makeServerFolder, type RunAs, runAs } from "../../../../platform/servers/run-as.js";
import { COMPOSE_FOLDER, type ComposeService, ROOT, readCompose, readComposeText } from "./compose-file.js";

/** Long enough for a busy machine. */
const READY_MS_MAX = 120_000;
const CHECK_MS_MAX = 30_000;

/** Until a process that has ended is started again. */
const RESTART_MS = 500;

/** Debian's users for the users of the images. */
const USERS: Readonly<Record<string, string>> = { postgres: "postgres", redis: "redis", nginx: "www-data" };

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals>;
  /** It is to end, and not to be started again. */
  isStopping: boolean;
}

/**
 * Services of the compose file as processes of this machine, without a container engine: each with its command, user,
 * health check and start order, its mounts as folders of a temporary one, and an address of its own among those that
 * lead back to this machine. Of what differs only in its number the first is run: one partition on one shard, with one
 * backend of one worker, on all Redis nodes.
 */
export class LocalCompose {
  readonly #services: ReadonlyMap<string, ComposeService>;
  /** By name: files that are others than those beside the compose file. */
  readonly #files: Readonly<Record<string, string>>;
  readonly #folder: string;
  /** 127.x: other runs on this machine have others. */
  readonly #network = randomInt(1, 250);
  readonly #addresses = new Map<string, string>();
  readonly #running = new Map<string, Running>();
  /** Healthy, or done. */
  readonly #started = new Map<string, Promise<void>>();
  /** Tasks that have succeeded. */
  readonly #done = new Set<string>();
  /** All of it is to end. */
  #isDown = false;
  #log = "";

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), "bw-compose-"));
    chmodSync(this.#folder, 0o755);
    for (const name of ["bin", "files", "volumes", "tmpfs"])
      mkdirSync(join(this.#folder, name), { mode: 0o755 });
    const { topologyText, names } = firstOfEach();
    this.#services = new Map([...readCompose().services].filter(([name]) => names.has(name)));
    const topology = parseTopology(topologyText, { file: "topology.yaml", folder: COMPOSE_FOLDER });
    this.#files = { "topology.yaml": topologyText, "nginx.conf": edgeConfigOf(topology) };
    let number = 1;
    for (const { name, address } of this.#services.values()) {
      if (address === undefined) this.#addresses.set(name, `127.${this.#network}.1.${number++}`);
    }
    for (const name of readdirSync(COMPOSE_FOLDER)) {
      if (name !== "secrets") copyFileSync(join(COMPOSE_FOLDER, name), join(this.#folder, "bin", name));
    }
  }

  /** What all processes have written. */
  get log(): string {
    return this.#log;
  }

  /** Runs `make-secrets`. */
  async makeSecrets(): Promise<void> {
    await promisify(execFile)(join(this.#folder, "bin", "make-secrets"));
    chmodSync(join(this.#folder, "bin", "secrets"), 0o755);
  }

  /** An address of the compose file, on this machine. */
  place(text: string): string {
    return this.#places(text);
  }

  /** Folder of a volume on this machine. */
  volume(name: string): string {
    return join(this.#folder, "volumes", name);
  }

  /** Starts all services, each when those it depends on are as it demands. Rejects when one of them can't start. */
  async up(): Promise<void> {
    this.#isDown = false;
    this.#started.clear();
    this.#done.clear();
    await Promise.all([...this.#services.keys()].map((name) => this.#start(name)));
  }

  /** Starts one service again, which has ended; resolves when it is healthy. */
  async start(name: string): Promise<void> {
    this.#started.delete(name);
    await this.#start(name);
  }

  /** Ends one service as a crash would. */
  async kill(name: string): Promise<void> {
    const running = this.#running.get(name)!;
    running.isStopping = true;
    running.child.kill("SIGKILL");
    await running.ended;
  }

  /** Runs a program as in a service's container, and resolves when it has ended well. */
  async exec(name: string, command: readonly string[]): Promise<string> {
    const service = this.#services.get(name)!;
    const [file, ...args] = this.#commandOf(service, command);
    const { stdout } = await promisify(execFile)(file!, args, {
      ...this.#options(service),
      timeout: CHECK_MS_MAX,
    });
    return stdout;
  }

  /** Ends all services in the reverse of their start order. Resolves with how each of them ended. */
  async down(): Promise<ReadonlyMap<string, number | NodeJS.Signals>> {
    this.#isDown = true;
    const codes = new Map<string, number | NodeJS.Signals>();
    const stopped = new Map<string, Promise<void>>();
    const stop = (service: ComposeService): Promise<void> => {
      const { name, stopSignal, stopGraceMs } = service;
      const known = stopped.get(name);
      if (known !== undefined) return known;
      const stopping = (async () => {
        const later = [...this.#services.values()].filter(({ dependsOn }) => name in dependsOn);
        await Promise.all(later.map(stop));
        const running = this.#running.get(name);
        if (running === undefined) return;
        running.isStopping = true;
        running.child.kill(stopSignal);
        const timer = setTimeout(() => running.child.kill("SIGKILL"), stopGraceMs);
        codes.set(name, await running.ended);
        clearTimeout(timer);
      })();
      stopped.set(name, stopping);
      return stopping;
    };
    await Promise.all([...this.#services.values()].map(stop));
    this.#running.clear();
    return codes;
  }

  /** Ends what still runs, and removes everything. */
  async remove(): Promise<void> {
    await this.down();
    rmSync(this.#folder, { recursive: true, maxRetries: 10 });
  }

  #start(name: string): Promise<void> {
    let started = this.#started.get(name);
    if (started === undefined) {
      started = this.#startService(this.#services.get(name)!);
      this.#started.set(name, started);
    }
    return started;
  }

  async #startService(service: ComposeService): Promise<void> {
    const { name, healthCheck, dependsOn } = service;
    await Promise.all(
      Object.keys(dependsOn)
        .filter((other) => this.#services.has(other))
        .map((other) => this.#start(other)),
    );
    this.#mount(service);
    this.#run(service);
    const endMs = performance.now() + READY_MS_MAX;
    for (;;) {
      if (healthCheck === undefined ? this.#done.has(name) : await this.#isHealthy(name, healthCheck)) return;
      if (performance.now() > endMs) throw new Error(`${name} has not started:\n${this.#log}`);
      await sleep(200);
    }
  }

  async #isHealthy(name: string, healthCheck: readonly string[]): Promise<boolean> {
    try {
      await this.exec(name, healthCheck);
      return true;
    } catch {
      return false;
    }
  }

  /** Runs a service, again whenever it ends: a task until it has succeeded, the others until they are to end. */
  #run(service: ComposeService): void {
    const { name, command, healthCheck } = service;
    const [file, ...args] = this.#commandOf(service, command);
    const child = spawn(file!, args, { ...this.#options(service), stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#log += text.replace(/^(?=.)/gm, `${name}: `);
      });
    }
    const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
    const running: Running = { child, ended, isStopping: false };
    this.#running.set(name, running);
    void ended.then(async (code) => {
      if (this.#running.get(name) === running) this.#running.delete(name);
      if (healthCheck === undefined && code === 0) {
        this.#done.add(name);
        return;
      }
      await sleep(RESTART_MS);
      if (!running.isStopping && !this.#isDown && !this.#running.has(name)) this.#run(service);
    });
  }

  #options(service: ComposeService): {
    readonly cwd: string;
    readonly env: Record<string, string>;
  } & RunAs {
    const folders = [
      join(this.#folder, "bin"),
      ...(["postgres", "redis-server", "nginx"] as const).map((name) => dirname(findBinary(name))),
      ...process.env.PATH!.split(delimiter),
    ];
    const environment = Object.entries(service.environment).map(
      ([name, value]) => [name, this.#pathsOf(service, value)] as const,
    );
    return {
      ...this.#userOf(service),
      cwd: "/",
      env: { PATH: folders.join(delimiter), ...Object.fromEntries(environment) },
    };
  }

  #userOf({ user }: ComposeService): RunAs {
    return user === undefined ? {} : runAs(USERS[user]!);
  }

  #commandOf(service: ComposeService, command: readonly string[]): string[] {
    const words = command.map((word) => this.#pathsOf(service, this.#places(word)));
    return words.map((word) => word.replace(/^\/opt\/buttonwood\//, ROOT));
  }

  /** Makes what a service finds at its paths. */
  #mount(service: ComposeService): void {
    for (const { kind, source } of service.mounts) {
      if (kind === "file") {
        // As the container's user sees it: with the addresses and paths of this machine.
        const name = basename(source);
        const text = this.#places(this.#files[name] ?? readComposeText(name));
        writeFileSync(join(this.#folder, "files", name), this.#pathsOf(service, text), { mode: 0o644 });
      } else if (kind !== "secret") {
        const folder = join(this.#folder, kind === "volume" ? "volumes" : "tmpfs", source);
        if (!existsSync(folder)) makeServerFolder(folder, this.#userOf(service));
      }
    }
  }

  /** Paths in a service's container become those of this machine. */
  #pathsOf({ mounts }: ComposeService, text: string): string {
    let result = text;
    for (const { kind, source, path } of mounts) {
      const place = {
        file: join(this.#folder, "files", basename(source)),
        volume: join(this.#folder, "volumes", source),
        tmpfs: join(this.#folder, "tmpfs", source),
        secret: join(this.#folder, "bin", "secrets", source),
      }[kind];
      result = result.replaceAll(path, place);
    }
    return result;
  }

  /** Hosts of the network become addresses of this machine. */
  #places(text: string): string {
    let result = text.replace(/\b10\.89\.0\.(?=\d+\b)/g, `127.${this.#network}.0.`);
    for (const [name, address] of this.#addresses) {
      result = result.replace(new RegExp(`(?<![\\w-])${name}(?=:\\d)`, "g"), address);
      result = result.replace(
        new RegExp(`(?<=host[=:] ?)${name}$|(?<=host[=:] ?)${name}(?=\\s)`, "gm"),
        address,
      );
    }
    return result;
  }
}

interface WrittenTopology {
  partitions: unknown[];
  shards: { readonly name: string; readonly standbys: readonly { readonly name: string }[] }[];
  engines: { readonly name: string; readonly partition: number }[];
  projections: { readonly name: string; readonly partition: number }[];
  backends: { readonly name: string; workers: number }[];
}

/** The topology with one partition, shard and backend, and the names of the services that belong to it. */
function firstOfEach(): { readonly topologyText: string; readonly names: ReadonlySet<string> } {
  const topology = parse(readComposeText("topology.yaml")) as WrittenTopology;
  const left = new Set<string>();
  topology.partitions.splice(1);
  const shards = topology.shards.splice(1).flatMap((shard) => [shard, ...shard.standbys]);
  const backends = topology.backends.splice(1);
  const others = [...topology.engines, ...topology.projections].filter(({ partition }) => partition > 0);
  for (const { name } of [...shards, ...backends, ...others]) left.add(name);
  topology.engines = topology.engines.filter(({ name }) => !left.has(name));
  topology.projections = topology.projections.filter(({ name }) => !left.has(name));
  topology.backends[0]!.workers = 1;
  const all = [...readCompose().services.keys()];
  return { topologyText: stringify(topology), names: new Set(all.filter((name) => !left.has(name))) };
}

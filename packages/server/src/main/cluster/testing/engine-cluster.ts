import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findLeader } from "../../../cluster/leadership/find-leader.js";
import {
  askRoleHandover,
  askRoleStatus,
  type RoleStatus,
  roleControlPath,
} from "../../../cluster/role-control.js";
import { readTopology } from "../../../cluster/topology/local-topology.js";
import { partitionMapOf, type Topology } from "../../../cluster/topology/topology.js";
import type { LeasedReader } from "../../../journal/lease.js";
import { PostgresJournal } from "../../../journal/postgres/postgres-journal.js";
import type { TestShard } from "../../../journal/postgres/testing/test-shard.js";
import { formatAddress, type UnixAddress } from "../../../platform/address.js";
import { systemTimers } from "../../../platform/timers.js";
import { GrpcClient } from "../../../transport/grpc/grpc-client.js";
import { SocketClient, type SocketClientOptions } from "../../../transport/socket/socket-client.js";
import type { RoleKind } from "../role.js";

const RUN_ROLE = new URL("./run-role-process.js", import.meta.url).pathname;

/** A port on which nobody listens. */
const NOBODY = 1;

/** A role's process, and what it has said. */
export interface RoleProcess {
  readonly name: string;
  readonly child: ChildProcess;
  readonly pid: number;
  /** Its log and, when it ended with an error, that. */
  readonly said: () => string;
  /** Resolves to its exit code, or to the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Engines by name, with their partitions. */
export type Engines = Readonly<Record<string, number>>;

/** Partitions with their engines, each a real process, over a real PostgreSQL, which is the caller's. */
export class EngineCluster {
  readonly shard: TestShard;
  readonly folder: string;
  readonly topologyFile: string;
  readonly topology: Topology;
  /** The partitions' journals and leases, as anybody may read them. */
  readonly journals: readonly LeasedReader[];
  readonly #processes: RoleProcess[] = [];
  readonly #clients: SocketClient[] = [];

  private constructor(shard: TestShard, folder: string, topologyFile: string) {
    this.shard = shard;
    this.folder = folder;
    this.topologyFile = topologyFile;
    this.topology = readTopology(topologyFile);
    this.journals = this.topology.partitions.map((_, partition) =>
      PostgresJournal.openReader({ access: shard.access(), partition }),
    );
  }

  /** Empties the shard and describes engines; none is started yet. */
  static async prepare(shard: TestShard, engines: Engines, redisPort = NOBODY): Promise<EngineCluster> {
    await shard.sql("TRUNCATE buttonwood.journal, buttonwood.lease");
    const folder = mkdtempSync(join(tmpdir(), "bw-"));
    const { host, port, database } = shard.owner;
    const file = join(folder, "topology.yaml");
    const symbols = ["BTCUSDT", "ETHUSDT", "AAPLUSD"];
    writeFileSync(file, topologyText({ host, port, database, engines, symbols, redisPort }));
    return new EngineCluster(shard, folder, file);
  }

  /** The same topology with other symbols, in a file of its own. */
  otherTopologyFile(...symbols: readonly string[]): string {
    const { host, port, database } = this.shard.owner;
    const file = join(this.folder, `topology-${symbols[0]}.yaml`);
    const engines = Object.fromEntries(this.topology.engines.map(({ name, partition }) => [name, partition]));
    writeFileSync(file, topologyText({ host, port, database, engines, symbols, redisPort: NOBODY }));
    return file;
  }

  /** Starts an engine's process; resolves when it leads or stands by, rejects with what it said when it ends before. */
  startEngine(name: string, topologyFile = this.topologyFile): Promise<RoleProcess> {
    return this.#startRole("engine", name, topologyFile);
  }

  /** Starts the process of a partition's projection; resolves when its tables have caught up. */
  startProjection(partition = 0): Promise<RoleProcess> {
    return this.#startRole("projection", `projection-${partition}`, this.topologyFile);
  }

  async #startRole(kind: RoleKind, name: string, topologyFile: string): Promise<RoleProcess> {
    // Its standard input ends with this process: no role outlives its test.
    const child = spawn(process.execPath, [RUN_ROLE, kind, topologyFile, name], {
      stdio: ["pipe", "ignore", "pipe"],
    });
    let text = "";
    child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
    const role = { name, child, pid: child.pid!, said: () => text, ended };
    this.#processes.push(role);
    let hasEnded = false;
    void ended.then(() => {
      hasEnded = true;
    });
    while (
      (await this.status(name).catch(() => undefined))?.pid !== role.pid ||
      !(await this.isReady(name))
    ) {
      if (hasEnded) throw new Error(text);
      await sleep(20);
    }
    return role;
  }

  /** The journal of partition 0. */
  get journal(): LeasedReader {
    return this.journals[0]!;
  }

  async isReady(name: string): Promise<boolean> {
    return (await this.status(name).catch(() => undefined))?.ready === true;
  }

  status(name: string): Promise<RoleStatus> {
    return askRoleStatus(roleControlPath(this.topology, name));
  }

  handOver(name: string): Promise<void> {
    return askRoleHandover(roleControlPath(this.topology, name));
  }

  /** A client of one engine's gRPC; the caller closes it. */
  grpcClient(name: string): GrpcClient {
    const { grpc, partition } = this.topology.engines.find((engine) => engine.name === name)!;
    return new GrpcClient({
      partition,
      mapHash: partitionMapOf(this.topology).hash,
      findLeader: () => Promise.resolve(formatAddress(grpc!)),
    });
  }

  /** Asks an engine over HTTP. */
  async ask(name: string, path: string): Promise<{ readonly status: number; readonly text: string }> {
    const { metrics } = this.topology.engines.find((engine) => engine.name === name)!;
    return new Promise((resolve, reject) => {
      const question = request({ socketPath: (metrics as UnixAddress).path, path }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode!, text }));
      });
      question.on("error", reject);
      question.end();
    });
  }

  /** Waits until an engine leads. */
  async untilLeads(name: string): Promise<RoleStatus> {
    for (;;) {
      const status = await this.status(name).catch(() => undefined);
      if (status?.leads === true) return status;
      await sleep(20);
    }
  }

  /** A gateway's client, which follows the lease, or stays with one engine. */
  client(options: Partial<SocketClientOptions> & { readonly stayWith?: string } = {}): SocketClient {
    const { stayWith, partition = 0 } = options;
    const entry = this.topology.engines.find(({ name }) => name === stayWith);
    const client = new SocketClient({
      partition,
      mapHash: partitionMapOf(this.topology).hash,
      findLeader:
        entry === undefined
          ? () => findLeader({ leases: this.journals[partition]!, timers: systemTimers })
          : async () => formatAddress(entry.listen),
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  async stop(): Promise<void> {
    for (const client of this.#clients) await client.close();
    for (const { child } of this.#processes) {
      child.kill("SIGCONT");
      child.kill("SIGKILL");
    }
    await Promise.all(this.#processes.map(({ ended }) => ended));
    for (const journal of this.journals) await journal.close();
    rmSync(this.folder, { recursive: true });
  }
}

function topologyText(parts: {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly engines: Engines;
  /** Of each partition the first. */
  readonly symbols: readonly string[];
  readonly redisPort: number;
}): string {
  const engines = Object.entries(parts.engines);
  const partitions = [...new Set(Object.values(parts.engines))];
  return `
partitions:
${partitions.map((partition) => `  - { shard: main, symbols: [${parts.symbols[partition]}] }`).join("\n")}
shards:
  - { name: main, host: ${parts.host}, port: ${parts.port}, database: ${parts.database} }
redis:
  nodes: [127.0.0.1:${parts.redisPort}]
engines:
${engines.map(([name, partition]) => `  - { name: ${name}, partition: ${partition}, grpc: "unix:${name}.grpc", metrics: "unix:${name}.metrics" }`).join("\n")}
projections:
${partitions.map((partition) => `  - { name: projection-${partition}, partition: ${partition} }`).join("\n")}
backends:
  - { name: backend }
`;
}

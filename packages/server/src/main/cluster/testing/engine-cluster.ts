import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
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
import { formatAddress } from "../../../platform/address.js";
import { systemTimers } from "../../../platform/timers.js";
import { SocketClient, type SocketClientOptions } from "../../../transport/socket/socket-client.js";

const RUN_ENGINE = new URL("./run-engine.js", import.meta.url).pathname;

/** An engine's process, and what it has said. */
export interface EngineProcess {
  readonly name: string;
  readonly child: ChildProcess;
  readonly pid: number;
  /** Its log and, when it ended with an error, that. */
  readonly said: () => string;
  /** Resolves to its exit code, or to the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** One partition with several engines, each a real process, over a real PostgreSQL, which is the caller's. */
export class EngineCluster {
  readonly shard: TestShard;
  readonly folder: string;
  readonly topologyFile: string;
  readonly topology: Topology;
  /** The journal and the lease, as anybody may read them. */
  readonly journal: LeasedReader;
  readonly #processes: EngineProcess[] = [];
  readonly #clients: SocketClient[] = [];

  private constructor(shard: TestShard, folder: string, topologyFile: string) {
    this.shard = shard;
    this.folder = folder;
    this.topologyFile = topologyFile;
    this.topology = readTopology(topologyFile);
    this.journal = PostgresJournal.openReader({ access: shard.access(), partition: 0 });
  }

  /** Empties the shard and describes engines; none is started yet. */
  static async prepare(shard: TestShard, engines: readonly string[]): Promise<EngineCluster> {
    await shard.sql("TRUNCATE buttonwood.journal, buttonwood.lease");
    const folder = mkdtempSync(join(tmpdir(), "bw-"));
    const { host, port, database } = shard.owner;
    const file = join(folder, "topology.yaml");
    writeFileSync(file, topologyText({ host, port, database, engines, symbols: "BTCUSDT" }));
    return new EngineCluster(shard, folder, file);
  }

  /** The same topology with other symbols, in a file of its own. */
  otherTopologyFile(symbols: string): string {
    const { host, port, database } = this.shard.owner;
    const file = join(this.folder, `topology-${symbols}.yaml`);
    const engines = this.topology.engines.map(({ name }) => name);
    writeFileSync(file, topologyText({ host, port, database, engines, symbols }));
    return file;
  }

  /** Starts an engine's process; resolves when it leads or stands by, rejects with what it said when it ends before. */
  async startEngine(name: string, topologyFile = this.topologyFile): Promise<EngineProcess> {
    // Its standard input ends with this process: no engine outlives its test.
    const child = spawn(process.execPath, [RUN_ENGINE, topologyFile, name], {
      stdio: ["pipe", "ignore", "pipe"],
    });
    let text = "";
    child.stderr!.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
    const engine = { name, child, pid: child.pid!, said: () => text, ended };
    this.#processes.push(engine);
    let hasEnded = false;
    void ended.then(() => {
      hasEnded = true;
    });
    while (
      (await this.status(name).catch(() => undefined))?.pid !== engine.pid ||
      !(await this.isReady(name))
    ) {
      if (hasEnded) throw new Error(text);
      await sleep(20);
    }
    return engine;
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
    const { stayWith } = options;
    const entry = this.topology.engines.find(({ name }) => name === stayWith);
    const client = new SocketClient({
      partition: 0,
      mapHash: partitionMapOf(this.topology).hash,
      findLeader:
        entry === undefined
          ? () => findLeader({ leases: this.journal, timers: systemTimers })
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
    await this.journal.close();
    rmSync(this.folder, { recursive: true });
  }
}

function topologyText(parts: {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly engines: readonly string[];
  readonly symbols: string;
}): string {
  return `
partitions:
  - shard: main
    symbols: [${parts.symbols}]
shards:
  - { name: main, host: ${parts.host}, port: ${parts.port}, database: ${parts.database} }
redis:
  nodes: [127.0.0.1:6379]
engines:
${parts.engines.map((name) => `  - { name: ${name}, partition: 0 }`).join("\n")}
projections:
  - { name: projection, partition: 0 }
backends:
  - { name: backend }
`;
}

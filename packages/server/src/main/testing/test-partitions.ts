/** Several partitions for a test, in one thread: real engines over journals in memory, and carriers between them. */
import { MessageChannel } from "node:worker_threads";
import { createPartitionMap, type PartitionMap } from "../../cluster/partition-map.js";
import { RoutingEngineClient } from "../../cluster/routing/routing-engine-client.js";
import { TransferCarrier } from "../../cluster/transfers/carrier.js";
import { coresOf } from "../../engine/cores.js";
import { ENGINE_OPTIONS_DEFAULT, Engine } from "../../engine/engine.js";
import { MemoryJournal, type MemoryJournalFile } from "../../journal/memory/memory-journal.js";
import { MemorySnapshotStore } from "../../journal/snapshots/memory-snapshot-store.js";
import { systemClock } from "../../platform/clock.js";
import { systemTimers } from "../../platform/timers.js";
import type { EngineClient } from "../../transport/engine-port.js";
import { InProcessClient } from "../../transport/in-process/in-process-client.js";
import { InProcessServer } from "../../transport/in-process/in-process-server.js";

const CORES = coresOf({
  accountsMax: 4096,
  openOrdersMax: 1 << 16,
  pricePagesMax: 1024,
  rememberedIdsMax: 1 << 17,
  balancesMax: 1 << 14,
  accountMarketsMax: 1 << 14,
});

interface TestPartition {
  readonly engine: Engine;
  readonly server: InProcessServer;
  readonly carrier: TransferCarrier;
  readonly journal: MemoryJournalFile;
}

/** A cluster whose partitions hold these symbols each. */
export class TestPartitions {
  readonly map: PartitionMap;
  readonly #partitions: TestPartition[] = [];
  readonly #clients: InProcessClient[] = [];

  private constructor(symbols: readonly (readonly string[])[]) {
    this.map = createPartitionMap(symbols.map((own) => ({ shard: "s", symbols: own })));
  }

  static async start(symbols: readonly (readonly string[])[]): Promise<TestPartitions> {
    const cluster = new TestPartitions(symbols);
    for (const partition of symbols.keys()) {
      const server = new InProcessServer();
      const journal: MemoryJournalFile = { epoch: 0, rows: [] };
      const engine: Engine = await Engine.start(
        {
          journal: new MemoryJournal(journal),
          snapshots: new MemorySnapshotStore(),
          cores: CORES,
          publisher: {
            publish(batch) {
              server.publish(batch);
              carrier.publish(batch);
            },
          },
          clock: systemClock,
          timers: systemTimers,
          defer: setImmediate,
          stopwatchMs: () => performance.now(),
          onEvent() {},
        },
        { ...ENGINE_OPTIONS_DEFAULT, owner: "test" },
      );
      const clients = new Map<number, InProcessClient>();
      const carrier = new TransferCarrier({
        partition,
        engine,
        clientOf(other) {
          const client = clients.get(other) ?? cluster.connect(other);
          clients.set(other, client);
          return client;
        },
        timers: systemTimers,
        random: Math.random,
        onEvent() {},
      });
      await carrier.start();
      cluster.#partitions.push({ engine, server, carrier, journal });
    }
    return cluster;
  }

  /** A connection of its own to one partition. */
  connect(partition: number): InProcessClient {
    const { server, engine } = this.#partitions[partition]!;
    const { port1, port2 } = new MessageChannel();
    server.attach(port1, engine);
    const client = new InProcessClient(port2);
    this.#clients.push(client);
    return client;
  }

  /** A gateway's way to all partitions. */
  gateway(wrap: (client: EngineClient) => EngineClient = (client) => client): Promise<RoutingEngineClient> {
    return RoutingEngineClient.start({
      partitions: this.#partitions.map((_, partition) => wrap(this.connect(partition))),
      map: this.map,
      clock: systemClock,
      timers: systemTimers,
      random: Math.random,
      bestPrice: async () => 0,
    });
  }

  journal(partition: number): MemoryJournalFile {
    return this.#partitions[partition]!.journal;
  }

  /** Ends one partition without a word. */
  async stop(partition: number): Promise<void> {
    const { carrier, engine, server } = this.#partitions[partition]!;
    carrier.close();
    await engine.close();
    server.close();
  }

  async close(): Promise<void> {
    for (const { carrier } of this.#partitions) carrier.close();
    for (const { engine } of this.#partitions) await engine.close();
    for (const client of this.#clients) await client.close();
    for (const { server } of this.#partitions) server.close();
  }
}

import { type CarrierEvent, TransferCarrier } from "../../cluster/transfers/carrier.js";
import type { CoreFactory, DeterministicCore } from "../../engine/deterministic-core.js";
import type { Engine, EngineEvent } from "../../engine/engine.js";
import { EngineNode } from "../../engine/engine-node.js";
import type { FeedBatch, FeedPublisher } from "../../feed/port.js";
import { RedisFeedPublisher } from "../../feed/redis/redis-feed-publisher.js";
import { type LeasedJournal, PartitionMapDiffersError } from "../../journal/lease.js";
import { DeposedError, JournalFailedError } from "../../journal/port.js";
import { PostgresJournal } from "../../journal/postgres/postgres-journal.js";
import { createLogger } from "../../platform/logging.js";
import { journalBatches } from "../../projection/journal-batches.js";
import type { CommandMessage, EngineHost, ReplySink } from "../../transport/engine-host.js";
import type { EngineClient } from "../../transport/engine-port.js";
import { SocketServer } from "../../transport/socket/socket-server.js";
import { simulatedCores } from "../cores.js";
import { poisonable } from "../poison-core.js";
import type { SnapshotRates } from "../sim-snapshots.js";
import { SimSnapshotFolder, SimSnapshots } from "../sim-snapshots.js";
import type { SimProcess } from "../world.js";
import type { Cluster, Outlets } from "./cluster.js";
import { LEASE_TIMES_SIMULATED } from "./cluster-plan.js";
import type { Host } from "./host.js";
import { journalOptions, leaderClient } from "./process-links.js";
import { frameListener } from "./sim-frames.js";

const LOGGER = createLogger({ name: "simulated", level: "silent" });

/** A supervisor starts what has ended again within this, in µs. */
const RESTART_US_MAX = 200_000;

export interface EngineRates extends SnapshotRates {
  /** Probability per take-over that the process is stopped for a while right then. */
  readonly leaderPaused: number;
}

/** An engine's machine, and the engine that runs on it as `main` would wire it: again and again, when it ends. */
export class EngineProcess {
  readonly partition: number;
  readonly host: Host;
  readonly folder: SimSnapshotFolder;
  readonly #cluster: Cluster;
  readonly #rates: EngineRates;
  readonly #mapHash: string;
  #node: EngineNode | undefined;
  #core: DeterministicCore | undefined;
  /** Of its last takeover. */
  #epoch = 0;
  /** Ends it in order. */
  #stop: (() => Promise<void>) | undefined;
  /** It refused to work because its map is another one. */
  hasRefusedMap = false;

  constructor(cluster: Cluster, host: Host, partition: number, rates: EngineRates, mapHash: string) {
    this.#cluster = cluster;
    this.host = host;
    this.partition = partition;
    this.#rates = rates;
    this.folder = new SimSnapshotFolder(cluster.world, rates);
    this.#mapHash = mapHash;
  }

  /** What it does: only while it runs. */
  get node(): EngineNode | undefined {
    return this.host.isUp ? this.#node : undefined;
  }

  /** The core that it works with. */
  get core(): DeterministicCore | undefined {
    return this.#core;
  }

  start(): void {
    const { world } = this.#cluster;
    const process = this.host.start();
    world.trace("start", process.name);
    this.#node = undefined;
    this.#epoch = 0;
    this.#stop = undefined;
    process.onKill(() => {
      world.scheduler.after(world.random.integer(100, RESTART_US_MAX), () => {
        if (!this.host.isUp && !this.hasRefusedMap) this.start();
      });
    });
    this.#run(process).catch((error: Error) => this.#end(process, error));
  }

  /** Ends it in order, as SIGTERM does. */
  stop(): void {
    const process = this.host.process;
    const stop = this.#stop;
    if (stop === undefined || process === undefined) return;
    this.#stop = undefined;
    this.#cluster.world.trace("stop", process.name);
    void process
      .wait(0)
      .then(stop)
      .then(
        () => process.kill(),
        () => process.kill(),
      );
  }

  async #run(process: SimProcess): Promise<void> {
    const { world, network, plan, plant, audit } = this.#cluster;
    const { partition, host } = this;
    let node: EngineNode;
    const journal: LeasedJournal = await PostgresJournal.open(journalOptions(this.#cluster, host, partition));
    const takeOver = journal.takeOver.bind(journal);
    journal.takeOver = async (claim) => {
      const taken = await takeOver(claim);
      this.#epoch = taken.epoch;
      if (world.strikes(this.#rates.leaderPaused)) process.pause(world.random.integer(1_000, 1_000_000));
      return taken;
    };
    const outlets = this.#outlets(journal);
    plant.journal?.(journal, outlets);
    let server: SocketServer | undefined;
    node = new EngineNode(
      {
        journal,
        snapshots: new SimSnapshots(this.folder, process),
        cores: this.#cores(),
        publisher: outlets,
        timers: host.timers,
        clock: host.clock,
        defer: (task) => process.after(0, task),
        stopwatchMs: host.stopwatchMs,
        onEvent: (event) => this.#onEvent(event),
        onLead: (engine) => {
          world.trace("leads", process.name, engine.epoch, engine.sequence);
          audit.partition(partition).onRecovered(engine.sequence);
          outlets.begin(engine);
          return () => {
            outlets.end();
            server?.turnAway("leads no more");
          };
        },
      },
      {
        owner: host.name,
        address: host.name,
        partition: { number: partition, mapHash: this.#mapHash },
        times: LEASE_TIMES_SIMULATED,
        ...plan.engine,
      },
    );
    this.#node = node;
    let isSettled = true;
    node.ended.then(
      () => {},
      (error: Error) => {
        isSettled = false;
        this.#end(process, error);
      },
    );
    server = await SocketServer.listen(this.#audited(node), {
      address: { path: host.name },
      partition,
      mapHash: this.#mapHash,
      listen: frameListener(network, host, { checksHello: plant.ignoresHello !== true }),
    });
    this.#stop = async () => {
      await node.close();
      await server.close("stopped", { isSettled });
    };
  }

  #cores(): CoreFactory {
    const { plan, plant } = this.#cluster;
    const cores = poisonable(plant.cores?.(plan.config, this.host) ?? simulatedCores(plan.config));
    const keep = (core: DeterministicCore): DeterministicCore => {
      this.#core = core;
      return core;
    };
    return { create: () => keep(cores.create()), restore: (snapshot) => keep(cores.restore(snapshot)) };
  }

  /** Where durable batches go while it leads. */
  #outlets(journal: LeasedJournal) {
    const cluster = this.#cluster;
    const { world, plant, redis, audit } = cluster;
    const { partition, host } = this;
    const check = (batch: FeedBatch): void => audit.onOutput(partition, this.#epoch, batch);
    const feed = new RedisFeedPublisher({
      redis: { nodes: [], password: undefined },
      partition,
      name: host.name,
      tail: async () => (await journal.tail()).sequence,
      readMissed: (fromSequence) => journalBatches(journal, fromSequence),
      logger: LOGGER,
      machine: redis.machine(host),
    });
    const clients = new Map<number, EngineClient>();
    let carrier: TransferCarrier | undefined;
    return {
      begin(engine: Engine): void {
        feed.start();
        const parts = {
          partition,
          engine,
          clientOf(other: number): EngineClient {
            const client = clients.get(other) ?? leaderClient(cluster, host, other, cluster.map.hash);
            clients.set(other, client);
            return client;
          },
          timers: host.timers,
          random: () => world.random.next(),
          onEvent: (event: CarrierEvent) => world.trace("carrier", host.name, JSON.stringify(event)),
        };
        carrier = new TransferCarrier(plant.carrier?.(parts) ?? parts);
        carrier.start().catch(() => {});
      },
      end(): void {
        feed.stop();
        carrier?.close();
        carrier = undefined;
      },
      publish(batch: FeedBatch): void {
        check(batch);
        feed.publish(batch);
        this.carry(batch);
      },
      carry(batch: FeedBatch): void {
        carrier?.publish(batch);
      },
    } satisfies FeedPublisher & Outlets & { begin(engine: Engine): void; end(): void };
  }

  /** The engine, with everything that leaves it looked at. */
  #audited(node: EngineNode): EngineHost {
    const { audit } = this.#cluster;
    const { partition } = this;
    const sinks = new Map<ReplySink, { readonly sink: ReplySink; readonly messages: Map<number, Sent> }>();
    const sinkOf = (sink: ReplySink) => {
      const known = sinks.get(sink);
      if (known !== undefined) return known;
      const messages = new Map<number, Sent>();
      const audited: ReplySink = {
        reply: (batch, runs) => {
          audit.onOutput(partition, this.#epoch, batch);
          for (let i = 0; i < runs.length; i += 3) {
            const sent = messages.get(runs[i]!);
            if (sent === undefined) continue;
            audit.onReply(
              partition,
              sent.message,
              sent.answered,
              batch.firstSequence + runs[i + 1]!,
              runs[i + 2]!,
            );
            sent.answered += runs[i + 2]!;
          }
          sink.reply(batch, runs);
        },
      };
      const entry = { sink: audited, messages };
      sinks.set(sink, entry);
      return entry;
    };
    return {
      offer(message) {
        const { sink, messages } = sinkOf(message.sink);
        messages.set(message.number, { message, answered: 0 });
        return node.offer({ ...message, sink });
      },
      query: (query) => node.query(query),
    };
  }

  #onEvent(event: EngineEvent): void {
    const { world } = this.#cluster;
    switch (event.kind) {
      case "recovering":
      case "snapshotSaved":
      case "stopped":
        return;
      case "snapshotFailed":
      case "quarantined":
        world.trace(event.kind, this.host.name, event.sequence);
        return;
      case "damagedSnapshot": {
        const sequence = Number(/^snapshot (\d+)/.exec(event.error.message)?.[1]);
        if (this.folder.damaged.has(sequence)) return;
        world.fail(`${this.host.name} passed a good snapshot over: ${event.error.message}`);
      }
    }
  }

  #end(process: SimProcess, error: Error): void {
    if (!process.alive) return;
    const { world } = this.#cluster;
    world.trace("ended", process.name, error.name);
    const isOther = this.#mapHash !== this.#cluster.map.hash;
    if (isOther && error instanceof PartitionMapDiffersError) this.hasRefusedMap = true;
    else if (!(error instanceof JournalFailedError || error instanceof DeposedError)) {
      world.fail(`${process.name} ended: ${error.stack}`);
    }
    process.kill();
  }
}

/** A message of commands, and how many of them are answered. */
interface Sent {
  readonly message: CommandMessage;
  answered: number;
}

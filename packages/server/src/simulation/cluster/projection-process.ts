import { GaplessFeed } from "../../feed/gapless-feed.js";
import type { FeedBatch, FeedReader } from "../../feed/port.js";
import { RedisFeedReader } from "../../feed/redis/redis-feed-reader.js";
import { JournalFailedError } from "../../journal/port.js";
import { createLogger } from "../../platform/logging.js";
import { journalBatches } from "../../projection/journal-batches.js";
import { Projection } from "../../projection/projection.js";
import { SqliteTables } from "../../projection/sqlite/sqlite-tables.js";
import { TablesLostError } from "../../projection/tables.js";
import type { SimProcess } from "../world.js";
import type { Cluster } from "./cluster.js";
import type { Host } from "./host.js";
import { openReader } from "./process-links.js";
import { SimTables, type TablesRates } from "./sim-tables.js";

const LOGGER = createLogger({ name: "simulated", level: "silent" });

/** A supervisor starts what has ended again within this, in µs. */
const RESTART_US_MAX = 200_000;

/** Longest that what was gathered waits to be written, in µs. */
const FLUSH_US_MAX = 100_000;

export interface ProjectionRates extends TablesRates {
  /** Probability per batch that the feed brings it again later. */
  readonly repeated: number;
}

/** A projection's machine: fills a partition's tables, which survive it, from where they stand. */
export class ProjectionProcess {
  readonly host: Host;
  readonly partition: number;
  readonly tables = SqliteTables.open(":memory:");
  readonly #cluster: Cluster;
  readonly #rates: ProjectionRates;
  #projection: Projection | undefined;

  constructor(cluster: Cluster, host: Host, partition: number, rates: ProjectionRates) {
    this.#cluster = cluster;
    this.host = host;
    this.partition = partition;
    this.#rates = rates;
  }

  /** Whether its tables hold everything up to a sequence, and nothing waits to be written. */
  holds(sequence: number): boolean {
    return this.#projection?.sequence === sequence && this.#projection.unwritten === 0;
  }

  start(): void {
    const { world } = this.#cluster;
    const process = this.host.start();
    this.#projection = undefined;
    process.onKill(() => {
      world.scheduler.after(world.random.integer(100, RESTART_US_MAX), () => {
        if (!this.host.isUp) this.start();
      });
    });
    this.#run(process).catch((error: Error) => this.#end(process, error));
  }

  async #run(process: SimProcess): Promise<void> {
    const { world, plant, audit, redis } = this.#cluster;
    const { partition, host } = this;
    const end = (error: Error): void => this.#end(process, error);
    const tables = new SimTables(this.tables, world, process, this.#rates);
    const projection = await Projection.open({
      tables: plant.tables?.(tables) ?? tables,
      clock: host.clock,
      publish() {},
      onFailure: end,
    });
    this.#projection = projection;
    const auditor = audit.partition(partition);
    auditor.onFeedBegins(projection.sequence);
    const fromSequence = projection.sequence + 1;
    const journal = openReader(this.#cluster, host, partition);
    const feed = this.#repeating(
      new RedisFeedReader({
        redis: { nodes: [], password: undefined },
        partition,
        name: host.name,
        fromSequence,
        tail: async () => (await journal.tail()).sequence,
        logger: LOGGER,
        machine: redis.machine(host),
      }),
      process,
    );
    let isFlushing = false;
    const onBatch = (batch: FeedBatch): Promise<void> | undefined => {
      auditor.onFed(batch);
      if (!isFlushing) {
        isFlushing = true;
        process.after(world.random.integer(1, FLUSH_US_MAX), () => {
          isFlushing = false;
          projection.flush().catch(end);
        });
      }
      return projection.apply(batch);
    };
    if (plant.acceptsFeedGaps === true) {
      feed.subscribe((batch) => {
        if (batch.events.length > 0) void onBatch(batch);
      });
      return;
    }
    const readMissed = (from: number) => journalBatches(journal, from);
    await new GaplessFeed({ feed, readMissed, fromSequence, onBatch, onError: end }).start();
  }

  #end(process: SimProcess, error: Error): void {
    if (!process.alive) return;
    const { world } = this.#cluster;
    world.trace("ended", process.name, error.name);
    const isExpected = error instanceof JournalFailedError || error instanceof TablesLostError;
    if (!isExpected) world.fail(`${process.name} ended: ${error.stack}`);
    process.kill();
  }

  /** The same feed, some batches of which come again. */
  #repeating(feed: FeedReader, process: SimProcess): FeedReader {
    const { world } = this.#cluster;
    return {
      subscribe: (onBatch) =>
        feed.subscribe((batch: FeedBatch) => {
          onBatch(batch);
          if (!world.strikes(this.#rates.repeated)) return;
          process.after(world.random.integer(1, 50_000), () => onBatch(batch));
        }),
    };
  }
}

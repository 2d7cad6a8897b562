import { GaplessFeed } from "../../feed/gapless-feed.js";
import type { FeedBatch, FeedReader } from "../../feed/port.js";
import { RedisFeedReader } from "../../feed/redis/redis-feed-reader.js";
import { JournalFailedError } from "../../journal/port.js";
import { createLogger } from "../../platform/logging.js";
import { journalBatches } from "../../projection/journal-batches.js";
import type { SimProcess } from "../world.js";
import type { Cluster } from "./cluster.js";
import type { Host } from "./host.js";
import { openReader } from "./process-links.js";

const LOGGER = createLogger({ name: "simulated", level: "silent" });

/** A supervisor starts what has ended again within this, in µs. */
const RESTART_US_MAX = 200_000;

/** A projection's machine: follows a partition's feed from where its tables stand, which survive it. */
export class ReaderProcess {
  readonly host: Host;
  readonly #cluster: Cluster;
  readonly #partition: number;
  /** Probability per batch that the feed brings it again later. */
  readonly #repeated: number;

  constructor(cluster: Cluster, host: Host, partition: number, repeated: number) {
    this.#cluster = cluster;
    this.host = host;
    this.#partition = partition;
    this.#repeated = repeated;
  }

  start(): void {
    const { world } = this.#cluster;
    const process = this.host.start();
    process.onKill(() => {
      world.scheduler.after(world.random.integer(100, RESTART_US_MAX), () => {
        if (!this.host.isUp) this.start();
      });
    });
    this.#run(process);
  }

  #run(process: SimProcess): void {
    const { world, plant, audit, redis } = this.#cluster;
    const auditor = audit.partition(this.#partition);
    const journal = openReader(this.#cluster, this.host, this.#partition);
    const fromSequence = auditor.fedTo + 1;
    const feed = this.#repeating(
      new RedisFeedReader({
        redis: { nodes: [], password: undefined },
        partition: this.#partition,
        name: this.host.name,
        fromSequence,
        tail: async () => (await journal.tail()).sequence,
        logger: LOGGER,
        machine: redis.machine(this.host),
      }),
      process,
    );
    if (plant.acceptsFeedGaps === true) {
      feed.subscribe((batch) => {
        if (batch.events.length > 0) auditor.onFed(batch);
      });
      return;
    }
    const gapless = new GaplessFeed({
      feed,
      readMissed: (from) => journalBatches(journal, from),
      fromSequence,
      onBatch: async (batch) => {
        // What it writes, its position included, is written as one.
        await process.wait(world.random.integer(1, 200));
        auditor.onFed(batch);
      },
      onError: (error) => {
        world.trace("ended", process.name, error.name);
        if (!(error instanceof JournalFailedError)) world.fail(`${process.name} ended: ${error.stack}`);
        process.kill();
      },
    });
    void gapless.start();
  }

  /** The same feed, some batches of which come again. */
  #repeating(feed: FeedReader, process: SimProcess): FeedReader {
    const { world } = this.#cluster;
    return {
      subscribe: (onBatch) =>
        feed.subscribe((batch: FeedBatch) => {
          onBatch(batch);
          if (!world.strikes(this.#repeated)) return;
          process.after(world.random.integer(1, 50_000), () => onBatch(batch));
        }),
    };
  }
}

import { TransferCarrier } from "../../cluster/transfers/carrier.js";
import type { Engine } from "../../engine/engine.js";
import type { FeedBatch, FeedPublisher } from "../../feed/port.js";
import { type FeedPublisherFigures, RedisFeedPublisher } from "../../feed/redis/redis-feed-publisher.js";
import type { JournalReader } from "../../journal/port.js";
import type { Logger } from "../../platform/logging.js";
import type { RedisAccess } from "../../platform/redis-connection.js";
import { systemTimers } from "../../platform/timers.js";
import { journalBatches } from "../../projection/journal-batches.js";
import type { EngineClient } from "../../transport/engine-port.js";

export interface LeaderOutletsParts {
  readonly partition: number;
  /** This process's name. */
  readonly name: string;
  readonly redis: RedisAccess;
  readonly journal: JournalReader;
  /** The way to another partition's engine. */
  readonly clientOf: (partition: number) => EngineClient;
  readonly logger: Logger;
}

/**
 * Where an engine's durable batches go while it leads, beside the answers: events to the feed, transfers to the other
 * partitions. Both begin with what the last leader may have left undone.
 */
export class LeaderOutlets implements FeedPublisher {
  readonly #parts: LeaderOutletsParts;
  readonly #feed: RedisFeedPublisher;
  #carrier: TransferCarrier | undefined;

  constructor(parts: LeaderOutletsParts) {
    const { redis, partition, name, journal, logger } = parts;
    this.#parts = parts;
    this.#feed = new RedisFeedPublisher({
      redis,
      partition,
      name,
      tail: async () => (await journal.tail()).sequence,
      readMissed: (fromSequence) => journalBatches(journal, fromSequence),
      logger,
    });
  }

  /** For the metrics. */
  get feedFigures(): FeedPublisherFigures {
    return this.#feed.figures;
  }

  /** The engine leads from now on. */
  begin(engine: Engine): void {
    this.#feed.start();
    const { partition, clientOf, logger } = this.#parts;
    const carrier = new TransferCarrier({
      partition,
      engine,
      clientOf,
      timers: systemTimers,
      random: Math.random,
      onEvent({ kind, toPartition, ...more }) {
        if (kind === "held") logger.warn({ toPartition, ...more }, "transfers wait and are tried again");
        else logger.info({ toPartition }, "transfers arrive again");
      },
    });
    this.#carrier = carrier;
    // An engine that can't say what its outbox holds has failed, and says so itself.
    carrier.start().catch(() => {});
  }

  /** The engine leads no more; the next leader goes on with what is under way. */
  end(): void {
    this.#feed.stop();
    this.#carrier?.close();
    this.#carrier = undefined;
  }

  publish(batch: FeedBatch): void {
    this.#feed.publish(batch);
    this.#carrier?.publish(batch);
  }
}

import { TransferCarrier } from "../../cluster/transfers/carrier.js";
import type { Engine } from "../../engine/engine.js";
import type { FeedBatch, FeedPublisher } from "../../feed/port.js";
import type { Logger } from "../../platform/logging.js";
import { systemTimers } from "../../platform/timers.js";
import type { EngineClient } from "../../transport/engine-port.js";

export interface LeaderOutletsParts {
  readonly partition: number;
  /** The way to another partition's engine. */
  readonly clientOf: (partition: number) => EngineClient;
  readonly logger: Logger;
}

/** Where an engine's durable batches go while it leads, beside the answers: transfers to the other partitions. */
export class LeaderOutlets implements FeedPublisher {
  readonly #parts: LeaderOutletsParts;
  #carrier: TransferCarrier | undefined;

  constructor(parts: LeaderOutletsParts) {
    this.#parts = parts;
  }

  /** The engine leads from now on: what the last leader left under way goes on. */
  begin(engine: Engine): void {
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
    this.#carrier?.close();
    this.#carrier = undefined;
  }

  publish(batch: FeedBatch): void {
    this.#carrier?.publish(batch);
  }
}

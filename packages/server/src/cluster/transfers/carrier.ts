import { CommandType, decodeEvent, Reason, ResultEvent, WordBuffer } from "@buttonwood/protocol";
import type { FeedBatch, FeedPublisher } from "../../feed/port.js";
import type { Timers } from "../../platform/timers.js";
import type { EngineHost } from "../../transport/engine-host.js";
import type { EngineClient, OutgoingTransfer } from "../../transport/engine-port.js";
import { OutgoingChannel } from "./outgoing-channel.js";

export interface CarrierParts {
  /** This partition's number. */
  readonly partition: number;
  /** This partition's engine, which leads. */
  readonly engine: EngineHost;
  /** The way to another partition's engine. May throw when there is no such partition. */
  readonly clientOf: (partition: number) => EngineClient;
  readonly timers: Timers;
  /** A number from 0 to 1, as Math.random. */
  readonly random: () => number;
  readonly onEvent: (event: CarrierEvent) => void;
}

/** What an operator should hear about. */
export type CarrierEvent =
  /** Transfers to a partition wait, and are tried again until they arrive; `why` is said once while it stays the same. */
  | { readonly kind: "held"; readonly toPartition: number; readonly why: string }
  /** They arrive again. */
  | { readonly kind: "flowing"; readonly toPartition: number };

/**
 * Carries a partition's transfers to the others, each of them as often as it takes until it has arrived, in the
 * order of their numbers:
 *
 * 1. The debit is durable: its batch was published, or it stands in the outbox of an engine that has just begun to
 *    lead. Nothing is sent before.
 * 2. The other partition's engine takes it, or says that it has it. That answer is durable too.
 * 3. Only then the own engine hears the acknowledgement and forgets the transfer.
 *
 * What is lost between two steps is done again from the outbox: the number makes a transfer that comes twice
 * harmless. It can die at any moment, and two of them can be at work at once. Channels don't wait for each other.
 */
export class TransferCarrier implements FeedPublisher {
  readonly #parts: CarrierParts;
  readonly #channels = new Map<number, OutgoingChannel>();
  /** Batches that came before the outbox was known. */
  #early: FeedBatch[] | undefined = [];
  #isClosed = false;

  constructor(parts: CarrierParts) {
    this.#parts = parts;
  }

  /** Begins with what the outbox holds. Resolves when it is known what that is; rejects as the engine's query does. */
  async start(): Promise<void> {
    const outbox = await this.#parts.engine.query({ kind: "outbox" });
    this.#carry(outbox);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const batch of early) this.publish(batch);
  }

  /** Takes the transfers out of a batch that is durable. */
  publish(batch: FeedBatch): void {
    if (this.#early !== undefined) {
      this.#early.push({ ...batch, events: WordBuffer.from(batch.events.copy()) });
      return;
    }
    const { events } = batch;
    const sent = Reason.OK | (CommandType.TRANSFER_OUT << 16);
    const transfers: OutgoingTransfer[] = [];
    for (let at = 0; at < events.length; at += events.i32[at + ResultEvent.GROUP_WORDS]!) {
      if (events.i32[at + ResultEvent.REASON] !== sent) continue;
      const event = decodeEvent(events, at + ResultEvent.WORDS);
      if (event.kind !== "TRANSFER_SENT")
        throw new Error(`a TRANSFER_OUT was taken and yields ${event.kind}`);
      const { partition: toPartition, channelSequence, account, asset, amount } = event;
      transfers.push({ toPartition, channelSequence, account, asset, amount });
    }
    this.#carry(transfers);
  }

  /** Carries nothing any more. What is under way goes on with the next engine that leads. */
  close(): void {
    this.#isClosed = true;
    for (const channel of this.#channels.values()) channel.close();
  }

  /** Lets their channels have them, and then begin, so that they go together. */
  #carry(transfers: readonly OutgoingTransfer[]): void {
    if (this.#isClosed) return;
    const touched = new Set<OutgoingChannel>();
    for (const transfer of transfers) {
      let channel = this.#channels.get(transfer.toPartition);
      if (channel === undefined) {
        channel = new OutgoingChannel(transfer.toPartition, this.#parts);
        this.#channels.set(transfer.toPartition, channel);
      }
      channel.add(transfer);
      touched.add(channel);
    }
    for (const channel of touched) channel.run();
  }
}

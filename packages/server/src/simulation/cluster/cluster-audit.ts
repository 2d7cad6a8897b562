import { decodeCommand, type Event, Reason, type WordBuffer } from "@buttonwood/protocol";
import type { FeedBatch } from "../../feed/port.js";
import type { JournalRow } from "../../journal/port.js";
import { NO_HASH, sameHash } from "../../journal/row-hash.js";
import type { CommandMessage } from "../../transport/engine-host.js";
import type { CommandOutcome } from "../../transport/engine-port.js";
import { Auditor } from "../auditor.js";
import type { Verdict, World } from "../world.js";
import { AnswersCheck } from "./answers-check.js";
import type { ClusterPlan } from "./cluster-plan.js";
import { FundsCheck } from "./funds-check.js";
import type { StoredRow } from "./shard-tables.js";

/**
 * Sees everything that becomes durable anywhere and everything that leaves a process, and shares no code with the
 * cluster: each partition is followed by the plain reference, and what concerns several by checks of their own.
 */
export class ClusterAudit {
  readonly funds = new FundsCheck();
  readonly answers = new AnswersCheck();
  readonly #world: World;
  readonly #plan: ClusterPlan;
  readonly #partitions: readonly Auditor[];
  readonly #last: { hash: Uint8Array; epoch: number }[];

  constructor(world: World, plan: ClusterPlan) {
    this.#world = world;
    this.#plan = plan;
    this.#last = plan.partitions.map(() => ({ hash: NO_HASH, epoch: 0 }));
    this.#partitions = plan.partitions.map(
      ({ number }) =>
        new Auditor(this.#verdictOn(number), plan.config, (commands, at, events) =>
          this.#onCommand(number, commands, at, events),
        ),
    );
  }

  partition(number: number): Auditor {
    return this.#partitions[number]!;
  }

  get commands(): number {
    return this.#partitions.reduce((sum, { sequence }) => sum + sequence, 0);
  }

  /** A row of a shard can't be lost any more. */
  onDurable(partition: number, stored: StoredRow): void {
    const [epoch, firstSequence, lastSequence, mapHash, previousHash, hash, digest, commands, events] =
      stored;
    this.#world.trace("durable", partition, epoch, firstSequence, lastSequence, digest);
    const last = this.#last[partition]!;
    if (!sameHash(previousHash, last.hash)) this.#fail(partition, `row ${firstSequence} follows another row`);
    if (epoch < last.epoch) this.#fail(partition, `epoch ${epoch} wrote a row after epoch ${last.epoch}`);
    if (mapHash !== this.#plan.map.hash)
      this.#fail(partition, `row ${firstSequence} was written under map ${mapHash}`);
    this.#last[partition] = { hash, epoch };
    const row: JournalRow = {
      epoch,
      firstSequence,
      lastSequence,
      previousHash,
      hash,
      digest,
      commands,
      events,
    };
    try {
      this.partition(partition).onDurable(row);
    } catch (error) {
      this.#fail(partition, `row ${firstSequence} can't be read: ${String(error)}`);
    }
  }

  /** An engine of an epoch lets a batch out. */
  onOutput(partition: number, epoch: number, batch: FeedBatch): void {
    const auditor = this.partition(partition);
    auditor.onPublished(batch);
    const written = auditor.entry(batch.firstSequence)?.epoch;
    if (written !== epoch) {
      this.#fail(
        partition,
        `epoch ${epoch} lets sequence ${batch.firstSequence} out, which epoch ${written} wrote`,
      );
    }
  }

  /** An engine answers commands of a message: from the one of an index on, those from a sequence on. */
  onReply(partition: number, message: CommandMessage, index: number, sequence: number, count: number): void {
    const auditor = this.partition(partition);
    const words = new Int32Array(
      message.commands.buffer,
      message.commands.byteOffset,
      message.commands.byteLength / 4,
    );
    let at = 0;
    for (let i = 0; i < index + count && at < words.length; i++) {
      const size = words[at]! >>> 8;
      if (i >= index) {
        const bytes = Buffer.from(words.slice(at, at + size).buffer);
        bytes.fill(0, 8, 16);
        const entry = auditor.entry(sequence + i - index);
        if (entry === undefined || !entry.command.equals(bytes)) {
          this.#fail(partition, `sequence ${sequence + i - index} is the answer to another command`);
        }
      }
      at += size;
    }
  }

  /** A client has an outcome that one partition gave: it must be what its journal holds. */
  onOutcome(partition: number, { sequence, events, at, end }: CommandOutcome): void {
    const auditor = this.partition(partition);
    const entry = auditor.entry(sequence);
    if (entry === undefined)
      this.#fail(partition, `sequence ${sequence} was answered, but it is not durable`);
    else if (!entry.group.equals(Buffer.from(events.copy(at, end)))) {
      this.#fail(partition, `sequence ${sequence} was answered with events that are not the journal's`);
    }
    auditor.acknowledgedTo = Math.max(auditor.acknowledgedTo, sequence);
  }

  #onCommand(
    partition: number,
    commands: WordBuffer,
    at: number,
    events: readonly Event[],
  ): string | undefined {
    for (const event of events) {
      if (event.kind !== "ORDER_ACCEPTED") continue;
      const symbol = this.#plan.markets[event.order.market]?.symbol ?? "";
      if (this.#plan.map.partitionOfMarket(symbol) !== partition)
        return `an order on ${symbol} was taken here`;
    }
    const command = decodeCommand(commands, at);
    const wrong = this.funds.group(partition, events) ?? this.answers.group(command, events);
    const result = events[0];
    const isTaken = result?.kind === "RESULT" && result.reason === Reason.OK;
    if (wrong !== undefined || command.kind !== "TRANSFER_ACK" || !isTaken) return wrong;
    return this.funds.acknowledged(partition, command.toPartition, command.channelSequence);
  }

  #verdictOn(partition: number): Verdict {
    const world = this.#world;
    return {
      get failure() {
        return world.failure;
      },
      fail: (message) => this.#fail(partition, message),
    };
  }

  #fail(partition: number, message: string): void {
    this.#world.fail(`partition ${partition}: ${message}`);
  }
}

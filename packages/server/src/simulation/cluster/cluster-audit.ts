import { decodeCommand, type Event, Reason, type WordBuffer } from "@buttonwood/protocol";
import type { FeedBatch } from "../../feed/port.js";
import type { JournalRow } from "../../journal/port.js";
import { NO_HASH, sameHash } from "../../journal/row-hash.js";
import type { CommandMessage } from "../../transport/engine-host.js";
import type { CommandOutcome } from "../../transport/engine-port.js";
import { Auditor } from "../auditor.js";
import type { Verdict, World } from "../world.js";
import { AnswersCheck } from "./answers-check.js";
import { type ClusterPlan, LEASE_TIMES_SIMULATED } from "./cluster-plan.js";
import { FundsCheck } from "./funds-check.js";
import type { Commit, StoredLease, StoredRow } from "./shard-tables.js";
import { TablesCheck } from "./tables-check.js";

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
  readonly #tables: readonly TablesCheck[];
  readonly #last: { hash: Uint8Array; lease: StoredLease | undefined }[];

  constructor(world: World, plan: ClusterPlan) {
    this.#world = world;
    this.#plan = plan;
    this.#last = plan.partitions.map(() => ({ hash: NO_HASH, lease: undefined }));
    this.#tables = plan.partitions.map(() => new TablesCheck());
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

  tables(partition: number): TablesCheck {
    return this.#tables[partition]!;
  }

  get commands(): number {
    return this.#partitions.reduce((sum, { sequence }) => sum + sequence, 0);
  }

  /** A commit of a shard can't be lost any more. They come in their order. */
  onDurable({ partition, lease, row }: Commit): void {
    if (lease !== undefined) this.#onLease(partition, lease);
    if (row !== undefined) this.#onRow(partition, row);
  }

  /** A lease is taken only when it was given up, or not renewed for long. */
  #onLease(partition: number, lease: StoredLease): void {
    const last = this.#last[partition]!;
    const before = last.lease;
    last.lease = lease;
    if (before === undefined || before.epoch === lease.epoch || before.epoch === 0) return;
    this.#world.trace("taken", partition, lease.epoch, lease.owner);
    const idleMs = (lease.renewedAtUs - before.renewedAtUs) / 1000;
    if (before.successor === null && idleMs < LEASE_TIMES_SIMULATED.lapsedAfterMs) {
      this.#fail(partition, `${lease.owner} took the lease that ${before.owner} renewed ${idleMs} ms ago`);
    }
  }

  #onRow(partition: number, stored: StoredRow): void {
    const [epoch, firstSequence, lastSequence, mapHash, previousHash, hash, digest, commands, events] =
      stored;
    this.#world.trace("durable", partition, epoch, firstSequence, lastSequence, digest);
    const last = this.#last[partition]!;
    if (!sameHash(previousHash, last.hash)) this.#fail(partition, `row ${firstSequence} follows another row`);
    if (epoch !== last.lease?.epoch) {
      this.#fail(partition, `epoch ${epoch} wrote row ${firstSequence} under epoch ${last.lease?.epoch}`);
    }
    if (mapHash !== this.#plan.map.hash)
      this.#fail(partition, `row ${firstSequence} was written under map ${mapHash}`);
    last.hash = hash;
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
    this.#tables[partition]!.group(events);
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

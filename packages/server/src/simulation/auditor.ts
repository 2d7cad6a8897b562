import { type ReferenceConfig, ReferenceExchange } from "@buttonwood/core/reference";
import {
  CLIENT_ID_MEMORY_SECONDS,
  CommandHeader,
  decodeEvents,
  type Event,
  encodeEvent,
  Reason,
  ResultEvent,
  WordBuffer,
} from "@buttonwood/protocol";
import type { FeedBatch } from "../feed/port.js";
import type { JournalRow } from "../journal/port.js";
import type { CommandOutcome } from "../transport/engine-port.js";
import { BalanceCheck } from "./balance-check.js";
import { PriorityCheck } from "./priority-check.js";
import type { Verdict } from "./world.js";

/** A durable command stands at a word, and these are its events. Answers what is wrong, or undefined. */
export type OnCommand = (commands: WordBuffer, at: number, events: readonly Event[]) => string | undefined;

/** One journaled command. */
export interface Entry {
  readonly epoch: number;
  /** The command's bytes without its time, which the engine stamps. */
  readonly command: Buffer;
  readonly group: Buffer;
}

/**
 * Sees everything that becomes durable and everything that leaves an engine, and shares no code with the engine:
 * the plain reference, conservation and priority are followed from the journal's rows.
 */
export class Auditor {
  readonly #world: Verdict;
  readonly #onCommand: OnCommand;
  readonly #reference: ReferenceExchange;
  readonly #balances = new BalanceCheck();
  readonly #priority = new PriorityCheck();
  /** By sequence; the first stands at 1. */
  readonly #entries: (Entry | undefined)[] = [undefined];
  readonly #rows = new Map<number, JournalRow>();
  readonly #answered = new Set<number>();
  readonly #markers = new Set<number>();
  /** When each client order id took effect, by account and id. */
  readonly #accepted = new Map<string, number>();
  /** Ids and references that were to be remembered so far. */
  #remembered = 0;
  /** With fewer, nothing is forgotten before its time; docs/reference/semantics.md. */
  readonly #crowded: number;
  readonly #expected = new WordBuffer(1 << 12);
  #lastTimeUs = 0;
  #fedTo = 0;
  /** Sequences whose outcome a client knows. */
  acknowledgedTo = 0;
  trades = 0;
  quarantined = 0;

  /** `onCommand` hears of every command that is durable, once everything about it was found to be right. */
  constructor(world: Verdict, config: ReferenceConfig, onCommand: OnCommand = () => undefined) {
    this.#world = world;
    this.#onCommand = onCommand;
    this.#reference = new ReferenceExchange(config);
    this.#crowded = Math.floor((config.rememberedIdsMax * 7) / 8);
  }

  /** Last durable sequence. */
  get sequence(): number {
    return this.#entries.length - 1;
  }

  get fedTo(): number {
    return this.#fedTo;
  }

  get digest(): string {
    return this.#reference.stateDigest();
  }

  /** What is durable at a sequence, or undefined. */
  entry(sequence: number): Entry | undefined {
    return this.#entries[sequence];
  }

  /** Digest after the row that ends at a sequence, or undefined. */
  digestAt(sequence: number): string | undefined {
    for (const row of this.#rows.values()) if (row.lastSequence === sequence) return row.digest;
    return sequence === 0 ? new ReferenceExchange().stateDigest() : undefined;
  }

  /** A row is durable: it must follow, and the reference must say the same about every command of it. */
  onDurable(row: JournalRow): void {
    if (row.firstSequence !== this.sequence + 1) {
      this.#world.fail(`a row from sequence ${row.firstSequence} became durable after ${this.sequence}`);
      return;
    }
    const commands = WordBuffer.from(row.commands);
    const events = WordBuffer.from(row.events);
    let group = 0;
    for (let at = 0; at < commands.length; at += commands.i32[at]! >>> 8) {
      const end = group + (events.i32[group + ResultEvent.GROUP_WORDS] ?? 0);
      if (end <= group || end > events.length) {
        this.#world.fail(`row ${row.firstSequence} holds fewer groups than commands`);
        return;
      }
      this.#take(row, commands, at, events, group, end);
      if (this.#world.failure !== undefined) return;
      group = end;
    }
    if (this.sequence !== row.lastSequence || group !== events.length) {
      this.#world.fail(
        `row ${row.firstSequence} says it ends at ${row.lastSequence}, but ends at ${this.sequence}`,
      );
    }
    this.#rows.set(row.firstSequence, row);
    const digest = this.#reference.stateDigest();
    if (digest !== row.digest) {
      this.#world.fail(`row ${row.firstSequence}: state digest ${row.digest}, the reference has ${digest}`);
    }
    try {
      this.#reference.checkInvariants();
    } catch (error) {
      this.#world.fail(`row ${row.firstSequence}: ${String(error)}`);
    }
  }

  /** A client has learnt the outcome of a command it sent, from an engine of an epoch. */
  onAnswer(sent: Buffer, outcome: CommandOutcome, epoch: number): void {
    const { sequence, events, at, end } = outcome;
    const entry = this.#entries[sequence];
    const problem =
      entry === undefined
        ? "but it is not durable"
        : entry.epoch !== epoch
          ? `by epoch ${epoch}, but epoch ${entry.epoch} wrote it`
          : !entry.command.equals(sent)
            ? "but another command stands there"
            : !entry.group.equals(Buffer.from(events.copy(at, end)))
              ? "with events that are not the journal's"
              : this.#answered.has(sequence)
                ? "twice"
                : undefined;
    if (problem !== undefined) this.#world.fail(`sequence ${sequence} was answered, ${problem}`);
    this.#answered.add(sequence);
    this.acknowledgedTo = Math.max(this.acknowledgedTo, sequence);
  }

  /** A batch has left an engine over the feed: one or more rows. */
  onPublished({ firstSequence, lastSequence, events }: FeedBatch): void {
    if (events.length === 0) return;
    const rows: Uint8Array[] = [];
    let next = firstSequence;
    for (
      let row = this.#rows.get(next);
      row !== undefined && next <= lastSequence;
      row = this.#rows.get(next)
    ) {
      rows.push(row.events);
      next = row.lastSequence + 1;
    }
    if (next !== lastSequence + 1 || Buffer.compare(Buffer.concat(rows), events.bytes()) !== 0) {
      this.#world.fail(`the feed shows ${firstSequence}…${lastSequence}, which is not what is durable`);
    }
  }

  /** A reader begins behind a sequence, up to which it has everything. */
  onFeedBegins(sequence: number): void {
    if (sequence > this.sequence) this.#world.fail(`a reader begins at ${sequence}, which is not durable`);
    this.#fedTo = sequence;
  }

  /** A reader of the gapless feed was given a batch. */
  onFed(batch: FeedBatch): void {
    if (batch.firstSequence !== this.#fedTo + 1) {
      this.#world.fail(`a reader was given ${batch.firstSequence} after ${this.#fedTo}`);
    }
    this.#fedTo = batch.lastSequence;
    this.onPublished(batch);
  }

  /** An engine that starts again must know all that was acknowledged. */
  onRecovered(sequence: number): void {
    if (sequence < this.acknowledgedTo) {
      this.#world.fail(`recovered to sequence ${sequence}, but ${this.acknowledgedTo} was acknowledged`);
    }
  }

  #take(
    row: JournalRow,
    commands: WordBuffer,
    at: number,
    events: WordBuffer,
    group: number,
    end: number,
  ): void {
    const sequence = this.sequence + 1;
    const words = commands.i32[at]! >>> 8;
    const isAside = (events.i32[group + ResultEvent.REASON]! & 0xffff) === Reason.QUARANTINED;
    const timeUs = commands.f64[(at + CommandHeader.TIME_US) >> 1]!;
    // What the events say by themselves comes first, so that these checks are not hidden behind the reference.
    const decoded = decodeEvents(events, group, end);
    const wrong =
      this.#balances.group(decoded) ?? this.#priority.group(decoded) ?? this.#idsOnce(decoded, timeUs);
    if (wrong !== undefined) this.#world.fail(`sequence ${sequence}: ${wrong}`);
    const expected = this.#derive(commands, at, isAside);
    const bytes = Buffer.from(events.copy(group, end));
    if (!bytes.equals(expected.bytes())) {
      this.#world.fail(
        `sequence ${sequence}: the core and the reference differ:\n  core      ${describe(events, group, end)}\n  reference ${describe(expected, 0, expected.length)}`,
      );
      return;
    }
    if (timeUs < this.#lastTimeUs) this.#world.fail(`sequence ${sequence}: time runs backwards`);
    this.#lastTimeUs = timeUs;
    const command = withoutTime(commands, at, words);
    const marker = commands.f64[(at + CommandHeader.DEADLINE_US) >> 1]!;
    if (marker >= MARKER_MIN) {
      if (this.#markers.has(marker)) this.#world.fail(`sequence ${sequence}: a command was sequenced twice`);
      this.#markers.add(marker);
    }
    this.#entries.push({ epoch: row.epoch, command, group: bytes });
    if (isAside) this.quarantined++;
    for (const event of decoded) if (event.kind === "ORDER_FILLED" && event.isMaker) this.trades++;
    const problem = this.#onCommand(commands, at, decoded);
    if (problem !== undefined) this.#world.fail(`sequence ${sequence}: ${problem}`);
  }

  #derive(commands: WordBuffer, at: number, isAside: boolean): WordBuffer {
    const expected = this.#expected;
    expected.clear();
    if (!isAside) {
      for (const event of this.#reference.applyWords(commands, at)) encodeEvent(expected, event);
      return expected;
    }
    // A command set aside takes its sequence and its time, as one of no type does.
    const header = WordBuffer.from(commands.copy(at, at + CommandHeader.WORDS));
    const type = header.i32[0]! & 0xff;
    header.i32[0] = 0xff | (CommandHeader.WORDS << 8);
    for (const event of this.#reference.applyWords(header, 0)) encodeEvent(expected, event);
    expected.i32[ResultEvent.REASON] = Reason.QUARANTINED | (type << 16);
    return expected;
  }

  /** Each client order id takes effect at most once in 24 hours, unless there were too many to remember. */
  #idsOnce(events: readonly Event[], timeUs: number): string | undefined {
    for (const event of events) {
      if (REMEMBERED.has(event.kind)) this.#remembered++;
      if (event.kind !== "ORDER_ACCEPTED") continue;
      const key = `${event.order.account} ${event.order.clientOrderId}`;
      const before = this.#accepted.get(key);
      const isInTime = before !== undefined && timeUs - before < CLIENT_ID_MEMORY_SECONDS * 1e6;
      if (isInTime && this.#remembered <= this.#crowded) {
        return `client order id ${key} took effect twice`;
      }
      this.#accepted.set(key, timeUs);
    }
    return undefined;
  }
}

/** Events that come with an id or a reference that is remembered; a list's come more than once. */
const REMEMBERED: ReadonlySet<Event["kind"]> = new Set([
  "ORDER_ACCEPTED",
  "ORDER_LIST",
  "DEPOSITED",
  "WITHDRAWN",
]);

/** Deadlines from here on are marks by which the auditor tells one sending from another. */
export const MARKER_MIN = 8e15;

/** The bytes of a command without its time. */
export function withoutTime(commands: WordBuffer, at: number, words: number): Buffer {
  const bytes = Buffer.from(commands.copy(at, at + words));
  bytes.fill(0, CommandHeader.TIME_US * 4, CommandHeader.TIME_US * 4 + 8);
  return bytes;
}

function describe(events: WordBuffer, start: number, end: number): string {
  try {
    return JSON.stringify(decodeEvents(events, start, end));
  } catch (error) {
    return `(${String(error)})`;
  }
}

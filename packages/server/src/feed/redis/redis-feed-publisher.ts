import { WordBuffer } from "@buttonwood/protocol";
import type { Logger } from "../../platform/logging.js";
import type { Cluster, RedisAccess } from "../../platform/redis-connection.js";
import type { ReadMissed } from "../gapless-feed.js";
import type { FeedBatch, FeedPublisher } from "../port.js";
import { type RedisMachine, THIS_MACHINE } from "./redis-machine.js";
import { entryFields, entryId, positionsKey, sequenceOf, streamKey } from "./stream-entry.js";
import { StreamWindow } from "./stream-window.js";

/** Bytes on their way to Redis, or waiting for it, at most: beyond, batches are left out. */
const PENDING_BYTES_MAX = 32 * 1024 * 1024;

/** Bytes of the stream, at most: a reader that is further behind reads the journal. */
const STREAM_BYTES_MAX = 32 * 1024 * 1024;

/** What an entry costs beside its events. */
const ENTRY_BYTES = 128;

/**
 * Time between two entries of a busy stream, in ms, at least: batches that are committed meanwhile share one, and
 * engine, Redis and reader wake up once for them. The first batch after a silence goes at once.
 */
const REST_MS = 10;

/** Events of one entry, in bytes, at most, but for a single batch's. */
const ENTRY_BYTES_MAX = 1024 * 1024;

/** Sequences published again after a start, at most: what lies further back readers have, or take from the journal. */
const REPUBLISHED_MAX = 10_000;

/** A node that answers nothing for this long, in ms, has failed: a replica is taking over. */
const SILENCE_MS_MAX = 1_500;

/** How often the readers' positions are looked at, in ms. */
const POSITIONS_MS = 1_000;

export interface RedisFeedPublisherParts {
  readonly redis: RedisAccess;
  readonly partition: number;
  /** The engine's name, for Redis's list of clients. */
  readonly name: string;
  /** Last durable sequence. */
  readonly tail: () => Promise<number>;
  /** Batches of the journal, to publish again what the feed lacks. */
  readonly readMissed: ReadMissed;
  readonly logger: Logger;
  readonly pendingBytesMax?: number;
  readonly streamBytesMax?: number;
  /** Time between two entries, in ms, at least. */
  readonly restMs?: number;
  readonly machine?: RedisMachine;
}

/** For the metrics; counts are since the start. */
export interface FeedPublisherFigures {
  readonly isLive: boolean;
  /** Times that Redis was reached. */
  readonly connects: number;
  readonly entries: number;
  /** Batches that were left out. */
  readonly dropped: number;
  readonly pendingBytes: number;
  /** What the stream holds of what this process has put in. */
  readonly streamEntries: number;
  readonly streamBytes: number;
}

/**
 * Puts a partition's batches into a stream of a Redis Cluster while its engine leads. Never waits and never fails:
 * when Redis is away, slow or full, batches are left out, and readers find them in the journal. The id of an entry is
 * its last sequence and Redis refuses an id that is not higher than the last one, so nothing is ever doubled
 * or put out of order.
 */
export class RedisFeedPublisher implements FeedPublisher {
  readonly #parts: RedisFeedPublisherParts;
  readonly #key: string;
  readonly #pendingBytesMax: number;
  readonly #restMs: number;
  readonly #machine: RedisMachine;
  #term: Term | undefined;
  #dropped = 0;
  #connects = 0;
  #entries = 0;

  constructor(parts: RedisFeedPublisherParts) {
    this.#parts = parts;
    this.#key = streamKey(parts.partition);
    this.#pendingBytesMax = parts.pendingBytesMax ?? PENDING_BYTES_MAX;
    this.#restMs = parts.restMs ?? REST_MS;
    this.#machine = parts.machine ?? THIS_MACHINE;
  }

  /** Batches that were left out. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether batches go straight into the stream. */
  get isLive(): boolean {
    return this.#term?.waiting === undefined && this.#term?.client.status === "ready";
  }

  /** For the metrics. */
  get figures(): FeedPublisherFigures {
    const term = this.#term;
    return {
      isLive: term !== undefined && this.isLive,
      connects: this.#connects,
      entries: this.#entries,
      dropped: this.#dropped,
      pendingBytes: term?.pendingBytes ?? 0,
      streamEntries: term?.window.entries ?? 0,
      streamBytes: term?.window.bytes ?? 0,
    };
  }

  /** The engine leads from now on: connects, and publishes again what the feed lacks. */
  start(): void {
    if (this.#term !== undefined) return;
    const { redis, partition, name, logger, streamBytesMax } = this.#parts;
    let isDown = false;
    const client = this.#machine.connect(redis, {
      name: `${name}-feed`,
      silenceMsMax: SILENCE_MS_MAX,
      onError: (error) => {
        if (!isDown) logger.warn({ err: error }, "Redis can't be reached: the feed is read from the journal");
        isDown = true;
      },
    });
    const window = new StreamWindow(streamBytesMax ?? STREAM_BYTES_MAX);
    const term: Term = {
      client,
      window,
      cancelTimer() {},
      gathered: { firstSequence: 0, lastSequence: 0, events: new WordBuffer(1 << 12), batches: 0 },
      postedMs: Number.NEGATIVE_INFINITY,
      cancelRest: undefined,
      waiting: [],
      joining: undefined,
      pendingBytes: 0,
    };
    this.#term = term;
    this.#watchPositions(term);
    client.on("ready", () => {
      this.#connects++;
      if (isDown) logger.info({ partition }, "Redis is back: the feed goes through it again");
      isDown = false;
      // The connection may be lost and made again while the last attempt is under way.
      term.joining ??= this.#join(term).finally(() => {
        term.joining = undefined;
      });
    });
  }

  /** The engine leads no more. */
  stop(): void {
    const term = this.#term;
    this.#term = undefined;
    if (term === undefined) return;
    term.cancelTimer();
    term.cancelRest?.();
    term.client.disconnect();
  }

  publish(batch: FeedBatch): void {
    const term = this.#term;
    if (term === undefined) return;
    const bytes = batch.events.length * 4;
    const isDown = term.waiting === undefined && term.client.status !== "ready";
    if (isDown || term.pendingBytes + bytes + ENTRY_BYTES > this.#pendingBytesMax) {
      this.#dropped++;
      return;
    }
    if (term.waiting !== undefined) {
      // One by one: what is published again meanwhile, Redis then refuses.
      term.pendingBytes += bytes + ENTRY_BYTES;
      term.waiting.push(entryOf(batch, 1));
      return;
    }
    const { gathered } = term;
    const follows = gathered.batches > 0 && batch.firstSequence === gathered.lastSequence + 1;
    const isRoom = gathered.events.length * 4 + bytes <= ENTRY_BYTES_MAX;
    if (gathered.batches > 0 && !(follows && isRoom)) this.#post(term);
    if (gathered.batches === 0) {
      gathered.firstSequence = batch.firstSequence;
      term.pendingBytes += ENTRY_BYTES;
    }
    const words = batch.events.length;
    const at = gathered.events.reserve(words);
    gathered.events.i32.set(batch.events.i32.subarray(0, words), at);
    gathered.lastSequence = batch.lastSequence;
    gathered.batches++;
    term.pendingBytes += bytes;
    if (term.cancelRest !== undefined) return;
    const restMs = term.postedMs + this.#restMs - this.#machine.stopwatchMs();
    if (restMs <= 0) this.#post(term);
    else term.cancelRest = this.#machine.timers.after(restMs, () => this.#post(term));
  }

  /** Posts what is gathered. */
  #post(term: Term): void {
    term.postedMs = this.#machine.stopwatchMs();
    void this.#send(term, takeGathered(term));
  }

  /** Publishes again from the stream's last sequence on; what is committed meanwhile waits for its turn. */
  async #join(term: Term): Promise<void> {
    term.waiting ??= [];
    // It is durable, so that it is among what is published again.
    if (term.gathered.batches > 0) term.pendingBytes -= takeGathered(term).bytes;
    try {
      await this.#republish(term);
    } catch (error) {
      this.#parts.logger.warn({ err: error }, "what the feed lacks could not be published again");
    }
    const waiting = term.waiting;
    term.waiting = undefined;
    for (const entry of waiting) void this.#send(term, entry);
  }

  async #republish(term: Term): Promise<void> {
    const { tail, readMissed, logger } = this.#parts;
    const [last] = await term.client.xrevrange(this.#key, "+", "-", "COUNT", 1);
    let published = last === undefined ? 0 : sequenceOf(last[0]);
    const durable = await tail();
    if (published > durable) {
      // A feed never runs ahead of its journal: the stream is left from another one.
      logger.warn({ published, durable }, "the stream was ahead of the journal and was removed");
      await term.client.del(this.#key, positionsKey(this.#parts.partition));
      published = 0;
    }
    const from = Math.max(published, durable - REPUBLISHED_MAX) + 1;
    if (from > durable) return;
    for await (const batch of readMissed(from)) {
      if (this.#term !== term) return;
      const entry = entryOf(batch, 1);
      term.pendingBytes += entry.bytes;
      await this.#send(term, entry);
    }
  }

  async #send(term: Term, { lastSequence, batches, bytes, fields }: Entry): Promise<void> {
    const { client, window } = term;
    window.add(lastSequence, bytes);
    try {
      await client.xadd(this.#key, "MINID", "~", entryId(window.floor), entryId(lastSequence), ...fields);
      this.#entries++;
    } catch (error) {
      // An id that is not higher is there already, or lies behind what was published since.
      if (!(error as Error).message.includes("equal or smaller")) this.#dropped += batches;
    } finally {
      term.pendingBytes -= bytes;
    }
  }

  #watchPositions(term: Term): void {
    term.cancelTimer = this.#machine.timers.after(POSITIONS_MS, () => {
      if (term.client.status === "ready") void this.#readPositions(term);
      this.#watchPositions(term);
    });
  }

  async #readPositions({ client, window }: Term): Promise<void> {
    try {
      const positions = Object.values(await client.hgetall(positionsKey(this.#parts.partition)));
      const read = Math.min(...positions.map(Number));
      // A position ahead of the feed belongs to another journal.
      if (read <= window.last) window.read(read);
    } catch {
      // The next look will do: until then the stream is bounded by its bytes.
    }
  }
}

interface Entry {
  readonly lastSequence: number;
  readonly batches: number;
  readonly bytes: number;
  readonly fields: ReturnType<typeof entryFields>;
}

function entryOf(batch: FeedBatch, batches: number): Entry {
  const { lastSequence, events } = batch;
  return { lastSequence, batches, bytes: events.length * 4 + ENTRY_BYTES, fields: entryFields(batch) };
}

/** What is gathered, as an entry: nothing is gathered then. */
function takeGathered(term: Term): Entry {
  const { gathered } = term;
  term.cancelRest?.();
  term.cancelRest = undefined;
  const entry = entryOf(gathered, gathered.batches);
  gathered.events.clear();
  gathered.batches = 0;
  return entry;
}

/** Batches that go into the next entry. */
interface Gathered {
  firstSequence: number;
  lastSequence: number;
  readonly events: WordBuffer;
  batches: number;
}

/** One time of leading. */
interface Term {
  readonly client: Cluster;
  readonly window: StreamWindow;
  cancelTimer: () => void;
  readonly gathered: Gathered;
  postedMs: number;
  /** While the stream rests before what is gathered is posted. */
  cancelRest: (() => void) | undefined;
  /** What waits until the stream has what lies before; undefined when nothing has to wait. */
  waiting: Entry[] | undefined;
  joining: Promise<void> | undefined;
  /** Bytes that wait, or that Redis has not answered. */
  pendingBytes: number;
}

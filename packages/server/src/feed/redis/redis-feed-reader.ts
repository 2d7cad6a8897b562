import { WordBuffer } from "@buttonwood/protocol";
import type { Logger } from "../../platform/logging.js";
import type { Cluster, RedisAccess } from "../../platform/redis-connection.js";
import type { FeedBatch, FeedReader } from "../port.js";
import { type RedisMachine, THIS_MACHINE } from "./redis-machine.js";
import { entryId, positionsKey, readEntry, type StreamEntry, sequenceOf, streamKey } from "./stream-entry.js";

/** How long a read waits for entries, in ms: after such a silence the journal is asked whether there is more. */
const BLOCK_MS = 250;

/** A node that is silent for this much longer, in ms, has failed: a replica is taking over. */
const SILENCE_MS_MAX = BLOCK_MS + 1_000;

/** Entries of one read, at most: what waits in this process stays small. */
const ENTRIES_MAX = 64;

/** Longest wait between two attempts while Redis is away, in ms; the journal is asked as often. */
const PAUSE_MS_MAX = 250;

/** How often the position is noted in Redis, in ms. */
const POSITION_MS = 1_000;

export interface RedisFeedReaderParts {
  readonly redis: RedisAccess;
  readonly partition: number;
  /** The reader's own, by which its position is known. */
  readonly name: string;
  /** First sequence that is wanted. */
  readonly fromSequence: number;
  /** Last durable sequence of the journal: what is missing in the stream is seen by it. */
  readonly tail: () => Promise<number>;
  readonly logger: Logger;
  readonly machine?: RedisMachine;
}

/** For the metrics; counts are since the start. */
export interface FeedReaderFigures {
  readonly isConnected: boolean;
  /** Times that Redis was reached. */
  readonly connects: number;
  /** Entries read. */
  readonly entries: number;
}

/**
 * Reads a partition's stream. When Redis is away or silent it asks the journal how far that reaches, and says so by a
 * batch without events: a tail that a failover has lost is found so, and a reader goes on without Redis.
 */
export class RedisFeedReader implements FeedReader {
  readonly #parts: RedisFeedReaderParts;
  readonly #key: string;
  readonly #machine: RedisMachine;
  readonly #listeners = new Set<(batch: FeedBatch) => void>();
  /** Highest sequence that was told. */
  #seen: number;
  #client: Cluster | undefined;
  #running: Promise<void> = Promise.resolve();
  #notedMs = Number.NEGATIVE_INFINITY;
  #isDown = false;
  #connects = 0;
  #entries = 0;

  constructor(parts: RedisFeedReaderParts) {
    this.#parts = parts;
    this.#key = streamKey(parts.partition);
    this.#machine = parts.machine ?? THIS_MACHINE;
    this.#seen = parts.fromSequence - 1;
  }

  /** For the metrics. */
  get figures(): FeedReaderFigures {
    const isConnected = this.#client?.status === "ready" && !this.#isDown;
    return { isConnected, connects: this.#connects, entries: this.#entries };
  }

  subscribe(onBatch: (batch: FeedBatch) => void): () => void {
    this.#listeners.add(onBatch);
    if (this.#client === undefined) this.#start();
    return () => {
      this.#listeners.delete(onBatch);
      if (this.#listeners.size > 0) return;
      this.#client?.disconnect();
      this.#client = undefined;
    };
  }

  /** Resolves when nothing is read any more, after the last one has stopped to listen. */
  async closed(): Promise<void> {
    await this.#running;
  }

  #start(): void {
    const { redis, name } = this.#parts;
    const client = this.#machine.connect(redis, {
      name,
      silenceMsMax: SILENCE_MS_MAX,
      onError: (error) => this.#down(error),
    });
    client.on("ready", () => this.#connects++);
    this.#client = client;
    this.#running = this.#running.then(() => this.#follow(client));
  }

  async #follow(client: Cluster): Promise<void> {
    while (this.#client === client) {
      try {
        const answer = await client.xreadBuffer(
          "COUNT",
          ENTRIES_MAX,
          "BLOCK",
          BLOCK_MS,
          "STREAMS",
          this.#key,
          entryId(this.#seen),
        );
        if (this.#client !== client) return;
        this.#up();
        const entries = (answer?.[0]?.[1] ?? []) as readonly StreamEntry[];
        for (const entry of entries) this.#tell(entry);
        if (entries.length === 0) await this.#askJournal(client);
        else this.#notePosition(client);
      } catch (error) {
        if (this.#client !== client) return;
        // While it connects, commands are refused; only what is lost later is worth a word.
        if (client.status === "ready") this.#down(error as Error);
        await this.#askJournal(client);
        await this.#pause();
      }
    }
  }

  #tell(entry: StreamEntry): void {
    this.#entries++;
    const batch = readEntry(entry);
    // What can't be read is a gap like any other.
    this.#seen = Math.max(this.#seen, batch?.lastSequence ?? sequenceOf(entry[0].toString()));
    if (batch === undefined) {
      this.#parts.logger.warn({ id: entry[0].toString() }, "an entry of the feed's stream can't be read");
      return;
    }
    for (const listener of this.#listeners) listener(batch);
  }

  async #askJournal(client: Cluster): Promise<void> {
    let lastSequence: number;
    try {
      lastSequence = await this.#parts.tail();
    } catch (error) {
      this.#parts.logger.warn({ err: error }, "the journal could not be asked how far it reaches");
      return;
    }
    // A stream that was ahead of the journal belonged to another one.
    if (this.#client !== client || lastSequence === this.#seen) return;
    this.#seen = lastSequence;
    const batch = { firstSequence: lastSequence + 1, lastSequence, events: new WordBuffer(2) };
    for (const listener of this.#listeners) listener(batch);
  }

  /** The publisher removes from the stream what all its readers have. */
  #notePosition(client: Cluster): void {
    const nowMs = this.#machine.stopwatchMs();
    if (nowMs - this.#notedMs < POSITION_MS) return;
    this.#notedMs = nowMs;
    const { partition, name } = this.#parts;
    client.hset(positionsKey(partition), name, this.#seen).catch(() => undefined);
  }

  #pause(): Promise<void> {
    const { timers, random } = this.#machine;
    return new Promise((resolve) => timers.after(PAUSE_MS_MAX * (0.5 + 0.5 * random()), resolve));
  }

  #down(error: Error): void {
    if (this.#isDown) return;
    this.#isDown = true;
    this.#parts.logger.warn({ err: error }, "the feed can't be read from Redis: it is read from the journal");
  }

  #up(): void {
    if (!this.#isDown) return;
    this.#isDown = false;
    this.#parts.logger.info("the feed is read from Redis again");
  }
}

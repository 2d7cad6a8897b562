import type { FeedBatch } from "../feed/port.js";
import { BucketCounts, type Buckets, DURATION_SECONDS } from "../platform/bucket-counts.js";
import type { Clock } from "../platform/clock.js";
import { EventScan, type EventSink } from "./event-scan.js";
import { HistoryReader } from "./history-reader.js";
import { MarketData, type PublishMarketData } from "./market-data/market-data.js";
import { TABLE_COLUMNS, TABLE_NAMES } from "./table-columns.js";
import { TableGatherer } from "./table-gatherer.js";
import type { Tables } from "./tables.js";

/** Commands gathered before they are written even if nobody reads: bounds the memory and the length of a flush. */
const GATHERED_COMMANDS_MAX = 2000;

/** The same while the tables are behind: bigger batches cost less per row, and nobody waits for a single one. */
const GATHERED_COMMANDS_BEHIND_MAX = 20_000;

/** The next batch waits when this many times as much has gathered, because the write before is still under way. */
const GATHERED_TIMES_MAX = 4;

export interface ProjectionParts {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly publish: PublishMarketData;
  /** What no caller waits for has failed: the projection is broken. */
  readonly onFailure: (error: Error) => void;
}

/**
 * The query tables and the market data of one partition, filled from its events in order. Whoever drives it gives
 * it batches without gaps; reads see everything that was given.
 */
export class Projection {
  readonly #tables: Tables;
  readonly #gatherer: TableGatherer;
  readonly #reader: HistoryReader;
  readonly #scan: EventScan;
  readonly #clock: Clock;
  readonly #onFailure: (error: Error) => void;
  readonly marketData: MarketData;
  #writing: Promise<void> | undefined;
  #writtenSequence: number;
  #rowsWritten = 0;
  readonly #writeSeconds = new BucketCounts(DURATION_SECONDS);
  /** Set while what was gathered is not whole: after a throw it never is again, and must not be written. */
  #isBroken = false;

  /** Begins where the tables stand. */
  static async open(parts: ProjectionParts): Promise<Projection> {
    const { tables, clock, publish, onFailure } = parts;
    const gatherer = await TableGatherer.open(tables);
    let projection: Projection | undefined;
    const flush = async (): Promise<void> => projection?.flush();
    const { resting } = gatherer;
    const marketData = await MarketData.open({ tables, resting, clock, publish, flush, onFailure });
    projection = new Projection(parts, gatherer, marketData);
    return projection;
  }

  private constructor(parts: ProjectionParts, gatherer: TableGatherer, marketData: MarketData) {
    this.#tables = parts.tables;
    this.#clock = parts.clock;
    this.#onFailure = parts.onFailure;
    this.#reader = new HistoryReader(parts.tables);
    this.#gatherer = gatherer;
    this.#writtenSequence = gatherer.sequence;
    this.marketData = marketData;
    const sink: EventSink = {
      group: (sequence, timeUs, commandType) => gatherer.group(sequence, timeUs, commandType),
      order: (buffer, at, tradeId) => gatherer.order(buffer, at, tradeId),
      trade(fill) {
        gatherer.trade(fill);
        marketData.trade(fill);
      },
      orderList: (list, timeUs) => gatherer.orderList(list, timeUs),
      prevented: (match) => gatherer.prevented(match),
      payment: (payment) => gatherer.payment(payment),
      level(market, side, priceTicks, lots, updateId) {
        gatherer.level(market, side, priceTicks, lots, updateId);
        marketData.level(market, side, priceTicks, lots, updateId, gatherer.timeUs);
      },
      listed(event) {
        gatherer.listed(event);
        if (event.kind === "ASSET_LISTED") return;
        marketData.listed(event.market, sink.tickLotUnits(event.market), event.referenceTicks);
      },
      tickLotUnits(market) {
        const units = gatherer.tickLotUnits(market);
        if (units === undefined) throw new Error(`an event names market ${market}, which is not listed`);
        return units;
      },
    };
    this.#scan = new EventScan(sink);
  }

  /** Last sequence taken in. */
  get sequence(): number {
    return this.#gatherer.sequence;
  }

  /** Commands taken in and not yet written. */
  get unwritten(): number {
    return this.sequence - this.#writtenSequence;
  }

  /** Time of the last command taken in, µs since 1970. */
  get timeUs(): number {
    return this.#gatherer.timeUs;
  }

  /** How long writes took, in seconds. */
  get writeSeconds(): Buckets {
    return this.#writeSeconds.read();
  }

  get rowsWritten(): number {
    return this.#rowsWritten;
  }

  /**
   * Takes a batch in. Groups that were taken in before are skipped; a gap is the caller's error.
   * `behind`: more batches are waiting, so writing can wait for a bigger one. The promise, if any, asks for a
   * pause before the next batch.
   */
  apply(batch: FeedBatch, behind = false): Promise<void> | undefined {
    const { events } = batch;
    if (batch.firstSequence > this.sequence + 1) {
      throw new Error(
        `the tables stand at sequence ${this.sequence}, the next batch begins at ${batch.firstSequence}`,
      );
    }
    this.#checkWhole();
    this.#isBroken = true;
    let sequence = batch.firstSequence;
    for (let at = 0; at < events.length; sequence++) {
      if (sequence <= this.sequence) at += this.#scan.skip(events, at);
      else at = this.#scan.group(events, at);
    }
    this.#isBroken = false;
    this.marketData.endBatch();
    const commandsMax = behind ? GATHERED_COMMANDS_BEHIND_MAX : GATHERED_COMMANDS_MAX;
    if (this.#gatherer.untaken < commandsMax) return undefined;
    const written = this.flush();
    if (this.#gatherer.untaken >= commandsMax * GATHERED_TIMES_MAX) return written;
    written.catch(this.#onFailure);
    return undefined;
  }

  /** An event or the store has failed: begin anew from the tables. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Writes what was taken in until now. */
  async flush(): Promise<void> {
    this.#checkWhole();
    const sequence = this.sequence;
    while (this.#writtenSequence < sequence) {
      this.#writing ??= this.#write();
      await this.#writing;
    }
  }

  async #write(): Promise<void> {
    try {
      const changes = this.#gatherer.take();
      const startedUs = this.nowUs();
      await this.#tables.write(changes);
      this.#writeSeconds.observe(Math.max(0, this.nowUs() - startedUs) / 1e6);
      this.#writtenSequence = changes.sequence;
      for (const table of TABLE_NAMES) {
        this.#rowsWritten += changes.rows[table].length / TABLE_COLUMNS[table].length;
      }
    } catch (error) {
      this.#isBroken = true;
      throw error;
    } finally {
      this.#writing = undefined;
    }
  }

  #checkWhole(): void {
    if (this.#isBroken) throw new Error("the projection has failed before and must be started again");
  }

  /** The tables, up to the last sequence taken in. */
  async read(): Promise<HistoryReader> {
    await this.flush();
    return this.#reader;
  }

  nowUs(): number {
    return this.#clock.nowUs();
  }
}

import type Database from "libsql";
import type { FeedBatch } from "../feed/port.js";
import type { Clock } from "../platform/clock.js";
import { EventScan, type EventSink } from "./event-scan.js";
import { HistoryReader } from "./history-reader.js";
import { MarketData, type PublishMarketData } from "./market-data/market-data.js";
import { TableWriter } from "./table-writer.js";

/** Commands gathered before they are written even if nobody reads: bounds the memory and the length of a flush. */
const UNWRITTEN_COMMANDS_MAX = 2000;

/** The same while the tables are behind: bigger batches cost less per row, and nobody waits for a single one. */
const UNWRITTEN_COMMANDS_BEHIND_MAX = 20_000;

/**
 * The query tables and the market data of one partition, filled from its events in order. Whoever drives it gives
 * it batches without gaps; reads see everything that was given.
 */
export class Projection {
  readonly #writer: TableWriter;
  readonly #reader: HistoryReader;
  readonly #scan: EventScan;
  readonly #clock: Clock;
  readonly marketData: MarketData;
  /** Set while what was gathered is not whole: after a throw it never is again, and must not be written. */
  #isBroken = false;

  constructor(db: Database.Database, clock: Clock, publish: PublishMarketData) {
    this.#clock = clock;
    const writer = new TableWriter(db);
    this.#writer = writer;
    this.#reader = new HistoryReader(db);
    const marketData = new MarketData(db, clock, publish, () => this.flush());
    this.marketData = marketData;
    const sink: EventSink = {
      group: (sequence, timeUs) => writer.group(sequence, timeUs),
      order: (buffer, at, tradeId) => writer.order(buffer, at, tradeId),
      trade(fill) {
        writer.trade(fill);
        marketData.trade(fill);
      },
      level(market, side, priceTicks, lots, updateId) {
        writer.level(market, side, priceTicks, lots, updateId);
        marketData.level(market, side, priceTicks, lots, updateId, writer.timeUs);
      },
      listed(event) {
        writer.listed(event);
        if (event.kind === "ASSET_LISTED") return;
        marketData.listed(event.market, sink.tickLotUnits(event.market), event.referenceTicks);
      },
      tickLotUnits(market) {
        const row = writer.market(market);
        if (row === undefined) throw new Error(`an event names market ${market}, which is not listed`);
        return row.tickLotUnits;
      },
    };
    this.#scan = new EventScan(sink);
  }

  /** Last sequence taken in. */
  get sequence(): number {
    return this.#writer.sequence;
  }

  /** Commands taken in and not yet written. */
  get unwritten(): number {
    return this.#writer.unwritten;
  }

  get rowsWritten(): number {
    return this.#writer.rowsWritten;
  }

  /**
   * Takes a batch in. Groups that were taken in before are skipped; a gap is the caller's error.
   * `behind`: more batches are waiting, so writing can wait for a bigger one.
   */
  apply(batch: FeedBatch, behind = false): void {
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
    if (this.unwritten >= (behind ? UNWRITTEN_COMMANDS_BEHIND_MAX : UNWRITTEN_COMMANDS_MAX)) this.flush();
  }

  /** An event or the store has failed: begin anew from the tables. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Writes what was taken in. */
  flush(): void {
    this.#checkWhole();
    this.#isBroken = true;
    this.#writer.flush();
    this.#isBroken = false;
  }

  #checkWhole(): void {
    if (this.#isBroken) throw new Error("the projection has failed before and must be started again");
  }

  /** The tables, up to the last sequence taken in. */
  read(): HistoryReader {
    this.flush();
    return this.#reader;
  }

  nowUs(): number {
    return this.#clock.nowUs();
  }
}

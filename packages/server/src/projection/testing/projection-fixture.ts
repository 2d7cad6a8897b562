import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OrderState, OrderStatus, Side } from "@buttonwood/protocol";
import type Database from "libsql";
import type { MarketDataMessage } from "../../feed/market-data-port.js";
import { Projection } from "../projection.js";
import { openTables } from "../schema.js";
import { EventLog, testOrder } from "./event-log.js";

/** A Monday. */
export const START_US = Date.UTC(2024, 0, 1, 12) * 1000;
export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;

/** A projection on a file and a clock of its own, fed by hand. */
export class ProjectionFixture {
  readonly log = new EventLog(1, START_US);
  readonly messages: MarketDataMessage[] = [];
  nowUs = START_US;
  #db: Database.Database;
  projection: Projection;

  constructor(readonly file: string) {
    this.#db = openTables(file);
    this.projection = this.#open();
  }

  #open(): Projection {
    const clock = { nowUs: () => this.nowUs };
    const projection = new Projection(this.#db, clock, (messages) => this.messages.push(...messages));
    projection.marketData.goLive();
    return projection;
  }

  apply(): void {
    this.nowUs = Math.max(this.nowUs, this.log.timeUs);
    this.projection.apply(this.log.batch());
  }

  /** As after a crash: what was not written is lost, and everything begins from the tables. */
  reopen(): void {
    this.#db.close();
    this.#db = openTables(this.file);
    this.projection = this.#open();
  }

  close(): void {
    this.#db.close();
  }

  /** One trade at a time and price: alice (1) sells resting, bob (2) takes. */
  trade(tradeId: number, timeUs: number, priceTicks: number, lots: number): void {
    this.log.begin(timeUs);
    const maker = done(this.log.sequence * 4, 1, Side.SELL, priceTicks, lots);
    const taker = done(this.log.sequence * 4 + 1, 2, Side.BUY, priceTicks, lots);
    this.log.accepted(maker).accepted(taker).trade(tradeId, priceTicks, lots, maker, taker);
  }
}

/** An order that is filled. */
export function done(
  orderId: number,
  account: number,
  side: Side,
  priceTicks: number,
  lots: number,
): OrderState {
  return testOrder({
    orderId,
    account,
    side,
    priceTicks,
    lots,
    executedLots: lots,
    executedQuote: priceTicks * lots,
    status: OrderStatus.FILLED,
  });
}

/** Runs a test on tables of its own. */
export function inFile(run: (bench: ProjectionFixture) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "buttonwood-projection-"));
  const bench = new ProjectionFixture(join(folder, "projection.db"));
  try {
    run(bench);
  } finally {
    bench.close();
    rmSync(folder, { recursive: true });
  }
}

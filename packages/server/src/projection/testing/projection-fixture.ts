import assert from "node:assert/strict";
import { type OrderState, OrderStatus, Side } from "@buttonwood/protocol";
import type { MarketDataMessage } from "../../feed/market-data-port.js";
import { Projection } from "../projection.js";
import type { Tables } from "../tables.js";
import { EventLog, testOrder } from "./event-log.js";

/** A Monday. */
export const START_US = Date.UTC(2024, 0, 1, 12) * 1000;
export const SECOND = 1_000_000;
export const MINUTE = 60 * SECOND;

/** Query tables of a test: closed and opened again, and dropped in the end. */
export interface TestStore {
  open(): Promise<Tables>;
  drop(): Promise<void>;
}
export type OpenTestStore = () => Promise<TestStore>;

/** A projection on tables and a clock of its own, fed by hand. */
export class ProjectionFixture {
  readonly log = new EventLog(1, START_US);
  readonly messages: MarketDataMessage[] = [];
  readonly failures: Error[] = [];
  nowUs = START_US;
  #tables: Tables | undefined;
  #projection: Projection | undefined;

  constructor(readonly store: TestStore) {}

  get projection(): Projection {
    return this.#projection!;
  }

  async open(): Promise<void> {
    this.#tables = await this.store.open();
    this.#projection = await Projection.open({
      tables: this.#tables,
      clock: { nowUs: () => this.nowUs },
      publish: (messages) => this.messages.push(...messages),
      onFailure: (error) => this.failures.push(error),
    });
    this.#projection.marketData.goLive();
  }

  async apply(): Promise<void> {
    this.nowUs = Math.max(this.nowUs, this.log.timeUs);
    await this.projection.apply(this.log.batch());
  }

  /** As after a crash: what was not written is lost, and everything begins from the tables. */
  async reopen(): Promise<void> {
    await this.close();
    await this.open();
  }

  async close(): Promise<void> {
    await this.#tables?.close();
    this.#tables = undefined;
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
export async function inTables(
  openStore: OpenTestStore,
  run: (fixture: ProjectionFixture) => Promise<void>,
): Promise<void> {
  const fixture = new ProjectionFixture(await openStore());
  try {
    await fixture.open();
    await run(fixture);
    assert.deepEqual(fixture.failures, []);
  } finally {
    await fixture.close();
    await fixture.store.drop();
  }
}

import { Core, type CoreConfig } from "@buttonwood/core";
import { EventType, eventWords, ORDERS_PER_COMMAND, OrderBlock, OrderFilled } from "@buttonwood/protocol";
import { ORDER_ID, RECORD_WORDS } from "../flow/ofl.js";
import type { FullPlan } from "./full-plan.js";
import { type CoreRun, HASH_PRIME, HASH_START, hashText, type Outcome } from "./result.js";

/** Commands whose events gather before the buffer is cleared, as a journal would take them. */
const BATCH = 100;
const DEPTH_MAX = 2 ** 27;

/** Runs a flow through the whole core: accounts, holds, fees, id memory, encoded events. */
export class FullMode implements CoreRun {
  readonly core: Core;
  readonly #plan: FullPlan;
  readonly #readsEvents: boolean;
  #hash = HASH_START;
  #trades = 0;
  #volume = 0;
  #notional = 0;
  /** Where the commands end that were looked at ahead. */
  #lookedAt = 0;

  /** `readsEvents`: also hash the trades from the events; not for timed runs. */
  constructor(plan: FullPlan, readsEvents = false) {
    this.#plan = plan;
    this.#readsEvents = readsEvents;
    this.core = new Core(configFor(plan));
    // As the engine does when nothing is to be done.
    this.core.prepare(plan.orders);
    for (let at = 0; at < plan.setup.length; at += plan.setup.i32[at]! >>> 8) {
      this.core.apply(plan.setup, at);
      this.core.output.clear();
    }
  }

  run(from: number, to: number): void {
    const { commands, starts } = this.#plan;
    const { core } = this;
    const out = core.output;
    let untilClear = BATCH;
    for (let i = from; i < to; i++) {
      const at = starts[i]!;
      if (at >= this.#lookedAt) this.#lookedAt = core.lookAhead(commands, at);
      core.apply(commands, at);
      if (--untilClear > 0) continue;
      untilClear = BATCH;
      if (this.#readsEvents) this.#readTrades();
      out.clear();
    }
    if (this.#readsEvents) this.#readTrades();
    out.clear();
  }

  /** Runs the flow once more, this time reading the events. */
  outcome(): Outcome {
    if (!this.#readsEvents) {
      const reading = new FullMode(this.#plan, true);
      reading.run(0, this.#plan.starts.length);
      return reading.outcome();
    }
    const { queries } = this.core;
    let restingQty = 0;
    let levels = 0;
    let bookChecksum = 0;
    for (let market = 0; market < this.#plan.flow.symbols; market++) {
      const depth = queries.depth(market, DEPTH_MAX);
      for (const [price, lots] of [...depth.bids, ...depth.asks]) {
        levels++;
        restingQty += lots;
        bookChecksum += price * lots;
      }
    }
    return {
      trades: this.#trades,
      volume: this.#volume,
      notional: this.#notional,
      tradeHash: hashText(this.#hash),
      restingOrders: queries.openOrderCount,
      restingQty,
      levels,
      bookChecksum,
    };
  }

  #readTrades(): void {
    const out = this.core.output;
    const { i32, f64 } = out;
    for (let at = 0; at < out.length; at += eventWords(out, at)) {
      if ((i32[at]! & 0xff) !== EventType.ORDER_FILLED || i32[at + OrderFilled.IS_MAKER] === 1) continue;
      const price = i32[at + OrderFilled.PRICE_TICKS]!;
      const lots = i32[at + OrderFilled.LOTS]!;
      this.#mix(this.#flowId(f64[(at + OrderFilled.COUNTER_ORDER_ID) >> 1]!));
      this.#mix(this.#flowId(f64[(at + OrderBlock.ORDER_ID) >> 1]!));
      this.#mix(price);
      this.#mix(lots);
      this.#trades++;
      this.#volume += lots;
      this.#notional += price * lots;
    }
  }

  #mix(word: number): void {
    this.#hash = Math.imul(this.#hash ^ word, HASH_PRIME);
  }

  /** The flow's id of an order the core numbered. */
  #flowId(orderId: number): number {
    const { flow, setupCommands } = this.#plan;
    const record = orderId / ORDERS_PER_COMMAND - setupCommands - 1;
    return flow.records[record * RECORD_WORDS + ORDER_ID]!;
  }
}

function configFor(plan: FullPlan): Partial<CoreConfig> {
  const { flow } = plan;
  const pairs = (flow.accounts + 1) * (flow.symbols + 1);
  return {
    accountsMax: flow.accounts + 1,
    assetsMax: flow.symbols + 1,
    marketsMax: flow.symbols,
    openOrdersMax: 2 ** 20,
    rememberedIdsMax: plan.orders + plan.setupCommands,
    balancesMax: pairs,
    accountMarketsMax: pairs,
    fillsMax: 4096,
  };
}

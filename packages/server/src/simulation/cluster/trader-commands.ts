import type { Random } from "@buttonwood/core/reference";
import {
  CancelReplaceMode,
  CancelRestriction,
  type Command,
  Contingency,
  type Event,
  MarketStatus,
  type NewOrderFields,
  type OrderState,
  OrderStatus,
  OrderType,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from "@buttonwood/protocol";
import { POISON } from "../sim-gateway.js";
import type { ClusterPlan } from "./cluster-plan.js";
import { GOLD, USD } from "./cluster-plan.js";

/** How often each command is sent. */
const WEIGHTS = {
  NEW_ORDER: 60,
  ORDER_LIST: 5,
  CANCEL_ORDER: 10,
  CANCEL_REPLACE: 6,
  MOVE_ORDER: 6,
  REDUCE_ORDER: 3,
  CANCEL_ALL: 2,
  DEPOSIT: 4,
  WITHDRAW: 4,
  SET_MARKET_STATUS: 1,
  SET_ACCOUNT_STATUS: 0.5,
  BARRIER: 0.5,
} as const;

const TYPE_WEIGHTS = { LIMIT: 75, MARKET: 10, LIMIT_MAKER: 8, STOP_LOSS_LIMIT: 5 } as const;

/** What is known of an account's funds when its next order is made up. */
export type FreeFunds = (asset: number) => number;

/** Commands of one account: orders on all partitions, small ones and ones that need nearly all it has. */
export class TraderCommands {
  readonly #random: Random;
  readonly #plan: ClusterPlan;
  readonly #account: number;
  readonly #free: FreeFunds;
  /** Its open orders, by client order id. */
  readonly #open = new Map<string, OrderState>();
  #ids = 0;

  constructor(random: Random, plan: ClusterPlan, account: number, free: FreeFunds) {
    this.#random = random;
    this.#plan = plan;
    this.#account = account;
    this.#free = free;
  }

  /** Learns from the events of an answer which orders are open. */
  observe(events: readonly Event[]): void {
    for (const event of events) {
      if (!("order" in event) || event.order.account !== this.#account) continue;
      const { order } = event;
      if (order.status === OrderStatus.NEW || order.status === OrderStatus.PARTIALLY_FILLED) {
        this.#open.set(order.clientOrderId, order);
      } else this.#open.delete(order.clientOrderId);
    }
  }

  next(poison: number): Command {
    const account = this.#account;
    const random = this.#random;
    const kind = random.weighted(WEIGHTS);
    switch (kind) {
      case "NEW_ORDER":
        return { kind, account, order: this.order(this.#market(), random.chance(poison) ? POISON : "") };
      case "ORDER_LIST": {
        const market = this.#market();
        const legs = [this.#limit(market), this.#limit(market)];
        const listClientOrderId = `list-${legs[0]!.clientOrderId}`;
        return { kind, account, contingency: Contingency.OTO, listClientOrderId, legs };
      }
      case "CANCEL_ORDER":
        return { kind, ...this.#cancel() };
      case "CANCEL_REPLACE": {
        const fields = this.#cancel();
        const mode = random.pick(Object.values(CancelReplaceMode));
        return { kind, ...fields, mode, order: this.order(fields.market) };
      }
      case "MOVE_ORDER":
        return { kind, ...this.#reference(), priceTicks: this.#price(), lots: random.pick([0, 1, 20]) };
      case "REDUCE_ORDER":
        return { kind, ...this.#reference(), reduceLots: random.integer(1, 3), newLots: 0 };
      case "CANCEL_ALL":
        return {
          kind,
          account,
          market: random.chance(0.5) ? -1 : this.#market(),
          side: random.pick([-1, Side.BUY]),
        };
      case "DEPOSIT":
      case "WITHDRAW": {
        const asset = random.pick([USD, GOLD]);
        const amount = random.chance(0.4) ? Math.max(1, this.#free(asset)) : random.integer(1, 100);
        return { kind, account, asset, amount, reference: `r${++this.#ids}` };
      }
      case "SET_MARKET_STATUS": {
        const status = random.pick([MarketStatus.TRADING, MarketStatus.TRADING, MarketStatus.HALT]);
        return { kind, account: 0, market: this.#market(), status };
      }
      case "SET_ACCOUNT_STATUS":
        return { kind, account, status: random.chance(0.3) ? 1 : 0 };
      case "BARRIER":
        return { kind, account: 0 };
    }
  }

  /** An order with an id of its own. */
  order(market: number, prefix = ""): NewOrderFields {
    const random = this.#random;
    const type = OrderType[random.weighted(TYPE_WEIGHTS)];
    const side = random.pick([Side.BUY, Side.SELL]);
    const priceTicks = type === OrderType.MARKET ? 0 : this.#price();
    const byQuote = type === OrderType.MARKET && side === Side.BUY && random.chance(0.5);
    const all = side === Side.BUY ? Math.floor(this.#free(USD) / (priceTicks || 10)) : this.#free(GOLD);
    const share = random.pick([0.5, 0.9, 1, 1.1]);
    const lots = random.chance(0.3) ? Math.max(1, Math.floor(all * share)) : random.integer(1, 10);
    const timeInForce =
      type === OrderType.LIMIT && random.chance(0.2)
        ? random.pick([TimeInForce.IOC, TimeInForce.FOK])
        : TimeInForce.GTC;
    const isIceberg = priceTicks > 0 && timeInForce === TimeInForce.GTC && random.chance(0.2);
    const displayLots = Math.ceil(lots / random.integer(2, 5));
    return {
      market,
      side,
      type,
      timeInForce,
      selfTradePrevention: random.pick(Object.values(SelfTradePrevention)),
      priceTicks,
      stopTicks: type === OrderType.STOP_LOSS_LIMIT ? this.#price() : 0,
      lots: byQuote ? 0 : lots,
      quoteAmount: byQuote ? Math.max(1, Math.floor(this.#free(USD) * share)) : 0,
      clientOrderId: `${prefix}a${this.#account}-${++this.#ids}`,
      ...(isIceberg ? { terms: { displayLots, trailingBips: 0, expiresUs: 0 } } : {}),
    };
  }

  /** An order of a list. */
  #limit(market: number): NewOrderFields {
    const limit = { type: OrderType.LIMIT, timeInForce: TimeInForce.GTC, priceTicks: this.#price() };
    const none = { stopTicks: 0, quoteAmount: 0 };
    const { terms: _, ...order } = this.order(market);
    return { ...order, ...limit, ...none, lots: this.#random.integer(5, 20) };
  }

  #price(): number {
    return this.#random.integer(8, 12);
  }

  #market(): number {
    return this.#random.integer(0, this.#plan.markets.length - 1);
  }

  /** An order that is mostly open, by one of its ids or by both. */
  #reference() {
    const random = this.#random;
    const account = this.#account;
    if (this.#open.size === 0) return { account, market: this.#market(), orderId: 4, clientOrderId: "" };
    const { market, orderId, clientOrderId } = random.pick([...this.#open.values()]);
    const by = random.integer(0, 2);
    return { account, market, orderId: by === 1 ? 0 : orderId, clientOrderId: by === 0 ? "" : clientOrderId };
  }

  #cancel() {
    return { ...this.#reference(), restriction: CancelRestriction.NONE, cancelId: "" };
  }
}

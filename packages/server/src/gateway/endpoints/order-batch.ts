/** Limit orders of one symbol, many in one message: an extension of the convention, for those who send many. */
import { OrderType, Reason, SelfTradePrevention, Side, TimeInForce } from "@buttonwood/protocol";
import { Type } from "typebox";
import type { MarketEntry } from "../catalog.js";
import { type Caller, endpoint, type GatewayContext, marketOf, Security } from "../endpoint.js";
import { ApiError, refusalOf } from "../errors.js";
import { refusalOfPassing } from "../failure.js";
import { type OrderInGroup, orderInGroup, STATUS_NAMES } from "../order-report.js";
import { CLIENT_ID_CHARACTERS, DECIMAL_CHARACTERS, oneOf, optional, symbol } from "../parameters.js";
import {
  answered,
  found,
  originalGroup,
  PREVENTIONS,
  priceOf,
  quantityOf,
  TIMES_IN_FORCE,
} from "./orders.js";

/** An order: side, price, quantity, client order id. Each must have an id: it is what makes sending again safe. */
type BatchedOrder = readonly [side: "BUY" | "SELL", price: string, quantity: string, clientOrderId: string];

const ORDER_FORM = `\\["(BUY|SELL)","${DECIMAL_CHARACTERS}","${DECIMAL_CHARACTERS}","${CLIENT_ID_CHARACTERS}"\\]`;
const ORDERS_FORM = `^\\[${ORDER_FORM}(,${ORDER_FORM})*\\]$`;

/** What all orders of a message share. */
interface Shared {
  readonly timeInForce: TimeInForce;
  readonly selfTradePrevention: SelfTradePrevention;
}

export const placeOrders = endpoint({
  security: Security.TRADE,
  weight: (raw) => Math.max(1, (raw.get("orders") ?? "").split("[").length - 2),
  parameters: Type.Object({
    symbol: symbol(),
    orders: Type.String({ pattern: ORDERS_FORM }),
    timeInForce: optional(oneOf(TIMES_IN_FORCE, "INVALID_TIME_IN_FORCE")),
    selfTradePreventionMode: optional(oneOf(PREVENTIONS)),
  }),
  handle: async (context, parameters, caller) => {
    const market = marketOf(context, parameters.symbol);
    const orders = JSON.parse(parameters.orders) as BatchedOrder[];
    const shared: Shared = {
      timeInForce: TimeInForce[parameters.timeInForce ?? "GTC"],
      selfTradePrevention: SelfTradePrevention[parameters.selfTradePreventionMode ?? "NONE"],
    };
    const entries = orders.map((order) => placeOne(context, market, order, shared, caller));
    return `[${(await Promise.all(entries)).join(",")}]`;
  },
});

/** Places one order. Resolves to what is answered for it, whatever becomes of the others. */
async function placeOne(
  context: GatewayContext,
  market: MarketEntry,
  [side, price, quantity, clientOrderId]: BatchedOrder,
  { timeInForce, selfTradePrevention }: Shared,
  caller: Caller,
): Promise<string> {
  try {
    const outcome = await context.engine.submit({
      kind: "NEW_ORDER",
      account: caller.account,
      deadlineUs: caller.deadlineUs,
      order: {
        market: market.market,
        side: Side[side],
        type: OrderType.LIMIT,
        timeInForce,
        selfTradePrevention,
        priceTicks: priceOf(market, price, "price"),
        stopTicks: 0,
        lots: quantityOf(market, quantity),
        quoteAmount: 0,
        clientOrderId,
      },
    });
    answered(context, caller, outcome);
    switch (outcome.reason) {
      case Reason.OK:
        context.counters.addOrder(caller.account);
        return entryOf(market, orderInGroup(outcome.events, outcome.at, outcome.end, outcome.orderId));
      case Reason.REPEAT: {
        const group = await originalGroup(context, market, outcome.orderId);
        return entryOf(market, orderInGroup(group, 0, group.length, outcome.orderId));
      }
      default:
        throw refusalOf(outcome.reason);
    }
  } catch (error) {
    const refused = error instanceof ApiError ? error : refusalOfPassing(error);
    if (refused === undefined) throw error;
    return refused.body;
  }
}

function entryOf(market: MarketEntry, made: OrderInGroup | undefined): string {
  const { order } = found(made);
  return `[${order.orderId},"${STATUS_NAMES[order.status]}","${market.quantityText(order.executedLots)}"]`;
}

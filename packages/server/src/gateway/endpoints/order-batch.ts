/** Limit orders of one symbol, many in one message: an extension of the convention, for those who send many. */
import { OrderType, SelfTradePrevention, Side, TimeInForce } from "@buttonwood/protocol";
import { Type } from "#typebox";
import type { MarketEntry } from "../catalog.js";
import { PlacedOrders } from "../documents/order-answers.js";
import { type Caller, endpoint, type GatewayContext, marketOf, Security } from "../endpoint.js";
import { ApiError } from "../errors.js";
import { refusalOfPassing } from "../failure.js";
import { STATUS_NAMES } from "../order-report.js";
import { CLIENT_ID_CHARACTERS, DECIMAL_CHARACTERS, oneOf, optional, symbol } from "../parameters.js";
import { PREVENTIONS, priceOf, quantityOf, TIMES_IN_FORCE } from "./order-fields.js";
import { submitOrder } from "./orders.js";

/** An order: side, price, quantity, client order id. Each must have an id: it is what makes sending again safe. */
type BatchedOrder = readonly [side: "BUY" | "SELL", price: string, quantity: string, clientOrderId: string];

const ORDER_FORM = `\\["(BUY|SELL)","${DECIMAL_CHARACTERS}","${DECIMAL_CHARACTERS}","${CLIENT_ID_CHARACTERS}"\\]`;
const ORDERS_FORM = `^\\[${ORDER_FORM}(,${ORDER_FORM})*\\]$`;

/** The same as a value of a JSON message, for the documents. */
const ORDERS_JSON = {
  type: "array",
  minItems: 1,
  items: {
    type: "array",
    prefixItems: [
      { type: "string", enum: ["BUY", "SELL"] },
      { type: "string", pattern: `^${DECIMAL_CHARACTERS}$` },
      { type: "string", pattern: `^${DECIMAL_CHARACTERS}$` },
      { type: "string", pattern: `^${CLIENT_ID_CHARACTERS}$` },
    ],
    items: false,
    minItems: 4,
  },
};

/** What all orders of a message share. */
interface Shared {
  readonly timeInForce: TimeInForce;
  readonly selfTradePrevention: SelfTradePrevention;
}

export const placeOrders = endpoint({
  summary: "Places many limit orders of one symbol.",
  security: Security.TRADE,
  weight: (raw) => Math.max(1, (raw.get("orders") ?? "").split("[").length - 2),
  parameters: Type.Object({
    symbol: symbol(),
    orders: Type.String({ pattern: ORDERS_FORM, "x-json": ORDERS_JSON }),
    timeInForce: optional(oneOf(TIMES_IN_FORCE, "INVALID_TIME_IN_FORCE")),
    selfTradePreventionMode: optional(oneOf(PREVENTIONS)),
  }),
  response: PlacedOrders,
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
    const { order } = await submitOrder(context, market, caller, {
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
    });
    return `[${order.orderId},"${STATUS_NAMES[order.status]}","${market.quantityText(order.executedLots)}"]`;
  } catch (error) {
    const refused = error instanceof ApiError ? error : refusalOfPassing(error);
    if (refused === undefined) throw error;
    return refused.body;
  }
}

/** Orders: place, test, cancel, replace, amend. */
import {
  CancelReplaceMode,
  CancelRestriction,
  CommandType,
  decodeEvent,
  type Event,
  EventType,
  eventWords,
  type NewOrderFields,
  ORDERS_PER_COMMAND,
  Reason,
  Side,
  WordBuffer,
} from "@buttonwood/protocol";
import { type Static, Type } from "#typebox";
import type { CommandOutcome } from "../../transport/engine-port.js";
import { type MarketEntry, ppmText } from "../catalog.js";
import {
  AmendedOrder,
  CanceledOrder,
  NewOrder,
  ReplacedOrder,
  TestedOrder,
} from "../documents/order-answers.js";
import { CanceledOrders } from "../documents/order-list-answers.js";
import { type Caller, endpoint, type GatewayContext, marketOf, Security, toMs } from "../endpoint.js";
import { ApiError, ApiErrors, refusal, refusalOf } from "../errors.js";
import { quoted } from "../json.js";
import { canceledAllJson } from "../order-list-report.js";
import {
  cancelJson,
  newOrderJson,
  type OrderInGroup,
  orderInGroup,
  orderListId,
  originalLots,
  PREVENTION_NAMES,
  type ReportKind,
  SIDE_NAMES,
  STATUS_NAMES,
  TYPE_NAMES,
  timeInForceName,
} from "../order-report.js";
import { clientId, decimal, flag, oneOf, optional, orderId, symbol } from "../parameters.js";
import { RateRefusal } from "../session/rate-refusal.js";
import { cancelOnly } from "./cancel-only.js";
import { submitCounted } from "./counted-orders.js";
import { atLeastOneStep, hasEnded, orderFields, orderParameters, orderSide } from "./order-fields.js";

const RESTRICTIONS = ["ONLY_NEW", "ONLY_PARTIALLY_FILLED"] as const;

/** A client order id by which an order is looked up; other interfaces take more characters than this one. */
export const lookUpId = () => Type.String({ pattern: "^[\\x21-\\x7e]{1,36}$" });

const OrderParameters = Type.Object(orderParameters);
type OrderParameters = Static<typeof OrderParameters>;

/** MARKET and LIMIT orders are answered in full, others with an acknowledgement, unless the client asks. */
function reportKind(order: OrderParameters): ReportKind {
  return order.newOrderRespType ?? (order.type === "MARKET" || order.type === "LIMIT" ? "FULL" : "ACK");
}

/** The group in which a repeated command's order was made. */
export async function originalGroup(
  context: GatewayContext,
  { market }: MarketEntry,
  createdId: number,
): Promise<WordBuffer> {
  const bytes = await context.engine.query({
    kind: "group",
    market,
    sequence: Math.floor(createdId / ORDERS_PER_COMMAND),
  });
  // Ids are remembered for a day and the journal for longer, so its group must be there.
  if (bytes === undefined) throw refusal("DUPLICATE_ORDER");
  return WordBuffer.from(bytes);
}

export function assetNames(context: GatewayContext): (asset: number) => string {
  return (asset) => context.catalog.assets[asset]?.name ?? "";
}

/** Remembers how far the account's history must now be. */
export function answered(context: GatewayContext, caller: Caller, outcome: CommandOutcome): void {
  context.fence.heard(caller.account, outcome.sequence);
}

export function found(order: OrderInGroup | undefined): OrderInGroup {
  if (order === undefined) throw refusal("UNKNOWN");
  return order;
}

/**
 * Sends a new order to the engine. Resolves to what became of it; sent again, to what became of it the first time.
 * Rejects with the refusal.
 */
export async function submitOrder(
  context: GatewayContext,
  market: MarketEntry,
  caller: Caller,
  order: NewOrderFields,
): Promise<OrderInGroup> {
  const outcome = await submitCounted(context, caller, {
    kind: "NEW_ORDER",
    account: caller.account,
    deadlineUs: deadlineOf(context, caller, order),
    order,
  });
  answered(context, caller, outcome);
  checkDate(outcome, order);
  switch (outcome.reason) {
    case Reason.OK:
      return found(orderInGroup(outcome.events, outcome.at, outcome.end, outcome.orderId));
    case Reason.REPEAT: {
      const group = await originalGroup(context, market, outcome.orderId);
      return found(orderInGroup(group, 0, group.length, outcome.orderId));
    }
    default:
      throw refusalOf(outcome.reason);
  }
}

/** A deadline that has always passed: the core then tells a repeat, and takes nothing. */
const PAST_US = 1;

/** The deadline of a command that places an order: of one whose date has come, one that only a repeat survives. */
function deadlineOf(context: GatewayContext, caller: Caller, order: NewOrderFields): number {
  return hasEnded(order, context.clock.nowUs()) ? PAST_US : caller.deadlineUs;
}

/** Refuses an order that was not taken because its date has come. */
function checkDate(outcome: CommandOutcome, order: NewOrderFields): void {
  if (outcome.reason !== Reason.DEADLINE_PASSED || !hasEnded(order, timeOf(outcome.events, outcome.at)))
    return;
  throw refusal("INVALID_DATA", "goodTillDate");
}

export const placeOrder = endpoint({
  summary: "Places an order.",
  security: Security.TRADE,
  weight: 1,
  parameters: OrderParameters,
  response: NewOrder,
  handle: async (context, parameters, caller) => {
    const market = marketOf(context, parameters.symbol);
    const clientOrderId = parameters.newClientOrderId ?? caller.derivedId("order");
    const made = await submitOrder(context, market, caller, orderFields(market, parameters, clientOrderId));
    return newOrderJson(market, made, reportKind(parameters), assetNames(context));
  },
});

export const testOrder = endpoint({
  summary:
    "Checks an order's parameters and filters, without placing it: neither funds, book nor price bands.",
  security: Security.TRADE,
  weight: (raw) => (raw.get("computeCommissionRates") === "true" ? 20 : 1),
  parameters: Type.Object({ ...orderParameters, computeCommissionRates: optional(flag()) }),
  response: TestedOrder,
  handle: (context, parameters, caller) => {
    const market = marketOf(context, parameters.symbol);
    const order = orderFields(market, parameters, parameters.newClientOrderId ?? caller.derivedId("order"));
    if (hasEnded(order, context.clock.nowUs())) throw refusal("INVALID_DATA", "goodTillDate");
    return parameters.computeCommissionRates === true ? commissionRatesJson(market) : "{}";
  },
});

/** The fees of a market, as `account/commission` and `order/test` show them. */
export function commissionRatesJson(market: MarketEntry): string {
  const none = ppmText(0);
  return (
    `{"standardCommissionForOrder":{"maker":"${ppmText(market.makerFeePpm)}",` +
    `"taker":"${ppmText(market.takerFeePpm)}"},"specialCommissionForOrder":{"maker":"${none}","taker":"${none}"},` +
    `"taxCommissionForOrder":{"maker":"${none}","taker":"${none}"},` +
    `"discount":{"enabledForAccount":false,"enabledForSymbol":false,"discountAsset":"","discount":"${none}"}}`
  );
}

interface NamedOrder {
  readonly orderId?: number | undefined;
  readonly origClientOrderId?: string | undefined;
}

/** Refuses a request that names no order. An id of 0 is never an order's. */
export function checkNamed(named: NamedOrder, unknown: "UNKNOWN_ORDER" | "NO_SUCH_ORDER"): void {
  if (named.orderId === undefined && named.origClientOrderId === undefined) {
    throw refusal("EITHER_PARAMETER", "origClientOrderId", "orderId");
  }
  if (named.orderId === 0) throw refusal(unknown);
}

const restriction = () => optional(oneOf(RESTRICTIONS, "INVALID_CANCEL_RESTRICTIONS"));
const restrictionOf = (text: (typeof RESTRICTIONS)[number] | undefined): CancelRestriction =>
  text === undefined ? CancelRestriction.NONE : CancelRestriction[text];

export const cancelOrder = endpoint({
  summary: "Cancels an open order.",
  security: Security.TRADE,
  weight: 1,
  parameters: Type.Object({
    symbol: symbol(),
    orderId: optional(orderId()),
    origClientOrderId: optional(lookUpId()),
    newClientOrderId: optional(clientId()),
    cancelRestrictions: restriction(),
  }),
  response: CanceledOrder,
  handle: async (context, parameters, caller) => {
    const market = marketOf(context, parameters.symbol);
    checkNamed(parameters, "UNKNOWN_ORDER");
    const cancelId = parameters.newClientOrderId ?? caller.derivedId("cancel");
    const outcome = await context.engine.submit({
      kind: "CANCEL_ORDER",
      account: caller.account,
      deadlineUs: caller.deadlineUs,
      market: market.market,
      orderId: parameters.orderId ?? 0,
      clientOrderId: parameters.origClientOrderId ?? "",
      restriction: restrictionOf(parameters.cancelRestrictions),
      cancelId,
    });
    answered(context, caller, outcome);
    if (outcome.reason !== Reason.OK) throw refusalOf(outcome.reason);
    const { order } = found(orderInGroup(outcome.events, outcome.at, outcome.end, outcome.orderId));
    return cancelJson(market, order, cancelId, timeOf(outcome.events, outcome.at));
  },
});

/** The sequenced time of a group, in µs. */
export function timeOf(events: WordBuffer, at: number): number {
  const result = decodeEvent(events, at);
  return result.kind === "RESULT" ? result.timeUs : 0;
}

/** Cancels what is open on a market (−1: on all), of one side or of both, and tells all of it. */
async function cancelAll(
  context: GatewayContext,
  caller: Caller,
  market: number,
  side: "BUY" | "SELL" | undefined,
): Promise<string> {
  const { account, deadlineUs } = caller;
  const outcome = await context.engine.submit({
    kind: "CANCEL_ALL",
    account,
    deadlineUs,
    market,
    side: side === undefined ? -1 : Side[side],
  });
  answered(context, caller, outcome);
  if (outcome.reason !== Reason.OK) throw refusalOf(outcome.reason);
  return canceledAllJson(context.catalog, outcome);
}

export const cancelOpenOrders = endpoint({
  summary: "Cancels all open orders of a symbol, or those of one side, with the lists that they belong to.",
  security: Security.TRADE,
  weight: 1,
  parameters: Type.Object({ symbol: symbol(), side: optional(orderSide()) }),
  response: CanceledOrders,
  handle: (context, parameters, caller) =>
    cancelAll(context, caller, marketOf(context, parameters.symbol).market, parameters.side),
});

export const cancelAllOpenOrders = endpoint({
  summary: "Cancels all open orders of the account, or those of one side, on all symbols.",
  security: Security.TRADE,
  weight: 1,
  parameters: Type.Object({ side: optional(orderSide()) }),
  response: CanceledOrders,
  handle: (context, parameters, caller) => cancelAll(context, caller, -1, parameters.side),
});

export const cancelReplace = endpoint({
  summary: "Cancels an order and places another, in one command.",
  security: Security.TRADE,
  weight: 1,
  parameters: Type.Object({
    ...orderParameters,
    cancelReplaceMode: oneOf(["STOP_ON_FAILURE", "ALLOW_FAILURE"]),
    cancelOrderId: optional(orderId()),
    cancelOrigClientOrderId: optional(lookUpId()),
    cancelNewClientOrderId: optional(clientId()),
    cancelRestrictions: restriction(),
    orderRateLimitExceededMode: optional(oneOf(["DO_NOTHING", "CANCEL_ONLY"])),
  }),
  response: ReplacedOrder,
  handle: async (context, parameters, caller) => {
    const market = marketOf(context, parameters.symbol);
    const { cancelOrderId, cancelOrigClientOrderId } = parameters;
    if (cancelOrderId === undefined && cancelOrigClientOrderId === undefined) {
      throw refusal("EITHER_PARAMETER", "cancelOrigClientOrderId", "cancelOrderId");
    }
    const order = orderFields(market, parameters, parameters.newClientOrderId ?? caller.derivedId("order"));
    const command = {
      kind: "CANCEL_REPLACE" as const,
      account: caller.account,
      deadlineUs: deadlineOf(context, caller, order),
      market: market.market,
      // An id of 0 names no order, but 0 in the command would mean that none is given.
      orderId: cancelOrderId === 0 ? Number.MAX_SAFE_INTEGER : (cancelOrderId ?? 0),
      clientOrderId: cancelOrigClientOrderId ?? "",
      restriction: restrictionOf(parameters.cancelRestrictions),
      cancelId: parameters.cancelNewClientOrderId ?? caller.derivedId("cancel"),
      mode: CancelReplaceMode[parameters.cancelReplaceMode],
      order,
    };
    const outcome = await submitCounted(context, caller, command).catch((error: unknown) => {
      const cancelsAnyway = parameters.orderRateLimitExceededMode === "CANCEL_ONLY";
      // Too late for its date it would cancel nothing below the limit either.
      if (!(error instanceof RateRefusal) || !cancelsAnyway || command.deadlineUs === PAST_US) throw error;
      const stopsOnFailure = parameters.cancelReplaceMode === "STOP_ON_FAILURE";
      return cancelOnly(context, caller, market, { command, stopsOnFailure, refused: error });
    });
    answered(context, caller, outcome);
    checkDate(outcome, order);
    if (outcome.reason === Reason.REPEAT) {
      const group = await originalGroup(context, market, outcome.orderId);
      // The new order is known, but made by a command that canceled something else, or nothing.
      if (!repeatsReplace(group, cancelOrderId, cancelOrigClientOrderId)) throw refusal("DUPLICATE_ORDER");
      return replaceAnswer(context, market, group, 0, group.length, outcome.orderId, reportKind(parameters));
    }
    const { events, at, end } = outcome;
    return replaceAnswer(context, market, events, at, end, outcome.orderId, reportKind(parameters));
  },
});

/** Whether a group is a cancel-replace's whose cancel named this order; one that failed names none. */
function repeatsReplace(group: WordBuffer, orderId: number | undefined, clientOrderId?: string): boolean {
  const result = decodeEvent(group, 0);
  if (result.kind !== "RESULT" || result.commandType !== CommandType.CANCEL_REPLACE) return false;
  if (result.cancelReason !== Reason.OK) return true;
  const order = canceledOrder(group, 0, group.length)?.order;
  return (
    order !== undefined &&
    (orderId === undefined || order.orderId === orderId) &&
    (clientOrderId === undefined || order.clientOrderId === clientOrderId)
  );
}

/** The answer to cancel-replace, from its group. Throws −2021 or −2022 with both parts as data. */
function replaceAnswer(
  context: GatewayContext,
  market: MarketEntry,
  events: WordBuffer,
  at: number,
  end: number,
  newOrderId: number,
  kind: ReportKind,
): string {
  const result = decodeEvent(events, at) as Event & { kind: "RESULT" };
  const { reason, cancelReason, newOrderReason } = result;
  switch (reason) {
    case Reason.OK:
    case Reason.CANCEL_REPLACE_CANCEL_FAILED:
    case Reason.CANCEL_REPLACE_NEW_FAILED:
    case Reason.CANCEL_REPLACE_BOTH_FAILED:
      break;
    default:
      throw refusalOf(reason);
  }
  const made = newOrderId === 0 ? undefined : orderInGroup(events, at, end, newOrderId);
  const cancelJsonText =
    cancelReason === Reason.OK ? canceledJson(market, events, at, end) : refusalOf(cancelReason).body;
  const orderJsonText =
    made !== undefined
      ? newOrderJson(market, made, kind, assetNames(context))
      : newOrderReason === Reason.OK
        ? "null"
        : refusalOf(newOrderReason).body;
  const newOrderResult =
    made !== undefined ? "SUCCESS" : newOrderReason === Reason.OK ? "NOT_ATTEMPTED" : "FAILURE";
  const body =
    `{"cancelResult":"${cancelReason === Reason.OK ? "SUCCESS" : "FAILURE"}",` +
    `"newOrderResult":"${newOrderResult}","cancelResponse":${cancelJsonText},` +
    `"newOrderResponse":${orderJsonText}}`;
  if (reason === Reason.OK) return body;
  const name =
    reason === Reason.CANCEL_REPLACE_BOTH_FAILED ? "CANCEL_REPLACE_FAILED" : "CANCEL_REPLACE_PARTIAL";
  throw new ApiError(ApiErrors[name], ApiErrors[name].message, body);
}

function canceledJson(market: MarketEntry, events: WordBuffer, start: number, end: number): string {
  const event = canceledOrder(events, start, end);
  if (event === undefined) throw refusal("UNKNOWN");
  return cancelJson(market, event.order, event.cancelId || event.order.clientOrderId, timeOf(events, start));
}

/** The first cancellation of a group. */
function canceledOrder(
  events: WordBuffer,
  start: number,
  end: number,
): (Event & { kind: "ORDER_CANCELED" }) | undefined {
  for (let at = start; at < end; at += eventWords(events, at)) {
    if ((events.i32[at]! & 0xff) !== EventType.ORDER_CANCELED) continue;
    const event = decodeEvent(events, at);
    if (event.kind === "ORDER_CANCELED") return event;
  }
  return undefined;
}

export const amendOrder = endpoint({
  summary: "Reduces an order's quantity; it keeps its place in the queue.",
  security: Security.TRADE,
  weight: 4,
  parameters: Type.Object({
    symbol: symbol(),
    orderId: optional(orderId()),
    origClientOrderId: optional(lookUpId()),
    newClientOrderId: optional(clientId()),
    newQty: decimal(),
  }),
  response: AmendedOrder,
  handle: async (context, parameters, caller) => {
    const market = marketOf(context, parameters.symbol);
    checkNamed(parameters, "UNKNOWN_ORDER");
    const newLots = atLeastOneStep(market.parseQuantity(parameters.newQty), "newQty", "LOT_SIZE");
    const outcome = await context.engine.submit({
      kind: "REDUCE_ORDER",
      account: caller.account,
      deadlineUs: caller.deadlineUs,
      market: market.market,
      orderId: parameters.orderId ?? 0,
      clientOrderId: parameters.origClientOrderId ?? "",
      reduceLots: 0,
      newLots,
    });
    answered(context, caller, outcome);
    if (outcome.reason !== Reason.OK) throw refusalOf(outcome.reason);
    const { order } = found(orderInGroup(outcome.events, outcome.at, outcome.end, outcome.orderId));
    // The order keeps its client order id: an id of the amendment itself would name nothing.
    return (
      `{"transactTime":${toMs(timeOf(outcome.events, outcome.at))},"executionId":${outcome.sequence},` +
      `"amendedOrder":{"symbol":${market.symbolJson},"orderId":${order.orderId},"orderListId":${orderListId(order)},` +
      `"origClientOrderId":${quoted(order.clientOrderId)},"clientOrderId":${quoted(order.clientOrderId)},` +
      `"price":"${market.priceText(order.priceTicks)}","qty":"${market.quantityText(originalLots(order))}",` +
      `"executedQty":"${market.quantityText(order.executedLots)}",` +
      `"preventedQty":"${market.quantityText(order.preventedLots)}",` +
      `"quoteOrderQty":"${market.quoteText(order.quoteAmount)}",` +
      `"cumulativeQuoteQty":"${market.quoteText(order.executedQuote)}",` +
      `"status":"${STATUS_NAMES[order.status]}","timeInForce":"${timeInForceName(order)}",` +
      `"type":"${TYPE_NAMES[order.type]}","side":"${SIDE_NAMES[order.side]}",` +
      `"workingTime":${order.workingUs === 0 ? -1 : toMs(order.workingUs)},` +
      `"selfTradePreventionMode":"${PREVENTION_NAMES[order.selfTradePrevention]}"}}`
    );
  },
});

/** An account's own events, as clients see them: written from the feed's events, which are complete in themselves. */
import { type Event, nameOf, type OrderState, OrderStatus, Reason } from "@buttonwood/protocol";
import { type ExchangeCatalog, type MarketEntry, unitsText } from "../catalog.js";
import { toMs } from "../endpoint.js";
import { quoted } from "../json.js";
import {
  displayLots,
  orderListId,
  originalLots,
  PREVENTION_NAMES,
  SIDE_NAMES,
  STATUS_NAMES,
  TYPE_NAMES,
  timeInForceName,
} from "../order-report.js";

export type OrderEvent = Extract<Event, { readonly order: OrderState }>;

/** Execution ids: the command's sequence and the event's place in its group. */
const EVENTS_PER_GROUP = 2 ** 12;

type Execution = "NEW" | "CANCELED" | "REPLACED" | "TRADE" | "EXPIRED" | "TRADE_PREVENTION";

function executionOf(kind: OrderEvent["kind"]): Execution {
  switch (kind) {
    case "ORDER_ACCEPTED":
    case "ORDER_TRIGGERED":
    case "ORDER_RELEASED":
      return "NEW";
    case "ORDER_FILLED":
      return "TRADE";
    case "ORDER_CANCELED":
      return "CANCELED";
    case "ORDER_EXPIRED":
      return "EXPIRED";
    case "ORDER_AMENDED":
      return "REPLACED";
    case "ORDER_PREVENTED":
      return "TRADE_PREVENTION";
  }
}

function isOnBook(event: OrderEvent): boolean {
  const { order } = event;
  const isOpen = order.status === OrderStatus.NEW || order.status === OrderStatus.PARTIALLY_FILLED;
  return isOpen && order.workingUs > 0;
}

/** `executionReport`. `index` is the event's place in its group, `preventedMatchId` that of an ORDER_PREVENTED. */
export function executionReportJson(
  catalog: ExchangeCatalog,
  market: MarketEntry,
  event: OrderEvent,
  sequence: number,
  index: number,
  timeUs: number,
  preventedMatchId = -1,
): string {
  const { order } = event;
  const price = (ticks: number): string => market.priceText(ticks);
  const quantity = (lots: number): string => market.quantityText(lots);
  const isCancel = event.kind === "ORDER_CANCELED";
  const id = isCancel && event.cancelId !== "" ? event.cancelId : order.clientOrderId;
  const fill = event.kind === "ORDER_FILLED" ? event : undefined;
  const lastQuote =
    fill === undefined
      ? market.zeroQuote
      : // The last fill's quote is what the order traded in it: price × lots, in whole units.
        market.quoteText(fill.priceTicks * fill.lots * market.tickLotUnits);
  const feeAsset = fill === undefined ? undefined : catalog.assets[fill.feeAsset];
  const reason =
    event.kind === "ORDER_EXPIRED" && event.reason !== Reason.OK ? nameOf(Reason, event.reason) : "NONE";
  const ms = toMs(timeUs);
  let json =
    `{"e":"executionReport","E":${ms},"s":${market.symbolJson},"c":${quoted(id)},` +
    `"S":"${SIDE_NAMES[order.side]}","o":"${TYPE_NAMES[order.type]}","f":"${timeInForceName(order)}",` +
    `"q":"${quantity(originalLots(order))}","p":"${price(order.priceTicks)}","P":"${price(order.stopTicks)}",` +
    `"F":"${quantity(displayLots(order))}","g":${orderListId(order)},"C":${isCancel ? quoted(order.clientOrderId) : '""'},` +
    `"x":"${executionOf(event.kind)}","X":"${STATUS_NAMES[order.status]}","r":"${reason}","i":${order.orderId},` +
    `"l":"${quantity(fill?.lots ?? 0)}","z":"${quantity(order.executedLots)}","L":"${price(fill?.priceTicks ?? 0)}",` +
    `"n":"${feeAsset === undefined ? "0" : unitsText(fill?.fee ?? 0, feeAsset.decimals)}",` +
    `"N":${feeAsset === undefined ? "null" : quoted(feeAsset.name)},"T":${ms},"t":${fill?.tradeId ?? -1},` +
    `"I":${sequence * EVENTS_PER_GROUP + (index % EVENTS_PER_GROUP)},"w":${isOnBook(event)},` +
    `"m":${fill?.isMaker ?? false},"M":${fill !== undefined},"O":${toMs(order.createdUs)},` +
    `"Z":"${market.quoteText(order.executedQuote)}","Y":"${lastQuote}","Q":"${market.quoteText(order.quoteAmount)}",` +
    `"V":"${PREVENTION_NAMES[order.selfTradePrevention]}"`;
  if (order.workingUs > 0) json += `,"W":${toMs(order.workingUs)}`;
  if (order.terms !== undefined) {
    const { trailingBips, expiresUs } = order.terms;
    if (trailingBips > 0) json += `,"d":${trailingBips}`;
    if (expiresUs > 0) json += `,"gtd":${toMs(expiresUs)}`;
  }
  if (event.kind === "ORDER_PREVENTED") {
    json +=
      `,"v":${preventedMatchId},"A":"${quantity(order.preventedLots)}","B":"${quantity(event.lots)}",` +
      `"u":-1,"U":${event.counterOrderId},"Cs":${market.symbolJson},"pl":"${quantity(event.lots)}",` +
      `"pL":"${price(event.priceTicks)}",` +
      `"pY":"${market.quoteText(event.priceTicks * event.lots * market.tickLotUnits)}"`;
  }
  return `${json}}`;
}

/** One balance inside `outboundAccountPosition`. */
export function balanceJson(
  catalog: ExchangeCatalog,
  balance: { readonly asset: number; readonly free: number; readonly locked: number },
): string {
  const asset = catalog.assets[balance.asset]!;
  return (
    `{"a":${quoted(asset.name)},"f":"${unitsText(balance.free, asset.decimals)}",` +
    `"l":"${unitsText(balance.locked, asset.decimals)}"}`
  );
}

/** `outboundAccountPosition`: the balances that a command changed. */
export function accountPositionJson(balances: readonly string[], timeUs: number): string {
  const ms = toMs(timeUs);
  return `{"e":"outboundAccountPosition","E":${ms},"u":${ms},"B":[${balances.join(",")}]}`;
}

/** `balanceUpdate`: a deposit or a withdrawal. */
export function balanceUpdateJson(
  catalog: ExchangeCatalog,
  event: Extract<Event, { readonly kind: "DEPOSITED" | "WITHDRAWN" }>,
  timeUs: number,
): string {
  const asset = catalog.assets[event.asset]!;
  const ms = toMs(timeUs);
  const delta = unitsText(event.amount, asset.decimals);
  return (
    `{"e":"balanceUpdate","E":${ms},"a":${quoted(asset.name)},` +
    `"d":"${event.kind === "DEPOSITED" ? delta : `-${delta}`}","T":${ms}}`
  );
}

/** `eventStreamTerminated`: no more events come on this subscription. */
export function streamTerminatedJson(timeUs: number): string {
  return `{"e":"eventStreamTerminated","E":${toMs(timeUs)}}`;
}

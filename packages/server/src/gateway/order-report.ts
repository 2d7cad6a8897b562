/** Orders as clients see them. JSON is written by hand: these are the hottest answers of the exchange. */
import {
  EventType,
  eventWords,
  isOrderEvent,
  MARKETS_MAX,
  ORDERS_PER_COMMAND,
  OrderBlock,
  OrderFilled,
  type OrderState,
  OrderStatus,
  OrderType,
  readOrderState,
  SelfTradePrevention,
  Side,
  TimeInForce,
  type WordBuffer,
} from "@buttonwood/protocol";
import type { MarketEntry } from "./catalog.js";
import { toMs } from "./endpoint.js";
import { quoted } from "./json.js";

/** Names of a closed set by number. */
function names<T extends Record<string, number>>(set: T): readonly string[] {
  const list: string[] = [];
  for (const [name, value] of Object.entries(set)) list[value] = name;
  return list;
}

export const SIDE_NAMES = names(Side);
export const TYPE_NAMES = names(OrderType);
export const TIME_IN_FORCE_NAMES = names(TimeInForce);
export const STATUS_NAMES = names(OrderStatus);
export const PREVENTION_NAMES = names(SelfTradePrevention);

export const ReportKind = { ACK: "ACK", RESULT: "RESULT", FULL: "FULL" } as const;
export type ReportKind = (typeof ReportKind)[keyof typeof ReportKind];

/** A fill of an order, from the group of its command. */
interface Fill {
  readonly priceTicks: number;
  readonly lots: number;
  readonly fee: number;
  readonly feeAsset: number;
  readonly tradeId: number;
}

/** What a command did to one order: how it is after it, and its fills in it. */
export interface OrderInGroup {
  readonly order: OrderState;
  readonly fills: readonly Fill[];
}

const NO_FILLS: readonly Fill[] = [];

/**
 * The id of a list as clients see it: a list's own id is a position in the journal of its market's partition, so the
 * market is part of it.
 */
export const listIdOf = (listId: number, market: number): number => listId * MARKETS_MAX + market;

/** What a list's id, as clients see it, stands for. */
export const listOfId = (id: number): { readonly listId: number; readonly market: number } => ({
  listId: Math.floor(id / MARKETS_MAX),
  market: id % MARKETS_MAX,
});

/** The id of the list that an order was made with. */
export const listIdOfOrder = (orderId: number, market: number): number =>
  listIdOf(Math.floor(orderId / ORDERS_PER_COMMAND), market);

/** The id of the list that an order is of, −1: of none. */
export function orderListId({ terms, orderId, market }: OrderState): number {
  return terms === undefined || terms.contingency === 0 ? -1 : listIdOfOrder(orderId, market);
}

/** GTD is what is good till canceled, and till a date. */
export const timeInForceName = ({ terms, timeInForce }: OrderState): string =>
  terms === undefined || terms.expiresUs === 0 ? TIME_IN_FORCE_NAMES[timeInForce]! : "GTD";

/** What is shown of an iceberg at a time, in lots; 0 of all other orders. */
export const displayLots = ({ terms }: OrderState): number => terms?.displayLots ?? 0;

/** Finds an order in a group; undefined when the group does not touch it. */
export function orderInGroup(
  events: WordBuffer,
  at: number,
  end: number,
  orderId: number,
): OrderInGroup | undefined {
  const { i32, f64 } = events;
  let last = -1;
  let fills: Fill[] | undefined;
  for (let event = at; event < end; event += eventWords(events, event)) {
    const type = i32[event]! & 0xff;
    if (!isOrderEvent(type) || f64[(event + OrderBlock.ORDER_ID) >> 1] !== orderId) continue;
    last = event;
    if (type === EventType.ORDER_FILLED) {
      fills ??= [];
      fills.push({
        priceTicks: i32[event + OrderFilled.PRICE_TICKS]!,
        lots: i32[event + OrderFilled.LOTS]!,
        fee: f64[(event + OrderFilled.FEE) >> 1]!,
        feeAsset: i32[event + OrderFilled.FEE_ASSET]!,
        tradeId: f64[(event + OrderFilled.TRADE_ID) >> 1]!,
      });
    }
  }
  return last < 0 ? undefined : { order: readOrderState(events, last), fills: fills ?? NO_FILLS };
}

/** What was asked for; an order by quote amount has what it traded instead. */
export function originalLots(order: OrderState): number {
  return order.quoteAmount > 0 ? order.executedLots : order.lots;
}

/** The part that all reports of an order share, from `price` to `side`. */
function coreJson(market: MarketEntry, order: OrderState): string {
  const executedQuote = order.executedQuote === 0 ? market.zeroQuote : market.quoteText(order.executedQuote);
  return (
    `"price":"${market.priceText(order.priceTicks)}","origQty":"${market.quantityText(originalLots(order))}",` +
    `"executedQty":"${market.quantityText(order.executedLots)}",` +
    `"origQuoteOrderQty":"${order.quoteAmount === 0 ? market.zeroQuote : market.quoteText(order.quoteAmount)}",` +
    `"cummulativeQuoteQty":"${executedQuote}","status":"${STATUS_NAMES[order.status]}",` +
    `"timeInForce":"${timeInForceName(order)}","type":"${TYPE_NAMES[order.type]}",` +
    `"side":"${SIDE_NAMES[order.side]}"`
  );
}

function stopJson(market: MarketEntry, order: OrderState): string {
  return order.stopTicks === 0 ? "" : `,"stopPrice":"${market.priceText(order.stopTicks)}"`;
}

/** Terms of an order in the answers about it; empty for those without. */
function termsJson(market: MarketEntry, { terms }: OrderState): string {
  if (terms === undefined) return "";
  let json = "";
  if (terms.displayLots > 0) json += `,"icebergQty":"${market.quantityText(terms.displayLots)}"`;
  return json + trailingJson({ terms }) + dateJson({ terms });
}

function trailingJson({ terms }: Pick<OrderState, "terms">): string {
  return terms === undefined || terms.trailingBips === 0 ? "" : `,"trailingDelta":${terms.trailingBips}`;
}

function dateJson({ terms }: Pick<OrderState, "terms">): string {
  return terms === undefined || terms.expiresUs === 0 ? "" : `,"goodTillDate":${toMs(terms.expiresUs)}`;
}

function preventedJson(market: MarketEntry, order: OrderState): string {
  return order.preventedLots === 0
    ? ""
    : `,"preventedQuantity":"${market.quantityText(order.preventedLots)}"`;
}

/** The answer to a new order. */
export function newOrderJson(
  market: MarketEntry,
  { order, fills }: OrderInGroup,
  kind: ReportKind,
  assetName: (asset: number) => string,
): string {
  const head =
    `{"symbol":${market.symbolJson},"orderId":${order.orderId},"orderListId":${orderListId(order)},` +
    `"clientOrderId":${quoted(order.clientOrderId)},"transactTime":${toMs(order.createdUs)}`;
  if (kind === ReportKind.ACK) return `${head}}`;
  const body =
    `${head},${coreJson(market, order)}${stopJson(market, order)}${termsJson(market, order)}${preventedJson(market, order)},` +
    `"workingTime":${workingMs(order)},"selfTradePreventionMode":"${PREVENTION_NAMES[order.selfTradePrevention]}"`;
  if (kind === ReportKind.RESULT) return `${body}}`;
  let list = "";
  for (const fill of fills) {
    const asset = fill.feeAsset === market.base.asset ? market.base : market.quote;
    list +=
      `${list === "" ? "" : ","}{"price":"${market.priceText(fill.priceTicks)}",` +
      `"qty":"${market.quantityText(fill.lots)}","commission":"${market.unitsText(fill.fee, asset)}",` +
      `"commissionAsset":${quoted(assetName(fill.feeAsset))},"tradeId":${fill.tradeId}}`;
  }
  return `${body},"fills":[${list}]}`;
}

function workingMs(order: OrderState): number {
  return order.workingUs === 0 ? -1 : toMs(order.workingUs);
}

/** An order as `GET order`, `openOrders` and `allOrders` show it. */
export function orderJson(market: MarketEntry, order: OrderState, updatedUs: number): string {
  return (
    `{"symbol":${market.symbolJson},"orderId":${order.orderId},"orderListId":${orderListId(order)},` +
    `"clientOrderId":${quoted(order.clientOrderId)},${coreJson(market, order)},` +
    `"stopPrice":"${market.priceText(order.stopTicks)}","icebergQty":"${market.quantityText(displayLots(order))}"` +
    `${trailingJson(order)}${dateJson(order)},` +
    `"time":${toMs(order.createdUs)},"updateTime":${toMs(updatedUs)},"isWorking":${order.workingUs > 0},` +
    `"workingTime":${workingMs(order)}${preventedJson(market, order)},` +
    `"selfTradePreventionMode":"${PREVENTION_NAMES[order.selfTradePrevention]}"}`
  );
}

/** The answer to a cancel. `cancelId` is the id that the cancel itself goes by. */
export function cancelJson(
  market: MarketEntry,
  order: OrderState,
  cancelId: string,
  transactUs: number,
): string {
  return (
    `{"symbol":${market.symbolJson},"origClientOrderId":${quoted(order.clientOrderId)},` +
    `"orderId":${order.orderId},"orderListId":${orderListId(order)},"clientOrderId":${quoted(cancelId)},` +
    `"transactTime":${toMs(transactUs)},${coreJson(market, order)}${stopJson(market, order)}` +
    `${termsJson(market, order)}${preventedJson(market, order)},` +
    `"selfTradePreventionMode":"${PREVENTION_NAMES[order.selfTradePrevention]}"}`
  );
}

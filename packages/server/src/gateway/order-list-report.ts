/** Order lists as clients see them. */
import {
  Contingency,
  decodeEvent,
  EventType,
  eventWords,
  ListStatus,
  nameOf,
  ORDERS_PER_COMMAND,
  type OrderListState,
  type OrderState,
  ResultEvent,
  readOrderList,
  type WordBuffer,
} from "@buttonwood/protocol";
import type { CommandOutcome } from "../transport/engine-port.js";
import type { ExchangeCatalog, MarketEntry } from "./catalog.js";
import { toMs } from "./endpoint.js";
import { array, quoted } from "./json.js";
import { cancelJson, listIdOf, newOrderJson, orderInGroup, type ReportKind } from "./order-report.js";

/** What a client is told of a list as a whole. */
export const LIST_STATUS_NAMES = { EXECUTING: "EXECUTING", ALL_DONE: "ALL_DONE" } as const;
export const LIST_STATUS_TYPE_NAMES = { EXECUTING: "EXEC_STARTED", ALL_DONE: "ALL_DONE" } as const;
/** An OTOCO is told as an OTO, whose second part is an OCO. */
export const CONTINGENCY_NAMES = { OCO: "OCO", OTO: "OTO", OTOCO: "OTO" } as const;

const contingencyName = (list: OrderListState): string =>
  CONTINGENCY_NAMES[nameOf(Contingency, list.contingency)];

/** From the list's id to its orders, as all answers have it; without braces. */
function listJson(market: MarketEntry, list: OrderListState, timeUs: number): string {
  const status = nameOf(ListStatus, list.status);
  return (
    `"orderListId":${listIdOf(list.listId, list.market)},"contingencyType":"${contingencyName(list)}",` +
    `"listStatusType":"${LIST_STATUS_TYPE_NAMES[status]}","listOrderStatus":"${LIST_STATUS_NAMES[status]}",` +
    `"listClientOrderId":${quoted(list.listClientOrderId)},"transactionTime":${toMs(timeUs)},` +
    `"symbol":${market.symbolJson},"orders":${ordersJson(market, list)}`
  );
}

function ordersJson(market: MarketEntry, list: OrderListState): string {
  return array(
    list.clientOrderIds.map(
      (clientOrderId, leg) =>
        `{"symbol":${market.symbolJson},"orderId":${list.listId * ORDERS_PER_COMMAND + leg},` +
        `"clientOrderId":${quoted(clientOrderId)}}`,
    ),
  );
}

/** A list by itself, as the questions about lists are answered. */
export function orderListJson(market: MarketEntry, list: OrderListState, timeUs: number): string {
  return `{${listJson(market, list, timeUs)}}`;
}

/** The answer to a new list: the list as it was made, and what became of each order at once. */
export function newListJson(
  market: MarketEntry,
  events: WordBuffer,
  at: number,
  end: number,
  kind: ReportKind,
  assetName: (asset: number) => string,
): string | undefined {
  const list = listInGroup(events, at, end);
  if (list === undefined) return undefined;
  const reports = list.clientOrderIds.map((_, leg) => {
    const order = orderInGroup(events, at, end, list.listId * ORDERS_PER_COMMAND + leg);
    return order === undefined ? "null" : newOrderJson(market, order, kind, assetName);
  });
  return `{${listJson(market, list, list.createdUs)},"orderReports":${array(reports)}}`;
}

/** The first list of a group, as it is told there last. */
function listInGroup(events: WordBuffer, start: number, end: number): OrderListState | undefined {
  let found: OrderListState | undefined;
  for (let at = start; at < end; at += eventWords(events, at)) {
    if ((events.i32[at]! & 0xff) !== EventType.ORDER_LIST) continue;
    const list = readOrderList(events, at);
    if (found === undefined || found.listId === list.listId) found = list;
  }
  return found;
}

/**
 * What a command canceled: orders by themselves as they are, those of a list together as their list. `cancelId`: what
 * their cancels go by when they have an id of their own.
 */
export function canceledAllJson(catalog: ExchangeCatalog, { events, at, end }: CommandOutcome): string {
  const timeUs = events.f64[(at + ResultEvent.TIME_US) >> 1]!;
  const reports: string[] = [];
  const ofList = new Map<string, string[]>();
  for (let event = at; event < end; event += eventWords(events, event)) {
    const type = events.i32[event]! & 0xff;
    if (type === EventType.ORDER_CANCELED) {
      const canceled = decodeEvent(events, event);
      if (canceled.kind !== "ORDER_CANCELED") continue;
      const { order, cancelId } = canceled;
      const market = catalog.markets[order.market]!;
      const report = cancelJson(market, order, cancelId || order.clientOrderId, timeUs);
      if (order.terms === undefined || order.terms.contingency === 0) reports.push(report);
      else put(ofList, listKey(order), report);
    } else if (type === EventType.ORDER_LIST) {
      const list = readOrderList(events, event);
      const orders = ofList.get(`${list.market} ${list.listId}`) ?? [];
      reports.push(
        `{${listJson(catalog.markets[list.market]!, list, timeUs)},"orderReports":${array(orders)}}`,
      );
    }
  }
  return array(reports);
}

const listKey = ({ market, orderId }: OrderState): string =>
  `${market} ${Math.floor(orderId / ORDERS_PER_COMMAND)}`;

function put(map: Map<string, string[]>, key: string, value: string): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

/** `listStatus`: an event of the account's own. */
export function listStatusJson(market: MarketEntry, list: OrderListState, timeUs: number): string {
  const status = nameOf(ListStatus, list.status);
  const ms = toMs(timeUs);
  const orders = list.clientOrderIds.map(
    (clientOrderId, leg) =>
      `{"s":${market.symbolJson},"i":${list.listId * ORDERS_PER_COMMAND + leg},"c":${quoted(clientOrderId)}}`,
  );
  return (
    `{"e":"listStatus","E":${ms},"s":${market.symbolJson},"g":${listIdOf(list.listId, list.market)},` +
    `"c":"${contingencyName(list)}","l":"${LIST_STATUS_TYPE_NAMES[status]}","L":"${LIST_STATUS_NAMES[status]}",` +
    `"r":"NONE","C":${quoted(list.listClientOrderId)},"T":${ms},"O":${array(orders)}}`
  );
}

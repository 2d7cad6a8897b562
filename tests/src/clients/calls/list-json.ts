/** Order lists and prevented matches in the API's JSON: what is asked, and what is answered. */
import type { Parameters } from "../../support/signed-client.js";
import type { OcoRequest, OrderListView, OtoRequest, PreventedMatchView, ReportedListView } from "./calls.js";
import { orderView } from "./world.js";

type Json = Readonly<Record<string, unknown>>;

export function listView(json: Json): OrderListView {
  const orders = json.orders as readonly Json[];
  return {
    listId: String(json.orderListId),
    clientId: String(json.listClientOrderId),
    symbol: String(json.symbol),
    contingency: String(json.contingencyType),
    statusType: String(json.listStatusType),
    status: String(json.listOrderStatus),
    orderIds: orders.map(({ orderId }) => String(orderId)),
  };
}

export function reportedListView(json: Json): ReportedListView {
  return { list: listView(json), reports: (json.orderReports as readonly Json[]).map(orderView) };
}

export function preventedMatchView(json: Json): PreventedMatchView {
  return {
    id: Number(json.preventedMatchId),
    symbol: String(json.symbol),
    takerOrderId: String(json.takerOrderId),
    makerOrderId: String(json.makerOrderId),
    mode: String(json.selfTradePreventionMode),
    price: Number(json.price),
    takerQuantity: Number(json.takerPreventedQuantity ?? 0),
    makerQuantity: Number(json.makerPreventedQuantity ?? 0),
  };
}

/** Of `orderList/oco`. */
export const ocoParameters = (oco: OcoRequest): Parameters => ({
  symbol: oco.symbol,
  listClientOrderId: oco.listClientOrderId,
  side: oco.side,
  quantity: oco.quantity,
  aboveType: "LIMIT_MAKER",
  abovePrice: oco.price,
  belowType: "STOP_LOSS_LIMIT",
  belowStopPrice: oco.stopPrice,
  belowPrice: oco.stopLimitPrice,
  belowTimeInForce: "GTC",
});

/** Of the older `order/oco`. */
export const legacyOcoParameters = (oco: OcoRequest): Parameters => ({
  ...oco,
  stopLimitTimeInForce: "GTC",
});

const working = (oto: OtoRequest): Parameters => ({
  symbol: oto.symbol,
  listClientOrderId: oto.listClientOrderId,
  workingType: "LIMIT",
  workingSide: "BUY",
  workingPrice: oto.workingPrice,
  workingQuantity: oto.quantity,
  workingTimeInForce: "GTC",
  pendingSide: "SELL",
  pendingQuantity: oto.quantity,
});

/** Of `orderList/oto`. */
export const otoParameters = (oto: OtoRequest): Parameters => ({
  ...working(oto),
  pendingType: "LIMIT",
  pendingPrice: oto.pendingPrice,
  pendingTimeInForce: "GTC",
});

/** Of `orderList/otoco`. */
export const otocoParameters = (oto: OtoRequest): Parameters => ({
  ...working(oto),
  pendingAboveType: "LIMIT_MAKER",
  pendingAbovePrice: oto.pendingPrice,
  pendingBelowType: "STOP_LOSS",
  pendingBelowStopPrice: oto.pendingStopPrice,
});

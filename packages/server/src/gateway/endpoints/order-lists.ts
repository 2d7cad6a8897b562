/** Order lists: OCO, OTO, OTOCO. */
import { type Command, Contingency, type NewOrderFields, Reason } from "@buttonwood/protocol";
import { type Static, Type } from "#typebox";
import type { OrderListRecord } from "../../transport/history-port.js";
import type { MarketEntry } from "../catalog.js";
import {
  CanceledOrderList,
  NewOrderList,
  OrderListAnswer,
  OrderListAnswers,
} from "../documents/order-list-answers.js";
import { type Caller, endpoint, type GatewayContext, marketOf, Security } from "../endpoint.js";
import { type ApiErrorName, refusal, refusalOf } from "../errors.js";
import { array } from "../json.js";
import { canceledAllJson, newListJson, orderListJson } from "../order-list-report.js";
import { firstListId, listIdOf, listOfId, type ReportKind } from "../order-report.js";
import { clientId, decimal, limit, oneOf, optional, orderId, symbol, timeMs } from "../parameters.js";
import { spanUs } from "./account.js";
import { submitCounted } from "./counted-orders.js";
import {
  type NameOf,
  ORDER_TYPES,
  type OrderInput,
  orderFields,
  orderKind,
  orderSide,
  prefixed,
  preventionMode,
  reportType,
  TIMES_IN_FORCE,
} from "./order-fields.js";
import { answered, assetNames, lookUpId, originalGroup } from "./orders.js";

const timeInForce = () => optional(oneOf(TIMES_IN_FORCE, "INVALID_TIME_IN_FORCE"));

const common = {
  symbol: symbol(),
  listClientOrderId: optional(clientId()),
  newOrderRespType: reportType(),
  selfTradePreventionMode: preventionMode(),
};
type Common = Static<ReturnType<typeof commonObject>>;
const commonObject = () => Type.Object(common);

/** What an order of a list is asked for with, under the names that its place gives them. */
interface LegInput extends Omit<OrderInput, "quoteOrderQty" | "goodTillDate"> {
  readonly clientOrderId: string | undefined;
}

interface ListInput {
  readonly contingency: Contingency;
  readonly legs: readonly { readonly input: LegInput; readonly nameOf: NameOf; readonly place: string }[];
}

/** Types that an order of a pair may have. */
const PAIR_TYPES: readonly string[] = ORDER_TYPES.filter((type) => type !== "LIMIT" && type !== "MARKET");

/** Why two orders can't be a pair, by their sides and types, as the convention names it. */
function checkPair(above: LegInput, below: LegInput, names: readonly [NameOf, NameOf]): void {
  for (const { type } of [above, below]) if (!PAIR_TYPES.includes(type)) throw refusal("OCO_TYPE");
  if (above.type === "LIMIT_MAKER" && below.type === "LIMIT_MAKER") throw refusal("OCO_BOTH_LIMIT");
  const isBuy = above.side === "BUY";
  const misplaced = (type: string, isAbove: boolean): ApiErrorName | undefined => {
    if (type === "LIMIT_MAKER") {
      if (isBuy === isAbove) return isBuy ? "OCO_BUY_LIMIT" : "OCO_SELL_LIMIT";
    } else if (type.startsWith("STOP_LOSS")) {
      if (isBuy !== isAbove) return isBuy ? "OCO_BUY_STOP_LOSS" : "OCO_SELL_STOP_LOSS";
    } else if (isBuy === isAbove) return isBuy ? "OCO_BUY_TAKE_PROFIT" : "OCO_SELL_TAKE_PROFIT";
    return undefined;
  };
  const error = misplaced(above.type, true) ?? misplaced(below.type, false);
  if (error !== undefined) throw refusal(error);
  [above, below].forEach((leg, i) => {
    if (leg.icebergQty === undefined || leg.timeInForce === undefined || leg.timeInForce === "GTC") return;
    throw refusal("OCO_ICEBERG", names[i]!("icebergQty"));
  });
}

/** Places a list, or, sent again, answers what became of it the first time. */
async function placeList(
  context: GatewayContext,
  caller: Caller,
  parameters: Common,
  list: ListInput,
): Promise<string> {
  const market = marketOf(context, parameters.symbol);
  const pair = list.contingency === Contingency.OTO ? undefined : list.legs.slice(-2);
  if (pair !== undefined) {
    checkPair(pair[0]!.input, pair[1]!.input, [pair[0]!.nameOf, pair[1]!.nameOf]);
  }
  const legs: NewOrderFields[] = list.legs.map(({ input, nameOf, place }) => {
    const clientOrderId = input.clientOrderId ?? caller.derivedId(place);
    const order = { ...input, selfTradePreventionMode: parameters.selfTradePreventionMode };
    const fields = orderFields(market, order, clientOrderId, nameOf);
    return { ...fields, terms: fields.terms ?? { displayLots: 0, trailingBips: 0, expiresUs: 0 } };
  });
  const command: Command = {
    kind: "ORDER_LIST",
    account: caller.account,
    deadlineUs: caller.deadlineUs,
    contingency: list.contingency,
    listClientOrderId: parameters.listClientOrderId ?? caller.derivedId("list"),
    legs,
  };
  const outcome = await submitCounted(context, caller, command, legs.length);
  answered(context, caller, outcome);
  const kind: ReportKind = parameters.newOrderRespType ?? "RESULT";
  const names = assetNames(context);
  if (outcome.reason === Reason.OK) {
    const { events, at, end } = outcome;
    return made(newListJson(market, events, at, end, kind, names));
  }
  if (outcome.reason !== Reason.REPEAT) throw refusalOf(outcome.reason);
  const group = await originalGroup(context, market, outcome.orderId);
  return made(newListJson(market, group, 0, group.length, kind, names));
}

function made(json: string | undefined): string {
  if (json === undefined) throw refusal("UNKNOWN");
  return json;
}

const pairOrder = (prefix: string) => ({
  [`${prefix}Type`]: orderKind(),
  [`${prefix}ClientOrderId`]: optional(clientId()),
  [`${prefix}IcebergQty`]: optional(decimal()),
  [`${prefix}Price`]: optional(decimal()),
  [`${prefix}StopPrice`]: optional(decimal()),
  [`${prefix}TrailingDelta`]: optional(Type.Integer()),
  [`${prefix}TimeInForce`]: timeInForce(),
});

/** The order of a list whose parameters begin with a prefix; what all of them share is given. */
function legOf(
  parameters: Readonly<Record<string, unknown>>,
  prefix: string,
  shared: { readonly side?: OrderInput["side"]; readonly quantity?: string },
): ListInput["legs"][number] {
  const nameOf = prefixed(prefix);
  const get = <T>(field: string): T => parameters[nameOf(field)] as T;
  const input: LegInput = {
    side: shared.side ?? get("side"),
    type: get("type"),
    timeInForce: get("timeInForce"),
    quantity: shared.quantity ?? get("quantity"),
    price: get("price"),
    stopPrice: get("stopPrice"),
    trailingDelta: get("trailingDelta"),
    icebergQty: get("icebergQty"),
    clientOrderId: get("clientOrderId"),
  };
  return { input, nameOf, place: prefix };
}

export const placeOco = endpoint({
  summary: "Places two orders of which the first that works ends the other (OCO).",
  security: Security.TRADE,
  weight: 1,
  parameters: Type.Object({
    ...common,
    side: orderSide(),
    quantity: decimal(),
    ...pairOrder("above"),
    ...pairOrder("below"),
  }),
  response: NewOrderList,
  handle: (context, parameters, caller) => {
    const { side, quantity } = parameters;
    const shared = { side, quantity };
    return placeList(context, caller, parameters, {
      contingency: Contingency.OCO,
      legs: [legOf(parameters, "above", shared), legOf(parameters, "below", shared)],
    });
  },
});

/** The older form: a limit order that takes the profit, and a stop. */
export const placeLegacyOco = endpoint({
  summary:
    "Places a LIMIT_MAKER and a stop of which the first that works ends the other (the older form of OCO).",
  security: Security.TRADE,
  weight: 1,
  parameters: Type.Object({
    ...common,
    side: orderSide(),
    quantity: decimal(),
    limitClientOrderId: optional(clientId()),
    price: decimal(),
    limitIcebergQty: optional(decimal()),
    stopClientOrderId: optional(clientId()),
    stopPrice: optional(decimal()),
    trailingDelta: optional(Type.Integer()),
    stopLimitPrice: optional(decimal()),
    stopIcebergQty: optional(decimal()),
    stopLimitTimeInForce: timeInForce(),
  }),
  response: NewOrderList,
  handle: (context, parameters, caller) => {
    const { side, quantity } = parameters;
    const limitOrder: ListInput["legs"][number] = {
      input: {
        side,
        type: "LIMIT_MAKER",
        quantity,
        price: parameters.price,
        icebergQty: parameters.limitIcebergQty,
        clientOrderId: parameters.limitClientOrderId,
      },
      nameOf: (field) => (field === "icebergQty" ? "limitIcebergQty" : field),
      place: "limit",
    };
    const stop: ListInput["legs"][number] = {
      input: {
        side,
        type: parameters.stopLimitPrice === undefined ? "STOP_LOSS" : "STOP_LOSS_LIMIT",
        quantity,
        price: parameters.stopLimitPrice,
        stopPrice: parameters.stopPrice,
        trailingDelta: parameters.trailingDelta,
        timeInForce: parameters.stopLimitTimeInForce,
        icebergQty: parameters.stopIcebergQty,
        clientOrderId: parameters.stopClientOrderId,
      },
      nameOf: (field) => LEGACY_STOP_NAMES[field] ?? field,
      place: "stop",
    };
    const legs = side === "SELL" ? [limitOrder, stop] : [stop, limitOrder];
    return placeList(context, caller, parameters, { contingency: Contingency.OCO, legs });
  },
});

const LEGACY_STOP_NAMES: Readonly<Record<string, string>> = {
  price: "stopLimitPrice",
  timeInForce: "stopLimitTimeInForce",
  icebergQty: "stopIcebergQty",
};

const workingOrder = {
  workingType: oneOf(["LIMIT", "LIMIT_MAKER"], "INVALID_ORDER_TYPE"),
  workingSide: orderSide(),
  workingClientOrderId: optional(clientId()),
  workingPrice: decimal(),
  workingQuantity: decimal(),
  workingIcebergQty: optional(decimal()),
  workingTimeInForce: timeInForce(),
};

export const placeOto = endpoint({
  summary: "Places an order, and another one that begins when the first is filled (OTO).",
  security: Security.TRADE,
  weight: 1,
  parameters: Type.Object({
    ...common,
    ...workingOrder,
    ...pairOrder("pending"),
    pendingSide: orderSide(),
    pendingQuantity: decimal(),
  }),
  response: NewOrderList,
  handle: (context, parameters, caller) =>
    placeList(context, caller, parameters, {
      contingency: Contingency.OTO,
      legs: [legOf(parameters, "working", {}), legOf(parameters, "pending", {})],
    }),
});

export const placeOtoco = endpoint({
  summary: "Places an order, and an OCO that begins when the first is filled (OTOCO).",
  security: Security.TRADE,
  weight: 1,
  parameters: Type.Object({
    ...common,
    ...workingOrder,
    pendingSide: orderSide(),
    pendingQuantity: decimal(),
    ...pairOrder("pendingAbove"),
    ...pairOrder("pendingBelow"),
  }),
  response: NewOrderList,
  handle: (context, parameters, caller) => {
    const shared = { side: parameters.pendingSide, quantity: parameters.pendingQuantity };
    return placeList(context, caller, parameters, {
      contingency: Contingency.OTOCO,
      legs: [
        legOf(parameters, "working", {}),
        legOf(parameters, "pendingAbove", shared),
        legOf(parameters, "pendingBelow", shared),
      ],
    });
  },
});

export const cancelList = endpoint({
  summary: "Cancels all open orders of a list.",
  security: Security.TRADE,
  weight: 1,
  parameters: Type.Object({
    symbol: symbol(),
    orderListId: optional(orderId()),
    listClientOrderId: optional(lookUpId()),
    newClientOrderId: optional(clientId()),
  }),
  response: CanceledOrderList,
  handle: async (context, parameters, caller) => {
    const market = marketOf(context, parameters.symbol);
    const { orderListId, listClientOrderId } = parameters;
    if (orderListId === undefined && listClientOrderId === undefined) {
      throw refusal("EITHER_PARAMETER", "orderListId", "listClientOrderId");
    }
    const named = orderListId === undefined ? undefined : listOfId(orderListId);
    if (named !== undefined && (named.market !== market.market || named.listId === 0)) {
      throw refusal("UNKNOWN_ORDER");
    }
    const outcome = await context.engine.submit({
      kind: "CANCEL_LIST",
      account: caller.account,
      deadlineUs: caller.deadlineUs,
      market: market.market,
      listId: named?.listId ?? 0,
      listClientOrderId: listClientOrderId ?? "",
      cancelId: parameters.newClientOrderId ?? caller.derivedId("cancel"),
    });
    answered(context, caller, outcome);
    if (outcome.reason !== Reason.OK) throw refusalOf(outcome.reason);
    // Of one list there is one report.
    return canceledAllJson(context.catalog, outcome).slice(1, -1);
  },
});

const listJson = (context: GatewayContext, list: OrderListRecord): string =>
  orderListJson(context.catalog.markets[list.market]!, list, list.updatedUs);

/** How far the tables of all markets must be, so that the account's own last lists are in them. */
async function fenceOf(context: GatewayContext, account: number, market: MarketEntry): Promise<number> {
  return context.fence.of(account, market.market);
}

export const getList = endpoint({
  summary: "One order list, by its id or by its client id.",
  security: Security.READ,
  weight: 4,
  parameters: Type.Object({
    orderListId: optional(orderId()),
    origClientOrderId: optional(lookUpId()),
  }),
  response: OrderListAnswer,
  handle: async (context, parameters, { account }) => {
    const { orderListId, origClientOrderId } = parameters;
    if (orderListId !== undefined) {
      const { market: number, listId } = listOfId(orderListId);
      const market = context.catalog.markets[number];
      if (market === undefined) throw refusal("NO_SUCH_LIST");
      const atLeast = await fenceOf(context, account, market);
      const named = { market: number, listId };
      const list = await context.history.orderList({ account, named, atLeast });
      const isMeant =
        list !== undefined && (origClientOrderId ?? list.listClientOrderId) === list.listClientOrderId;
      if (!isMeant) throw refusal("NO_SUCH_LIST");
      return listJson(context, list);
    }
    if (origClientOrderId === undefined)
      throw refusal("EITHER_PARAMETER", "origClientOrderId", "orderListId");
    const [first] = context.catalog.markets;
    if (first === undefined) throw refusal("NO_SUCH_LIST");
    const atLeast = await fenceOf(context, account, first);
    const named = { listClientOrderId: origClientOrderId };
    const youngest = await context.history.orderList({ account, named, atLeast });
    if (youngest === undefined) throw refusal("NO_SUCH_LIST");
    return listJson(context, youngest);
  },
});

/** Asks every market, as each knows how far its own tables must be; those made last come last. */
async function listsOfAll(
  context: GatewayContext,
  account: number,
  ask: (market: MarketEntry, atLeast: number) => Promise<readonly OrderListRecord[]>,
): Promise<OrderListRecord[]> {
  const lists = await Promise.all(
    context.catalog.markets.map(async (market) => ask(market, await fenceOf(context, account, market))),
  );
  return lists.flat().sort((a, b) => a.createdUs - b.createdUs || idOf(a) - idOf(b));
}

const idOf = ({ listId, market }: OrderListRecord): number => listIdOf(listId, market);

export const openLists = endpoint({
  summary: "The order lists of the account that have an open order.",
  security: Security.READ,
  weight: 6,
  parameters: Type.Object({}),
  response: OrderListAnswers,
  handle: async (context, _parameters, { account }) => {
    const lists = await listsOfAll(context, account, (market, atLeast) =>
      context.history.orderLists({ account, market: market.market, isOpen: true, limit: LISTS_MAX, atLeast }),
    );
    return array(lists.map((list) => listJson(context, list)));
  },
});

const LISTS_MAX = 1000;

export const allLists = endpoint({
  summary: "The order lists of the account, in the order of their making.",
  security: Security.READ,
  weight: 20,
  parameters: Type.Object({
    fromId: optional(orderId()),
    startTime: optional(timeMs()),
    endTime: optional(timeMs()),
    limit: limit(500, LISTS_MAX),
  }),
  response: OrderListAnswers,
  handle: async (context, parameters, { account }) => {
    const times = spanUs(parameters);
    const { fromId } = parameters;
    if (fromId !== undefined && (times.startUs !== undefined || times.endUs !== undefined)) {
      throw refusal("INVALID_COMBINATION");
    }
    const lists = await listsOfAll(context, account, (market, atLeast) =>
      context.history.orderLists({
        account,
        market: market.market,
        isOpen: false,
        fromListId: fromId === undefined ? undefined : firstListId(fromId, market.market),
        ...times,
        limit: parameters.limit,
        atLeast,
      }),
    );
    // By their ids, also where partitions count by themselves: who asks on from the last one misses none.
    if (fromId !== undefined) lists.sort((a, b) => idOf(a) - idOf(b));
    const isFromStart = fromId !== undefined || times.startUs !== undefined;
    const chosen = isFromStart ? lists.slice(0, parameters.limit) : lists.slice(-parameters.limit);
    return array(chosen.map((list) => listJson(context, list)));
  },
});

/** An account's own events, as the WebSocket API sends them. */
import type { TSchema } from "#typebox";
import { contingencyType, listOrderStatus, listStatusType } from "./order-list-answers.js";
import { orderStatus, orderType, prevention, side, timeInForce } from "./order-terms.js";
import {
  amount,
  assetName,
  count,
  id,
  idOrNone,
  listOf,
  member,
  ms,
  object,
  only,
  optional,
  orNull,
  symbolName,
  text,
  yesNo,
} from "./terms.js";

const ExecutionReport = object(
  {
    e: only("executionReport"),
    E: ms("Event time, ms since 1970."),
    s: symbolName(),
    c: text("client order id; of a cancel: its own"),
    S: side(),
    o: orderType(),
    f: timeInForce(),
    q: amount("quantity"),
    p: amount("price"),
    P: amount("stop price, 0 without one"),
    F: amount("iceberg quantity, 0 without one"),
    g: idOrNone("order list's id, −1 without one"),
    C: text("client order id of the order that a cancel ended, else empty"),
    x: member(["NEW", "CANCELED", "REPLACED", "REJECTED", "TRADE", "EXPIRED", "TRADE_PREVENTION"]),
    X: orderStatus(),
    r: text("why it expired, else NONE"),
    i: id("order id"),
    l: amount("quantity of this fill"),
    z: amount("executed quantity"),
    L: amount("price of this fill"),
    n: amount("fee of this fill"),
    N: orNull(assetName()),
    T: ms("Transaction time, ms since 1970."),
    t: idOrNone("trade id, −1 without a fill"),
    I: id("execution id"),
    w: yesNo("It is on the book."),
    m: yesNo("It was the maker of this fill."),
    M: yesNo("There is a fill."),
    O: ms("When the order was taken, ms since 1970."),
    Z: amount("sum of price × quantity of its fills"),
    Y: amount("price × quantity of this fill"),
    Q: amount("quote order quantity"),
    V: prevention(),
    W: optional(ms("On the book since, ms since 1970.")),
    d: optional(count("trailing delta, in basis points")),
    gtd: optional(ms("When it expires, ms since 1970.")),
    v: optional(id("prevented match, as in `myPreventedMatches`; only of TRADE_PREVENTION, as are A to pY")),
    A: optional(amount("quantity that was prevented in all")),
    B: optional(amount("quantity that was prevented now")),
    u: optional(idOrNone("Always −1: accounts belong to no trade group.")),
    U: optional(id("the other order of the prevented match")),
    Cs: optional(symbolName()),
    pl: optional(amount("the same as B")),
    pL: optional(amount("price of what was prevented")),
    pY: optional(amount("price × quantity of what was prevented")),
  },
  { title: "ExecutionReport" },
);

const ListStatusEvent = object(
  {
    e: only("listStatus"),
    E: ms("Event time, ms since 1970."),
    s: symbolName(),
    g: id("order list's id"),
    c: contingencyType(),
    l: listStatusType(),
    L: listOrderStatus(),
    r: only("NONE"),
    C: text("the list's client id"),
    T: ms("Transaction time, ms since 1970."),
    O: listOf(object({ s: symbolName(), i: id("order id"), c: text("client order id") })),
  },
  { title: "ListStatusEvent" },
);

const AccountPosition = object(
  {
    e: only("outboundAccountPosition"),
    E: ms("Event time, ms since 1970."),
    u: ms("Last change of the account, ms since 1970."),
    B: listOf(object({ a: assetName(), f: amount("free"), l: amount("locked") })),
  },
  { title: "AccountPosition" },
);

const BalanceUpdate = object(
  {
    e: only("balanceUpdate"),
    E: ms("Event time, ms since 1970."),
    a: assetName(),
    d: amount("what came, or with a minus went"),
    T: ms("When it was booked, ms since 1970."),
  },
  { title: "BalanceUpdate" },
);

const StreamTerminated = object(
  { e: only("eventStreamTerminated"), E: ms("Event time, ms since 1970.") },
  { title: "StreamTerminated" },
);

const wrapped = (event: TSchema) => object({ subscriptionId: count(), event });

/** By the name of the event. */
export const USER_EVENTS: Readonly<Record<string, { readonly summary: string; readonly message: TSchema }>> =
  {
    executionReport: { summary: "Something happened to an order.", message: wrapped(ExecutionReport) },
    listStatus: { summary: "An order list began, or is done.", message: wrapped(ListStatusEvent) },
    outboundAccountPosition: {
      summary: "Balances that a command changed.",
      message: wrapped(AccountPosition),
    },
    balanceUpdate: { summary: "A deposit or a withdrawal.", message: wrapped(BalanceUpdate) },
    eventStreamTerminated: {
      summary: "No more events come on this subscription.",
      message: wrapped(StreamTerminated),
    },
  };

export const ServerShutdown = object(
  { e: only("serverShutdown"), E: ms("Event time, ms since 1970.") },
  { title: "ServerShutdown" },
);

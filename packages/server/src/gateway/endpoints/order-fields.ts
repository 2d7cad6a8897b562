/** An order's parameters: what they are, which ones a type needs, and the fields of a command that they make. */
import { type NewOrderFields, OrderType, SelfTradePrevention, Side, TimeInForce } from "@buttonwood/protocol";
import { Type } from "#typebox";
import { AmountError, type MarketEntry } from "../catalog.js";
import { refusal } from "../errors.js";
import { clientId, decimal, oneOf, optional, symbol, timeMs } from "../parameters.js";

export const SIDES = ["BUY", "SELL"] as const;
export const ORDER_TYPES = [
  "LIMIT",
  "MARKET",
  "LIMIT_MAKER",
  "STOP_LOSS",
  "STOP_LOSS_LIMIT",
  "TAKE_PROFIT",
  "TAKE_PROFIT_LIMIT",
] as const;
export const TIMES_IN_FORCE = ["GTC", "IOC", "FOK"] as const;
/** GTD is good till canceled, and till its date. */
export const TIMES_IN_FORCE_WITH_DATE = [...TIMES_IN_FORCE, "GTD"] as const;
export const PREVENTIONS = ["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"] as const;

export const orderSide = () => oneOf(SIDES, "INVALID_SIDE");
export const orderKind = () => oneOf(ORDER_TYPES, "INVALID_ORDER_TYPE");
export const reportType = () => optional(oneOf(["ACK", "RESULT", "FULL"]));
export const preventionMode = () => optional(oneOf(PREVENTIONS));

export const orderParameters = {
  symbol: symbol(),
  side: orderSide(),
  type: orderKind(),
  timeInForce: optional(oneOf(TIMES_IN_FORCE_WITH_DATE, "INVALID_TIME_IN_FORCE")),
  quantity: optional(decimal()),
  quoteOrderQty: optional(decimal()),
  price: optional(decimal()),
  newClientOrderId: optional(clientId()),
  stopPrice: optional(decimal()),
  trailingDelta: optional(Type.Integer()),
  icebergQty: optional(decimal()),
  goodTillDate: optional(timeMs()),
  newOrderRespType: reportType(),
  selfTradePreventionMode: preventionMode(),
};

/** What an order is made of, as sent. */
export interface OrderInput {
  readonly side: (typeof SIDES)[number];
  readonly type: (typeof ORDER_TYPES)[number];
  readonly timeInForce?: (typeof TIMES_IN_FORCE_WITH_DATE)[number] | undefined;
  readonly quantity?: string | undefined;
  readonly quoteOrderQty?: string | undefined;
  readonly price?: string | undefined;
  readonly stopPrice?: string | undefined;
  /** Basis points. */
  readonly trailingDelta?: number | undefined;
  readonly icebergQty?: string | undefined;
  /** ms since 1970. */
  readonly goodTillDate?: number | undefined;
  readonly selfTradePreventionMode?: (typeof PREVENTIONS)[number] | undefined;
}

type Field = Exclude<keyof OrderInput, "side" | "type" | "selfTradePreventionMode">;

interface FieldsOfType {
  readonly needed: readonly Field[];
  readonly allowed: readonly Field[];
}

/** What each type needs and may have; of MARKET's two quantities exactly one. All else is refused. */
const FIELDS: Record<OrderInput["type"], FieldsOfType> = {
  LIMIT: { needed: ["timeInForce", "quantity", "price"], allowed: ["icebergQty", "goodTillDate"] },
  MARKET: { needed: [], allowed: ["quantity", "quoteOrderQty"] },
  LIMIT_MAKER: { needed: ["quantity", "price"], allowed: ["icebergQty", "goodTillDate"] },
  STOP_LOSS: { needed: ["quantity", "stopPrice"], allowed: ["trailingDelta", "goodTillDate"] },
  STOP_LOSS_LIMIT: {
    needed: ["timeInForce", "quantity", "price", "stopPrice"],
    allowed: ["trailingDelta", "icebergQty", "goodTillDate"],
  },
  TAKE_PROFIT: { needed: ["quantity", "stopPrice"], allowed: ["trailingDelta", "goodTillDate"] },
  TAKE_PROFIT_LIMIT: {
    needed: ["timeInForce", "quantity", "price", "stopPrice"],
    allowed: ["trailingDelta", "icebergQty", "goodTillDate"],
  },
};
const ALL_FIELDS: readonly Field[] = [
  "timeInForce",
  "quantity",
  "quoteOrderQty",
  "price",
  "stopPrice",
  "trailingDelta",
  "icebergQty",
  "goodTillDate",
];

/** How a request names an order's fields: `price`, or `abovePrice` for the upper order of a list. */
export type NameOf = (field: string) => string;
const AS_THEY_ARE: NameOf = (field) => field;

/** Names with a prefix: `price` becomes `abovePrice`. */
export const prefixed =
  (prefix: string): NameOf =>
  (field) =>
    `${prefix}${field[0]!.toUpperCase()}${field.slice(1)}`;

function checkFields(order: OrderInput, nameOf: NameOf): void {
  const { needed, allowed } = FIELDS[order.type];
  for (const field of needed) {
    // A trailing stop may follow the price from the start.
    if (field === "stopPrice" && order.trailingDelta !== undefined) continue;
    if (order[field] === undefined) throw refusal("MANDATORY_PARAMETER", nameOf(field));
  }
  for (const field of ALL_FIELDS) {
    if (order[field] === undefined || needed.includes(field) || allowed.includes(field)) continue;
    throw refusal("NOT_REQUIRED", nameOf(field));
  }
  if (order.type === "MARKET") {
    if (order.quantity === undefined && order.quoteOrderQty === undefined) {
      throw refusal("EITHER_PARAMETER", nameOf("quantity"), "quoteOrderQty");
    }
    if (order.quantity !== undefined && order.quoteOrderQty !== undefined) {
      throw refusal("INVALID_COMBINATION");
    }
  }
}

/**
 * The date and the time in force that says so go together; types that have no time in force have the date alone. A
 * date that has passed is no reason to refuse here: the order may have been taken before, and is sent again.
 */
function expiresUs(order: OrderInput, nameOf: NameOf): number {
  const { timeInForce, goodTillDate } = order;
  if (goodTillDate === undefined) {
    if (timeInForce === "GTD") throw refusal("MANDATORY_PARAMETER", nameOf("goodTillDate"));
    return 0;
  }
  if (timeInForce !== undefined && timeInForce !== "GTD")
    throw refusal("NOT_REQUIRED", nameOf("goodTillDate"));
  return goodTillDate * 1000;
}

/** A parsed amount that must be at least one step, or the refusal of its filter. */
export function atLeastOneStep(amount: number | AmountError, name: string, filter: string): number {
  if (typeof amount === "number" && amount > 0) return amount;
  if (amount === AmountError.PRECISION) throw refusal("BAD_PRECISION", name);
  throw refusal("FILTER_FAILURE", filter);
}

/** A price in ticks, 0 for none, or the refusal. */
export function priceOf(market: MarketEntry, text: string | undefined, name: string): number {
  return text === undefined ? 0 : atLeastOneStep(market.parsePrice(text), name, "PRICE_FILTER");
}

/** A quantity in lots, 0 for none, or the refusal. */
export function quantityOf(market: MarketEntry, text: string | undefined, name = "quantity"): number {
  return text === undefined ? 0 : atLeastOneStep(market.parseQuantity(text), name, "LOT_SIZE");
}

/** Whether an order's date has come by a time in µs, so that it can be no more than the repeat of an older one. */
export function hasEnded({ terms }: NewOrderFields, nowUs: number): boolean {
  return terms !== undefined && terms.expiresUs > 0 && terms.expiresUs <= nowUs;
}

/** The fields of an order's command, or the refusal. */
export function orderFields(
  market: MarketEntry,
  order: OrderInput,
  clientOrderId: string,
  nameOf: NameOf = AS_THEY_ARE,
): NewOrderFields {
  checkFields(order, nameOf);
  const lots = quantityOf(market, order.quantity, nameOf("quantity"));
  const shown = quantityOf(market, order.icebergQty, nameOf("icebergQty"));
  if (shown > lots) throw refusal("ICEBERG_EXCEEDS");
  const { timeInForce } = order;
  const terms = {
    // What shows all of itself is no iceberg.
    displayLots: shown === lots ? 0 : shown,
    trailingBips: order.trailingDelta ?? 0,
    expiresUs: expiresUs(order, nameOf),
  };
  if (order.trailingDelta === 0 || terms.trailingBips > TRAILING_BIPS_SENT_MAX) {
    throw refusal("FILTER_FAILURE", "TRAILING_DELTA");
  }
  const hasTerms = terms.displayLots > 0 || terms.trailingBips > 0 || terms.expiresUs > 0;
  return {
    market: market.market,
    side: Side[order.side],
    type: OrderType[order.type],
    timeInForce:
      timeInForce === undefined || timeInForce === "GTD" ? TimeInForce.GTC : TimeInForce[timeInForce],
    selfTradePrevention:
      order.selfTradePreventionMode === undefined
        ? SelfTradePrevention.NONE
        : SelfTradePrevention[order.selfTradePreventionMode],
    priceTicks: priceOf(market, order.price, nameOf("price")),
    stopTicks: priceOf(market, order.stopPrice, nameOf("stopPrice")),
    lots,
    quoteAmount:
      order.quoteOrderQty === undefined
        ? 0
        : atLeastOneStep(market.parseQuote(order.quoteOrderQty), "quoteOrderQty", "NOTIONAL"),
    clientOrderId,
    ...(hasTerms ? { terms } : {}),
  };
}

/** More than fits a command's word is refused as what is too much. */
const TRAILING_BIPS_SENT_MAX = 2 ** 31 - 1;

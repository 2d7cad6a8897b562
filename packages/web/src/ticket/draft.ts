/** An order, or a list of orders, as it is being written: its fields, and which of them a type has. */
import type { SelfTradePrevention, Side, TimeInForce } from "@buttonwood/client";

export const TicketType = {
  LIMIT: "LIMIT",
  MARKET: "MARKET",
  LIMIT_MAKER: "LIMIT_MAKER",
  STOP_LOSS: "STOP_LOSS",
  STOP_LOSS_LIMIT: "STOP_LOSS_LIMIT",
  TAKE_PROFIT: "TAKE_PROFIT",
  TAKE_PROFIT_LIMIT: "TAKE_PROFIT_LIMIT",
  /** One cancels the other. */
  OCO: "OCO",
  /** One triggers the other. */
  OTO: "OTO",
  /** One triggers an OCO. */
  OTOCO: "OTOCO",
} as const;
export type TicketType = (typeof TicketType)[keyof typeof TicketType];

/** What an OTO's second order may be here. */
export const PendingType = {
  LIMIT: "LIMIT",
  MARKET: "MARKET",
  LIMIT_MAKER: "LIMIT_MAKER",
  STOP_LOSS: "STOP_LOSS",
  STOP_LOSS_LIMIT: "STOP_LOSS_LIMIT",
  TAKE_PROFIT: "TAKE_PROFIT",
  TAKE_PROFIT_LIMIT: "TAKE_PROFIT_LIMIT",
} as const;
export type PendingType = (typeof PendingType)[keyof typeof PendingType];

/** What is typed in, each as text. */
export const FieldKind = {
  /** Of the quote asset, in ticks. */
  PRICE: "PRICE",
  /** Of the base asset, in steps. */
  QUANTITY: "QUANTITY",
  /** Of the quote asset. */
  TOTAL: "TOTAL",
  /** Basis points, a whole number. */
  BIPS: "BIPS",
  /** A moment of the reader's own time, `2026-01-31T14:30`. */
  DATE: "DATE",
} as const;
export type FieldKind = (typeof FieldKind)[keyof typeof FieldKind];

interface FieldText {
  readonly label: string;
  readonly kind: FieldKind;
}

export const FIELDS = {
  price: { label: "Price", kind: "PRICE" },
  stopPrice: { label: "Stop price", kind: "PRICE" },
  /** Of the stop in an OCO or OTOCO; without it the stop is a market order. */
  stopLimitPrice: { label: "Stop limit", kind: "PRICE" },
  quantity: { label: "Quantity", kind: "QUANTITY" },
  quoteQuantity: { label: "Amount", kind: "TOTAL" },
  pendingStopPrice: { label: "Then: stop", kind: "PRICE" },
  pendingPrice: { label: "Then: price", kind: "PRICE" },
  pendingQuantity: { label: "Then: quantity", kind: "QUANTITY" },
  trailingDelta: { label: "Trailing delta", kind: "BIPS" },
  icebergQuantity: { label: "Iceberg: show at a time", kind: "QUANTITY" },
  goodTill: { label: "Good till", kind: "DATE" },
} as const satisfies Readonly<Record<string, FieldText>>;
export type Field = keyof typeof FIELDS;

export type Draft = Readonly<Record<Field, string>> & {
  readonly side: Side;
  readonly type: TicketType;
  readonly timeInForce: TimeInForce;
  /** What a market order is counted in. */
  readonly unit: "BASE" | "QUOTE";
  readonly pendingType: PendingType;
  /** Empty: the market's own. */
  readonly prevention: SelfTradePrevention | "";
};

const NO_AMOUNTS = Object.fromEntries(Object.keys(FIELDS).map((field) => [field, ""])) as Record<
  Field,
  string
>;

export const EMPTY_DRAFT: Draft = {
  ...NO_AMOUNTS,
  side: "BUY",
  type: TicketType.LIMIT,
  timeInForce: "GTC",
  unit: "BASE",
  pendingType: PendingType.LIMIT,
  prevention: "",
};

export interface FieldOfType {
  readonly field: Field;
  /** It may be left empty. */
  readonly isOptional: boolean;
  /** It stands among the terms that few orders have. */
  readonly isRare: boolean;
}

const needed = (field: Field): FieldOfType => ({ field, isOptional: false, isRare: false });
const optional = (field: Field): FieldOfType => ({ field, isOptional: true, isRare: false });
const rare = (field: Field): FieldOfType => ({ field, isOptional: true, isRare: true });

/** Whether a type is a list of several orders. */
export function isList(type: TicketType): type is "OCO" | "OTO" | "OTOCO" {
  return type === "OCO" || type === "OTO" || type === "OTOCO";
}

export function hasTimeInForce(type: TicketType): boolean {
  return type === "LIMIT" || type === "STOP_LOSS_LIMIT" || type === "TAKE_PROFIT_LIMIT";
}

/** Whether a type waits for a stop price. */
export function isStop(type: TicketType | PendingType): boolean {
  return type.startsWith("STOP_LOSS") || type.startsWith("TAKE_PROFIT");
}

function isLimited(type: PendingType): boolean {
  return type === "LIMIT" || type === "LIMIT_MAKER" || type.endsWith("_LIMIT");
}

/** The fields that a draft has, in the order in which they are asked for. */
export function fieldsOf(draft: Draft): readonly FieldOfType[] {
  const { type, timeInForce, unit, pendingType } = draft;
  const mayRest = timeInForce === "GTC" || timeInForce === "GTD";
  const timed: readonly FieldOfType[] = [
    ...(timeInForce === "GTD" ? [needed("goodTill")] : []),
    ...(mayRest ? [rare("icebergQuantity")] : []),
  ];
  // A trailing stop may follow the price from the start, without a stop price.
  const stop = draft.trailingDelta === "" ? needed("stopPrice") : optional("stopPrice");
  switch (type) {
    case "LIMIT":
      return [needed("price"), needed("quantity"), ...timed];
    case "LIMIT_MAKER":
      return [needed("price"), needed("quantity"), rare("icebergQuantity"), rare("goodTill")];
    case "MARKET":
      return [needed(unit === "BASE" ? "quantity" : "quoteQuantity")];
    case "STOP_LOSS":
    case "TAKE_PROFIT":
      return [stop, needed("quantity"), rare("trailingDelta"), rare("goodTill")];
    case "STOP_LOSS_LIMIT":
    case "TAKE_PROFIT_LIMIT":
      return [stop, needed("price"), needed("quantity"), ...timed, rare("trailingDelta")];
    case "OCO":
      return [needed("price"), needed("stopPrice"), optional("stopLimitPrice"), needed("quantity")];
    case "OTO":
      return [
        needed("price"),
        needed("quantity"),
        ...(isStop(pendingType) ? [needed("pendingStopPrice")] : []),
        ...(isLimited(pendingType) ? [needed("pendingPrice")] : []),
        optional("pendingQuantity"),
      ];
    case "OTOCO":
      return [
        needed("price"),
        needed("quantity"),
        needed("pendingPrice"),
        needed("pendingStopPrice"),
        optional("stopLimitPrice"),
        optional("pendingQuantity"),
      ];
  }
}

/** A draft with a price that was chosen elsewhere, in the field where its type has one. */
export function withPrice(draft: Draft, price: string): Draft {
  const { type } = draft;
  if (type === "MARKET") return { ...draft, type: TicketType.LIMIT, price };
  return type === "STOP_LOSS" || type === "TAKE_PROFIT"
    ? { ...draft, stopPrice: price }
    : { ...draft, price };
}

/** A draft after a choice. Another type, or another time in force, takes nothing unseen over. */
export function changed(draft: Draft, choice: Partial<Draft>): Draft {
  const isOtherType = choice.type !== undefined && choice.type !== draft.type;
  const loses: Partial<Draft> = isOtherType
    ? { icebergQuantity: "", trailingDelta: "", goodTill: "" }
    : choice.timeInForce !== undefined
      ? { goodTill: "" }
      : {};
  return { ...draft, ...loses, ...choice };
}

/** A draft for another market: prices and quantities of this one mean nothing there. */
export function withoutAmounts(draft: Draft): Draft {
  return { ...draft, ...NO_AMOUNTS };
}

/** What is wrong with a draft, field by field, as far as the market's own rules tell; the exchange judges the rest. */
import { compareDecimals, multiplyDecimals, plainDecimal } from "@buttonwood/client";
import { floorToStep, isAmount } from "../format.js";
import type { Market } from "../parts/market-of.js";
import { momentMs, priceToReckon } from "./compose.js";
import { type Draft, FIELDS, type Field, type FieldKind, fieldsOf } from "./draft.js";

/** By field, each a whole sentence. Empty: the exchange may be asked. */
export type Complaints = ReadonlyMap<Field, string>;

export function complaintsOf(draft: Draft, market: Market, nowMs: number): Complaints {
  const complaints = new Map<Field, string>();
  for (const { field, isOptional } of fieldsOf(draft)) {
    const text = draft[field];
    if (text === "" && isOptional) continue;
    const { kind, label } = FIELDS[field];
    const complaint = complaintOf(text, kind, draft, market, nowMs);
    if (complaint !== undefined) complaints.set(field, `${label} ${complaint}`);
  }
  if (complaints.size > 0) return complaints;
  const has = (field: Field): boolean =>
    draft[field] !== "" && fieldsOf(draft).some((each) => each.field === field);
  if (has("icebergQuantity")) {
    const complaint = icebergComplaint(draft, market);
    if (complaint !== undefined) complaints.set("icebergQuantity", complaint);
  }
  const price = priceToReckon(draft);
  if (has("quantity") && price !== undefined) {
    const complaint = notionalComplaint(multiplyDecimals(price, draft.quantity), market);
    if (complaint !== undefined) complaints.set("quantity", `Price × quantity ${complaint}`);
  }
  return complaints;
}

function complaintOf(
  text: string,
  kind: FieldKind,
  draft: Draft,
  market: Market,
  nowMs: number,
): string | undefined {
  const { rules } = market;
  switch (kind) {
    case "PRICE":
      return priceComplaint(text, market);
    case "QUANTITY":
      return quantityComplaint(text, market, draft.type === "MARKET" ? rules.marketQuantityMax : undefined);
    case "TOTAL":
      return isAmount(text) ? notionalComplaint(text, market) : NO_AMOUNT;
    case "BIPS": {
      const { trailingDeltaMin: min, trailingDeltaMax: max } = rules;
      const isGood = /^\d{1,9}$/.test(text) && Number(text) >= min && Number(text) <= max;
      return isGood ? undefined : `must be a whole number from ${min} to ${max} basis points.`;
    }
    case "DATE": {
      const ms = momentMs(text);
      if (Number.isNaN(ms)) return "must be a date and a time.";
      return ms > nowMs ? undefined : "must lie in the future.";
    }
  }
}

const NO_AMOUNT = "must be a plain number above zero.";

/** What is wrong with a price, to be read after its name; undefined: nothing. */
export function priceComplaint(text: string, { tick, rules }: Market): string | undefined {
  if (!isAmount(text)) return NO_AMOUNT;
  if (!isMultiple(text, tick)) return `must be a multiple of ${plainDecimal(tick)}.`;
  return rangeComplaint(text, rules.priceMin, rules.priceMax);
}

/** What is wrong with a quantity, to be read after its name; undefined: nothing. */
export function quantityComplaint(text: string, { step, rules }: Market, max?: string): string | undefined {
  if (!isAmount(text)) return NO_AMOUNT;
  if (!isMultiple(text, step)) return `must be a multiple of ${plainDecimal(step)}.`;
  return rangeComplaint(text, rules.quantityMin, max ?? rules.quantityMax);
}

function notionalComplaint(notional: string, { rules, quote }: Market): string | undefined {
  const complaint = rangeComplaint(notional, rules.notionalMin, rules.notionalMax);
  return complaint === undefined ? undefined : complaint.replace(/\.$/, ` ${quote}.`);
}

function rangeComplaint(value: string, min: string, max: string): string | undefined {
  if (compareDecimals(value, min) < 0) return `must be at least ${plainDecimal(min)}.`;
  return compareDecimals(value, max) > 0 ? `must be at most ${plainDecimal(max)}.` : undefined;
}

function icebergComplaint({ quantity, icebergQuantity }: Draft, { rules }: Market): string | undefined {
  if (compareDecimals(icebergQuantity, quantity) > 0) return "An iceberg shows no more than its quantity.";
  const most = multiplyDecimals(icebergQuantity, String(rules.icebergPartsMax));
  if (compareDecimals(most, quantity) >= 0) return undefined;
  return `An iceberg has at most ${rules.icebergPartsMax} parts: show more at a time.`;
}

function isMultiple(value: string, step: string): boolean {
  return compareDecimals(floorToStep(value, step), value) === 0;
}

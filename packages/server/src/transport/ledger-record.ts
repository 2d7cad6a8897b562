import type { AccountTradeRecord } from "./history-port.js";

/**
 * Where a record stands in an account's ledger. Records rise by time, then place, then number, then order; a partition's
 * own records at one place rise by number alone.
 */
export interface LedgerPosition {
  /** µs since 1970. */
  readonly timeUs: number;
  /** 0: payments. Else the market's number + 1. */
  readonly place: number;
  /** The sequence of a payment, the id of a trade. */
  readonly number: number;
}

/** A deposit or a withdrawal. */
export interface PaymentRecord {
  readonly kind: "PAYMENT";
  readonly account: number;
  readonly sequence: number;
  readonly asset: number;
  /** In the asset's smallest unit: more than 0 was deposited, less was withdrawn. */
  readonly units: number;
  readonly timeUs: number;
  /** The payment's own id, by which it was done once. */
  readonly reference: string;
}

/** The account's side of a trade, with its fee. */
export type LedgerTradeRecord = Omit<AccountTradeRecord, "isOfList"> & { readonly kind: "TRADE" };

/** What changed an account's balances. */
export type LedgerRecord = PaymentRecord | LedgerTradeRecord;

/** What of an account's ledger is asked for: records within all bounds that are given. */
export interface LedgerQuery {
  readonly account: number;
  /** Records alone that change the balance of this asset. */
  readonly asset?: number | undefined;
  /** From this position on, itself included. */
  readonly first?: LedgerPosition | undefined;
  /** Up to this position, itself included. */
  readonly last?: LedgerPosition | undefined;
  /** µs since 1970, both included. */
  readonly startUs?: number | undefined;
  readonly endUs?: number | undefined;
  /** The oldest when `first` or `startUs` is given, else the newest. */
  readonly limit: number;
  readonly atLeast: number;
}

/** Whether a query's oldest records count when there are more than its limit. */
export function isFromOldest({ first, startUs }: Pick<LedgerQuery, "first" | "startUs">): boolean {
  return first !== undefined || startUs !== undefined;
}

/** Where a record stands. */
export function positionOf(record: LedgerRecord): LedgerPosition {
  return record.kind === "PAYMENT"
    ? { timeUs: record.timeUs, place: 0, number: record.sequence }
    : { timeUs: record.timeUs, place: record.market + 1, number: record.tradeId };
}

/** Less than 0 when a stands before b in the ledger. */
export function compareRecords(a: LedgerRecord, b: LedgerRecord): number {
  const [left, right] = [positionOf(a), positionOf(b)];
  return (
    left.timeUs - right.timeUs ||
    left.place - right.place ||
    left.number - right.number ||
    orderOf(a) - orderOf(b)
  );
}

/** An account that trades with itself has both sides of the trade. */
const orderOf = (record: LedgerRecord): number => (record.kind === "TRADE" ? record.orderId : 0);

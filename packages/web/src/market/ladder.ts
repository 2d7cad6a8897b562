/** Levels of a book as the rows of a ladder: grouped, summed up, each with its share of what is shown. */
import { addDecimals, compareDecimals, type DepthLevel, plainDecimal } from "@buttonwood/client";
import { ceilToStep, floorToStep } from "../format.js";

export interface LadderRow {
  readonly price: string;
  readonly quantity: string;
  /** Quantity from the best price to this one. */
  readonly sum: string;
}

/**
 * The best `count` rows, best first. With a `step` coarser than the tick levels go together at a price at which all
 * of them can be had: bids at the multiple below, asks at the one above.
 */
export function ladderRows(
  levels: readonly DepthLevel[],
  side: "BID" | "ASK",
  step: string,
  count: number,
): readonly LadderRow[] {
  const rows: { price: string; quantity: string; sum: string }[] = [];
  let sum = "0";
  for (const [price, quantity] of levels) {
    const grouped = side === "BID" ? floorToStep(price, step) : ceilToStep(price, step);
    const last = rows.at(-1);
    if (last !== undefined && compareDecimals(last.price, grouped) === 0) {
      sum = addDecimals(sum, quantity);
      last.quantity = addDecimals(last.quantity, quantity);
      last.sum = sum;
      continue;
    }
    if (rows.length === count) break;
    sum = addDecimals(sum, quantity);
    rows.push({ price: grouped, quantity: plainDecimal(quantity), sum });
  }
  return rows;
}

/** Steps to group by: the tick and its multiples by ten, while they stay below a hundredth of the price. */
export function groupingSteps(tick: string, price: string): readonly string[] {
  const steps = [plainDecimal(tick)];
  for (let times = 10; times <= 1000; times *= 10) {
    const step = (Number(tick) * times).toFixed(12);
    if (Number(step) * 100 > Number(price)) break;
    steps.push(plainDecimal(step));
  }
  return steps;
}

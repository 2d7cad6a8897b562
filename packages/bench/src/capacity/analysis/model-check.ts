import type { LayoutResult } from "../capacity-result.js";
import { fitScalability, type ScalabilityPoint, type ScalabilityRefusal } from "./universal-scalability.js";

/** A size that was left out of the fit, and what the fit to the others says of it. */
export type LeftOut =
  | {
      readonly kind: "predicted";
      readonly n: number;
      /** Orders/s. */
      readonly predicted: number;
      /** Mean of the measurements of this size, orders/s. */
      readonly measured: number;
      /** (predicted − measured) / measured; above 0 the law promised too much. */
      readonly errorPercent: number;
      /** The size lies outside of those fitted. */
      readonly isExtrapolated: boolean;
    }
  | {
      readonly kind: "refused";
      readonly n: number;
      readonly measured: number;
      readonly reason: ScalabilityRefusal;
      readonly message: string;
    };

export type ModelCheckRow = LeftOut & { readonly layout: string };

export interface ModelCheck {
  readonly rows: readonly ModelCheckRow[];
  /** Mean and largest size of the errors of sizes between others; undefined when none was predicted. */
  readonly meanErrorPercent: number | undefined;
  readonly maxErrorPercent: number | undefined;
}

/**
 * Whether the scalability law may be trusted here: fitted to a layout's points by connections, one size left out in turn,
 * it predicts that size. Closed loops only, and points that accepted something.
 */
export function checkModel(layouts: readonly LayoutResult[]): ModelCheck {
  const rows = layouts.flatMap(({ name, points }) => {
    const closed = points.filter(
      ({ ratePerSecond, load }) => ratePerSecond === undefined && load.ordersPerSecond > 0,
    );
    return leaveOneOut(
      closed.map(({ connections, load }) => ({ n: connections, ordersPerSecond: load.ordersPerSecond })),
    ).map((row): ModelCheckRow => ({ ...row, layout: name }));
  });
  const errors = rows.flatMap((row) =>
    row.kind === "predicted" && !row.isExtrapolated ? [Math.abs(row.errorPercent)] : [],
  );
  const known = errors.length > 0;
  return {
    rows,
    meanErrorPercent: known ? errors.reduce((sum, error) => sum + error, 0) / errors.length : undefined,
    maxErrorPercent: known ? Math.max(...errors) : undefined,
  };
}

/** Leaves each size out in turn, with all its measurements, ascending. */
export function leaveOneOut(points: readonly ScalabilityPoint[]): readonly LeftOut[] {
  const sizes = [...new Set(points.map(({ n }) => n))].sort((a, b) => a - b);
  return sizes.map((n, i): LeftOut => {
    const left = points.filter((point) => point.n === n);
    const measured = left.reduce((sum, { ordersPerSecond }) => sum + ordersPerSecond, 0) / left.length;
    const fit = fitScalability(points.filter((point) => point.n !== n));
    if (fit.kind === "refused") return { ...fit, n, measured };
    const predicted = fit.predict(n);
    return {
      kind: "predicted",
      n,
      predicted,
      measured,
      errorPercent: (predicted / measured - 1) * 100,
      isExtrapolated: i === 0 || i === sizes.length - 1,
    };
  });
}

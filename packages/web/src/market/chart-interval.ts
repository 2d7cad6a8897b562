/** Lengths of candles that the chart offers. */
import type { KlineInterval } from "@buttonwood/client";

export const CHART_INTERVALS = ["1s", "1m", "5m", "15m", "1h", "4h", "1d"] as const satisfies KlineInterval[];
export type ChartInterval = (typeof CHART_INTERVALS)[number];

/** How many requests clients have answered, and how long they take, from what gateways tell in their metrics. */
import type { Traffic } from "./venue.js";

/** Metrics that are read, of the HTTP and of the WebSocket API. */
export const REQUEST_METRICS = [
  "buttonwood_request_duration_seconds",
  "buttonwood_websocket_request_duration_seconds",
] as const;

const BUCKET = /^buttonwood_(?:websocket_)?request_duration_seconds_(bucket|count)\{(.*)\} ([0-9.e+]+)$/gm;

/** Requests since the gateways started. */
export interface RequestCounts {
  readonly atMs: number;
  readonly requests: number;
  readonly orders: number;
  /** Order requests that took so many seconds or less, by the bound as the metric says it. */
  readonly orderSeconds: ReadonlyMap<string, number>;
}

/** Reads the metrics' text of all gateways. `atMs`: when, on the clock of {@link TrafficMeter.take}. */
export function requestCounts(text: string, atMs: number): RequestCounts {
  let requests = 0;
  let orders = 0;
  const orderSeconds = new Map<string, number>();
  for (const [, part, labels, value] of text.matchAll(BUCKET)) {
    const count = Number(value);
    const isOrder = placesOrders(labels!);
    if (part === "count") {
      requests += count;
      if (isOrder) orders += count;
    } else if (isOrder) {
      const bound = /(?:^|,)le="([^"]*)"/.exec(labels!)?.[1] ?? "+Inf";
      orderSeconds.set(bound, (orderSeconds.get(bound) ?? 0) + count);
    }
  }
  return { atMs, requests, orders, orderSeconds };
}

/** Whether requests with these labels place or replace orders. */
function placesOrders(labels: string): boolean {
  if (/(?:^|,)path="/.test(labels)) {
    return (
      /(?:^|,)method="POST"/.test(labels) && /(?:^|,)path="\/api\/v3\/(?:order|sor)(?!.*test)/.test(labels)
    );
  }
  return /(?:^|,)method="(?:order\.(?:place|cancelReplace)|orderList\.place|sor\.order\.place)/.test(labels);
}

/** Over how long rates and percentiles are taken, in ms. */
const WINDOW_MS = 10_000;

/** What was counted over the last ten seconds. */
export class TrafficMeter {
  #counts: RequestCounts[] = [];

  /** Null for the first one: there is nothing to compare it with. */
  take(now: RequestCounts): Traffic | null {
    const last = this.#counts.at(-1);
    // Fewer than before: a gateway is gone, or does not answer. Long ago: nobody has looked meanwhile.
    if (
      last !== undefined &&
      (now.requests < last.requests || now.orders < last.orders || now.atMs - last.atMs > WINDOW_MS)
    ) {
      this.#counts = [];
    }
    this.#counts.push(now);
    while (this.#counts.length > 2 && this.#counts[1]!.atMs <= now.atMs - WINDOW_MS) this.#counts.shift();
    const first = this.#counts[0]!;
    const seconds = (now.atMs - first.atMs) / 1000;
    if (seconds <= 0) return null;
    const buckets = [...now.orderSeconds]
      .map(([bound, count]) => ({
        bound: bound === "+Inf" ? Number.POSITIVE_INFINITY : Number(bound),
        count: count - (first.orderSeconds.get(bound) ?? 0),
      }))
      .sort((a, b) => a.bound - b.bound);
    return {
      requestsPerSecond: (now.requests - first.requests) / seconds,
      ordersPerSecond: (now.orders - first.orders) / seconds,
      orderMsP50: percentileMs(buckets, 0.5),
      orderMsP99: percentileMs(buckets, 0.99),
    };
  }
}

/** Interpolated within its bucket, as Prometheus' histogram_quantile does; the highest bound for what lies beyond it. */
function percentileMs(
  buckets: readonly { readonly bound: number; readonly count: number }[],
  share: number,
): number | null {
  const all = buckets.at(-1)?.count ?? 0;
  if (all <= 0) return null;
  const wanted = all * share;
  const index = buckets.findIndex(({ count }) => count >= wanted);
  const { bound, count } = buckets[index]!;
  const below = buckets[index - 1] ?? { bound: 0, count: 0 };
  if (!Number.isFinite(bound)) return below.bound * 1000;
  return (below.bound + ((bound - below.bound) * (wanted - below.count)) / (count - below.count)) * 1000;
}

import { machineName } from "../api-bench/bench-api.js";
import { runLoad } from "../api-bench/load-run.js";
import { planMarkets } from "../api-bench/market-plan.js";
import type { LatencyMs, LoadKey } from "../api-bench/plan.js";
import { mainThreadTimes } from "../api-bench/thread-cpu.js";
import type { SubscriberResult } from "./plan.js";
import { openSubscribers } from "./subscriber-run.js";

/** The depth stream merges what happens within 100 ms. */
export const UPDATES_PER_SECOND_MAX = 10;

/**
 * Orders for each update when every 100 ms are to have one: they don't come in step with the stream's own clock, and
 * the last of them is some 10 ms old at most when it is told.
 */
const ORDERS_PER_UPDATE = 10;

/** Enough that an order which is due finds one free. */
const ORDER_CONNECTIONS = 16;

export interface SubscribersBenchOptions {
  /** Where the exchange listens. */
  readonly url: string;
  /** Its process, whose main thread is the gateway; undefined when it is not ours. */
  readonly pid?: number | undefined;
  /** Funded accounts' keys, whose orders change the book. */
  readonly keys: readonly LoadKey[];
  readonly symbol: string;
  readonly subscribers: number;
  /** Updates of the depth a second, 1…10. */
  readonly updates: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly onProgress?: (done: number, step: string) => void;
}

export interface SubscribersBenchResult extends SubscriberResult {
  readonly machine: string;
  readonly symbol: string;
  readonly subscribers: number;
  /** The orders that changed the book, over HTTP: how the gateway serves others meanwhile. */
  readonly orders: {
    readonly sent: number;
    readonly accepted: number;
    readonly lost: number;
    readonly latencyMs: LatencyMs;
  };
  /** Of one core, in percent: the gateway's thread; undefined where the system does not tell. */
  readonly gatewayCpuPercent: number | undefined;
  /** How long the gateway's thread had something to do and no core to do it on, in percent of the time. */
  readonly gatewayWaitPercent: number | undefined;
  /** CPU of the gateway's thread for each message to one subscriber, in µs. */
  readonly gatewayCpuUsPerMessage: number | undefined;
}

/** Orders a second, so that the depth stream has so many updates. */
function ordersPerSecond(updates: number): number {
  return updates < UPDATES_PER_SECOND_MAX ? updates : updates * ORDERS_PER_UPDATE;
}

/** Measures one gateway that tells the depth of one symbol to many subscribers. */
export async function benchSubscribers(options: SubscribersBenchOptions): Promise<SubscribersBenchResult> {
  const { url, pid, symbol, subscribers, seconds, warmUpSeconds } = options;
  const progress = options.onProgress ?? (() => {});
  const markets = await planMarkets(url, [symbol]);
  const { hostname: host, port: portText } = new URL(url);
  const port = Number(portText === "" ? 80 : portText);
  const open = await openSubscribers({ host, port, symbol, subscribers, seconds }, (count) =>
    progress(0, `${count} of ${subscribers} subscribers`),
  );
  try {
    const orders = runLoad(
      {
        host,
        port,
        transport: "http",
        connections: ORDER_CONNECTIONS,
        inFlight: 1,
        flow: "limits",
        ratePerSecond: ordersPerSecond(options.updates),
        warmUpSeconds: 0,
        seconds: warmUpSeconds + seconds + 1,
        keys: options.keys,
        markets,
        seed: Date.now() % 2 ** 32,
        responseType: "ACK",
      },
      (fraction) => progress(fraction, "listening"),
    );
    // Its failure is heard of below; until then it must not end this process.
    orders.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, warmUpSeconds * 1000));
    const before = mainThreadTimes(pid);
    const startMs = performance.now();
    const measured = open.measure();
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const after = mainThreadTimes(pid);
    const elapsed = (performance.now() - startMs) / 1000;
    const [result, { sent, accepted, lost, latencyMs }] = await Promise.all([measured, orders]);
    const known = before !== undefined && after !== undefined;
    const share = known ? (after.cpuSeconds - before.cpuSeconds) / elapsed : undefined;
    return {
      ...result,
      machine: machineName(),
      symbol,
      subscribers,
      orders: { sent, accepted, lost, latencyMs },
      gatewayCpuPercent: share === undefined ? undefined : share * 100,
      gatewayWaitPercent: known ? ((after.waitSeconds - before.waitSeconds) / elapsed) * 100 : undefined,
      gatewayCpuUsPerMessage:
        share === undefined || result.received === 0 ? undefined : (share * 1e6) / result.receivedPerSecond,
    };
  } finally {
    open.stop();
  }
}

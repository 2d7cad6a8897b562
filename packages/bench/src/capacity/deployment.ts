import { planMarkets } from "../api-bench/market-plan.js";
import type { LoadKey, LoadPlan } from "../api-bench/plan.js";
import type { Instruments } from "./operations/instruments.js";

/** A layout that runs, and takes orders. */
export interface Deployment {
  readonly url: string;
  /** Processes whose descendants are the deployment. */
  readonly roots: readonly number[];
  /** Funded accounts' keys. */
  readonly keys: readonly LoadKey[];
  readonly symbols: readonly string[];
  readonly instruments: Instruments;
  /** Kills a process of it by its name, with SIGKILL. */
  kill(name: string): Promise<void>;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

/** A load of a deployment's markets by its accounts: signed limit orders over HTTP, with full answers. */
export async function loadOf(
  { url, keys, symbols }: Deployment,
  load: Pick<
    LoadPlan,
    "connections" | "ratePerSecond" | "warmUpSeconds" | "warmUpSecondsMax" | "seconds" | "seed" | "retries"
  >,
): Promise<LoadPlan> {
  const { hostname, port } = new URL(url);
  return {
    ...load,
    host: hostname,
    port: Number(port),
    transport: "http",
    inFlight: 1,
    flow: "limits",
    keys,
    markets: await planMarkets(url, symbols),
    responseType: "FULL",
  };
}

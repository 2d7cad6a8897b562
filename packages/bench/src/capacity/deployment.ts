import { planMarkets } from "../api-bench/market-plan.js";
import type { LoadKey, LoadPlan } from "../api-bench/plan.js";

/** A layout that runs, and takes orders. */
export interface Deployment {
  readonly url: string;
  /** Processes whose descendants are the deployment. */
  readonly roots: readonly number[];
  /** Funded accounts' keys. */
  readonly keys: readonly LoadKey[];
  readonly symbols: readonly string[];
  /** Kills a process of it by its name, with SIGKILL. */
  kill(name: string): Promise<void>;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

/** A load of a deployment's markets by its accounts, with full answers. */
export async function loadOf(
  { url, keys, symbols }: Deployment,
  load: Omit<LoadPlan, "host" | "port" | "keys" | "markets" | "responseType">,
): Promise<LoadPlan> {
  const { hostname, port } = new URL(url);
  const markets = await planMarkets(url, symbols);
  return { ...load, host: hostname, port: Number(port), keys, markets, responseType: "FULL" };
}

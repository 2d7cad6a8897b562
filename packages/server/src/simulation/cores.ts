import type { ReferenceConfig } from "@buttonwood/core/reference";
import { coresOf } from "../engine/cores.js";
import type { CoreFactory } from "../engine/deterministic-core.js";

/** The core under simulation, with the capacities of a simulated world. */
export function simulatedCores(config: ReferenceConfig): CoreFactory {
  return coresOf({
    ...config,
    // What the reference does not bound, the simulated world must not reach.
    pricePagesMax: 512,
    balancesMax: config.accountsMax * config.assetsMax + 1,
    accountMarketsMax: config.accountsMax * config.marketsMax + 1,
  });
}

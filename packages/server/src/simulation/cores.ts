import { Core, type CoreConfig } from "@buttonwood/core";
import type { ReferenceConfig } from "@buttonwood/core/reference";
import { portCore } from "../engine/cores.js";
import type { CoreFactory } from "../engine/deterministic-core.js";

/** The core under simulation, with the capacities of a simulated world. `alter` plants a bug in every one. */
export function simulatedCores(
  config: ReferenceConfig,
  alter: (core: Core, isRestored: boolean) => void = () => {},
): CoreFactory {
  const capacity: Partial<CoreConfig> = {
    ...config,
    // What the reference does not bound, the simulated world must not reach.
    pricePagesMax: config.openOrdersMax + 8,
    balancesMax: config.accountsMax * config.assetsMax + 1,
    accountMarketsMax: config.accountsMax * config.marketsMax + 1,
  };
  return {
    create() {
      const core = new Core(capacity);
      alter(core, false);
      return portCore(core);
    },
    restore(snapshot) {
      const core = Core.restore(snapshot);
      alter(core, true);
      return portCore(core);
    },
  };
}

import type { ReferenceConfig } from "@buttonwood/core/reference";
import type { CoreFactory } from "../engine/deterministic-core.js";
import { referenceCores } from "../engine/reference-core.js";

/** The core under simulation, with the capacities of a simulated world. */
export function simulatedCores(config: ReferenceConfig): CoreFactory {
  return referenceCores(config);
}

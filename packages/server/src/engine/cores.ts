import type { CoreFactory } from "./deterministic-core.js";
import { referenceCores } from "./reference-core.js";

/** The core that engines run. */
export const cores: CoreFactory = referenceCores();

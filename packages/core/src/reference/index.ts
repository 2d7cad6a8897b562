/** The plain reference exchange and its random commands: for tests and the simulator, in every package. */
export { Random } from "./random.js";
export { RandomCommands } from "./random-commands.js";
export { randomWorld, type World, worldCommands } from "./random-world.js";
export { REFERENCE_CONFIG_DEFAULT, ReferenceExchange } from "./reference-exchange.js";
export type { ReferenceConfig } from "./state.js";

/** The plain reference exchange and its random commands: for tests and the simulator, in every package. */
export { REFERENCE } from "./exchange-under-test.js";
export { ORDER_LIST_TABLES } from "./order-list-tables.js";
export { ORDER_TERMS_TABLES } from "./order-terms-tables.js";
export { Random } from "./random.js";
export { RandomCommands } from "./random-commands.js";
export { randomWorld, type World, worldCommands } from "./random-world.js";
export { REFERENCE_CONFIG_DEFAULT, ReferenceExchange } from "./reference-exchange.js";
export { type ScenarioTable, Stage } from "./scenario.js";
export type { ReferenceConfig } from "./state.js";

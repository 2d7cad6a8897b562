/** Which implementations the tables are played on, and how a failed table is told. */
import { CORE } from "./core-under-test.js";
import { REFERENCE } from "./exchange-under-test.js";
import { playScenario, type ScenarioOptions } from "./scenario.js";

/** Throws with every row whose outcome is not the table's. */
export function play(table: string, options?: ScenarioOptions): void {
  const problems = playScenario([REFERENCE, CORE], table, options);
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

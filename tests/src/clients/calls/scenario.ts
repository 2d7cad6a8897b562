import type { Calls, Driver } from "./calls.js";
import type { World } from "./world.js";

/** One row of the table: a call, and what must be true of its results. */
export interface Scenario {
  /** As in docs/reference/api.md. */
  readonly title: string;
  /** Which of a driver's calls it needs; a client without one of them has not got this row. */
  readonly needs: readonly (keyof Calls)[];
  readonly run: (client: Calls, world: World) => Promise<void>;
}

/** A row that belongs to the driver as a whole. */
export interface DriverScenario {
  readonly title: string;
  readonly has: (driver: Driver) => boolean;
  readonly run: (driver: Driver, world: World) => Promise<void>;
}

import {
  type Progress,
  type TableChanges,
  type TableQuery,
  type Tables,
  TablesLostError,
} from "../../projection/tables.js";
import type { SimProcess, World } from "../world.js";

/** How often a shard is lost to a projection, drawn per seed. Probabilities per write. */
export interface TablesRates {
  /** Before it is written. */
  readonly failed: number;
  /** When it is written: its process does not hear so. */
  readonly unheard: number;
}

/** Query tables as a process of a cluster has them: with time, and with losses. */
export class SimTables implements Tables {
  readonly name: string;
  readonly monthOf: Tables["monthOf"];
  readonly #tables: Tables;
  readonly #world: World;
  readonly #process: SimProcess;
  readonly #rates: TablesRates;

  constructor(tables: Tables, world: World, process: SimProcess, rates: TablesRates) {
    this.name = tables.name;
    this.monthOf = (seconds) => tables.monthOf(seconds);
    this.#tables = tables;
    this.#world = world;
    this.#process = process;
    this.#rates = rates;
  }

  query<Row>(sql: string): TableQuery<Row> {
    return this.#tables.query(sql);
  }

  progress(): Promise<Progress> {
    return this.#tables.progress();
  }

  bind(journal: string): Promise<void> {
    return this.#tables.bind(journal);
  }

  async write(changes: TableChanges): Promise<void> {
    const { random } = this.#world;
    await this.#process.wait(random.integer(20, 2_000));
    if (this.#world.strikes(this.#rates.failed))
      throw new TablesLostError("simulated: lost before the write");
    await this.#tables.write(changes);
    await this.#process.wait(random.integer(5, 500));
    if (this.#world.strikes(this.#rates.unheard))
      throw new TablesLostError("simulated: lost after the write");
  }

  /** They survive whoever uses them. */
  async close(): Promise<void> {}
}

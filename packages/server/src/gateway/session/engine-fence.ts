import type { EngineClient } from "../../transport/engine-port.js";
import type { ReadFence } from "./read-fence.js";

/**
 * The fence of one gateway of many: a client may have written through another one, so the market's own partition
 * is asked how far its journal is, before every read.
 */
export class EngineFence implements ReadFence {
  readonly #engine: EngineClient;

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  of(_account: number, market: number): Promise<number> {
    return this.now(market);
  }

  now(market: number): Promise<number> {
    return this.#engine.query({ kind: "sequence", market });
  }

  /** The partition knows. */
  heard(): void {}

  /** The partition knows. */
  heardByAll(): void {}
}

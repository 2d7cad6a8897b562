import type { EngineClient } from "../../transport/engine-port.js";
import type { ReadFence } from "./read-fence.js";

/**
 * The fence of the only gateway of an exchange with one partition: it sees every answer and event itself, and
 * remembers the highest sequence that each account has heard of. It asks nobody.
 */
export class Watermarks implements ReadFence {
  readonly #engine: EngineClient;
  readonly #sequences = new Map<number, number>();
  #floor = 0;

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  of(account: number): number {
    return Math.max(this.#floor, this.#sequences.get(account) ?? 0);
  }

  now(market: number): Promise<number> {
    return this.#engine.query({ kind: "sequence", market });
  }

  heard(account: number, sequence: number): void {
    if (sequence > (this.#sequences.get(account) ?? 0)) this.#sequences.set(account, sequence);
  }

  /** What happened before this gateway began to listen, or what it missed, may be anybody's. */
  heardByAll(sequence: number): void {
    this.#floor = Math.max(this.#floor, sequence);
  }
}

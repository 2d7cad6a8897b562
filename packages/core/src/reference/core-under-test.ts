/** The fast core, as the suites of this folder see it. */
import type { WordBuffer } from "@buttonwood/protocol";
import type { CoreConfig } from "../config.js";
import { Core } from "../core.js";
import { checkIntegrity } from "../order-book/integrity.js";
import type { Implementation, WordExchange } from "./exchange-under-test.js";

/** Tables that the reference does not have: large enough never to be full, small enough to be made often. */
const ROOMY = { pricePagesMax: 64, balancesMax: 128, accountMarketsMax: 64 };

/** Output that is kept before it is cleared. */
const OUTPUT_WORDS_MAX = 4_096;

class CoreUnderTest implements WordExchange {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  applyWords(buffer: WordBuffer, at: number, out: WordBuffer): void {
    const { output } = this.#core;
    // The engine reads the output of many commands at once, and so old words lie where new events are written.
    if (output.length > OUTPUT_WORDS_MAX) output.clear();
    const from = output.length;
    this.#core.apply(buffer, at);
    const start = out.reserve(output.length - from);
    out.i32.set(output.i32.subarray(from, output.length), start);
  }

  stateDigest(): string {
    return this.#core.stateDigest();
  }

  checkIntegrity(): void {
    checkIntegrity(this.#core.state.books);
    const difference = this.#core.queries.supplyDifference();
    if (difference !== 0) throw new Error(`balances and supplies differ by ${difference}`);
  }

  restored(): WordExchange {
    return new CoreUnderTest(Core.restore(this.#core.snapshot()));
  }
}

export const CORE = {
  name: "core",
  create: (config: Partial<CoreConfig>) => new CoreUnderTest(new Core({ ...ROOMY, ...config })),
} satisfies Implementation;

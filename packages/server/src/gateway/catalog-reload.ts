import type { Logger } from "../platform/logging.js";
import { systemTimers, type Timers } from "../platform/timers.js";
import type { EngineClient } from "../transport/engine-port.js";
import type { ExchangeCatalog } from "./catalog.js";
import type { ReadFence } from "./session/read-fence.js";

/** Time between two attempts, in ms. */
const RETRY_MS = 500;

export interface CatalogReloadParts {
  readonly engine: EngineClient;
  readonly catalog: ExchangeCatalog;
  readonly fence: ReadFence;
  readonly logger: Logger;
  readonly timers?: Timers;
}

/**
 * Loads the catalog again after gaps in the feed: one load at a time, until one that began after the last gap succeeds.
 */
export class CatalogReload {
  readonly #parts: CatalogReloadParts;
  readonly #timers: Timers;
  #isWanted = false;
  #loading: Promise<void> | undefined;
  #cancelRetry: () => void = () => {};
  #isClosed = false;

  constructor(parts: CatalogReloadParts) {
    this.#parts = parts;
    this.#timers = parts.timers ?? systemTimers;
  }

  /** Resolves when it was tried; what has failed is tried again. */
  reload(): Promise<void> {
    this.#isWanted = true;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
      if (!this.#isWanted || this.#isClosed) return;
      this.#cancelRetry = this.#timers.after(RETRY_MS, () => void this.reload());
    });
    return this.#loading;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelRetry();
  }

  async #load(): Promise<void> {
    const { engine, catalog, fence, logger } = this.#parts;
    this.#cancelRetry();
    this.#isWanted = false;
    try {
      const { sequence } = await catalog.reload(() => engine.query({ kind: "catalog" }));
      fence.heardByAll(sequence);
    } catch (error) {
      this.#isWanted = true;
      logger.error({ err: error }, "the catalog could not be loaded again; it is tried until it can");
    }
  }
}

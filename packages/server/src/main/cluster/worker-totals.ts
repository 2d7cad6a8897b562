import { addedMetrics, countsOf, type MetricsJson, sumOfMetrics } from "../../platform/metrics.js";

/**
 * The metrics of a backend's workers as one. What a worker has counted stays in the sums after it has ended, and what
 * one that hangs has last told is taken again: else counters would fall, and Prometheus would take all that is left of
 * them for new.
 */
export class WorkerTotals<W extends object> {
  readonly #last = new Map<W, MetricsJson>();
  #gone: Promise<MetricsJson> = Promise.resolve([]);

  /** What a worker has told; undefined: it did not answer. */
  told(worker: W, metrics: MetricsJson | undefined): void {
    if (metrics !== undefined) this.#last.set(worker, metrics);
  }

  /** A worker has ended. */
  ended(worker: W): void {
    const last = this.#last.get(worker);
    if (last === undefined) return;
    this.#last.delete(worker);
    this.#gone = this.#gone.then((gone) => addedMetrics([gone, countsOf(last)]));
  }

  /** All of it as text, with what the primary process knows itself. */
  async text(own: MetricsJson): Promise<string> {
    return sumOfMetrics([...this.#last.values(), await this.#gone, own]);
  }
}

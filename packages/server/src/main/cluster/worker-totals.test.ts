import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMetrics, type MetricsJson } from "../../platform/metrics.js";
import { addCounter, addGauge, addHistogram } from "../../platform/read-metrics.js";
import { WorkerTotals } from "./worker-totals.js";

/** What a worker tells that has done so much, as it comes from another process. */
async function toldBy(done: number, open: number): Promise<MetricsJson> {
  const registry = createMetrics({ process: false });
  addCounter(registry, { name: "done_total", help: "Done." }, () => done);
  addGauge(registry, { name: "open", help: "Open." }, () => open);
  addHistogram(registry, { name: "sizes", help: "Sizes." }, () => ({
    upperBounds: [1],
    counts: [done, 1],
    sum: done + 9,
  }));
  return structuredClone(await registry.getMetricsAsJSON());
}

async function valuesOf(totals: WorkerTotals<object>): Promise<Record<string, number>> {
  const text = await totals.text([]);
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(samples.map((line) => [line.split(" ")[0]!, Number(line.split(" ")[1])]));
}

describe("the metrics of workers", () => {
  it("are summed, and counters never fall when workers end, hang or begin anew", async () => {
    const totals = new WorkerTotals<object>();
    const [a, b, c] = [{}, {}, {}];
    totals.told(a, await toldBy(5, 2));
    totals.told(b, await toldBy(7, 3));
    const both = {
      done_total: 12,
      open: 5,
      'sizes_bucket{le="1"}': 12,
      'sizes_bucket{le="+Inf"}': 14,
      sizes_sum: 30,
      sizes_count: 14,
    };
    assert.deepEqual(await valuesOf(totals), both);
    totals.told(b, undefined);
    assert.deepEqual(await valuesOf(totals), both, "one that hangs");
    totals.ended(a);
    totals.ended(b);
    const { open: _, ...counts } = both;
    assert.deepEqual(await valuesOf(totals), counts, "what is open is no more, what was counted stays");
    totals.told(c, await toldBy(1, 1));
    const { done_total, open } = await valuesOf(totals);
    assert.deepEqual([done_total, open], [13, 1]);
    totals.ended({});
    assert.equal((await valuesOf(totals)).done_total, 13, "one that never told anything");
  });
});

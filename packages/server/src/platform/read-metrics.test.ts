import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BucketCounts } from "./bucket-counts.js";
import { createMetrics, sumOfMetrics } from "./metrics.js";
import {
  addCounter,
  addGauge,
  addHistogram,
  addLabelledCounter,
  addLabelledGauge,
  addLabelledHistogram,
  askedOnce,
} from "./read-metrics.js";

const lines = (text: string, name: string): string[] =>
  text.split("\n").filter((line) => line.startsWith(name));

describe("metrics that are read", () => {
  it("say what the reading says each time, and nothing when it can't say", async () => {
    const registry = createMetrics({ process: false });
    let value: number | undefined = 3;
    addGauge(registry, { name: "level", help: "A level." }, () => value);
    addCounter(registry, { name: "done_total", help: "Done." }, async () => value);
    assert.deepEqual(lines(await registry.metrics(), "level"), ["level 3"]);
    value = 5;
    const text = await registry.metrics();
    assert.deepEqual([...lines(text, "level"), ...lines(text, "done")], ["level 5", "done_total 5"]);
    value = undefined;
    const silent = await registry.metrics();
    assert.deepEqual([...lines(silent, "level"), ...lines(silent, "done")], []);
    assert.match(silent, /# TYPE level gauge/);
  });

  it("leave out what fails, and tell the others", async () => {
    const registry = createMetrics({ process: false });
    addGauge(registry, { name: "broken", help: "Broken." }, () => {
      throw new Error("not now");
    });
    addGauge(registry, { name: "late", help: "Late." }, () => Promise.reject(new Error("not now")));
    addGauge(registry, { name: "whole", help: "Whole." }, () => 1);
    const text = await registry.metrics();
    assert.deepEqual(
      [lines(text, "broken"), lines(text, "late"), lines(text, "whole")],
      [[], [], ["whole 1"]],
    );
  });

  it("forget the label values that are no more", async () => {
    const registry = createMetrics({ process: false });
    let values = new Map([
      ["a", 1],
      ["b", 2],
    ]);
    addLabelledGauge(registry, { name: "held", help: "Held.", label: "kind" }, () => values);
    addLabelledCounter(registry, { name: "all_total", help: "All.", label: "kind" }, () => values);
    assert.deepEqual(lines(await registry.metrics(), "held"), ['held{kind="a"} 1', 'held{kind="b"} 2']);
    values = new Map([["b", 4]]);
    const text = await registry.metrics();
    assert.deepEqual(
      [...lines(text, "held"), ...lines(text, "all")],
      ['held{kind="b"} 4', 'all_total{kind="b"} 4'],
    );
  });

  it("tell a histogram with cumulative buckets, and its sum over workers", async () => {
    const registry = createMetrics({ process: false });
    const buckets = new BucketCounts([1, 10]);
    for (const value of [0.5, 1, 2, 100]) buckets.observe(value);
    addHistogram(registry, { name: "sizes", help: "Sizes." }, () => buckets.read());
    const alone = [
      'sizes_bucket{le="1"} 2',
      'sizes_bucket{le="10"} 3',
      'sizes_bucket{le="+Inf"} 4',
      "sizes_sum 103.5",
      "sizes_count 4",
    ];
    assert.deepEqual(lines(await registry.metrics(), "sizes"), alone);
    const told = await registry.getMetricsAsJSON();
    const both = await sumOfMetrics([told, structuredClone(told)]);
    assert.deepEqual(
      lines(both, "sizes").map((line) => Number(line.slice(line.lastIndexOf(" ")))),
      [4, 6, 8, 207, 8],
    );
  });

  it("tell a histogram for each of its labels, also over workers", async () => {
    const registry = createMetrics({ process: false });
    const seconds = new BucketCounts([1]);
    seconds.observe(0.5);
    const text = { name: "took_seconds", help: "Took.", labels: ["path"] };
    addLabelledHistogram(registry, text, () => [
      { labels: { path: "/a" }, buckets: seconds.read() },
      { labels: { path: "/b" }, buckets: { upperBounds: [1], counts: [0, 2], sum: 8 } },
    ]);
    const told = await registry.getMetricsAsJSON();
    for (const [metrics, times] of [
      [await registry.metrics(), 1],
      [await sumOfMetrics([told, structuredClone(told)]), 2],
    ] as const) {
      const values = new Map(lines(metrics, "took").map((line) => [line.split(" ")[0], line.split(" ")[1]]));
      const valueAt = (...names: string[]): number =>
        Number(names.map((name) => values.get(name)).find((value) => value !== undefined));
      assert.equal(
        valueAt('took_seconds_bucket{le="1",path="/a"}', 'took_seconds_bucket{path="/a",le="1"}'),
        times,
      );
      assert.equal(values.get('took_seconds_sum{path="/b"}'), String(8 * times));
      assert.equal(values.get('took_seconds_count{path="/b"}'), String(2 * times));
      assert.equal(values.size, 8);
    }
  });

  it("ask once for all that is read in the same answer", async () => {
    let asked = 0;
    const ask = askedOnce(async () => ++asked);
    assert.deepEqual(await Promise.all([ask(), ask(), ask()]), [1, 1, 1]);
    assert.equal(await ask(), 2);
  });

  it("are left out when what they ask hangs, which is asked once and no more", async () => {
    const registry = createMetrics({ process: false });
    let asked = 0;
    let answer = (_value: number): void => {};
    const ask = askedOnce(() => {
      asked++;
      return new Promise<number>((resolve) => {
        answer = resolve;
      });
    }, 1);
    addGauge(registry, { name: "hanging", help: "Hanging." }, ask);
    addGauge(registry, { name: "whole", help: "Whole." }, () => 1);
    for (let i = 0; i < 2; i++) {
      const text = await registry.metrics();
      assert.deepEqual([lines(text, "hanging"), lines(text, "whole")], [[], ["whole 1"]]);
    }
    assert.equal(asked, 1);
    const late = ask();
    answer(7);
    assert.equal(await late, 7);
  });
});

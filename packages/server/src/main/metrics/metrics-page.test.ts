import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { metricsPage } from "./metrics-page.js";
import { metricEntries } from "./registries.js";

const PAGE = new URL("../../../../../docs/reference/metrics.md", import.meta.url);

/** Labels whose values the exchange itself chooses. */
const BOUNDED = new Set([
  ...["method", "path", "status", "code", "kind", "limit", "change", "state", "thread", "partition"],
  // Of Node and prom-client.
  ...["type", "space", "version", "major", "minor", "patch"],
]);

describe("metrics", () => {
  it("stand in docs/reference/metrics.md as they are registered", async () => {
    // The formatter aligns the table; what it says is compared.
    const plain = (page: string): string => page.replace(/ +/g, " ").replace(/-{3,}/g, "---").trim();
    assert.equal(
      plain(readFileSync(PAGE, "utf8")),
      plain(await metricsPage()),
      "write it anew: npm run build && node packages/server/dist/main/metrics/write-metrics-page.js && npm run format",
    );
  });

  it("have Prometheus' names: base units, _total for counters alone, and bounded labels", async () => {
    for (const { name, type, help, labels } of await metricEntries()) {
      if (!name.startsWith("buttonwood_")) continue;
      assert.match(name, /^[a-z][a-z0-9_]*$/);
      assert.doesNotMatch(
        name,
        /_(ms|us|millis|milliseconds|kb|mb|percent)(_|$)/,
        `${name}: base units only`,
      );
      assert.equal(name.endsWith("_total"), type === "counter", `${name}: a ${type}`);
      assert.match(help, /\.$/, `${name}: a sentence`);
      for (const label of labels) assert.ok(BOUNDED.has(label), `${name}: is ${label} bounded?`);
    }
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { conclusionsOf } from "./conclusions.js";
import { htmlReport } from "./report/index.js";
import { capacityFixture } from "./report/testing/capacity-fixture.js";

describe("conclusions of a run", () => {
  const result = capacityFixture();
  const { sections, curves } = conclusionsOf(result);

  it("recommend a layout, name every layout's limit, and say where no law could be fitted", () => {
    const [recommended, limits, scalability, check] = sections;
    assert.match(recommended!.title, /^Recommended on this machine: /);
    assert.equal(limits!.rows!.rows.length, result.layouts.length);
    assert.ok(
      limits!.rows!.rows.every((row) => row.length === limits!.rows!.columns.length && row[2] !== ""),
    );
    assert.equal(scalability!.rows!.rows.length, result.layouts.length);
    assert.ok(check!.title.length > 0);
    for (const { rows } of sections) {
      for (const row of rows?.rows ?? []) assert.equal(row.length, rows!.columns.length);
    }
  });

  it("draw a curve for each law that was fitted, and no other", () => {
    const refused = sections[2]!.rows!.rows.filter(([, lambda]) => lambda!.startsWith("refused"));
    assert.equal(curves.length, result.layouts.length - refused.length);
  });

  it("stand in the report", () => {
    const html = htmlReport(result, sections, curves);
    for (const { title } of sections) assert.ok(html.includes(title.replaceAll("&", "&amp;")), title);
  });
});

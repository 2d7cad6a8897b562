import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { markdownReport, markdownTable } from "./markdown-table.js";
import { everyLoadTable } from "./result-tables.js";
import { capacityFixture } from "./testing/capacity-fixture.js";

describe("markdown", () => {
  it("writes a run as tables: loads and CPU first, then operations and what kills did", () => {
    const tables = markdownReport(capacityFixture()).split("\n\n");
    assert.equal(tables.length, 4);
    assert.match(tables[2]!, /^\| configuration +\| commands a batch \|/);
    assert.match(tables[3]!, /^\| configuration \| killed +\|/);
    assert.equal(
      `${tables.slice(0, 2).join("\n\n")}\n`,
      `\
| configuration                                         |    orders | orders/s | mean ms |   p50 |    p99 | success % | against the first |
| ----------------------------------------------------- | --------: | -------: | ------: | ----: | -----: | --------: | ----------------: |
| classic, 64 connections                               |    69,300 |    2,310 |   28.92 | 24.10 |  96.40 |    100.00 |             1.00× |
| 1 × 1, 256 connections                                |   198,300 |    6,610 |   43.80 | 36.50 | 146.00 |    100.00 |             2.86× |
| 1 × 4, 256 connections                                |   568,200 |   18,940 |   14.28 | 11.90 |  47.60 |     99.99 |             8.20× |
| 2 × 4, 256 connections                                |   879,000 |   29,300 |    9.36 |  7.80 |  31.20 |    100.00 |            12.68× |
| 4 × 4, 3 partitions, 256 connections                  | 1,237,500 |   41,250 |    6.84 |  5.70 |  22.80 |    100.00 |            17.86× |
| 4 × 4, 3 partitions, 64 connections, 10,000/s offered |   300,000 |   10,000 |    2.64 |  2.20 |   8.80 |    100.00 |                 – |

| CPU µs an order     | edge | gateway | engine | journal | projection | tables | redis | exchange in all | other | generator | idle cores |
| ------------------- | ---: | ------: | -----: | ------: | ---------: | -----: | ----: | --------------: | ----: | --------: | ---------: |
| classic             | 14.0 |   160.0 |   48.0 |       – |          – |  320.0 |  60.0 |           602.0 |   5.0 |      36.0 |      14.51 |
| 1 × 1               | 14.0 |   107.0 |   22.0 |    34.0 |       26.0 |   20.0 |   9.0 |           232.0 |   5.0 |      36.0 |      14.20 |
| 1 × 4               | 14.0 |   107.0 |   22.0 |    34.0 |       26.0 |   20.0 |   9.0 |           232.0 |   5.0 |      36.0 |      10.83 |
| 2 × 4               | 14.7 |   112.4 |   23.1 |    35.7 |       27.3 |   21.0 |   9.5 |           243.6 |   5.3 |      37.8 |       7.60 |
| 4 × 4, 3 partitions | 15.7 |   119.8 |   24.6 |    38.1 |       29.1 |   22.4 |  10.1 |           259.8 |   5.6 |      40.3 |       3.39 |
`,
    );
  });

  it("takes literally what would end a cell, or begin an escape or a tag", () => {
    const table = { columns: [{ title: "a|b" }], rows: [["x\\|y"], ["<img src=x>"], ["two\nlines"]] };
    assert.equal(
      markdownTable(table),
      [
        "| a\\|b         |",
        "| ------------ |",
        "| x\\\\\\|y       |",
        "| \\<img src=x> |",
        "| two lines    |",
      ].join("\n"),
    );
  });

  it("keeps the titles of a table without rows, and fills short rows", () => {
    const columns = [{ title: "a" }, { title: "b", align: "right" as const }];
    assert.equal(markdownTable({ columns, rows: [] }), "| a   |   b |\n| --- | --: |");
    assert.equal(markdownTable({ columns, rows: [["x"]] }), "| a   |   b |\n| --- | --: |\n| x   |     |");
  });

  it("shows a dash where a load took nothing", () => {
    const result = capacityFixture();
    const layout = result.layouts[0]!;
    const point = layout.points[0]!;
    const nothing = { ...point, load: { ...point.load, sent: 0, accepted: 0, ordersPerSecond: 0 } };
    const text = markdownTable(everyLoadTable({ ...result, layouts: [{ ...layout, points: [nothing] }] }));
    assert.match(text, /\| +0 \| +0 \| +11\.76 \| +9\.80 \| +39\.20 \| +– \| +– \|/);
  });
});

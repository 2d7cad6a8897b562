import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { DASHBOARDS } from "./dashboards.js";
import { dashboardJson } from "./panel.js";

const FOLDER = new URL("../../../../../../deploy/grafana/", import.meta.url);

describe("dashboards", () => {
  it("stand in deploy/grafana as they are written here", () => {
    const files = DASHBOARDS.map(({ uid }) => `${uid}.json`);
    assert.deepEqual(readdirSync(FOLDER).sort(), files.sort());
    for (const dashboard of DASHBOARDS) {
      assert.deepEqual(
        JSON.parse(readFileSync(new URL(`${dashboard.uid}.json`, FOLDER), "utf8")),
        JSON.parse(dashboardJson(dashboard)),
        "write them anew: npm run build && node packages/server/dist/main/metrics/dashboards/write-dashboards.js && npm run format",
      );
    }
  });

  it("have panels with a description, and a place of their own in the grid", () => {
    for (const dashboard of DASHBOARDS) {
      const taken = new Set<string>();
      const { panels } = JSON.parse(dashboardJson(dashboard)) as {
        panels: {
          title: string;
          description?: string;
          type: string;
          gridPos: Record<"x" | "y" | "w" | "h", number>;
        }[];
      };
      for (const { title, description, type, gridPos } of panels) {
        if (type !== "row") assert.match(description ?? "", /\.$/, `${dashboard.uid}: ${title}`);
        assert.ok(gridPos.x + gridPos.w <= 24, title);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            assert.ok(!taken.has(`${x},${y}`), `${dashboard.uid}: ${title} lies on another panel`);
            taken.add(`${x},${y}`);
          }
        }
      }
    }
  });
});

/** Writes the dashboards of deploy/grafana. Run after a build, from the repository's root. */
import { writeFileSync } from "node:fs";
import { DASHBOARDS } from "./dashboards.js";
import { dashboardJson } from "./panel.js";

for (const dashboard of DASHBOARDS) {
  writeFileSync(`deploy/grafana/${dashboard.uid}.json`, dashboardJson(dashboard));
}

import { apiDashboard } from "./api.js";
import { engineDashboard } from "./engine.js";
import type { Dashboard } from "./panel.js";
import { storesDashboard } from "./stores.js";
import { venueDashboard } from "./venue.js";

/** All dashboards of deploy/grafana, each in a file of its `uid`. */
export const DASHBOARDS: readonly Dashboard[] = [
  venueDashboard,
  apiDashboard,
  engineDashboard,
  storesDashboard,
];

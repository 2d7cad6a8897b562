/** Writes docs/reference/metrics.md from what is registered. Run after a build, from the repository's root. */
import { writeFileSync } from "node:fs";
import { metricsPage } from "./metrics-page.js";

writeFileSync("docs/reference/metrics.md", await metricsPage());

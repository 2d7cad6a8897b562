export { htmlReport } from "./html-report.js";
export { markdownReport, markdownTable } from "./markdown-table.js";
export type { ReportColumn, ReportSection, ReportTable } from "./report-table.js";
export { cpuTable, everyLoadTable, failoversTable, operationsTable } from "./result-tables.js";
export type { ScalingCurve } from "./scaling-curve.js";

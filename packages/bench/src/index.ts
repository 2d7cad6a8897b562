export { type ApiBenchOptions, type ApiBenchResult, benchApi, machineName } from "./api-bench/bench-api.js";
export type { LoadKey } from "./api-bench/plan.js";
export { analyseUtilisation, type Comparison, compareRuns, recommend } from "./capacity/analysis/index.js";
export {
  CAPACITY_FORMAT,
  type CapacityResult,
  type Layout,
  type LayoutResult,
  type LoadPoint,
} from "./capacity/capacity-result.js";
export { conclusionsOf } from "./capacity/conclusions.js";
export type { Deployment } from "./capacity/deployment.js";
export { FAILOVERS, LAYOUTS, layoutName } from "./capacity/layouts.js";
export type { Instruments } from "./capacity/operations/instruments.js";
export {
  cpuTable,
  everyLoadTable,
  failoversTable,
  htmlReport,
  markdownReport,
  operationsTable,
} from "./capacity/report/index.js";
export { type CapacityOptions, runCapacity } from "./capacity/run-capacity.js";
export { runSoak } from "./capacity/soak/run-soak.js";
export type { SoakResult } from "./capacity/soak/soak-result.js";
export { summarizeSoak } from "./capacity/soak/soak-summary.js";
export { type OwnServers, startOwnServers } from "./classic/own-servers.js";
export type { PostgresAddress, TcpAddress } from "./classic/settings.js";
export { type ClassicOptions, type ClassicPipeline, startClassic } from "./classic/start-classic.js";
export { benchCore, type CoreBenchOptions, loadFlow } from "./core-bench/bench-core.js";
export { benchCoreCapacity, type CoreCapacityResult } from "./core-bench/capacity.js";
export { measureHeapGrowth } from "./core-bench/heap-growth.js";
export type { CoreBenchResult, Outcome } from "./core-bench/result.js";
export { type FlowParameters, generateFlow } from "./flow/generate.js";
export { decodeFlow, encodeFlow, type Flow, FlowFormatError, FlowOp } from "./flow/ofl.js";
export { ConnectionLostError } from "./replay/api-connection.js";
export { ReplayRefusedError } from "./replay/play.js";
export { type ReplayResult, replayFlow } from "./replay/replay-flow.js";
export type { ReplayOperator } from "./replay/stage.js";
export {
  benchSubscribers,
  type SubscribersBenchOptions,
  type SubscribersBenchResult,
} from "./subscriber-bench/bench-subscribers.js";

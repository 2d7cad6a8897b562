export { benchCore, type CoreBenchOptions, loadFlow } from "./core-bench/bench-core.js";
export type { CoreBenchResult, Outcome } from "./core-bench/result.js";
export { type FlowParameters, generateFlow } from "./flow/generate.js";
export { decodeFlow, encodeFlow, type Flow, FlowFormatError, FlowOp } from "./flow/ofl.js";

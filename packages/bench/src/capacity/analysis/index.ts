/** What a capacity run means: pure functions of its result. */
export type { AsymptoticBounds, BoundChange, TierBound } from "./asymptotic-bounds.js";
export {
  type Comparison,
  type ComparisonNoise,
  type ComparisonRow,
  compareRuns,
  DEFAULT_NOISE_SHARE,
} from "./compare.js";
export { type Limit, limitsOf, MACHINE_BUSY_SHARE, PROCESS_BUSY_SHARE, THROUGHPUT_NOISE } from "./limit.js";
export { checkModel, type LeftOut, leaveOneOut, type ModelCheck, type ModelCheckRow } from "./model-check.js";
export { type Recommendation, recommend } from "./recommend.js";
export type { ServiceDemand } from "./service-demand.js";
export {
  type Estimate,
  fitScalability,
  type ScalabilityFit,
  type ScalabilityPoint,
  ScalabilityRefusal,
  type ScalabilityRefused,
} from "./universal-scalability.js";
export { analyseUtilisation, type Utilisation } from "./utilisation.js";

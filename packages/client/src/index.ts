export { ConnectionEndedError, OutcomeUnknownError, RefusedError } from "./errors.js";
export {
  type BatchEntry,
  type BatchOptions,
  type BatchOrder,
  OrderBatches,
  type OrderBatchesOptions,
} from "./order-batches.js";

export { CORE_CONFIG_DEFAULT, type CoreConfig } from "./config.js";
export { Core } from "./core.js";
export { checkIntegrity } from "./order-book/integrity.js";
export type { OrderBooksConfig } from "./order-book/memory.js";
export { FILLS_MAX, OrderBooks } from "./order-book/order-books.js";
export type {
  AssetView,
  BalanceView,
  ChannelView,
  CoreQueries,
  DepthView,
  MarketView,
  OutgoingView,
} from "./queries/core-queries.js";
export { SnapshotError } from "./snapshot/restore.js";
export { V8_OPTIONS } from "./v8-options.js";

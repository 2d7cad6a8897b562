/** A client of the exchange for Node and browsers. Import what you use: the rest is left out of a bundle. */
export type * from "./api/account-types.js";
export type { Endpoint } from "./api/endpoints.js";
export { ExchangeApi } from "./api/exchange-api.js";
export type * from "./api/list-types.js";
export type * from "./api/market-data-types.js";
export type * from "./api/order-types.js";
export { PURSUIT_TIMES, type PursuitTimes } from "./api/pursue.js";
export type { BackoffTimes } from "./backoff.js";
export { type BookCounts, type BookState, BookSync, type BookSyncOptions } from "./book/book-sync.js";
export { LocalOrderBook, type LocalOrderBookOptions } from "./book/local-order-book.js";
export { bookDigest, OrderBook, sameBook } from "./book/order-book.js";
export { newClientOrderId } from "./client-order-id.js";
export {
  addDecimals,
  compareDecimals,
  isZero,
  multiplyDecimals,
  plainDecimal,
  subtractDecimals,
} from "./decimals.js";
export { ErrorCode, type ErrorCodeName, type RefusalReason } from "./error-codes.js";
export {
  ClientError,
  ConnectionEndedError,
  NetworkError,
  OutcomeUnknownError,
  RateLimitedError,
  RefusedError,
  UnexpectedAnswerError,
} from "./errors.js";
export { RestClient, type RestClientOptions, type RestUsage } from "./rest/rest-client.js";
export { ServerClock } from "./server-clock.js";
export {
  ApiSession,
  type ApiSessionOptions,
  Authentication,
  type SessionState,
} from "./session/api-session.js";
export {
  type BatchEntry,
  type BatchOptions,
  type BatchOrder,
  OrderBatches,
  type OrderBatchesOptions,
} from "./session/order-batches.js";
export type * from "./session/user-events.js";
export {
  type Credentials,
  cryptoKeySigner,
  ed25519Signer,
  hmacSigner,
  type Signer,
  type SigningKey,
} from "./signing/signer.js";
export type { ReconnectTimes } from "./socket/reconnecting-socket.js";
export type { ClientWebSocket, WebSocketClass } from "./socket/web-socket.js";
export { MarketStreams, type MarketStreamsOptions, type StreamsState } from "./streams/market-streams.js";
export { type QueueOptions, SlowReaderError } from "./streams/message-queue.js";
export type * from "./streams/stream-types.js";
export { Subscription } from "./streams/subscription.js";
export { fillOfTrade } from "./streams/user-state.js";
export { UserStream, type UserStreamOptions } from "./streams/user-stream.js";
export type * from "./streams/user-types.js";

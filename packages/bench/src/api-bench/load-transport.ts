import type { FlowRequest } from "./order-flow.js";

/** A request that was sent, or is about to be. */
export interface Unanswered {
  readonly request: FlowRequest;
  /** When it was due, or first sent. */
  readonly fromMs: number;
  /** It belongs to the timed part. */
  readonly counts: boolean;
}

/** Sends a request on a connection that has room for one. */
export type Send = (unanswered: Unanswered) => void;

/** Where a transport gets requests from, and tells what became of them. */
export interface LoadSource {
  /** A connection has room for a request of this key: it gets one now, as soon as one is due, or never. */
  take(key: number, send: Send): void;
  /** A connection that has room has ended. */
  withdraw(send: Send): void;
  /** `body`: read only where the status is not 200. Returns whether the request must be sent again. */
  answered(unanswered: Unanswered, status: number, body: () => string): boolean;
  /** The connection ended before the answer. Returns whether the request must be sent again. */
  broken(unanswered: Unanswered): boolean;
  /** A request is sent again. */
  retrying(unanswered: Unanswered): void;
  /** The run can't go on. */
  fail(error: Error): void;
}

/** Carries a load's requests to the exchange. */
export interface LoadTransport {
  /** Opens all connections, and begins to take requests. Rejects when nothing listens. */
  open(): Promise<() => void>;
  close(): void;
}

/**
 * What can go wrong, told apart by what it means for the caller: refused (nothing was changed), no answer to
 * something harmless (nothing was changed), and no answer to a command (nobody knows).
 */
import { codeNameOf, type ErrorCodeName, type RefusalReason, reasonOf } from "./error-codes.js";

/** All errors of this package. */
export abstract class ClientError extends Error {
  override readonly name: string = "ClientError";
}

export interface RefusalDetails {
  /** HTTP status of the answer, or the `status` of a WebSocket API answer. */
  readonly status?: number;
  /** What else the exchange said, e.g. both halves of a cancel-replace. */
  readonly data?: unknown;
  /** When the exchange asks to come back, in ms from now. */
  readonly retryAfterMs?: number | undefined;
}

/** The exchange has refused a request: nothing was changed (a cancel-replace, −2021, can be done in half: see `data`). */
export class RefusedError extends ClientError {
  override readonly name: string = "RefusedError";
  /** The code by its name; undefined for one that this package does not know. */
  readonly codeName: ErrorCodeName | undefined;
  /** Which of the refusals that share the code it is, by the exchange's exact text; undefined for any other. */
  readonly reason: RefusalReason | undefined;
  readonly status: number | undefined;
  readonly data: unknown;
  readonly retryAfterMs: number | undefined;

  constructor(
    /** As in the exchange's list of errors, e.g. −1121. */
    readonly code: number,
    message: string,
    details: RefusalDetails = {},
  ) {
    super(message);
    this.codeName = codeNameOf(code);
    this.reason = reasonOf(message);
    this.status = details.status;
    this.data = details.data;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Too many requests or orders. Nothing was changed; come back after {@link retryAfterMs}. */
export class RateLimitedError extends RefusedError {
  override readonly name: string = "RateLimitedError";
  override readonly retryAfterMs: number;

  constructor(code: number, message: string, details: RefusalDetails & { readonly retryAfterMs: number }) {
    super(code, message, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** There is no answer, and nothing was changed: the request was a harmless one, or it was never sent. */
export class NetworkError extends ClientError {
  override readonly name: string = "NetworkError";
}

/** The connection has ended before a request was sent: nothing was changed. */
export class ConnectionEndedError extends NetworkError {
  override readonly name: string = "ConnectionEndedError";
}

/** An answer came, but not from an exchange: a wrong address, or a proxy that speaks for itself. Nothing was changed. */
export class UnexpectedAnswerError extends ClientError {
  override readonly name: string = "UnexpectedAnswerError";

  constructor(
    readonly status: number,
    /** How it begins. */
    readonly text: string,
  ) {
    super(`the answer (status ${status}) is none of an exchange: ${text.slice(0, 200)}`);
  }
}

export interface UnknownOutcome {
  readonly symbol?: string | undefined;
  /** Ask for the order by it (`getOrder`), or send the same order with it again. */
  readonly clientOrderId?: string | undefined;
  /** After this moment of the exchange's clock, in ms, what was sent can no longer take effect. */
  readonly validUntilMs?: number | undefined;
  readonly cause?: unknown;
}

/**
 * A command was sent and its answer did not come: it may or may not have taken effect. It is no refusal. Send it again
 * with the same client order id: what took effect then gives its original result, and nothing happens twice.
 */
export class OutcomeUnknownError extends ClientError {
  override readonly name: string = "OutcomeUnknownError";
  readonly symbol: string | undefined;
  readonly clientOrderId: string | undefined;
  readonly validUntilMs: number | undefined;

  constructor(message: string, { symbol, clientOrderId, validUntilMs, cause }: UnknownOutcome = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.symbol = symbol;
    this.clientOrderId = clientOrderId;
    this.validUntilMs = validUntilMs;
  }
}

/** Whether the same request may be taken a moment later: too much load, or a clock that has to be set. */
export function isPassing(error: unknown): error is RefusedError {
  if (!(error instanceof RefusedError)) return false;
  const { codeName } = error;
  return (
    error instanceof RateLimitedError ||
    codeName === "SERVER_BUSY" ||
    codeName === "DISCONNECTED" ||
    codeName === "INVALID_TIMESTAMP"
  );
}

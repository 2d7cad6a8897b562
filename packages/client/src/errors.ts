/** The exchange has refused a request: nothing was changed. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";

  constructor(
    /** As in the exchange's list of errors, e.g. −1121. */
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

/**
 * A request was sent and its answer will never come: it may or may not have taken effect. Send it again with the same
 * client order ids: what took effect then gives its original result, and nothing happens twice.
 */
export class OutcomeUnknownError extends Error {
  override readonly name = "OutcomeUnknownError";
}

/** The connection has ended before a request was sent: nothing was changed. */
export class ConnectionEndedError extends Error {
  override readonly name = "ConnectionEndedError";
}

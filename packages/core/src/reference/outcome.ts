import { Reason } from "@buttonwood/protocol";

/** What RESULT says of a command. */
export interface Outcome {
  readonly reason: Reason;
  /** The order created, named or repeated; 0 = none. */
  readonly orderId: number;
  /** CANCEL_REPLACE only: why a part failed. */
  readonly cancelReason: Reason;
  readonly newOrderReason: Reason;
}

export const outcome = (reason: Reason, orderId = 0): Outcome => ({
  reason,
  orderId,
  cancelReason: Reason.OK,
  newOrderReason: Reason.OK,
});

export const taken = (orderId = 0): Outcome => outcome(Reason.OK, orderId);

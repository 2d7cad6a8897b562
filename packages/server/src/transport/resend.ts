/** Which commands may be sent again when the connection broke before their answer, and what the answer then says. */
import { CommandType, Reason } from "@buttonwood/protocol";

const RESENDABLE: ReadonlySet<number> = new Set([
  CommandType.NEW_ORDER,
  CommandType.CANCEL_REPLACE,
  CommandType.ORDER_LIST,
  CommandType.SET_COUNTDOWN,
  CommandType.DEPOSIT,
  CommandType.WITHDRAW,
  CommandType.TRANSFER_IN,
  CommandType.TRANSFER_ACK,
  CommandType.BARRIER,
]);

/**
 * Whether a command carries an identity by which the core knows a repeat, or has no effect when it comes twice. Others may not be sent
 * again: a cancel that has worked would be answered with UNKNOWN_ORDER.
 */
export function isResendable(commandType: number): boolean {
  return RESENDABLE.has(commandType);
}

/**
 * Whether the answer to a command that was sent again tells what became of it. A refusal does, when the look-up of the
 * command's identity stands before every check that could have changed its mind since; what failed to be canceled may
 * have been canceled by the first one.
 */
export function isDefinite(commandType: number, reason: number): boolean {
  switch (commandType) {
    case CommandType.CANCEL_REPLACE:
      return reason === Reason.OK || reason === Reason.REPEAT || reason === Reason.CANCEL_REPLACE_NEW_FAILED;
    case CommandType.WITHDRAW:
      return reason !== Reason.ACCOUNT_FROZEN;
    default:
      return true;
  }
}

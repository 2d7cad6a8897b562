import { Reason } from "@buttonwood/protocol";

/** A refusal of the operator's listener: a code for programs, a sentence and the next step for people. */
export class AdminError extends Error {
  override readonly name = "AdminError";

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string,
    /** What the answer's head says of it, e.g. `retry-after`. */
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** What a refused operator command means. `named` is what was asked for, where it is known: `account carol`. */
export function adminErrorOf(reason: Reason, named?: string): AdminError {
  switch (reason) {
    case Reason.MALFORMED_COMMAND:
      return new AdminError(
        400,
        "MALFORMED_COMMAND",
        "A value is outside its range, or a name is taken already.",
        "Compare the values with the limits in the reference of LIST_ASSET, LIST_MARKET and payments.",
      );
    case Reason.UNKNOWN_ACCOUNT:
      return new AdminError(
        404,
        "UNKNOWN_ACCOUNT",
        `There is no ${named ?? "such account"}.`,
        "GET /v1/accounts lists them.",
      );
    case Reason.ACCOUNT_FROZEN:
      return new AdminError(
        409,
        "ACCOUNT_FROZEN",
        "The account is frozen: it can receive, but not withdraw.",
        "Set it ACTIVE first.",
      );
    case Reason.DUPLICATE_CLIENT_ORDER_ID:
      return new AdminError(
        409,
        "REFERENCE_REUSED",
        "This reference was used before for a transfer of another asset or amount; nothing was moved.",
        "Use a new reference for a new transfer.",
      );
    case Reason.UNKNOWN_MARKET:
      return new AdminError(
        404,
        "UNKNOWN_MARKET",
        `There is no ${named ?? "such market"}.`,
        "GET /v1/markets lists them.",
      );
    case Reason.UNKNOWN_ASSET:
      return new AdminError(
        404,
        "UNKNOWN_ASSET",
        `There is no ${named ?? "such asset"}.`,
        "GET /v1/assets lists them.",
      );
    case Reason.CAPACITY_REACHED:
      return new AdminError(
        409,
        "CAPACITY_REACHED",
        "The exchange is configured for no more of these.",
        "Raise the capacity in the configuration and restart.",
      );
    case Reason.INSUFFICIENT_BALANCE:
      return new AdminError(
        409,
        "INSUFFICIENT_BALANCE",
        "The account's free balance is less than the amount; nothing was moved.",
        "Withdraw at most what is free; open orders lock funds.",
      );
    case Reason.SUPPLY_EXCEEDED:
      return new AdminError(
        409,
        "SUPPLY_EXCEEDED",
        "More of this asset than 2^52 of its smallest unit can't be in circulation.",
        "Deposit less, or list the asset with fewer decimals.",
      );
    case Reason.QUARANTINED:
      return new AdminError(
        500,
        "QUARANTINED",
        "The exchange failed on this command, set it aside and changed nothing.",
        "Report it with the log around this time.",
      );
    case Reason.OK:
    case Reason.REPEAT:
    case Reason.DEADLINE_PASSED:
    case Reason.MARKET_CLOSED:
    case Reason.UNKNOWN_ORDER:
    case Reason.CANCEL_RESTRICTED:
    case Reason.CHANNEL_GAP:
    case Reason.PRICE_FILTER:
    case Reason.LOT_SIZE:
    case Reason.MARKET_LOT_SIZE:
    case Reason.NOTIONAL:
    case Reason.PERCENT_PRICE_BY_SIDE:
    case Reason.MAX_NUM_ORDERS:
    case Reason.MAX_NUM_ALGO_ORDERS:
    case Reason.WOULD_TRIGGER_IMMEDIATELY:
    case Reason.QUANTITY_NOT_REDUCED:
    case Reason.LIST_PRICES:
    case Reason.TRAILING_DELTA:
    case Reason.ICEBERG_PARTS:
    case Reason.ORDER_NOT_MOVABLE:
    case Reason.LIST_OTHER_WORKED:
    case Reason.LIST_WORKING_ENDED:
    case Reason.GOOD_TILL_DATE:
    case Reason.WOULD_MATCH_IMMEDIATELY:
    case Reason.FILL_OR_KILL_UNFILLED:
    case Reason.NO_LIQUIDITY:
    case Reason.IMMEDIATE_REMAINDER:
    case Reason.SELF_TRADE_PREVENTED:
    case Reason.SWEEP_LIMIT:
    case Reason.CANCEL_REPLACE_CANCEL_FAILED:
    case Reason.CANCEL_REPLACE_NEW_FAILED:
    case Reason.CANCEL_REPLACE_BOTH_FAILED:
      return new AdminError(500, "UNEXPECTED", `The engine answered with reason ${reason}.`, "Report it.");
  }
}

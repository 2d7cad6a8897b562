/** What becomes of a cancel-replace whose account has too many orders, when it is to cancel at least. */
import { type Command, decodeEvent, type Event, Reason } from "@buttonwood/protocol";
import type { MarketEntry } from "../catalog.js";
import type { Caller, GatewayContext } from "../endpoint.js";
import { ApiError, ApiErrors, type ErrorEntry, refusal, refusalOf } from "../errors.js";
import { cancelJson, orderInGroup } from "../order-report.js";
import type { RateRefusal } from "../session/rate-refusal.js";

/** Status of an answer whose new order was not tried for too many orders, in the mode that stops on a failure. */
const TOO_MANY = 429;

/** Cancels, and throws what is answered: −2021 when it was canceled, −2022 when that failed too, with both as data. */
export async function cancelOnly(
  context: GatewayContext,
  caller: Caller,
  market: MarketEntry,
  {
    command,
    stopsOnFailure,
    refused,
  }: {
    readonly command: Command & { readonly kind: "CANCEL_REPLACE" };
    readonly stopsOnFailure: boolean;
    readonly refused: RateRefusal;
  },
): Promise<never> {
  const { account, deadlineUs, orderId, clientOrderId, restriction, cancelId } = command;
  const outcome = await context.engine.submit({
    kind: "CANCEL_ORDER",
    account,
    ...(deadlineUs === undefined ? {} : { deadlineUs }),
    market: market.market,
    orderId,
    clientOrderId,
    restriction,
    cancelId,
  });
  context.fence.heard(caller.account, outcome.sequence);
  const answer = (
    name: keyof typeof ApiErrors,
    [cancelResult, newOrderResult]: readonly [cancel: string, order: string],
    responses: string,
  ): ApiError => {
    const entry: ErrorEntry = ApiErrors[name];
    const data = `{"cancelResult":"${cancelResult}","newOrderResult":"${newOrderResult}",${responses}}`;
    return stopsOnFailure
      ? refused.of({ ...entry, status: TOO_MANY }, data)
      : new ApiError(entry, entry.message, data);
  };
  if (outcome.reason !== Reason.OK) {
    const cancelResponse = refusalOf(outcome.reason).body;
    throw stopsOnFailure
      ? answer(
          "CANCEL_REPLACE_FAILED",
          ["FAILURE", "NOT_ATTEMPTED"],
          `"cancelResponse":${cancelResponse},"newOrderResponse":null`,
        )
      : answer(
          "CANCEL_REPLACE_FAILED",
          ["FAILURE", "FAILURE"],
          `"cancelResponse":${cancelResponse},"newOrderResponse":${refused.body}`,
        );
  }
  const canceled = orderInGroup(outcome.events, outcome.at, outcome.end, outcome.orderId);
  if (canceled === undefined) throw refusal("UNKNOWN");
  const result = decodeEvent(outcome.events, outcome.at) as Event & { kind: "RESULT" };
  const cancelResponse = cancelJson(market, canceled.order, cancelId, result.timeUs);
  throw answer(
    "CANCEL_REPLACE_PARTIAL",
    ["SUCCESS", "FAILURE"],
    `"cancelResponse":${cancelResponse},"newOrderResponse":${refused.body}`,
  );
}

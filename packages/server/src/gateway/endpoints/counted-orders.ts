/** Commands that place orders, counted as the limits on orders ask. */
import {
  type Command,
  EventHeader,
  EventType,
  eventWords,
  OrderBlock,
  OrderFilled,
  Reason,
} from "@buttonwood/protocol";
import { type CommandOutcome, OutcomeUnknownError } from "../../transport/engine-port.js";
import type { Caller, GatewayContext } from "../endpoint.js";

/**
 * Submits a command that places `orders` orders. They count for their account until they trade; those of others that
 * trade for the first time count no more. Rejects with −1015 when the account has too many; nothing is sent then.
 */
export async function submitCounted(
  context: GatewayContext,
  caller: Caller,
  command: Command,
  orders = 1,
): Promise<CommandOutcome> {
  const { engine, limiter } = context;
  const { account, isUnlimited } = caller;
  if (!isUnlimited) limiter.takeOrders(account, orders);
  try {
    const outcome = await engine.submit(command);
    const taken = outcome.reason !== Reason.REPEAT && outcome.orderId !== 0 ? orders : 0;
    // Its own orders are counted before what they traded is taken away again.
    if (!isUnlimited) limiter.ordersAnswered(account, orders, taken);
    if (taken > 0) forFirstTrades(outcome, (trader) => limiter.orderTraded(trader));
    return outcome;
  } catch (error) {
    if (!isUnlimited) {
      limiter.ordersAnswered(account, orders, error instanceof OutcomeUnknownError ? orders : 0);
    }
    throw error;
  }
}

/** Calls back with the account of every order that traded for the first time in a command's group. */
function forFirstTrades({ events, at, end }: CommandOutcome, onTraded: (account: number) => void): void {
  const { i32 } = events;
  for (let event = at; event < end; event += eventWords(events, event)) {
    if ((i32[event]! & 0xff) !== EventType.ORDER_FILLED) continue;
    const executedLots = i32[event + OrderBlock.EXECUTED_LOTS]!;
    if (executedLots === i32[event + OrderFilled.LOTS]!) onTraded(i32[event + EventHeader.ACCOUNT]!);
  }
}

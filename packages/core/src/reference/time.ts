/** SET_COUNTDOWN and TICK: what happens because it is time. */
import { type Command, Reason, TICK_ORDERS_MAX } from "@buttonwood/protocol";
import { cancel, expire } from "./matching.js";
import { isTooLate, isTrader } from "./new-order.js";
import { ordersInTurn } from "./order-changes.js";
import { type Outcome, outcome, taken } from "./outcome.js";
import type { Group, State } from "./state.js";

type CommandOf<K extends Command["kind"]> = Extract<Command, { kind: K }>;

export function setCountdown(state: State, group: Group, command: CommandOf<"SET_COUNTDOWN">): Outcome {
  const { account, atUs } = command;
  if (!Number.isSafeInteger(atUs) || atUs < 0) return outcome(Reason.MALFORMED_COMMAND);
  if (!isTrader(state, account)) return outcome(Reason.UNKNOWN_ACCOUNT);
  if (isTooLate(state, command)) return outcome(Reason.DEADLINE_PASSED);
  if (atUs !== 0 && atUs <= state.nowUs) return outcome(Reason.DEADLINE_PASSED);
  if (atUs === 0) state.countdowns.delete(account);
  else state.countdowns.set(account, atUs);
  group.push({ kind: "COUNTDOWN_SET", account, atUs });
  return taken();
}

export function tick(state: State, group: Group): Outcome {
  const due = [...state.orders.values()]
    .filter(({ expiresUs }) => expiresUs !== 0 && expiresUs <= state.nowUs)
    .sort((a, b) => a.expiresUs - b.expiresUs || a.id - b.id)
    .slice(0, TICK_ORDERS_MAX);
  for (const order of due) expire(state, group, order, Reason.GOOD_TILL_DATE);
  if (due.length === TICK_ORDERS_MAX) return taken();
  const [earliest] = [...state.countdowns]
    .filter(([, atUs]) => atUs <= state.nowUs)
    .sort(([accountA, a], [accountB, b]) => a - b || accountA - accountB);
  if (earliest === undefined) return taken();
  const [account] = earliest;
  state.countdowns.delete(account);
  group.push({ kind: "COUNTDOWN_SET", account, atUs: 0 });
  for (const order of ordersInTurn(state, account, -1, -1)) {
    if (state.orders.has(order.id)) cancel(state, group, order, "");
  }
  return taken();
}

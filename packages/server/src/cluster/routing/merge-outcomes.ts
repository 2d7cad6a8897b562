import { type Reason, ResultEvent, WordBuffer } from "@buttonwood/protocol";
import type { CommandOutcome } from "../../transport/engine-port.js";

/**
 * Several groups as one: the RESULT of `result` with another reason, then the events of all, in order. Its
 * sequence is that of `result`, and belongs to the partition that gave it.
 */
export function mergedOutcome(
  result: CommandOutcome,
  parts: readonly CommandOutcome[],
  changes: { readonly reason: Reason; readonly detail: number },
): CommandOutcome {
  const events = new WordBuffer(1 << 8);
  append(events, result, result.at, result.at + ResultEvent.WORDS);
  for (const part of parts) append(events, part, part.at + ResultEvent.WORDS, part.end);
  const commandType = events.i32[ResultEvent.REASON]! >>> 16;
  events.i32[ResultEvent.REASON] = changes.reason | (commandType << 16);
  events.i32[ResultEvent.DETAIL] = changes.detail;
  events.i32[ResultEvent.GROUP_WORDS] = events.length;
  const { sequence, orderId } = result;
  return { sequence, reason: changes.reason, orderId, events, at: 0, end: events.length };
}

function append(to: WordBuffer, from: CommandOutcome, start: number, end: number): void {
  const at = to.reserve(end - start);
  to.i32.set(from.events.i32.subarray(start, end), at);
}

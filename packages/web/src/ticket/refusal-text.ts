/** What went wrong with a command, for whoever sent it: the exchange's own words, and what it means. */
import { OutcomeUnknownError, RefusedError } from "@buttonwood/client";

export interface Refusal {
  readonly title: string;
  /** As the exchange, or the network, said it. */
  readonly words: string;
}

export function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusedError) {
    return { title: "Refused, nothing was changed", words: `${error.message} (${error.code})` };
  }
  if (error instanceof OutcomeUnknownError) {
    return {
      title: "No answer: it may or may not have been taken",
      words: `Look for it among open orders and own trades before you send it again (${error.clientOrderId ?? "no id"}).`,
    };
  }
  return {
    title: "Not sent, nothing was changed",
    words: error instanceof Error ? error.message : String(error),
  };
}

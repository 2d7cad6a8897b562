/** What went wrong with a command, for whoever sent it: the exchange's own words, and what it means. */
import { OutcomeUnknownError, RefusedError } from "@buttonwood/client";

export interface Refusal {
  readonly title: string;
  /** As the exchange, or the network, said it. */
  readonly words: string;
}

/** A half of a cancel-replace that was refused, as the refusal's data has it. */
interface RefusedHalf {
  readonly code: number;
  readonly msg: string;
}

interface ReplaceData {
  readonly cancelResult: "SUCCESS" | "FAILURE" | "NOT_ATTEMPTED";
  readonly cancelResponse: RefusedHalf;
  readonly newOrderResponse: RefusedHalf;
}

/** What a cancel-replace that was refused has done. It stops when the cancel fails, so there are two ways. */
function replaceRefusal(data: ReplaceData): Refusal {
  const isCanceled = data.cancelResult === "SUCCESS";
  const { msg, code } = isCanceled ? data.newOrderResponse : data.cancelResponse;
  const title = isCanceled
    ? "The order was canceled, and the one instead of it refused"
    : "Refused, nothing was changed";
  return { title, words: `${msg} (${code})` };
}

export function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusedError) {
    const { codeName, data } = error;
    if (codeName === "CANCEL_REPLACE_PARTIAL" || codeName === "CANCEL_REPLACE_FAILED") {
      return replaceRefusal(data as ReplaceData);
    }
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

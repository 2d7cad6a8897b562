import type { Refusal } from "../ticket/refusal-text.js";
import { AccountError } from "./account-api.js";

/** What the exchange refused, for whoever asked it. */
export function accountRefusal(error: unknown): Refusal {
  if (error instanceof AccountError) return { title: error.message, words: error.hint };
  return { title: "That did not work", words: error instanceof Error ? error.message : String(error) };
}

import { SiteRefusal } from "../parts/site-request.js";
import type { Refusal } from "../ticket/refusal-text.js";

/** What the exchange refused, for whoever asked it. */
export function accountRefusal(error: unknown): Refusal {
  if (error instanceof SiteRefusal) return { title: error.message, words: error.hint };
  return { title: "That did not work", words: error instanceof Error ? error.message : String(error) };
}

/** The body of every refusal, from the one list of errors. */
import { Type } from "#typebox";
import { ApiErrors, type ErrorEntry } from "../errors.js";
import { optional, text } from "./terms.js";

const ENTRIES: readonly ErrorEntry[] = Object.values(ApiErrors);

/** Every code, once, −1000 first. */
export const REFUSAL_CODES: readonly number[] = [...new Set(ENTRIES.map(({ code }) => code))].sort(
  (a, b) => b - a,
);

export const Refusal = Type.Object(
  {
    code: Type.Unsafe<number>({
      type: "integer",
      enum: REFUSAL_CODES,
      description: "What it means stands in the list of errors.",
    }),
    msg: text("For people and, word by word, for clients that match on it."),
    data: optional(
      Type.Unsafe<unknown>({
        type: "object",
        description:
          "Of cancel-replace: what became of both parts. On the WebSocket API also of 418 and 429: `serverTime`, and `retryAfter`, when it may be tried again, in ms since 1970.",
      }),
    ),
  },
  { title: "Refusal" },
);

/** The entries of the list with a status, e.g. all of 400. */
export function refusalsOf(status: number): readonly ErrorEntry[] {
  return ENTRIES.filter((entry) => entry.status === status);
}

/** Every HTTP status that a refusal has, lowest first. */
export const REFUSAL_STATUSES: readonly number[] = [...new Set(ENTRIES.map(({ status }) => status))].sort(
  (a, b) => a - b,
);

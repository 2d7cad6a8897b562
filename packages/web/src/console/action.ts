/** Something that an operator may do: what the dialog asks before it is done, and what it says after. */
import type { Done } from "./console-api.js";

export type Values = Readonly<Record<string, string>>;

export interface ActionField {
  readonly name: string;
  readonly label: string;
  readonly initial?: string;
  readonly hint?: string;
  /** One of these, instead of text. */
  readonly choices?: readonly string[];
  readonly isOptional?: boolean;
  /** What is typed must fit the whole of it. */
  readonly pattern?: string;
}

export interface ActionPlan {
  /** What is done, as the button says it: `Halt BTCUSDT`. */
  readonly title: string;
  /** What will happen, exactly. */
  readonly explain: (values: Values) => string;
  readonly fields?: readonly ActionField[];
  readonly path: string;
  readonly body: (values: Values) => object;
  /** A word that has to be typed, where much depends on it. */
  readonly typed?: string;
  /** What the reason is sent as: a payment's is its reference in the journal. */
  readonly reason?: { readonly name: "reference"; readonly max: number };
  readonly isGrave?: boolean;
  /** What was done. */
  readonly say: (done: Done<unknown>, values: Values) => string;
}

/** The values that were typed; what was left empty is left out. */
export function given(values: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
}

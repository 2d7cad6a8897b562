/** What an endpoint weighs, found out by asking it. */
import type { Endpoint } from "../endpoint.js";
import type { RawParameters } from "../parameters.js";

export interface WeightNote {
  readonly [name: string]: number;
  readonly least: number;
  readonly most: number;
}

/** Asks for the weight of no parameters, and of each parameter alone, small and large. */
export function weightNote({ parameters, weight }: Endpoint): WeightNote {
  const weights = [weight(new Map())];
  for (const [name, schema] of Object.entries(parameters.properties)) {
    const { maximum, minimum } = schema as { maximum?: number; minimum?: number };
    for (const text of [String(minimum ?? "X"), String(maximum ?? "true")]) {
      const raw: RawParameters = new Map([[name, text]]);
      weights.push(weight(raw));
    }
  }
  return { least: Math.min(...weights), most: Math.max(...weights) };
}

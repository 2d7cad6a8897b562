import type { DecimalStep } from "./plan.js";

/** A number of steps as a plain decimal. */
export function stepText(steps: number, step: DecimalStep): string {
  const digits = (BigInt(steps) * BigInt(step.mantissa)).toString().padStart(step.decimals + 1, "0");
  const point = digits.length - step.decimals;
  return step.decimals === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** A plain decimal as a step, e.g. `"0.00500000"` is 5 × 10^-3. */
export function stepOf(text: string): DecimalStep {
  const [whole = "0", fraction = ""] = text.split(".");
  const decimals = fraction.replace(/0+$/, "").length;
  return { mantissa: Number(whole + fraction.slice(0, decimals)), decimals };
}

/** How many whole steps an amount is, rounded up. */
export function stepsOf(text: string, step: DecimalStep): number {
  const [whole = "0", fraction = ""] = text.split(".");
  const places = Math.max(step.decimals, fraction.length);
  const units = BigInt(whole + fraction.padEnd(places, "0"));
  const size = BigInt(step.mantissa) * 10n ** BigInt(places - step.decimals);
  return Number((units + size - 1n) / size);
}

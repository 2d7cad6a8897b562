import type { BestLoad } from "../best-point.js";
import type { LoadPoint } from "../capacity-result.js";

/** From the client inwards; tiers that are not named here follow. */
const ORDER = [
  "edge",
  "gateway",
  "engine",
  "journal",
  "projection",
  "tables",
  "redis",
  "other",
  "generator",
] as const;

/** Not part of what an order costs the exchange. */
const OUTSIDE: ReadonlySet<string> = new Set(["generator", "other"]);

/** Whether a tier's CPU is the exchange's own. */
export function isExchangeTier(tier: string): boolean {
  return !OUTSIDE.has(tier);
}

/** Every tier of these loads, in the order of a report. */
export function tiersOf(loads: readonly BestLoad[]): string[] {
  const seen = new Set(loads.flatMap(({ point }) => point.tiers.map(({ tier }) => tier)));
  const known = ORDER.filter((tier) => seen.has(tier));
  const unknown = [...seen].filter((tier) => !(ORDER as readonly string[]).includes(tier));
  const inside = [...known.filter(isExchangeTier), ...unknown];
  return [...inside, ...known.filter((tier) => !isExchangeTier(tier))];
}

/** CPU of an accepted order in one tier, in µs; 0 where the layout has no such tier. */
export function tierCpuUs(point: LoadPoint, tier: string): number {
  return point.tiers.find((usage) => usage.tier === tier)?.cpuUsPerOrder ?? 0;
}

/** CPU of an accepted order in the exchange, in µs: without the generator and what else ran. */
export function exchangeCpuUs(point: LoadPoint): number {
  return point.tiers
    .filter(({ tier }) => isExchangeTier(tier))
    .reduce((sum, usage) => sum + usage.cpuUsPerOrder, 0);
}

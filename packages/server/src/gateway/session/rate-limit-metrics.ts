import type { Registry } from "prom-client";
import type { Bans } from "../../platform/bans.js";
import { addCounter, addGauge, addLabelledCounter } from "../../platform/read-metrics.js";
import type { RateLimiter } from "./rate-limiter.js";

export interface RateLimitMetricsSource {
  readonly limiter: Pick<RateLimiter, "refused">;
  readonly bans: Pick<Bans, "size">;
  /** Bans that this process has seen begin. */
  readonly banned: number;
}

/** What `/metrics` tells of limits. */
export function registerRateLimitMetrics(registry: Registry, source: () => RateLimitMetricsSource): void {
  addLabelledCounter(
    registry,
    {
      name: "buttonwood_rate_limited_total",
      help: "Requests and connections refused for too much, by type of limit; BANNED for those of banned addresses.",
      label: "limit",
    },
    () => source().limiter.refused,
  );
  // Gateways know the same ones.
  const aggregator = "max";
  addGauge(
    registry,
    {
      name: "buttonwood_banned_addresses",
      help: "Addresses that are banned for going on after refusals.",
      aggregator,
    },
    () => source().bans.size,
  );
  addCounter(
    registry,
    {
      name: "buttonwood_bans_total",
      help: "Bans of addresses, as this process has learned of them.",
      aggregator,
    },
    () => source().banned,
  );
}

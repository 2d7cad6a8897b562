import { Counter, Gauge, type Registry } from "prom-client";
import type { Bans } from "../../platform/bans.js";
import type { RateLimiter } from "./rate-limiter.js";

/** What `/metrics` tells of limits. */
export function registerRateLimitMetrics(registry: Registry, limiter: RateLimiter, bans: Bans): void {
  new Counter({
    name: "buttonwood_rate_limited_total",
    help: "Requests and connections refused for too much, by type of limit; BANNED for those of banned addresses.",
    labelNames: ["limit"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [limit, count] of limiter.refused) this.inc({ limit }, count);
    },
  });
  new Gauge({
    name: "buttonwood_banned_addresses",
    help: "Addresses that are banned for going on after refusals.",
    // Gateways know the same ones.
    aggregator: "max",
    registers: [registry],
    collect() {
      this.set(bans.size);
    },
  });
}

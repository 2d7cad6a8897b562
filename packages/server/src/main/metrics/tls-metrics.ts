import type { Registry } from "../../platform/metrics.js";
import { addGauge } from "../../platform/read-metrics.js";

/** Registers when the certificate that clients are shown ends, in seconds since 1970. */
export function registerTlsMetrics(registry: Registry, expirySeconds: () => number): void {
  addGauge(
    registry,
    {
      name: "buttonwood_tls_certificate_expiry_timestamp_seconds",
      help: "When the certificate that clients are shown ends, in seconds since 1970; only where this process serves TLS.",
    },
    expirySeconds,
  );
}

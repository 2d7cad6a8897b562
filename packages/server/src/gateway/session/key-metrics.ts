import type { Registry } from "prom-client";
import { addGauge, addLabelledCounter } from "../../platform/read-metrics.js";
import type { KeyStore } from "./key-store.js";

/** What `/metrics` tells of API keys: how many there are, never which. */
export function registerKeyMetrics(
  registry: Registry,
  source: () => Pick<KeyStore, "list"> & { readonly changes: KeyChanges },
): void {
  // Gateways know the same ones.
  const aggregator = "max";
  addGauge(
    registry,
    { name: "buttonwood_keys", help: "API keys that are not revoked.", aggregator },
    () => source().list().length,
  );
  addLabelledCounter(
    registry,
    {
      name: "buttonwood_key_changes_total",
      help: "API keys that were revoked or changed, as this process has learned of it.",
      label: "change",
      aggregator,
    },
    () => Object.entries(source().changes),
  );
}

export interface KeyChanges {
  revoked: number;
  changed: number;
}

/** Counts what becomes of keys, until the gateway is gone. */
export function countKeyChanges(keys: Pick<KeyStore, "onChange" | "find">): {
  readonly changes: KeyChanges;
  readonly stop: () => void;
} {
  const changes = { revoked: 0, changed: 0 };
  const stop = keys.onChange((apiKey) => {
    if (keys.find(apiKey) === undefined) changes.revoked++;
    else changes.changed++;
  });
  return { changes, stop };
}

import type { EngineNode } from "../../engine/engine-node.js";
import { Gauge, type Registry } from "../../platform/metrics.js";
import { registerEngineMetrics } from "../exchange-metrics.js";

/** Registers the gauges of an engine's process: the engine's own, whether it leads, and how far behind it is. */
export function registerNodeMetrics(registry: Registry, node: EngineNode): void {
  registerEngineMetrics(registry, () => node.query({ kind: "status" }));
  const registers = [registry];
  new Gauge({
    name: "buttonwood_engine_leads",
    help: "1 while this process leads its partition.",
    registers,
    collect() {
      this.set(node.state === "leading" ? 1 : 0);
    },
  });
  const lagCommands = new Gauge({
    name: "buttonwood_standby_lag_commands",
    help: "Commands in the journal that this standby has not applied yet; 0 for a leader.",
    registers,
  });
  new Gauge({
    name: "buttonwood_standby_lag_ms",
    help: "Age of the last command that this standby has applied, in ms; 0 when none is missing.",
    registers,
    async collect() {
      const lag = await node.lag().catch(() => undefined);
      if (lag === undefined) return;
      lagCommands.set(lag.commands);
      this.set(lag.ms);
    },
  });
}

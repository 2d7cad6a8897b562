import type { EngineNode } from "../../engine/engine-node.js";
import type { FeedPublisherFigures } from "../../feed/redis/redis-feed-publisher.js";
import type { ShardFigures } from "../../journal/postgres/shard.js";
import type { Registry } from "../../platform/metrics.js";
import { addCounter, addGauge, addLabelledGauge, askedOnce } from "../../platform/read-metrics.js";
import { registerEngineMetrics } from "./engine-metrics.js";
import { registerShardMetrics } from "./shard-metrics.js";

export interface NodeMetricsSource {
  readonly partition: number;
  readonly node: () => EngineNode;
  readonly journal: () => ShardFigures;
  readonly feed: () => FeedPublisherFigures;
}

/** Registers the metrics of an engine's process: the engine's own, who leads, and how far behind a standby is. */
export function registerNodeMetrics(registry: Registry, source: NodeMetricsSource): void {
  const { journal, feed } = source;
  registerEngineMetrics(registry, () => source.node().query({ kind: "status", figures: true }));
  addLabelledGauge(
    registry,
    {
      name: "buttonwood_engine_leads",
      help: "1 while this process leads its partition, 0 while it stands by, recovers or takes over.",
      label: "partition",
    },
    () => [[String(source.partition), source.node().state === "leading" ? 1 : 0]],
  );
  const lag = askedOnce(() => source.node().lag());
  addGauge(
    registry,
    {
      name: "buttonwood_standby_lag_commands",
      help: "Commands in the journal that this standby has not applied yet; 0 for a leader.",
    },
    async () => (await lag()).commands,
  );
  addGauge(
    registry,
    {
      name: "buttonwood_standby_lag_seconds",
      help: "Age of the last command that this standby has applied; 0 when none is missing, and for a leader.",
    },
    async () => (await lag()).ms / 1000,
  );
  registerShardMetrics(registry, journal);
  registerFeedMetrics(registry, feed);
}

function registerFeedMetrics(registry: Registry, figures: () => FeedPublisherFigures): void {
  const gauge = (name: string, help: string, read: (told: FeedPublisherFigures) => number): void =>
    addGauge(registry, { name: `buttonwood_feed_${name}`, help }, () => read(figures()));
  const counter = (name: string, help: string, read: (told: FeedPublisherFigures) => number): void =>
    addCounter(registry, { name: `buttonwood_feed_${name}`, help }, () => read(figures()));
  gauge(
    "publisher_connected",
    "1 while the leader's batches go into the partition's stream in Redis; 0 without Redis, and for a standby.",
    (f) => (f.isLive ? 1 : 0),
  );
  counter(
    "publisher_connects_total",
    "Times that this process has reached Redis to publish: all but the first of a time of leading are reconnects.",
    (f) => f.connects,
  );
  counter("entries_total", "Entries put into the stream; each holds one batch or more.", (f) => f.entries);
  counter(
    "dropped_batches_total",
    "Batches left out of the stream while Redis was away, slow or full: readers take them from the journal.",
    (f) => f.dropped,
  );
  gauge("pending_bytes", "Bytes on their way to Redis, or waiting for it.", (f) => f.pendingBytes);
  gauge(
    "stream_entries",
    "Entries that the stream holds of what this process has put in.",
    (f) => f.streamEntries,
  );
  gauge("stream_bytes", "Bytes that the stream holds of what this process has put in.", (f) => f.streamBytes);
}

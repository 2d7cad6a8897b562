/** What a deployment did for its orders, beside using CPU. */
import type { Operations } from "../capacity-result.js";
import type { Instruments } from "./instruments.js";
import { type Metrics, readMetrics } from "./read-metrics.js";
import { redisCommandsOf, transactionsOf } from "./server-counters.js";

const MS_PER_SECOND = 1000;

interface Sample {
  readonly atMs: number;
  readonly metrics: readonly { readonly role: string; readonly values: Metrics }[];
  readonly transactions: number;
  readonly redisCommands: number;
}

/** Reads everything at once. Rejects when an instrument does not answer. */
export async function readInstruments({ metrics, databases, redis }: Instruments): Promise<Sample> {
  const [read, transactions, redisCommands] = await Promise.all([
    Promise.all(metrics.map(async ({ role, address }) => ({ role, values: await readMetrics(address) }))),
    Promise.all(databases.map(transactionsOf)),
    redisCommandsOf(redis),
  ]);
  return {
    atMs: performance.now(),
    metrics: read,
    transactions: transactions.reduce((sum, count) => sum + count, 0),
    redisCommands,
  };
}

/** What happened between two samples; of gauges, what the second one says. */
export function operationsBetween(before: Sample, after: Sample): Operations {
  const seconds = (after.atMs - before.atMs) / MS_PER_SECOND;
  const engines = (sample: Sample) => sample.metrics.filter(({ role }) => role === "engine");
  const sumOf = (sample: Sample, name: string): number =>
    engines(sample).reduce((sum, { values }) => sum + (values.get(name) ?? 0), 0);
  const grown = (name: string): number => sumOf(after, name) - sumOf(before, name);
  const batches = grown("buttonwood_engine_batches_total");
  // Standby engines commit nothing, and would pull the median down.
  const commits = engines(after).flatMap(({ values }) =>
    (values.get("buttonwood_engine_batches_total") ?? 0) > 0
      ? [(values.get("buttonwood_engine_commit_p50_seconds") ?? 0) * MS_PER_SECOND]
      : [],
  );
  const delays = new Map<string, number>();
  for (const { role, values } of after.metrics) {
    // Node's figures hold the interval at which it samples; the smallest one is that and nothing else.
    const ofLoop = (figure: string): number => values.get(`nodejs_eventloop_lag_${figure}_seconds`) ?? 0;
    const delayMs = (ofLoop("p99") - ofLoop("min")) * MS_PER_SECOND;
    delays.set(role, Math.max(delays.get(role) ?? 0, delayMs));
  }
  return {
    transactionsPerSecond: (after.transactions - before.transactions) / seconds,
    redisCommandsPerSecond: (after.redisCommands - before.redisCommands) / seconds,
    commandsPerBatch: batches > 0 ? grown("buttonwood_engine_commands_total") / batches : undefined,
    commitMsP50: commits.length > 0 ? Math.max(...commits) : undefined,
    queuedCommands: engines(after).length > 0 ? sumOf(after, "buttonwood_engine_queued_commands") : undefined,
    eventLoopDelayMsP99: Object.fromEntries(delays),
  };
}

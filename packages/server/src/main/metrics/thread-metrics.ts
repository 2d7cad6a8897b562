import { type EventLoopUtilization, performance } from "node:perf_hooks";
import type { Registry } from "../../platform/metrics.js";
import { addLabelledGauge } from "../../platform/read-metrics.js";

/** Asks how busy a thread's event loop has been since its start, or between two answers. */
export type ThreadUsage = typeof performance.eventLoopUtilization;

/** Registers how busy the threads of this process are: the system keeps these figures, the threads pay nothing. */
export function registerThreadMetrics(
  registry: Registry,
  threads: Readonly<Record<string, ThreadUsage>>,
): void {
  const named = Object.entries({ main: performance.eventLoopUtilization, ...threads }).map(
    ([name, usage]) => ({ name, usage, since: undefined as EventLoopUtilization | undefined }),
  );
  addLabelledGauge(
    registry,
    {
      name: "buttonwood_thread_utilization_ratio",
      help: "Part of the time since the last answer in which a thread worked: near 1 it is the limit.",
      label: "thread",
    },
    () =>
      named.map((thread) => {
        const now = thread.usage();
        const { utilization } = thread.since === undefined ? now : thread.usage(now, thread.since);
        thread.since = now;
        return [thread.name, utilization] as const;
      }),
  );
}

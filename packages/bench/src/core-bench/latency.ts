import type { CoreRun } from "./result.js";

const CLOCK_SAMPLES = 20_001;

/**
 * Times every command alone with the monotonic clock, in a pass that serves no other figure, and takes off what
 * reading the clock costs (the median of empty readings). A command takes about as long as reading the clock,
 * so p50 is good to some ten nanoseconds; p99 includes what the machine does beside.
 */
export function measureLatency(run: CoreRun, from: number, to: number): { p50Ns: number; p99Ns: number } {
  const samples = new Float64Array(to - from);
  const clockNs = clockCostNs();
  for (let i = from; i < to; i++) {
    const start = performance.now();
    run.run(i, i + 1);
    samples[i - from] = (performance.now() - start) * 1e6 - clockNs;
  }
  samples.sort();
  const at = (share: number): number => {
    const ns = samples[Math.min(samples.length - 1, Math.floor(samples.length * share))] ?? 0;
    return Math.max(0, Math.round(ns));
  };
  return { p50Ns: at(0.5), p99Ns: at(0.99) };
}

function clockCostNs(): number {
  const costs = new Float64Array(CLOCK_SAMPLES);
  for (let i = 0; i < CLOCK_SAMPLES; i++) {
    const start = performance.now();
    costs[i] = (performance.now() - start) * 1e6;
  }
  return costs.sort()[CLOCK_SAMPLES >> 1]!;
}

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { setFlagsFromString } from "node:v8";
import { V8_OPTIONS } from "@buttonwood/core";
import { type FlowParameters, generateFlow } from "../flow/generate.js";
import { decodeFlow, type Flow } from "../flow/ofl.js";
import { BookMode } from "./book-mode.js";
import { FullMode } from "./full-mode.js";
import { planFull } from "./full-plan.js";
import { measureLatency } from "./latency.js";
import type { CoreBenchResult, CoreRun } from "./result.js";

/** Runs to measure when the caller names no number. */
const RUNS_DEFAULT = 7;
/** Untimed work before the first run, so that every timed run meets compiled code. */
const WARM_UP_MS = 400;
const WARM_UP_RUNS_MAX = 40;

export interface CoreBenchOptions {
  /** Path of an OFL1 file, parameters for the generator, or a flow already in memory. */
  readonly flow: string | FlowParameters | Flow;
  /** The whole `apply` (accounts, holds, fees, id memory, encoded events), not only the book. */
  readonly full?: boolean;
  /** Timed runs, each on fresh state. Default 7; the median counts. */
  readonly runs?: number;
  /** Called before each step with how far the whole is, 0…1. */
  readonly onProgress?: (done: number, step: string) => void;
}

/**
 * Measures the core on an order flow.
 *
 * What is timed: the measured commands of the flow, one after the other on one thread, state fresh and built by
 * the preload beforehand. In book mode the trade hash is computed inside the timed loop from the fills the book
 * emits; in full mode commands are encoded before and events read after, in passes of their own. Warm-up runs come first and are not counted. Latencies come from a pass of their own, see
 * `measureLatency`.
 */
export function benchCore(options: CoreBenchOptions): CoreBenchResult {
  const runs = options.runs ?? RUNS_DEFAULT;
  if (!(Number.isInteger(runs) && runs >= 1 && runs <= 10_000)) {
    throw new RangeError(`runs must be a whole number, 1…10,000, not ${runs}`);
  }
  // As the engine does.
  for (const option of V8_OPTIONS) setFlagsFromString(option);
  const progress = options.onProgress ?? (() => {});
  progress(0, "reading the flow");
  const flow = loadFlow(options.flow);
  const steps = runs + 2;
  const newRun = runFactory(flow, options.full === true);
  progress(0.5 / steps, "warming up");
  warmUp(flow, newRun);
  const elapsedNs: number[] = [];
  let run = newRun();
  for (let i = 0; i < runs; i++) {
    progress((i + 1) / steps, `run ${i + 1} of ${runs}`);
    if (i > 0) run = newRun();
    elapsedNs.push(timeRun(flow, run));
  }
  progress((runs + 1) / steps, "latencies");
  const forLatency = newRun();
  forLatency.run(0, flow.preload);
  const latency = measureLatency(forLatency, flow.preload, flow.preload + flow.main);
  const medianNs = elapsedNs.sort((a, b) => a - b)[runs >> 1]!;
  progress(1, "done");
  return {
    flow: flow.name,
    mode: options.full === true ? "full" : "book",
    commands: flow.main,
    opsPerSecond: Math.round((flow.main / medianNs) * 1e9),
    nsPerOp: Math.round((medianNs / flow.main) * 10) / 10,
    p50Ns: latency.p50Ns,
    p99Ns: latency.p99Ns,
    ...run.outcome(),
  };
}

/** Reads, generates or passes on a flow. */
export function loadFlow(source: string | FlowParameters | Flow): Flow {
  if (typeof source === "string") return decodeFlow(basename(source), readFileSync(source));
  return "records" in source ? source : generateFlow(source);
}

function runFactory(flow: Flow, full: boolean): () => CoreRun {
  if (!full) return () => new BookMode(flow);
  const plan = planFull(flow);
  return () => new FullMode(plan);
}

function timeRun(flow: Flow, run: CoreRun): number {
  run.run(0, flow.preload);
  const start = process.hrtime.bigint();
  run.run(flow.preload, flow.preload + flow.main);
  return Number(process.hrtime.bigint() - start);
}

function warmUp(flow: Flow, newRun: () => CoreRun): void {
  let spentNs = 0;
  for (let i = 0; i < WARM_UP_RUNS_MAX && spentNs < WARM_UP_MS * 1e6; i++) {
    spentNs += timeRun(flow, newRun());
  }
}

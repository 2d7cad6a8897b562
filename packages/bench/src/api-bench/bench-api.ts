import { cpus, totalmem } from "node:os";
import { runLoad, startBare } from "./load-run.js";
import { planMarkets } from "./market-plan.js";
import type { LoadKey, LoadPlan, LoadResult } from "./plan.js";
import { mainThreadTimes, processCpuSeconds } from "./thread-cpu.js";

export interface ApiBenchOptions {
  /** Where the exchange listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Its process, to tell what CPU it took; undefined when it is not ours. */
  readonly pid?: number | undefined;
  /** Funded accounts' keys; connections share them evenly. */
  readonly keys: readonly LoadKey[];
  readonly symbols: readonly string[];
  /** Runs to make, one for each number of keep-alive connections. */
  readonly connections: readonly number[];
  readonly transport: LoadPlan["transport"];
  /** Requests, or orders of batches, under way on each connection; 1 for HTTP. */
  readonly inFlight: number;
  /** Orders of a batch, at most. */
  readonly batchSize: number;
  readonly flow: LoadPlan["flow"];
  /** Requests offered a second in an open loop; undefined for a closed one. */
  readonly ratePerSecond?: number | undefined;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly responseType: LoadPlan["responseType"];
  readonly onProgress?: (done: number, step: string) => void;
}

/** One target under one load. */
export interface ApiBenchSide extends LoadResult {
  /** Of one core, in percent; undefined where the system does not tell. */
  readonly serverCpuPercent: number | undefined;
  /**
   * CPU of the server's main thread, which is the gateway of an exchange in one process, for each answer of the timed
   * part, in µs; undefined where the system does not tell.
   */
  readonly gatewayCpuUsPerAnswer: number | undefined;
}

export interface ApiBenchRun {
  readonly connections: number;
  readonly exchange: ApiBenchSide;
  /** The framework alone, under the same generator. */
  readonly bare: ApiBenchSide;
  /** Orders accepted by the exchange for each answer of the bare handler. */
  readonly ratio: number;
}

export interface ApiBenchResult {
  readonly machine: string;
  readonly responseType: LoadPlan["responseType"];
  readonly runs: readonly ApiBenchRun[];
}

/** Measures signed orders through the API, and the bare framework beside it. */
export async function benchApi(options: ApiBenchOptions): Promise<ApiBenchResult> {
  const progress = options.onProgress ?? (() => {});
  const markets = await planMarkets(options.url, options.symbols);
  const { hostname, port } = new URL(options.url);
  const steps = options.connections.length * 2;
  let step = 0;
  const runs: ApiBenchRun[] = [];
  for (const connections of options.connections) {
    const plan: LoadPlan = {
      host: hostname,
      port: Number(port === "" ? 80 : port),
      transport: options.transport,
      connections,
      inFlight: options.inFlight,
      batchSize: options.batchSize,
      flow: options.flow,
      ratePerSecond: options.ratePerSecond,
      warmUpSeconds: options.warmUpSeconds,
      seconds: options.seconds,
      keys: options.keys,
      markets,
      // Client order ids must be new in every run against the same exchange.
      seed: Date.now() % 2 ** 32,
      responseType: options.responseType,
    };
    const measure = async (
      label: string,
      sidePlan: LoadPlan,
      pid: number | undefined,
    ): Promise<ApiBenchSide> => {
      const costs = new AnswerCosts(pid);
      const tell = (fraction: number, rate: number, answers: number): void => {
        costs.sample(answers);
        progress((step + fraction) / steps, `${label}, ${connections} connections, ${Math.round(rate)}/s`);
      };
      tell(0, 0, 0);
      const before = processCpuSeconds(pid);
      const startMs = performance.now();
      const result = await runLoad(sidePlan, tell);
      const after = processCpuSeconds(pid);
      const elapsed = (performance.now() - startMs) / 1000;
      step++;
      return {
        ...result,
        serverCpuPercent:
          before === undefined || after === undefined ? undefined : ((after - before) / elapsed) * 100,
        gatewayCpuUsPerAnswer: costs.cpuUsPerAnswer,
      };
    };
    const bareServer = await startBare();
    // All it has is the route for orders over HTTP.
    const barePlan: LoadPlan = {
      ...plan,
      port: bareServer.port,
      transport: "http",
      inFlight: 1,
      flow: "limits",
    };
    const bare = await measure("bare handler", barePlan, bareServer.pid).finally(() => bareServer.stop());
    const exchange = await measure("exchange", plan, options.pid);
    runs.push({
      connections,
      exchange,
      bare,
      ratio: bare.ordersPerSecond > 0 ? exchange.ordersPerSecond / bare.ordersPerSecond : 0,
    });
  }
  return { machine: machineName(), responseType: options.responseType, runs };
}

interface AnswersAt {
  readonly answers: number;
  readonly cpuSeconds: number;
}

/** What an answer costs the main thread, between the first and the last time that answers were counted. */
class AnswerCosts {
  readonly #pid: number | undefined;
  #first: AnswersAt | undefined;
  #last: AnswersAt | undefined;

  constructor(pid: number | undefined) {
    this.#pid = pid;
  }

  sample(answers: number): void {
    const times = mainThreadTimes(this.#pid);
    if (times === undefined || answers === 0) return;
    this.#last = { answers, cpuSeconds: times.cpuSeconds };
    this.#first ??= this.#last;
  }

  get cpuUsPerAnswer(): number | undefined {
    const [first, last] = [this.#first, this.#last];
    if (first === undefined || last === undefined || last.answers <= first.answers) return undefined;
    return ((last.cpuSeconds - first.cpuSeconds) / (last.answers - first.answers)) * 1e6;
  }
}

/** The machine, in the words that belong beside every figure. */
export function machineName(): string {
  const list = cpus();
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${list.length} × ${list[0]?.model.trim() ?? "unknown processor"}, ${gib} GiB, Node ${process.version}`;
}

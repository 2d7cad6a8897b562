import type { LatencyMs, LoadResult } from "../../api-bench/plan.js";
import type { Operations } from "../capacity-result.js";

export interface MadeLoad {
  readonly seconds: number;
  readonly ordersPerSecond: number;
  readonly latencyMs: LatencyMs;
  readonly generatorCpuPercent: number;
  readonly refused?: number;
  readonly lost?: number;
}

/** The result of a load that nobody sent. */
export function madeLoad(made: MadeLoad): LoadResult {
  const { seconds, ordersPerSecond, latencyMs, generatorCpuPercent, refused = 0, lost = 0 } = made;
  const accepted = ordersPerSecond * seconds;
  return {
    warmUpSeconds: 1,
    isWarm: true,
    seconds,
    sent: accepted + refused + lost,
    accepted,
    rejected: refused > 0 ? { "-2010 Account has insufficient balance": refused } : {},
    lost,
    retried: 0,
    acceptedBySecond: [],
    retriedBySecond: [],
    meanLatencyMsBySecond: [],
    answersPerSecond: ordersPerSecond + refused / seconds,
    ordersPerSecond,
    latencyMs,
    generatorCpuPercent,
    generatorDelayMsP99: 0.5,
  };
}

/** What servers did for such a load. */
export function madeOperations(ordersPerSecond: number): Operations {
  const commandsPerBatch = 12;
  return {
    transactionsPerSecond: ordersPerSecond / commandsPerBatch + 40,
    redisCommandsPerSecond: ordersPerSecond / commandsPerBatch + 200,
    commandsPerBatch,
    commitMsP50: 1.4,
    queuedCommands: 3,
    eventLoopDelayMsP99: { engine: 3.1, projection: 8.4, gateway: 11.2 },
  };
}

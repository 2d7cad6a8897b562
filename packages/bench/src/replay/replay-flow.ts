import { loadFlow } from "../core-bench/bench-core.js";
import { BookMode } from "../core-bench/book-mode.js";
import type { Outcome } from "../core-bench/result.js";
import type { Flow } from "../flow/ofl.js";
import { ApiConnection } from "./api-connection.js";
import { type PlayCounts, Player } from "./play.js";
import { agree, type ReadBack, readBack } from "./read-back.js";
import { commandCount, type ReplayOperator, type Stage, setStage } from "./stage.js";

/** Requests under way at once: enough to fill the engine's batches, few enough to stay below its bounds. */
export const IN_FLIGHT_DEFAULT = 64;

export interface ReplayOptions {
  /** Path of an OFL1 file, or a flow in memory. */
  readonly flow: string | Flow;
  readonly url: string;
  readonly operator: ReplayOperator;
  readonly inFlight?: number | undefined;
  /** Of all the work, 0…1. */
  readonly onProgress?: ((done: number, step: string) => void) | undefined;
}

export interface ReplayResult {
  readonly flow: string;
  readonly symbols: readonly string[];
  readonly commands: number;
  readonly seconds: number;
  readonly commandsPerSecond: number;
  readonly counts: PlayCounts;
  /** What the core's book alone makes of the same flow. */
  readonly expected: Outcome;
  /** What the exchange's API answers. */
  readonly actual: ReadBack;
  /** Names of what differs; empty when the exchange ended with the same trades and book. */
  readonly differences: readonly string[];
}

/** Part of the progress that sending takes; reading back is the rest. */
const SENDING_SHARE = 0.95;

/** Plays a flow through a running exchange's public API and compares what it ends with. */
export async function replayFlow(options: ReplayOptions): Promise<ReplayResult> {
  const progress = options.onProgress ?? (() => {});
  progress(0, "reading the flow");
  const flow = loadFlow(options.flow);
  const commands = commandCount(flow);
  const book = new BookMode(flow);
  book.run(0, commands);
  const expected = book.outcome();
  progress(0, "listing markets, opening accounts");
  const stage: Stage = await setStage(options.operator, flow);
  const connection = await ApiConnection.open(options.url);
  try {
    const player = new Player(connection, flow, stage);
    const startMs = performance.now();
    await player.play(options.inFlight ?? IN_FLIGHT_DEFAULT, (done) => {
      const rate = Math.round((done / Math.max(1, performance.now() - startMs)) * 1000);
      progress((done / commands) * SENDING_SHARE, `${done} of ${commands} commands, ${rate}/s`);
    });
    const seconds = (performance.now() - startMs) / 1000;
    progress(SENDING_SHARE, "reading trades and books back");
    const actual = await readBack(connection, stage, player.flowIds, (trades) => {
      const share = expected.trades === 0 ? 1 : Math.min(1, trades / expected.trades);
      progress(SENDING_SHARE + share * (1 - SENDING_SHARE), `${trades} trades read back`);
    });
    return {
      flow: flow.name,
      symbols: stage.symbols,
      commands,
      seconds,
      commandsPerSecond: commands / seconds,
      counts: player.counts,
      expected,
      actual,
      differences: differencesOf(expected, actual),
    };
  } finally {
    connection.close();
  }
}

function differencesOf(expected: Outcome, actual: ReadBack): string[] {
  const names = Object.keys(expected) as (keyof Outcome)[];
  const differences: string[] = names.filter((name) => expected[name] !== actual[name]);
  if (!agree(actual.depth, actual)) differences.push("depth");
  return differences;
}

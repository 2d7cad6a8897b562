/**
 * Kill -9 of one part of a cluster after the other, under load. Each round: a process drawn at random is killed while
 * orders come, they must be served again, every request whose outcome is unknown is sent again under the same ids,
 * and the cluster must make itself whole. Now and then the load pauses, and everything that was said is judged.
 */

import { openingPrices } from "../durability/killing.js";
import { randomOf } from "../durability/load.js";
import type { LocalCluster } from "../support/cluster.js";
import { eventually, pause } from "../support/eventually.js";
import { judge, type Verdict } from "./judging.js";
import { KINDS, type Kill, type Kind, kill, untilWhole } from "./kills.js";
import { MarketStreams } from "./market-streams.js";
import { PacedLoad } from "./paced-load.js";
import { UserStream } from "./user-stream.js";

/** Answers between the start of a round and its kill, and then a moment more, so that kills meet all there is. */
const ANSWERS_BEFORE = 100;
const MOMENT_MS_MAX = 300;
/** Longer than anything is away, in ms. */
const SERVED_MS_MAX = 120_000;
const POLL_MS = 5;

export interface Round {
  readonly kill: Kill;
  /** From the kill until every market that it may have held up took an order again, in ms. */
  readonly servedAfterMs: number;
  /** From the kill until every process ran and copied again, in ms. */
  readonly wholeAfterMs: number;
  /** The longest that any request of the round waited for its answer, in ms. */
  readonly longestWaitMs: number;
  readonly answered: number;
  /** Sendings of requests whose outcome was unknown. */
  readonly repeats: number;
}

export interface ChaosOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Requests a second. */
  readonly rate: number;
  /** Rounds between two judgements. */
  readonly judgeEvery: number;
  /** What is killed; none = everything. */
  readonly kinds?: readonly Kind[];
  /** Called after every round. */
  readonly onRound?: (report: ChaosReport) => void;
}

export interface ChaosReport {
  readonly rounds: Round[];
  /** Requests that were offered, and the time for which, in ms. */
  offered: number;
  offeredMs: number;
  answered: number;
  judgements: number;
  /** Of the last judgement, which is of everything. */
  lost: number;
  doubled: number;
  trades: number;
  commands: number;
  reports: number;
  subscriptions: number;
  marketMessages: number;
  readonly problems: string[];
}

/** Puts a running cluster through it. The cluster must not have been traded on before. */
export async function chaos(cluster: LocalCluster, options: ChaosOptions): Promise<ChaosReport> {
  const report: ChaosReport = {
    rounds: [],
    offered: 0,
    offeredMs: 0,
    answered: 0,
    judgements: 0,
    lost: 0,
    doubled: 0,
    trades: 0,
    commands: 0,
    reports: 0,
    subscriptions: 0,
    marketMessages: 0,
    problems: [],
  };
  const random = randomOf(options.seed);
  const { partitions } = cluster.topology;
  const symbols = partitions.flatMap((entry) => entry.symbols);
  const partitionOf = (symbol: string): number =>
    partitions.findIndex((entry) => entry.symbols.includes(symbol));
  await cluster.takeUnlimitedKeys();
  const prices = await openingPrices(cluster, symbols);
  const load = new PacedLoad({ target: cluster, prices, rate: options.rate, seed: options.seed });
  const userStreams = (["alice", "bob"] as const).map(
    (account) => new UserStream(cluster, account, partitionOf),
  );
  const marketStreams = new MarketStreams(cluster.webSocketUrl, symbols);
  const witnesses = { cluster, partitionOf, journeys: load.journeys, userStreams, marketStreams };
  const take = ({ problems, lost, doubled, trades, commands }: Verdict): void => {
    Object.assign(report, { lost, doubled, trades, commands });
    report.judgements++;
    report.problems.push(...problems);
  };
  try {
    await eventually("the streams", () =>
      userStreams.every((stream) => stream.isSubscribed) && marketStreams.connections > 0 ? true : undefined,
    );
    load.resume();
    for (const kind of drawKinds(options.kinds ?? KINDS, options.rounds, random)) {
      report.rounds.push(await round(cluster, kind, load, partitionOf, random));
      const isLast = report.rounds.length === options.rounds;
      if (isLast || report.rounds.length % options.judgeEvery === 0) {
        // What lies before a subscription is not told on it: of every partition something must have come since.
        await eventually("the streams to tell of everything again", () =>
          userStreams.every((stream) => stream.hearsAll(cluster.topology.partitions.length)) &&
          marketStreams.hearsAll
            ? true
            : undefined,
        );
        await load.pause();
        take(await judge(witnesses));
        if (!isLast && report.problems.length === 0) load.resume();
      }
      report.offered = load.journeys.length;
      report.offeredMs = load.offeredMs;
      report.answered = load.journeys.filter(({ decidedMs }) => decidedMs !== undefined).length;
      report.reports = userStreams.reduce((sum, stream) => sum + stream.reports, 0);
      report.subscriptions = userStreams.reduce((sum, stream) => sum + stream.subscriptions, 0);
      report.marketMessages = marketStreams.messages;
      options.onRound?.(report);
      if (report.problems.length > 0) break;
    }
  } finally {
    load.close();
    marketStreams.close();
    for (const stream of userStreams) stream.close();
  }
  return report;
}

/** Every kind as often as the others, in an order drawn at random. */
function drawKinds(kinds: readonly Kind[], rounds: number, random: () => number): Kind[] {
  const drawn: Kind[] = [];
  while (drawn.length < rounds) {
    const bag = [...kinds];
    while (bag.length > 0) drawn.push(...bag.splice(Math.floor(random() * bag.length), 1));
  }
  return drawn.slice(0, rounds);
}

async function round(
  cluster: LocalCluster,
  kind: Kind,
  load: PacedLoad,
  partitionOf: (symbol: string) => number,
  random: () => number,
): Promise<Round> {
  const { journeys } = load;
  const from = journeys.length;
  await eventually(
    "requests to be answered",
    () =>
      journeys.length >= from + ANSWERS_BEFORE && journeys[from + ANSWERS_BEFORE - 1]!.decidedMs !== undefined
        ? true
        : undefined,
    SERVED_MS_MAX,
  );
  await pause(random() * MOMENT_MS_MAX);
  const killed = await kill(cluster, kind, random);
  const symbols = cluster.topology.partitions.flatMap((entry) =>
    entry.symbols.filter((symbol) => killed.partitions.includes(partitionOf(symbol))),
  );
  const servedMs = await untilServed(load, from, killed.atMs, symbols);
  await untilWhole(cluster);
  const wholeMs = performance.now();
  const own = journeys.slice(from);
  await eventually(
    "the requests of the round to be decided",
    () => (own.every(({ decidedMs }) => decidedMs !== undefined) ? true : undefined),
    SERVED_MS_MAX,
  );
  return {
    kill: killed,
    servedAfterMs: servedMs - killed.atMs,
    wholeAfterMs: wholeMs - killed.atMs,
    longestWaitMs: Math.max(...own.map(({ firstSentMs, decidedMs }) => decidedMs! - firstSentMs)),
    answered: own.length,
    repeats: own.reduce((sum, { repeats }) => sum + repeats, 0),
  };
}

/** When the last of the markets took an order that was sent after a moment. */
async function untilServed(
  load: PacedLoad,
  from: number,
  sinceMs: number,
  symbols: readonly string[],
): Promise<number> {
  const served = new Map<string, number>();
  const untilMs = performance.now() + SERVED_MS_MAX;
  for (;;) {
    for (const { request, lastSentMs, decidedMs } of load.journeys.slice(from)) {
      if (decidedMs === undefined || lastSentMs < sinceMs || request.answer?.status !== 200) continue;
      const symbol = String(request.parameters.symbol);
      served.set(symbol, Math.min(served.get(symbol) ?? Number.POSITIVE_INFINITY, decidedMs));
    }
    const missing = symbols.filter((symbol) => !served.has(symbol));
    if (missing.length === 0) return Math.max(...symbols.map((symbol) => served.get(symbol)!));
    if (performance.now() > untilMs) {
      throw new Error(`no order was taken for ${missing} within ${SERVED_MS_MAX / 1000} s`);
    }
    await pause(POLL_MS);
  }
}

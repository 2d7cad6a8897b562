/** What clients were told against what the journals hold and the API tells, once nobody trades. */
import { isOpen, type JournalState } from "../durability/journal-checker.js";
import { compareAll } from "../durability/killing.js";
import type { LocalCluster } from "../support/cluster.js";
import { units } from "../support/decimals.js";
import { eventually } from "../support/eventually.js";
import { buttonwood } from "../support/exchange.js";
import { SignedClient } from "../support/signed-client.js";
import type { MarketStreams } from "./market-streams.js";
import type { Journey } from "./paced-load.js";
import { checkPartitions } from "./shard-servers.js";
import type { UserStream } from "./user-stream.js";
import { problemsBetween, wholeBalance } from "./whole-exchange.js";

const ACCOUNTS = ["alice", "bob"] as const;
/** Single orders that are asked for, of each account. */
const ORDERS_ASKED = 30;
const UNKNOWN_ORDER = -2011;
/** Of an order that an account has not the funds for. */
const REJECTED = -2010;

export interface Verdict {
  readonly problems: string[];
  lost: number;
  doubled: number;
  trades: number;
  /** Commands in all journals. */
  commands: number;
}

export interface Witnesses {
  readonly cluster: LocalCluster;
  readonly partitionOf: (symbol: string) => number;
  readonly journeys: readonly Journey[];
  readonly userStreams: readonly UserStream[];
  readonly marketStreams: MarketStreams;
}

/** Judges all that has happened so far. The load must be paused, and the cluster whole. */
export async function judge(witnesses: Witnesses): Promise<Verdict> {
  const { cluster } = witnesses;
  const verdict: Verdict = { problems: [], lost: 0, doubled: 0, trades: 0, commands: 0 };
  const partitions = await checkPartitions(cluster);
  judgeAnswers(witnesses, partitions, verdict);
  verdict.problems.push(...problemsBetween(partitions));
  await judgeApi(witnesses, partitions, verdict);
  await judgeStreams(witnesses, partitions, verdict);
  const verify = await buttonwood("verify", "--data", cluster.data);
  if (verify.code !== 0) verdict.problems.push(`verify: ${verify.stderr}${verify.stdout}`);
  return verdict;
}

/** Everything that was answered must stand in its partition's journal, once; and nothing that was not asked for. */
function judgeAnswers(
  { journeys, partitionOf }: Witnesses,
  partitions: readonly JournalState[],
  verdict: Verdict,
): void {
  for (const [partition, journal] of partitions.entries()) {
    const requests = journeys
      .map(({ request }) => request)
      .filter(({ parameters }) => partitionOf(String(parameters.symbol)) === partition);
    const report = { lost: 0, doubled: 0, acknowledged: 0, problems: [] as string[] };
    compareAll(requests, journal, report);
    const asked = new Set(
      requests.map(({ account, clientOrderId }) => `${journal.accounts.get(account)}/${clientOrderId}`),
    );
    for (const key of journal.accepted.keys()) {
      if (!asked.has(key)) report.problems.push(`order ${key} was not asked for`);
    }
    const placed = new Map(
      requests.filter(({ kind }) => kind === "place").map((request) => [request.clientOrderId, request]),
    );
    for (const { kind, clientOrderId, answer } of requests) {
      if (answer === undefined) report.problems.push(`${kind} ${clientOrderId} was never answered`);
      else if (kind === "place" && answer.status !== 200 && answer.code !== REJECTED) {
        report.problems.push(`${clientOrderId} was refused: ${JSON.stringify(answer)}`);
      }
      // Sent again, a cancel that took effect finds no open order any more.
      if (kind !== "cancel" || answer?.code !== UNKNOWN_ORDER) continue;
      const order = journal.orders.get(placed.get(clientOrderId)?.answer?.orderId ?? 0);
      if (order !== undefined && isOpen(order)) {
        report.lost++;
        report.problems.push(`cancel ${clientOrderId} found no order, but it is ${order.status}`);
      }
    }
    verdict.lost += report.lost;
    verdict.doubled += report.doubled;
    verdict.trades += journal.trades;
    verdict.commands += journal.sequence;
    verdict.problems.push(...report.problems.map((problem) => `partition ${partition}: ${problem}`));
  }
}

async function judgeApi(
  { cluster, journeys, marketStreams }: Witnesses,
  partitions: readonly JournalState[],
  verdict: Verdict,
): Promise<void> {
  for (const name of ACCOUNTS) {
    const client = new SignedClient(cluster.url, cluster.keys[name], 4);
    const number = partitions[0]!.accounts.get(name)!;
    const account = (await client.signed("GET", "/api/v3/account")).body;
    for (const [asset, { name: assetName, decimals }] of partitions[0]!.assets) {
      const held = wholeBalance(partitions, number, asset);
      const told = account.balances.find((entry: { asset: string }) => entry.asset === assetName);
      const scale = 10n ** BigInt(12 - decimals);
      if (
        units(told?.free ?? "0") !== held.free * scale ||
        units(told?.locked ?? "0") !== held.locked * scale
      ) {
        verdict.problems.push(
          `${name}'s ${assetName}: told is ${JSON.stringify(told)}, held are ${held.free} and ${held.locked} units`,
        );
      }
    }
    const open = (await client.signed("GET", "/api/v3/openOrders")).body;
    const shown = open.map(
      (order: { symbol: string; orderId: number }) => `${order.symbol} ${order.orderId}`,
    );
    const expected = partitions.flatMap((journal) =>
      [...journal.orders.values()]
        .filter((order) => order.account === number && isOpen(order))
        .map((order) => `${journal.markets.get(order.market)!.symbol} ${order.orderId}`),
    );
    if (shown.sort().join() !== expected.sort().join()) {
      verdict.problems.push(`${name}'s open orders are ${shown}, the journals' ${expected}`);
    }
    await judgeOrders(client, name, journeys, partitions, verdict);
    client.close();
  }
  await judgeBooks(cluster, partitions, marketStreams, verdict);
}

/** Some orders of all of the time, asked for by client order id. */
async function judgeOrders(
  client: SignedClient,
  account: string,
  journeys: readonly Journey[],
  partitions: readonly JournalState[],
  verdict: Verdict,
): Promise<void> {
  const placed = journeys.filter(
    ({ request }) =>
      request.account === account && request.kind === "place" && request.answer?.status === 200,
  );
  const step = Math.max(1, Math.floor(placed.length / ORDERS_ASKED));
  for (let index = placed.length - 1; index >= 0; index -= step) {
    const { clientOrderId, parameters, answer } = placed[index]!.request;
    const { body } = await client.signed("GET", "/api/v3/order", {
      symbol: String(parameters.symbol),
      origClientOrderId: clientOrderId,
    });
    const order = partitions
      .map(({ orders }) => orders.get(answer?.orderId ?? 0))
      .find((entry) => entry?.clientOrderId === clientOrderId);
    if (body.orderId !== order?.orderId || body.status !== order?.status) {
      verdict.problems.push(
        `${clientOrderId}: told is ${JSON.stringify(body)}, the journal has ${order?.status}`,
      );
    }
  }
}

/** The books that the API shows are those of the orders that the journals hold open. */
async function judgeBooks(
  cluster: LocalCluster,
  partitions: readonly JournalState[],
  marketStreams: MarketStreams,
  verdict: Verdict,
): Promise<void> {
  const client = new SignedClient(cluster.url, cluster.keys.alice, 1);
  for (const [partition, { symbols }] of cluster.topology.partitions.entries()) {
    for (const symbol of symbols) {
      const { body } = await client.public("/api/v3/depth", { symbol, limit: 5_000 });
      const expected = bookOf(partitions[partition]!, symbol);
      for (const side of ["bids", "asks"] as const) {
        const shown = body[side].map(
          ([price, quantity]: string[]) => `${units(price!)}: ${units(quantity!)}`,
        );
        if (shown.sort().join() !== expected[side].sort().join()) {
          verdict.problems.push(`${symbol}'s ${side} are ${shown}, the journal's ${expected[side]}`);
        }
      }
      await eventually(`the last update of ${symbol}'s depth`, () =>
        marketStreams.lastUpdate(symbol) === body.lastUpdateId ? true : undefined,
      ).catch((error: Error) => {
        const last = marketStreams.lastUpdate(symbol);
        verdict.problems.push(`${error.message}: heard was ${last}, it is ${body.lastUpdateId}`);
      });
      const journal = partitions[partition]!;
      const [number] = [...journal.markets].find(([, entry]) => entry.symbol === symbol)!;
      const lastTrade = journal.lastTrade.get(number) ?? 0;
      await eventually(`the last trade of ${symbol}`, () =>
        marketStreams.lastTrade(symbol) === lastTrade ? true : undefined,
      ).catch((error: Error) => {
        const last = marketStreams.lastTrade(symbol);
        verdict.problems.push(`${error.message}: heard was ${last}, it is ${lastTrade}`);
      });
    }
  }
  client.close();
  verdict.problems.push(...marketStreams.problems);
}

/** Levels as `price: quantity`, both as {@link units}. */
function bookOf(journal: JournalState, symbol: string): Record<"bids" | "asks", string[]> {
  const [number, market] = [...journal.markets].find(([, entry]) => entry.symbol === symbol)!;
  const baseDecimals = journal.assets.get(market.base)!.decimals;
  const quoteDecimals = journal.assets.get(market.quote)!.decimals;
  const levels = { bids: new Map<bigint, bigint>(), asks: new Map<bigint, bigint>() };
  for (const order of journal.orders.values()) {
    if (order.market !== number || !isOpen(order)) continue;
    const tickUnits = market.tickLotUnits * 10n ** BigInt(12 + baseDecimals - quoteDecimals);
    const price = (BigInt(order.priceTicks) * tickUnits) / market.lotUnits;
    const lots = BigInt(order.lots - order.executedLots - order.preventedLots);
    const quantity = lots * market.lotUnits * 10n ** BigInt(12 - baseDecimals);
    const side = order.side === "BUY" ? levels.bids : levels.asks;
    side.set(price, (side.get(price) ?? 0n) + quantity);
  }
  const told = (side: ReadonlyMap<bigint, bigint>): string[] =>
    [...side].map(([price, quantity]) => `${price}: ${quantity}`);
  return { bids: told(levels.bids), asks: told(levels.asks) };
}

async function judgeStreams(
  { userStreams, journeys }: Witnesses,
  partitions: readonly JournalState[],
  verdict: Verdict,
): Promise<void> {
  for (const stream of userStreams) {
    await eventually("the user streams to tell the last event", () =>
      stream.isUpToDate(partitions) ? true : undefined,
    ).catch((error: Error) => verdict.problems.push(error.message));
    verdict.problems.push(...stream.problems(partitions, journeys));
  }
}

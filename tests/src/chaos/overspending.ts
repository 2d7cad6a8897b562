/**
 * One balance, all partitions: in each round ten clients of one account fire orders at the markets of all partitions
 * for twice what the account has. Not a unit too much may be taken, every order must be answered, and none refused
 * that would have been funded.
 */
import { randomOf } from "../durability/load.js";
import type { LocalCluster } from "../support/cluster.js";
import { units } from "../support/decimals.js";
import { pause } from "../support/eventually.js";
import { buttonwood } from "../support/exchange.js";
import { type Answer, NoAnswerError, SignedClient } from "../support/signed-client.js";
import { checkPartitions } from "./shard-servers.js";
import { problemsBetween } from "./whole-exchange.js";

const CLIENTS = 10;
/** Of a round, about: each costs a fortieth of the balance to twice as much less. */
const ORDERS = 60;
const QUOTE = "USD";
const TICKS_PER_UNIT = 100;
const LOTS_PER_UNIT = 100;
/** Cost of one lot at one tick, as {@link units}. */
const TICK_LOT = 10n ** 12n / BigInt(TICKS_PER_UNIT * LOTS_PER_UNIT);
const AGAIN_MS = 50;
/** Turned away with nothing done. */
const LATER = new Set([-1003, -1008, -1015]);
const INSUFFICIENT_BALANCE = "Account has insufficient balance for requested action.";

export interface OverspendOptions {
  readonly rounds: number;
  readonly seed: number;
  /** Called after every round. */
  readonly onRound?: (report: OverspendReport) => void;
}

export interface OverspendReport {
  rounds: number;
  orders: number;
  taken: number;
  refused: number;
  /** Sendings of orders whose outcome was unknown. */
  repeats: number;
  /** Transfers between partitions, of all assets; known at the end. */
  transfers: number;
  readonly problems: string[];
}

interface Order {
  readonly symbol: string;
  readonly ticks: number;
  readonly lots: number;
  /** As {@link units}. */
  readonly cost: bigint;
  readonly clientOrderId: string;
}

/** Nobody else may trade meanwhile. The account's open orders are canceled first. */
export async function overspend(cluster: LocalCluster, options: OverspendOptions): Promise<OverspendReport> {
  const report: OverspendReport = {
    rounds: 0,
    orders: 0,
    taken: 0,
    refused: 0,
    repeats: 0,
    transfers: 0,
    problems: [],
  };
  const random = randomOf(options.seed);
  const symbols = cluster.topology.partitions.flatMap((entry) => entry.symbols);
  await cluster.takeUnlimitedKeys();
  const client = new SignedClient(cluster.url, cluster.keys.alice, CLIENTS);
  try {
    const prices = await lowPrices(client, symbols);
    await cancelAll(client, symbols);
    while (report.rounds < options.rounds && report.problems.length === 0) {
      report.rounds++;
      await round(client, prices, `o${options.seed}-${report.rounds}`, random, report);
      options.onRound?.(report);
    }
  } finally {
    client.close();
  }
  const partitions = await checkPartitions(cluster);
  for (const { sent } of partitions) for (const list of sent.values()) report.transfers += list.length;
  report.problems.push(...partitions.flatMap(({ problems }) => problems), ...problemsBetween(partitions));
  const verify = await buttonwood("verify", "--data", cluster.data);
  if (verify.code !== 0) report.problems.push(`verify: ${verify.stderr}${verify.stdout}`);
  return report;
}

/** In ticks, half of what the markets against one asset trade at: an order at it rests. */
async function lowPrices(client: SignedClient, symbols: readonly string[]): Promise<Map<string, number>> {
  const prices = new Map<string, number>();
  for (const symbol of symbols) {
    if (!/[A-Z]USD$/.test(symbol)) continue;
    const { body } = await client.public("/api/v3/avgPrice", { symbol });
    prices.set(symbol, Math.round(Number(body.price) * TICKS_PER_UNIT * 0.5));
  }
  return prices;
}

async function round(
  client: SignedClient,
  prices: ReadonlyMap<string, number>,
  name: string,
  random: () => number,
  report: OverspendReport,
): Promise<void> {
  const before = await balanceOf(client);
  const orders = draw(prices, before.free, name, random);
  const taken: Order[] = [];
  const refused: Order[] = [];
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, index) => {
      for (let i = index; i < orders.length; i += CLIENTS) {
        const { status, body } = await place(client, orders[i]!, report);
        if (status === 200) taken.push(orders[i]!);
        else if (body?.msg === INSUFFICIENT_BALANCE) refused.push(orders[i]!);
        else report.problems.push(`${orders[i]!.clientOrderId}: ${status} ${JSON.stringify(body)}`);
      }
    }),
  );
  const cost = taken.reduce((sum, order) => sum + order.cost, 0n);
  const after = await balanceOf(client);
  const where = `round ${report.rounds}`;
  if (cost > before.free) report.problems.push(`${where}: ${cost} was taken of ${before.free}`);
  if (after.free !== before.free - cost || after.locked !== before.locked + cost) {
    report.problems.push(
      `${where}: ${before.free} were free, ${cost} were taken, now ${after.free} are free, ${after.locked} locked`,
    );
  }
  for (const order of refused) {
    if (order.cost > after.free) continue;
    report.problems.push(
      `${where}: ${order.clientOrderId} for ${order.cost} was refused with ${after.free} free`,
    );
  }
  report.orders += orders.length;
  report.taken += taken.length;
  report.refused += refused.length;
  await cancelAll(client, [...prices.keys()]);
  const end = await balanceOf(client);
  if (end.free !== before.free || end.locked !== before.locked) {
    report.problems.push(`${where}: ${before.free} were free, after canceling all ${end.free}`);
  }
}

/** Orders for twice the balance, to the lot. */
function draw(
  prices: ReadonlyMap<string, number>,
  balance: bigint,
  name: string,
  random: () => number,
): Order[] {
  const symbols = [...prices.keys()];
  const orders: Order[] = [];
  for (let left = 2n * balance; ; ) {
    const symbol = symbols[Math.floor(random() * symbols.length)]!;
    const ticks = prices.get(symbol)! - Math.floor(random() * 100);
    const wanted = (Number(balance / TICK_LOT) * 2 * (0.2 + 1.6 * random())) / ORDERS;
    const lotsLeft = Number(left / (BigInt(ticks) * TICK_LOT));
    const lots = Math.min(Math.floor(wanted / ticks), lotsLeft);
    // What is left is less than an order may be worth.
    if (lots * ticks < 10 * TICKS_PER_UNIT * LOTS_PER_UNIT) return orders;
    const cost = BigInt(lots * ticks) * TICK_LOT;
    left -= cost;
    orders.push({ symbol, ticks, lots, cost, clientOrderId: `${name}-${orders.length}` });
  }
}

/** Sends an order, under the same id, until it is decided. */
async function place(client: SignedClient, order: Order, report: OverspendReport): Promise<Answer> {
  for (;;) {
    try {
      const answer = await client.signed("POST", "/api/v3/order", {
        symbol: order.symbol,
        side: "BUY",
        type: "LIMIT",
        timeInForce: "GTC",
        quantity: order.lots / LOTS_PER_UNIT,
        price: order.ticks / TICKS_PER_UNIT,
        newClientOrderId: order.clientOrderId,
      });
      if (answer.status < 500 && !LATER.has(answer.body?.code)) return answer;
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
    }
    report.repeats++;
    await pause(AGAIN_MS);
  }
}

async function cancelAll(client: SignedClient, symbols: readonly string[]): Promise<void> {
  for (const symbol of symbols) {
    const { status, body } = await client.signed("DELETE", "/api/v3/openOrders", { symbol });
    // There may be none.
    if (status !== 200 && body?.code !== -2011)
      throw new Error(`cancel all: ${status} ${JSON.stringify(body)}`);
  }
}

async function balanceOf(client: SignedClient): Promise<{ free: bigint; locked: bigint }> {
  const { status, body } = await client.signed("GET", "/api/v3/account");
  if (status !== 200) throw new Error(`account: ${status} ${JSON.stringify(body)}`);
  const entry = body.balances.find(({ asset }: { asset: string }) => asset === QUOTE);
  return { free: units(entry.free), locked: units(entry.locked) };
}

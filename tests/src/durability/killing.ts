/**
 * Kill -9 under load, again and again. Each round: clients trade, the process is killed in the middle, the journal
 * is checked as the crash left it, `buttonwood verify` must agree, the exchange is started again, unanswered
 * requests are sent again with the same ids, and the API must tell the same as the journal.
 */
import { units } from "../support/decimals.js";
import { eventually, pause } from "../support/eventually.js";
import { buttonwood, Exchange } from "../support/exchange.js";
import { SignedClient } from "../support/signed-client.js";
import { checkJournal, isOpen, type JournalState } from "./journal-checker.js";
import { LoadClient, type Request, randomOf, type Target } from "./load.js";

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  /** Called after every round. */
  readonly onRound?: (report: KillReport) => void;
}

export interface KillReport {
  round: number;
  acknowledged: number;
  unanswered: number;
  /** Of the unanswered orders, those that were on disk already: sent again, they must not take effect again. */
  unansweredButTaken: number;
  trades: number;
  lost: number;
  doubled: number;
  verifyFailures: number;
  readonly problems: string[];
}

const CLIENTS_PER_ACCOUNT = 4;
/** A round lasts for so many answers, however fast the machine is, and then for a moment more. */
const ANSWERS_MIN = 40;
const ANSWERS_MAX = 400;
const MOMENT_MS_MAX = 20;
const ACCOUNTS = ["alice", "bob"] as const;

export async function killAgainAndAgain(options: KillOptions): Promise<KillReport> {
  const random = randomOf(options.seed);
  const report: KillReport = {
    round: 0,
    acknowledged: 0,
    unanswered: 0,
    unansweredButTaken: 0,
    trades: 0,
    lost: 0,
    doubled: 0,
    verifyFailures: 0,
    problems: [],
  };
  const exchange = await Exchange.start();
  try {
    await exchange.takeUnlimitedKeys();
    const prices = await openingPrices(exchange);
    const clients = ACCOUNTS.flatMap((account, a) =>
      Array.from(
        { length: CLIENTS_PER_ACCOUNT },
        (_, i) => new LoadClient(`k${a}${i}`, account, prices, randomOf(options.seed * 100 + a * 10 + i + 1)),
      ),
    );
    while (report.round < options.kills) {
      report.round++;
      let stopped = false;
      const running = clients.map((client) => client.run(exchange, () => stopped));
      const enough = answeredBy(clients) + ANSWERS_MIN + random() * (ANSWERS_MAX - ANSWERS_MIN);
      await eventually("enough answers", () => (answeredBy(clients) >= enough ? true : undefined));
      await pause(random() * MOMENT_MS_MAX);
      await exchange.kill();
      stopped = true;
      await Promise.all(running);
      await checkAfterKill(exchange, clients, report);
      await exchange.restart();
      for (const client of clients) report.unanswered += await client.repeat(exchange);
      await checkAnswers(exchange, clients, report);
      options.onRound?.(report);
    }
    const code = await exchange.stop();
    if (code !== 0) report.problems.push(`stopped with code ${code}`);
    await checkAfterKill(exchange, clients, report);
  } finally {
    await exchange.remove();
  }
  return report;
}

function answeredBy(clients: readonly LoadClient[]): number {
  return clients.reduce(
    (sum, client) => sum + client.requests.filter((request) => request.answer !== undefined).length,
    0,
  );
}

/** Whole prices near which the markets of a first start can be traded. */
export async function openingPrices(
  exchange: Target,
  symbols: readonly string[] = ["BTCUSDT", "ETHUSDT"],
): Promise<Map<string, number>> {
  const client = new SignedClient(exchange.url, exchange.keys.alice, 1);
  const prices = new Map<string, number>();
  for (const symbol of symbols) {
    const { body } = await client.public("/api/v3/avgPrice", { symbol });
    prices.set(symbol, Math.round(Number(body.price)));
  }
  client.close();
  return prices;
}

/** Everything that was answered, against what a journal holds. */
export function compareAll(
  requests: readonly Request[],
  journal: JournalState,
  report: Pick<KillReport, "lost" | "doubled" | "acknowledged" | "problems">,
): void {
  report.problems.push(...journal.problems);
  report.acknowledged = requests.filter((request) => request.answer !== undefined).length;
  report.doubled = [...journal.accepted.values()].filter((orders) => orders.length > 1).length;
  for (const request of requests) compare(request, journal, report);
}

/** The journal as it lies on disk against all that was acknowledged so far. */
async function checkAfterKill(
  exchange: Exchange,
  clients: readonly LoadClient[],
  report: KillReport,
): Promise<void> {
  const journal = checkJournal(exchange.data);
  report.trades = journal.trades;
  compareAll(
    clients.flatMap((client) => client.requests),
    journal,
    report,
  );
  for (const request of clients.flatMap((client) => client.requests)) {
    const key = `${journal.accounts.get(request.account)}/${request.clientOrderId}`;
    if (request.answer === undefined && request.kind === "place" && journal.accepted.has(key)) {
      report.unansweredButTaken++;
    }
  }
  const verify = await buttonwood("verify", "--data", exchange.data);
  if (verify.code !== 0) {
    report.verifyFailures++;
    report.problems.push(
      `round ${report.round}: verify ended with ${verify.code}: ${verify.stderr}${verify.stdout}`,
    );
  }
}

/** One answered request: what was said must stand in the journal. */
function compare(
  request: Request,
  journal: JournalState,
  report: Pick<KillReport, "lost" | "problems">,
): void {
  const { answer } = request;
  if (answer === undefined) return;
  const account = journal.accounts.get(request.account);
  const ids = journal.accepted.get(`${account}/${request.clientOrderId}`) ?? [];
  const said = `${request.kind} ${request.clientOrderId} was answered ${JSON.stringify(answer)}`;
  const lose = (why: string): void => {
    report.lost++;
    report.problems.push(`${said}, but ${why}`);
  };
  if (answer.status !== 200) {
    if (request.kind === "place" && ids.length > 0) report.problems.push(`${said}, but the order was taken`);
    return;
  }
  const order = journal.orders.get(answer.orderId ?? 0);
  if (order === undefined || !ids.includes(order.orderId)) {
    lose("the journal does not hold it");
    return;
  }
  if (request.kind === "cancel" && order.status !== "CANCELED") lose(`the order is ${order.status}`);
  if (answer.orderStatus !== undefined && answer.orderStatus !== order.status) {
    const wasOpen = answer.orderStatus === "NEW" || answer.orderStatus === "PARTIALLY_FILLED";
    if (!wasOpen) lose(`the order is ${order.status}`);
  }
  const market = journal.markets.get(order.market)!;
  const decimals = journal.assets.get(market.base)!.decimals;
  const executed = BigInt(order.executedLots) * market.lotUnits * 10n ** BigInt(12 - decimals);
  if (units(answer.executedQty ?? "0") > executed) lose("less was executed than was said");
}

/** What the API tells after the restart against the journal: balances, open orders, single orders. */
async function checkAnswers(
  exchange: Exchange,
  clients: readonly LoadClient[],
  report: KillReport,
): Promise<void> {
  for (const name of ACCOUNTS) {
    const client = new SignedClient(exchange.url, exchange.keys[name], 4);
    const account = (await client.signed("GET", "/api/v3/account")).body;
    const open = (await client.signed("GET", "/api/v3/openOrders")).body;
    // Nobody trades now: a copy of the running exchange's journal is complete.
    const journal = checkJournal(exchange.data);
    const number = journal.accounts.get(name);
    for (const [asset, { name: assetName, decimals }] of journal.assets) {
      const held = journal.balances.get(`${number}/${asset}`) ?? { free: 0n, locked: 0n };
      const told = account.balances.find((entry: { asset: string }) => entry.asset === assetName);
      const scale = 10n ** BigInt(12 - decimals);
      if (
        units(told?.free ?? "0") !== held.free * scale ||
        units(told?.locked ?? "0") !== held.locked * scale
      ) {
        report.problems.push(`${name}'s ${assetName}: ${JSON.stringify(told)} is not the journal's`);
      }
    }
    const expected = [...journal.orders.values()]
      .filter((order) => order.account === number && isOpen(order))
      .map((order) => order.orderId)
      .sort((a, b) => a - b);
    const shown = open
      .map((order: { orderId: number }) => order.orderId)
      .sort((a: number, b: number) => a - b);
    if (JSON.stringify(expected) !== JSON.stringify(shown)) {
      report.problems.push(`${name}'s open orders are ${shown}, the journal's ${expected}`);
    }
    const placed = clients
      .filter((entry) => entry.account === name)
      .flatMap((entry) =>
        entry.requests
          .filter((request) => request.kind === "place" && request.answer?.status === 200)
          .slice(-5),
      );
    for (const request of placed) {
      const told = await client.signed("GET", "/api/v3/order", {
        symbol: String(request.parameters.symbol),
        origClientOrderId: request.clientOrderId,
      });
      const order = journal.orders.get(request.answer?.orderId ?? 0);
      if (told.body.orderId !== order?.orderId || told.body.status !== order?.status) {
        report.problems.push(`${request.clientOrderId}: the API tells ${JSON.stringify(told.body)}`);
      }
    }
    client.close();
  }
}

import {
  type Command,
  OrderType,
  Reason,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from "@buttonwood/protocol";
import { recover } from "../../engine/recovery.js";
import { simulatedCores } from "../cores.js";
import { poisonable } from "../poison-core.js";
import { SimSnapshots } from "../sim-snapshots.js";
import type { Cluster } from "./cluster.js";
import { GOLD, USD } from "./cluster-plan.js";
import type { EngineProcess } from "./engine-process.js";
import { Host } from "./host.js";
import { openReader } from "./process-links.js";
import type { ProjectionProcess } from "./projection-process.js";
import type { Trader } from "./trader.js";

/** Opens every market and account again, and cancels every order. */
export async function clearUp({ plan }: Cluster, traders: readonly Trader[]): Promise<void> {
  const operator = traders[0]!;
  const markets = plan.markets.map(
    ({ market }): Command => ({ kind: "SET_MARKET_STATUS", account: 0, market, status: 0 }),
  );
  const accounts = plan.accounts.map(
    (account): Command => ({ kind: "SET_ACCOUNT_STATUS", account, status: 0 }),
  );
  await Promise.all([...markets, ...accounts].map((command) => insist(operator, command)));
  await Promise.all(
    traders.map((trader) =>
      insist(trader, { kind: "CANCEL_ALL", account: trader.account, market: -1, side: -1 }),
    ),
  );
}

/**
 * Whatever an account has free, wherever it lies, is enough for an order that needs all of it on any partition: there
 * nothing else of it is in motion, and nothing fails.
 */
export async function useAllFunds(cluster: Cluster, trader: Trader): Promise<void> {
  const { world, plan, audit, map } = cluster;
  const { account } = trader;
  for (const asset of [USD, GOLD]) {
    const amount = audit.funds.free(account, asset);
    if (amount === 0) continue;
    const freeAt = (symbol: string): number =>
      audit.funds.freeOn(map.partitionOfMarket(symbol), account, asset);
    const { market } = [...plan.markets].sort((a, b) => freeAt(a.symbol) - freeAt(b.symbol))[0]!;
    const isBuy = asset === USD;
    const outcome = await insist(trader, {
      kind: "NEW_ORDER",
      account,
      order: {
        market,
        side: isBuy ? Side.BUY : Side.SELL,
        type: OrderType.LIMIT_MAKER,
        timeInForce: TimeInForce.GTC,
        selfTradePrevention: SelfTradePrevention.NONE,
        priceTicks: isBuy ? 1 : 1_000,
        stopTicks: 0,
        lots: amount,
        quoteAmount: 0,
        clientOrderId: `all-${account}-${asset}`,
      },
    });
    if (outcome.reason !== Reason.OK) {
      world.fail(
        `account ${account} has ${amount} of asset ${asset} free, but an order for it is refused: ${outcome.reason}`,
      );
    }
  }
  await trader.ask();
}

/** Sends what may be sent again by its sender's will, until it is answered. */
async function insist(trader: Trader, command: Command) {
  for (;;) {
    const outcome = await trader.send(command);
    if (outcome !== undefined) return outcome;
  }
}

/** The core that an engine works with is where its partition's journal is, and as the plain reference says. */
export function checkCore(cluster: Cluster, engine: EngineProcess): void {
  const { world, audit } = cluster;
  const { sequence, digest } = audit.partition(engine.partition);
  const { core, host } = engine;
  if (core?.sequence === sequence && core.stateDigest() === digest) return;
  world.fail(
    `${host.name} (${engine.node?.state}) stands at sequence ${core?.sequence} with digest ${core?.stateDigest()}, not at ${sequence} with ${digest}`,
  );
}

/** The query tables hold what the journal's events say. */
export async function checkTables({ world, audit }: Cluster, projection: ProjectionProcess): Promise<void> {
  const { partition, tables } = projection;
  const wrong = await audit.tables(partition).compare(tables);
  if (wrong !== undefined) world.fail(`partition ${partition}: the query table ${wrong}`);
}

/** What is recovered from a snapshot (0 = none) and the journal behind it is what the plain reference says. */
export async function checkRecovery(
  cluster: Cluster,
  engine: EngineProcess,
  sequence: number,
): Promise<void> {
  const { world, plan, audit, map } = cluster;
  const { partition } = engine;
  const host = new Host(world, `checker of ${engine.host.name}`);
  const all = new SimSnapshots(engine.folder, host.start());
  const name = `${engine.host.name} from snapshot ${sequence}`;
  try {
    const { core } = await recover({
      journal: openReader(cluster, host, partition),
      snapshots: {
        save: () => Promise.reject(new Error("nothing is saved here")),
        list: async () => (await all.list()).filter((snapshot) => snapshot.sequence === sequence),
        load: (at) => all.load(at),
      },
      cores: poisonable(cluster.plant.cores?.(plan.config, host) ?? simulatedCores(plan.config)),
      partition: { number: partition, mapHash: map.hash },
      onDamagedSnapshot() {},
    });
    const { digest } = audit.partition(partition);
    if (core.stateDigest() !== digest) {
      world.fail(`recovery of ${name}: the state digest is ${core.stateDigest()}, not ${digest}`);
    }
  } catch (error) {
    world.fail(`recovery of ${name}: ${(error as Error).message}`);
  }
}

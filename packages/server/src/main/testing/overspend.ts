import assert from "node:assert/strict";
import { Random } from "@buttonwood/core/reference";
import { type Command, Reason } from "@buttonwood/protocol";
import type { RoutingEngineClient } from "../../cluster/routing/routing-engine-client.js";
import {
  deposit,
  GOLD,
  listAsset,
  listMarket,
  newOrder,
  openAccount,
  USD,
} from "../../cluster/routing/testing/commands.js";
import type { EngineClient } from "../../transport/engine-port.js";
import { TestPartitions } from "./test-partitions.js";

const SYMBOLS = ["AAA", "BBB", "CCC"];
const CLIENTS = 10;
const GATEWAYS = 3;
const BALANCE = 1_000;
const COST_MAX = 150;

export interface Overspent {
  readonly taken: number;
  readonly refused: number;
}

/**
 * In each round, ten clients of a new account fire orders at all partitions at once, through three gateways, for
 * twice what it has. Throws when a unit too much is spent, an order is not answered, or one is refused that could
 * have been funded.
 */
export async function overspend(rounds: number, seed: number): Promise<Overspent> {
  const random = new Random(seed);
  const cluster = await TestPartitions.start(SYMBOLS.map((symbol) => [symbol]));
  const sum = { taken: 0, refused: 0 };
  try {
    const gateways = await Promise.all(
      Array.from({ length: GATEWAYS }, () => cluster.gateway((client) => unhurried(client, random))),
    );
    await must(gateways[0]!, listAsset(USD, "USD"), listAsset(GOLD, "GOLD"));
    for (const [market, symbol] of SYMBOLS.entries()) await must(gateways[0]!, listMarket(market, symbol));
    for (let account = 1; account <= rounds; account++) {
      const { taken, refused } = await round(account, gateways, random);
      sum.taken += taken;
      sum.refused += refused;
    }
    return sum;
  } finally {
    await cluster.close();
  }
}

async function round(
  account: number,
  gateways: readonly RoutingEngineClient[],
  random: Random,
): Promise<Overspent> {
  await must(gateways[0]!, openAccount(account), deposit(account, USD, BALANCE));
  const costs: number[] = [];
  for (let left = 2 * BALANCE; left > 0; left -= costs.at(-1)!) {
    costs.push(Math.min(left, random.integer(1, COST_MAX)));
  }
  const taken: number[] = [];
  const refused: number[] = [];
  // Each client sends one order after the other, all of them at once.
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      for (let i = client; i < costs.length; i += CLIENTS) {
        const market = random.integer(0, SYMBOLS.length - 1);
        const order = newOrder(account, market, { lots: costs[i]!, priceTicks: 1 });
        const { reason } = await gateways[client % GATEWAYS]!.submit(order);
        assert.ok(reason === Reason.OK || reason === Reason.INSUFFICIENT_BALANCE, `reason ${reason}`);
        (reason === Reason.OK ? taken : refused).push(costs[i]!);
      }
    }),
  );
  assert.equal(taken.length + refused.length, costs.length);
  const locked = taken.reduce((total, cost) => total + cost, 0);
  const [usd] = await random.pick(gateways).query({ kind: "balances", account });
  assert.deepEqual(usd, { asset: USD, free: BALANCE - locked, locked });
  // What was refused once would be refused again: there was never less free than at the end.
  for (const cost of refused) {
    assert.ok(
      cost > BALANCE - locked,
      `${cost} was refused, though ${BALANCE - locked} were free to the end`,
    );
  }
  return { taken: taken.length, refused: refused.length };
}

async function must(gateway: RoutingEngineClient, ...commands: readonly Command[]): Promise<void> {
  for (const command of commands) assert.equal((await gateway.submit(command)).reason, Reason.OK);
}

/** An engine that answers some questions late, so that partitions are read at very different moments. */
function unhurried(client: EngineClient, random: Random): EngineClient {
  return {
    get inFlight() {
      return client.inFlight;
    },
    submit: (command) => client.submit(command),
    async query(query) {
      if (query.kind === "funds" && random.chance(0.3)) {
        await new Promise((resolve) => setTimeout(resolve, random.integer(1, 8)));
      }
      return client.query(query);
    },
    close: () => client.close(),
  };
}

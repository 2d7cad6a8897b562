import { formatDecimal, SUPPLY_MAX } from "@buttonwood/protocol";
import type { LoadKey } from "../api-bench/plan.js";
import { type Flow, PRICE, RECORD_WORDS } from "../flow/ofl.js";

/** Decimals of the quote asset and of a tick: prices read like dollars and cents. */
export const PRICE_DECIMALS = 2;

/** Most open orders of one account on one market that a market may be listed with. */
const OPEN_ORDERS_MAX = 1_000_000;

/** What a replay asks of an operator: listings, accounts, funds and keys. */
export interface ReplayOperator {
  assets(): Promise<readonly { readonly name: string }[]>;
  listAsset(name: string, decimals: number): Promise<unknown>;
  listMarket(listing: object): Promise<unknown>;
  openAccount(name: string): Promise<unknown>;
  deposit(transfer: {
    readonly account: string;
    readonly asset: string;
    readonly amount: string;
    readonly reference: string;
  }): Promise<unknown>;
  createKey(key: {
    readonly account: string;
    readonly label: string;
    readonly scopes: readonly string[];
    readonly rateLimits: "none";
  }): Promise<LoadKey>;
}

/** Where a flow is played: markets of its own, one account that buys and one that sells. */
export interface Stage {
  /** Symbol of each of the flow's books. */
  readonly symbols: readonly string[];
  /** Keys of the buying and of the selling account. */
  readonly keys: readonly [buyer: LoadKey, seller: LoadKey];
}

/**
 * Lists fresh markets with the widest filters and no fees, and opens two accounts with all the funds that there
 * may be. Two accounts, so that each trade stands once in either one's history.
 */
export async function setStage(operator: ReplayOperator, flow: Flow): Promise<Stage> {
  // Assets are never delisted, so their count makes a number that no earlier replay has used.
  const number = (await operator.assets()).length;
  const base = `LOT${number}`;
  const quote = `TICK${number}`;
  await operator.listAsset(base, 0);
  await operator.listAsset(quote, PRICE_DECIMALS);
  const symbols = Array.from({ length: flow.symbols }, (_, i) =>
    flow.symbols === 1 ? `REPLAY${number}` : `REPLAY${number}.${i}`,
  );
  const referencePrice = formatDecimal(flow.records[PRICE] ?? 1, PRICE_DECIMALS);
  for (const symbol of symbols) {
    await operator.listMarket({
      symbol,
      baseAsset: base,
      quoteAsset: quote,
      tickSize: formatDecimal(1, PRICE_DECIMALS),
      stepSize: "1",
      referencePrice,
      makerFee: "0",
      takerFee: "0",
      maxOpenOrders: OPEN_ORDERS_MAX,
    });
  }
  const account = async (name: string, asset: string, amount: string): Promise<LoadKey> => {
    await operator.openAccount(name);
    await operator.deposit({ account: name, asset, amount, reference: `${name} begins` });
    return operator.createKey({
      account: name,
      label: "replay",
      scopes: ["READ", "TRADE"],
      rateLimits: "none",
    });
  };
  const buyer = await account(`replay${number}-buyer`, quote, formatDecimal(SUPPLY_MAX, PRICE_DECIMALS));
  const seller = await account(`replay${number}-seller`, base, String(SUPPLY_MAX));
  return { symbols, keys: [buyer, seller] };
}

/** How many commands a flow has. */
export function commandCount(flow: Flow): number {
  return flow.records.length / RECORD_WORDS;
}

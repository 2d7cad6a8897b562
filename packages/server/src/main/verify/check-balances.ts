import {
  Contingency,
  ORDERS_PER_COMMAND,
  type OrderState,
  OrderStatus,
  OrderType,
  Side,
} from "@buttonwood/protocol";
import type { DeterministicCore } from "../../engine/deterministic-core.js";
import type { Catalog } from "../../transport/engine-port.js";
import type { EventTally } from "./event-tally.js";
import type { CheckList } from "./report.js";

/** Problems named at most, so that a damaged journal does not fill the screen. */
const NAMED_MAX = 5;

/** Compares the ledger at the journal's end with the events alone, and with the open orders that lock funds. */
export function checkBalances(core: DeterministicCore, tally: EventTally, list: CheckList): void {
  const catalog = core.catalog();
  const assetName = (asset: number): string => catalog.assets[asset]?.name ?? `asset ${asset}`;
  const sums = new Map<number, bigint>();
  const negative: string[] = [];
  const unreported: string[] = [];
  const holdsDiffer: string[] = [];
  let balances = 0;
  let orders = 0;
  for (const { account, name } of catalog.accounts) {
    const holds = holdsOf(core, catalog, account);
    orders += holds.orders;
    const seen = new Set<number>();
    for (const { asset, free, locked } of core.balances(account)) {
      balances++;
      seen.add(asset);
      const where = `${name} (account ${account}), ${assetName(asset)}`;
      sums.set(asset, (sums.get(asset) ?? 0n) + BigInt(free) + BigInt(locked));
      if (free < 0 || locked < 0) negative.push(`${where}: free ${free}, locked ${locked}`);
      const reported = tally.balance(account, asset);
      if (reported.free !== free || reported.locked !== locked) {
        unreported.push(
          `${where}: the ledger holds ${free} free and ${locked} locked, the events last said ${reported.free} and ${reported.locked}`,
        );
      }
      const hold = holds.byAsset.get(asset) ?? 0n;
      if (hold !== BigInt(locked)) {
        holdsDiffer.push(`${where}: ${locked} locked, but open orders need ${hold}`);
      }
    }
    for (const [asset, hold] of holds.byAsset) {
      if (!seen.has(asset) && hold !== 0n) {
        holdsDiffer.push(
          `${name} (account ${account}), ${assetName(asset)}: 0 locked, but open orders need ${hold}`,
        );
      }
    }
  }
  const unequal = catalog.assets
    .map(({ asset }) => ({ asset, sum: sums.get(asset) ?? 0n, supply: tally.supply.get(asset) ?? 0n }))
    .filter(({ sum, supply }) => sum !== supply)
    .map(
      ({ asset, sum, supply }) =>
        `${assetName(asset)}: all accounts together hold ${sum}, but ${supply} came in and did not go out`,
    );
  const judge = (name: string, problems: readonly string[], checked: string): void => {
    if (problems.length === 0) list.passed(name, checked);
    else list.failed(name, shortened(problems));
  };
  judge(
    "what all accounts hold = what came in − what went out",
    unequal,
    `${catalog.assets.length} assets, ${catalog.accounts.length} accounts, fees included`,
  );
  judge(
    "transfers with other partitions are numbered without a gap",
    tally.gaps,
    `${tally.transfers} transfers`,
  );
  judge("no balance is negative", negative, `${balances} balances`);
  judge("balances = what the events last said", unreported, `${balances} balances`);
  judge("locked funds = what open orders need", holdsDiffer, `${orders} open orders`);
}

function shortened(problems: readonly string[]): string {
  const more = problems.length - NAMED_MAX;
  return problems.slice(0, NAMED_MAX).join("; ") + (more > 0 ? `; and ${more} more` : "");
}

/** What an account's open orders must have locked, by the rule of holds. */
function holdsOf(
  core: DeterministicCore,
  catalog: Catalog,
  account: number,
): { readonly byAsset: Map<number, bigint>; readonly orders: number } {
  const byAsset = new Map<number, bigint>();
  const orders = core.openOrders(account, -1);
  /** What the pairs of lists hold: of two orders the dearer one's need, once. */
  const ofPairs = new Map<string, { readonly asset: number; readonly amount: bigint }>();
  for (const order of orders) {
    if (holdsNothing(order)) continue;
    const market = catalog.markets[order.market]!;
    const remaining = BigInt(order.lots - order.executedLots - order.preventedLots);
    const base = catalog.assets[market.baseAsset]!;
    const quote = catalog.assets[market.quoteAsset]!;
    let asset: number;
    let units: bigint;
    if (order.side === Side.SELL) {
      asset = market.baseAsset;
      units = scaled(BigInt(market.lotMantissa), base.decimals - market.lotDecimals);
    } else {
      asset = market.quoteAsset;
      const places = quote.decimals - market.tickDecimals - market.lotDecimals;
      const mantissas = BigInt(market.tickMantissa) * BigInt(market.lotMantissa);
      const tickLotUnits = scaled(mantissas, places);
      const byStop = order.type === OrderType.STOP_LOSS || order.type === OrderType.TAKE_PROFIT;
      units = BigInt(byStop ? order.stopTicks : order.priceTicks) * tickLotUnits;
    }
    const amount = remaining * units;
    const pair = pairOf(order);
    if (pair === undefined) byAsset.set(asset, (byAsset.get(asset) ?? 0n) + amount);
    else if (amount > (ofPairs.get(pair)?.amount ?? 0n)) ofPairs.set(pair, { asset, amount });
  }
  for (const { asset, amount } of ofPairs.values()) byAsset.set(asset, (byAsset.get(asset) ?? 0n) + amount);
  return { byAsset, orders: orders.length };
}

/** Pending orders of lists, and trailing buys of which nobody knows yet what they will pay. */
function holdsNothing({ status, side, priceTicks, terms }: OrderState): boolean {
  const isUnpriced = (terms?.trailingBips ?? 0) > 0 && priceTicks === 0 && side === Side.BUY;
  return status === OrderStatus.PENDING_NEW || isUnpriced;
}

/** A name of the pair that an order is of; undefined when it is in none. The two hold what one of them needs. */
function pairOf({ orderId, market, terms }: OrderState): string | undefined {
  if (terms === undefined || terms.contingency === 0 || terms.contingency === Contingency.OTO)
    return undefined;
  const isWorking = terms.contingency === Contingency.OTOCO && terms.leg === 0;
  return isWorking ? undefined : `${market} ${Math.floor(orderId / ORDERS_PER_COMMAND)}`;
}

/** `mantissa × 10^places`; exact, since a market is only listed when it is a whole number. */
function scaled(mantissa: bigint, places: number): bigint {
  return places >= 0 ? mantissa * 10n ** BigInt(places) : mantissa / 10n ** BigInt(-places);
}

import {
  type Command,
  Contingency,
  lotUnitsOf,
  type MarketFields,
  type NewOrderFields,
  type OrderState,
  Side,
  tickLotUnitsOf,
} from "@buttonwood/protocol";

/** What a command needs to be free, in one asset. */
export interface Need {
  readonly asset: number;
  /** In units. When it is not exact: as much as it will probably take. */
  readonly amount: number;
  /** Whether it is refused with less, and taken with this. */
  readonly isExact: boolean;
}

/** A market with what a lot is worth, in units. */
export interface ListedMarket extends MarketFields {
  /** Of the base asset in a lot. */
  readonly lotUnits: number;
  /** Of the quote asset in a lot at one tick. */
  readonly tickLotUnits: number;
}

/** A market of a catalog, with the decimals of its two assets. */
export function listedMarket(
  fields: MarketFields,
  assets: readonly { readonly decimals: number }[],
): ListedMarket {
  return {
    ...fields,
    lotUnits: lotUnitsOf(fields, assets[fields.baseAsset]!.decimals),
    tickLotUnits: tickLotUnitsOf(fields, assets[fields.quoteAsset]!.decimals),
  };
}

/** A market order's price may move while its funds are on the way: this much more is asked for, as a share. */
const PRICE_MARGIN = 0.02;

/**
 * What a new order needs, as the core counts it when it checks funds. `bestTicks` is the best price of the other
 * side, 0 when it isn't known: a market order then asks for all that is free.
 */
export function needOfOrder(order: NewOrderFields, market: ListedMarket, bestTicks: number): Need {
  const { priceTicks, stopTicks, lots, quoteAmount } = order;
  if (order.side === Side.SELL) {
    const asset = market.baseAsset;
    if (lots > 0) return { asset, amount: lots * market.lotUnits, isExact: true };
    // By quote amount: the lots that it fills are not known before.
    const lotsLikely = Math.floor(quoteAmount / (bestTicks * market.tickLotUnits));
    return { asset, amount: likely(lotsLikely * market.lotUnits), isExact: false };
  }
  const asset = market.quoteAsset;
  const ticks = priceTicks > 0 ? priceTicks : stopTicks;
  if (ticks > 0) return { asset, amount: ticks * lots * market.tickLotUnits, isExact: true };
  // It spends its quote amount at most, and less on a thin book.
  if (lots === 0) return { asset, amount: quoteAmount, isExact: false };
  const quoteLikely = bestTicks === 0 ? Number.POSITIVE_INFINITY : bestTicks * lots * market.tickLotUnits;
  return { asset, amount: likely(quoteLikely), isExact: false };
}

const likely = (amount: number): number => Math.ceil(amount * (1 + PRICE_MARGIN));

/** What moving an open order needs beyond what it holds already; the order may fill before it is moved. */
export function needOfMove(
  move: Command & { readonly kind: "MOVE_ORDER" },
  order: OrderState,
  market: ListedMarket,
): Need {
  const remaining = order.lots - order.executedLots - order.preventedLots;
  const lots = move.lots === 0 ? remaining : move.lots;
  if (order.side === Side.SELL) {
    const amount = Math.max(1, (lots - remaining) * market.lotUnits);
    return { asset: market.baseAsset, amount, isExact: false };
  }
  const ticks = move.priceTicks * lots - order.priceTicks * remaining;
  return { asset: market.quoteAsset, amount: Math.max(1, ticks * market.tickLotUnits), isExact: false };
}

/**
 * What a list needs when it is taken: of an OCO the larger need of its two orders, else what its working order needs.
 * What is pending takes its funds from its own partition when its turn comes.
 */
export function needOfList(list: Command & { readonly kind: "ORDER_LIST" }, market: ListedMarket): Need {
  const working = list.contingency === Contingency.OCO ? list.legs : list.legs.slice(0, 1);
  const needs = working.map((order) => needOfOrder(order, market, 0));
  return needs.reduce((most, need) => (need.amount > most.amount ? need : most));
}

/** Commands of a small exchange, for tests. */
import {
  type Command,
  type NewOrderFields,
  OrderType,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from "@buttonwood/protocol";

export const USD = 0;
export const GOLD = 1;

export const listAsset = (asset: number, name: string): Command => ({
  kind: "LIST_ASSET",
  account: 0,
  asset,
  decimals: 0,
  name,
});

/** A market of GOLD in USD, where a lot at one tick costs one unit. */
export const listMarket = (market: number, symbol: string): Command => ({
  kind: "LIST_MARKET",
  account: 0,
  market,
  symbol,
  baseAsset: GOLD,
  quoteAsset: USD,
  referenceTicks: 100,
  tickMantissa: 1,
  tickDecimals: 0,
  lotMantissa: 1,
  lotDecimals: 0,
  priceTicksMin: 1,
  priceTicksMax: 1_000_000,
  lotsMin: 1,
  lotsMax: 1_000_000,
  marketLotsMax: 1_000_000,
  notionalMin: 0,
  notionalMax: 2 ** 50,
  makerFeePpm: 0,
  takerFeePpm: 100_000,
  openOrdersMax: 1_000,
  stopOrdersMax: 10,
  bidDownPpm: 0,
  bidUpPpm: 0,
  askDownPpm: 0,
  askUpPpm: 0,
});

export const openAccount = (account: number): Command => ({
  kind: "OPEN_ACCOUNT",
  account,
  name: `account ${account}`,
});

export const deposit = (account: number, asset: number, amount: number, reference = "begin"): Command => ({
  kind: "DEPOSIT",
  account,
  asset,
  amount,
  reference,
});

export const withdraw = (account: number, asset: number, amount: number, reference = "end"): Command => ({
  kind: "WITHDRAW",
  account,
  asset,
  amount,
  reference,
});

let ids = 0;

export const orderFields = (market: number, fields: Partial<NewOrderFields> = {}): NewOrderFields => ({
  market,
  side: Side.BUY,
  type: OrderType.LIMIT,
  timeInForce: TimeInForce.GTC,
  selfTradePrevention: SelfTradePrevention.NONE,
  priceTicks: 10,
  stopTicks: 0,
  lots: 1,
  quoteAmount: 0,
  clientOrderId: `o${++ids}`,
  ...fields,
});

export const newOrder = (
  account: number,
  market: number,
  fields: Partial<NewOrderFields> = {},
  deadlineUs = 0,
): Command => ({ kind: "NEW_ORDER", account, deadlineUs, order: orderFields(market, fields) });

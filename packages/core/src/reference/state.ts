import {
  type AccountStatus,
  type BandFields,
  type Contingency,
  type Event,
  type MarketFields,
  type MarketStatus,
  type OrderState,
  type OrderStatus,
  type OrderTermsState,
  OrderType,
  Side,
} from "@buttonwood/protocol";

/** How much the reference holds before it answers CAPACITY_REACHED. */
export interface ReferenceConfig {
  /** Makers that one match may deal with. */
  readonly fillsMax: number;
  /** Open orders of all accounts and markets together. */
  readonly openOrdersMax: number;
  /** Remembered client ids and payment references. */
  readonly rememberedIdsMax: number;
  /** Accounts, the house included. */
  readonly accountsMax: number;
  readonly assetsMax: number;
  readonly marketsMax: number;
  /** Transfers to one other partition that wait for its acknowledgement. */
  readonly outboxMax: number;
  /** Open orders with terms or of a list. */
  readonly specialOrdersMax: number;
}

/** An open order, or the taker of the moment. `place` tells where it waits. */
export interface Order {
  readonly id: number;
  readonly account: number;
  readonly market: Market;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: OrderState["timeInForce"];
  readonly selfTradePrevention: OrderState["selfTradePrevention"];
  readonly stopTicks: number;
  readonly quoteAmount: number;
  readonly createdUs: number;
  readonly clientOrderId: string;
  priceTicks: number;
  lots: number;
  executedLots: number;
  /** Quote units traded. */
  executedQuote: number;
  preventedLots: number;
  /** Quote units that self-trade prevention took off an order by quote amount. */
  preventedQuote: number;
  workingUs: number;
  status: OrderStatus;
  /** Where it stands among all that ever joined a queue. */
  rank: number;
  place: "none" | "book" | "stops" | "trailing" | "pending";
  /**
   * False for an order that pays out of free funds (MARKET, a triggered STOP_LOSS or TAKE_PROFIT), that is pending,
   * whose price is not known, or whose pair's other order has the hold.
   */
  holds: boolean;
  /** Lots of an iceberg shown at a time; 0: all. */
  readonly displayLots: number;
  /** Of an iceberg in the book: what it shows now. */
  shownLots: number;
  readonly trailingBips: number;
  /** The best price of a trailing stop; 0: it does not track. */
  trailingTicks: number;
  /** 0: never. */
  readonly expiresUs: number;
  list: OrderList | undefined;
  readonly leg: number;
}

/** The orders of an ORDER_LIST. */
export interface OrderList {
  readonly id: number;
  readonly account: number;
  readonly market: number;
  readonly contingency: Contingency;
  readonly createdUs: number;
  readonly clientId: string;
  readonly clientOrderIds: readonly string[];
  /** What it does when one of its orders works or ends. */
  phase: "waits" | "pair" | "loose";
  /** Its open orders, each at its place. */
  readonly open: (Order | undefined)[];
}

/** A market and its queues: plain arrays, the next order to be met first. */
export interface Market {
  readonly fields: MarketFields;
  /** Base units of one lot. */
  readonly lotUnits: number;
  /** Quote units of one lot at a price of one tick. */
  readonly tickLotUnits: number;
  status: MarketStatus;
  makerFeePpm: number;
  takerFeePpm: number;
  lastPriceTicks: number;
  bands: Omit<BandFields, "market">;
  /** They were set after the listing. */
  areBandsSet: boolean;
  nextTradeId: number;
  /** Update id of the latest LEVEL. */
  updateId: number;
  readonly bids: Order[];
  readonly asks: Order[];
  /** Stops that wait for the price to rise, lowest first. */
  readonly risingStops: Order[];
  /** Stops that wait for the price to fall, highest first. */
  readonly fallingStops: Order[];
  /** Trailing stops and pending orders, in the order in which they came. */
  readonly trailingStops: Order[];
  readonly pending: Order[];
  /** Orders whose turn comes in this command. */
  readonly triggered: Order[];
}

export interface Asset {
  readonly decimals: number;
  readonly name: string;
  /** Deposits less withdrawals, and what was received less what was sent, in units. */
  supply: number;
}

export interface Balance {
  readonly account: number;
  readonly asset: number;
  free: number;
  locked: number;
}

/** A client order id (name space 0), a payment reference (1) or the client id of a list (2) that was used. */
export interface Remembered {
  readonly account: number;
  readonly nameSpace: 0 | 1 | 2;
  readonly id: string;
  readonly orderId: number;
  readonly fingerprint: number;
  timeUs: number;
}

/** A transfer that another partition has not acknowledged. */
export interface Transfer {
  readonly channelSequence: number;
  readonly account: number;
  readonly asset: number;
  readonly amount: number;
}

/** What is kept of another partition: numbers of the last transfers, and those that it has not acknowledged. */
export interface Channel {
  sent: number;
  acknowledged: number;
  received: number;
  readonly outbox: Transfer[];
}

/** Everything the exchange knows. */
export interface State {
  readonly config: ReferenceConfig;
  sequence: number;
  nowUs: number;
  rankCounter: number;
  readonly assets: Asset[];
  readonly markets: Market[];
  /** Status by account number; account 0 is the house. */
  readonly accounts: AccountStatus[];
  readonly balances: Map<number, Balance>;
  /** Open orders by id. */
  readonly orders: Map<number, Order>;
  /** By account, name space and id; in the order of their times, oldest first. */
  readonly remembered: Map<string, Remembered>;
  /** By the other partition. */
  readonly channels: Map<number, Channel>;
  /** Lists with an open order, by id. */
  readonly lists: Map<number, OrderList>;
  /** When all orders of an account will be canceled, µs. */
  readonly countdowns: Map<number, number>;
}

/** What one command yields after its RESULT: events in order, and the balances touched in order of first touch. */
export class Group {
  readonly events: Event[] = [];
  readonly touched = new Set<Balance>();

  push(event: Event): void {
    this.events.push(event);
  }
}

export const remainingLots = (order: Order): number => order.lots - order.executedLots - order.preventedLots;

/** What an order shows to others, or offers a taker. */
export const shownLots = (order: Order): number =>
  order.displayLots > 0 && order.place === "book" ? order.shownLots : remainingLots(order);

/** Whether an order has terms, or is of a list. */
export const isSpecial = (order: Order): boolean =>
  order.list !== undefined || order.displayLots > 0 || order.trailingBips > 0 || order.expiresUs > 0;

/** A trailing buy without a price: what it will pay is not known, so nothing is locked. */
export const isUnpriced = (order: Order): boolean =>
  order.trailingBips > 0 && order.priceTicks === 0 && order.side === Side.BUY;

export const isStopType = (type: OrderType): boolean =>
  type === OrderType.STOP_LOSS ||
  type === OrderType.STOP_LOSS_LIMIT ||
  type === OrderType.TAKE_PROFIT ||
  type === OrderType.TAKE_PROFIT_LIMIT;

/** MARKET, and the stops that become one: they take any price and never rest. */
export const isMarketType = (type: OrderType): boolean =>
  type === OrderType.MARKET || type === OrderType.STOP_LOSS || type === OrderType.TAKE_PROFIT;

/** Whether a stop waits for the price to rise to it (else: to fall). */
export function waitsForRise(side: Side, type: OrderType): boolean {
  const isStopLoss = type === OrderType.STOP_LOSS || type === OrderType.STOP_LOSS_LIMIT;
  return (side === Side.BUY) === isStopLoss;
}

/** The asset that an order gives. */
export const givenAsset = (order: Order): number =>
  order.side === Side.BUY ? order.market.fields.quoteAsset : order.market.fields.baseAsset;

/** The asset that an order receives. */
export const receivedAsset = (order: Order): number =>
  order.side === Side.BUY ? order.market.fields.baseAsset : order.market.fields.quoteAsset;

/**
 * What is locked for some lots of an order, in units of the asset that it gives. Exact up to 2^53; beyond, still
 * more than any balance, so that a comparison with one comes out right.
 */
export function holdOf(order: Order, lots: number): number {
  if (!order.holds) return 0;
  if (order.side === Side.SELL) return lots * order.market.lotUnits;
  return (order.priceTicks || order.stopTicks) * lots * order.market.tickLotUnits;
}

/** The queue an order's makers wait in. */
export const oppositeQueue = (order: Order): Order[] =>
  order.side === Side.BUY ? order.market.asks : order.market.bids;

/** Whether an order may trade at a price. */
export function acceptsPrice(order: Order, priceTicks: number): boolean {
  if (isMarketType(order.type)) return true;
  return order.side === Side.BUY ? priceTicks <= order.priceTicks : priceTicks >= order.priceTicks;
}

/** The order as events show it. */
export function orderState(order: Order): OrderState {
  return {
    orderId: order.id,
    account: order.account,
    market: order.market.fields.market,
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce,
    selfTradePrevention: order.selfTradePrevention,
    priceTicks: order.priceTicks,
    stopTicks: order.stopTicks,
    lots: order.lots,
    executedLots: order.executedLots,
    executedQuote: order.executedQuote,
    quoteAmount: order.quoteAmount,
    createdUs: order.createdUs,
    workingUs: order.workingUs,
    status: order.status,
    preventedLots: order.preventedLots,
    clientOrderId: order.clientOrderId,
    ...(isSpecial(order) ? { terms: termsOf(order) } : {}),
  };
}

const termsOf = (order: Order): OrderTermsState => ({
  contingency: order.list?.contingency ?? 0,
  leg: order.leg,
  displayLots: order.displayLots,
  trailingBips: order.trailingBips,
  trailingTicks: order.trailingTicks,
  expiresUs: order.expiresUs,
});

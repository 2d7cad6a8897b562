/** What a journal says happened, and whether it adds up: money, orders, trades. Shares no code with the exchange. */
import { type JournaledOrder, Kind, orderOf, type Record, readGroups } from "./journal-records.js";

export interface Market {
  readonly symbol: string;
  readonly base: number;
  readonly quote: number;
  readonly lotUnits: bigint;
  readonly tickLotUnits: bigint;
}

export interface JournalState {
  readonly sequence: number;
  readonly problems: readonly string[];
  readonly assets: ReadonlyMap<number, { readonly name: string; readonly decimals: number }>;
  readonly markets: ReadonlyMap<number, Market>;
  readonly accounts: ReadonlyMap<string, number>;
  /** By order id, as after the last event. */
  readonly orders: ReadonlyMap<number, JournaledOrder>;
  /** Order ids accepted under `account/client order id`: more than one is a doubled order. */
  readonly accepted: ReadonlyMap<string, readonly number[]>;
  /** By `account/asset`. */
  readonly balances: ReadonlyMap<string, { readonly free: bigint; readonly locked: bigint }>;
  readonly trades: number;
  /** Number of the last trade, by market. */
  readonly lastTrade: ReadonlyMap<number, number>;
  /** Deposits less withdrawals, by asset. */
  readonly paid: ReadonlyMap<number, bigint>;
  /** By the other partition, in order: `account/asset/amount`. */
  readonly sent: ReadonlyMap<number, readonly string[]>;
  readonly received: ReadonlyMap<number, readonly string[]>;
  /** By account, in order: all that its user stream must tell of its orders. */
  readonly orderEvents: ReadonlyMap<number, readonly OrderEvent[]>;
}

/** An event of an order, as the journal and a user stream tell it alike. */
export interface OrderEvent {
  readonly sequence: number;
  readonly orderId: number;
  readonly status: string;
  /** -1 = no trade. */
  readonly tradeId: number;
}

interface Fill {
  readonly tradeId: number;
  readonly order: JournaledOrder;
  readonly priceTicks: number;
  readonly lots: number;
}

const OPEN = new Set(["NEW", "PARTIALLY_FILLED"]);
const isOpen = (order: JournaledOrder): boolean => OPEN.has(order.status);

/** Takes the event groups of one journal in order, and says what they come to. */
export class JournalChecker {
  readonly problems: string[] = [];
  readonly assets = new Map<number, { name: string; decimals: number }>();
  readonly markets = new Map<number, Market>();
  readonly accounts = new Map<string, number>();
  readonly orders = new Map<number, JournaledOrder>();
  readonly accepted = new Map<string, number[]>();
  readonly balances = new Map<string, { free: bigint; locked: bigint }>();
  /** What came in less what went out, also from and to other partitions; and the sum of all balances; by asset. */
  readonly supply = new Map<number, bigint>();
  readonly paid = new Map<number, bigint>();
  readonly total = new Map<number, bigint>();
  readonly lastTrade = new Map<number, number>();
  readonly sent = new Map<number, string[]>();
  readonly received = new Map<number, string[]>();
  readonly orderEvents = new Map<number, OrderEvent[]>();
  trades = 0;

  group(events: readonly Record[]): void {
    const sequence = events[0]!.double(2);
    const where = `sequence ${sequence}`;
    const fills: Fill[] = [];
    for (const event of events) this.#event(event, sequence, where, fills);
    this.#trades(fills, where);
    for (const [asset, supply] of this.supply) {
      if ((this.total.get(asset) ?? 0n) !== supply) {
        this.problems.push(
          `${where}: balances of asset ${asset} sum to ${this.total.get(asset)}, not ${supply}`,
        );
      }
    }
  }

  #event(event: Record, sequence: number, where: string, fills: Fill[]): void {
    switch (event.kind) {
      case Kind.ACCEPTED: {
        const order = orderOf(event);
        const key = `${order.account}/${order.clientOrderId}`;
        this.accepted.set(key, [...(this.accepted.get(key) ?? []), order.orderId]);
        if (this.orders.has(order.orderId)) this.problems.push(`${where}: order ${order.orderId} again`);
        this.#order(order, sequence, where);
        break;
      }
      case Kind.FILLED: {
        const order = orderOf(event);
        fills.push({
          tradeId: event.double(30),
          order,
          priceTicks: event.word(37),
          lots: event.word(38),
        });
        this.#order(order, sequence, where, event.double(30));
        break;
      }
      case Kind.TRIGGERED:
      case Kind.CANCELED:
      case Kind.EXPIRED:
      case Kind.AMENDED:
      case Kind.PREVENTED:
        this.#order(orderOf(event), sequence, where);
        break;
      case Kind.BALANCE: {
        const asset = event.word(2);
        const key = `${event.subject}/${asset}`;
        const free = BigInt(event.double(4));
        const locked = BigInt(event.double(6));
        if (free < 0n || locked < 0n) this.problems.push(`${where}: balance ${key} is negative`);
        const before = this.balances.get(key) ?? { free: 0n, locked: 0n };
        this.balances.set(key, { free, locked });
        this.total.set(asset, (this.total.get(asset) ?? 0n) + free + locked - before.free - before.locked);
        break;
      }
      case Kind.DEPOSITED:
        this.#pay(event.word(2), BigInt(event.double(4)));
        break;
      case Kind.WITHDRAWN:
        this.#pay(event.word(2), -BigInt(event.double(4)));
        break;
      case Kind.TRANSFER_SENT:
        this.#transfer(event, this.sent, where);
        this.#supply(event.word(3), -BigInt(event.double(6)));
        break;
      case Kind.TRANSFER_RECEIVED:
        this.#transfer(event, this.received, where);
        this.#supply(event.word(3), BigInt(event.double(6)));
        break;
      case Kind.ASSET_LISTED:
        this.assets.set(event.word(2), { name: event.paddedText(4, 4), decimals: event.word(3) });
        break;
      case Kind.MARKET_LISTED:
        this.#market(event);
        break;
      case Kind.ACCOUNT_OPENED:
        this.accounts.set(event.text(3, event.word(2)), event.subject);
        break;
      default:
        break;
    }
  }

  #pay(asset: number, amount: bigint): void {
    this.paid.set(asset, (this.paid.get(asset) ?? 0n) + amount);
    this.#supply(asset, amount);
  }

  #supply(asset: number, amount: bigint): void {
    this.supply.set(asset, (this.supply.get(asset) ?? 0n) + amount);
  }

  /** Numbers of the transfers to and from each partition, gapless. */
  #transfer(event: Record, transfers: Map<number, string[]>, where: string): void {
    const other = event.word(2);
    const before = transfers.get(other) ?? [];
    if (event.double(4) !== before.length + 1) {
      this.problems.push(
        `${where}: transfer ${event.double(4)} with partition ${other} follows ${before.length}`,
      );
    }
    before.push(`${event.subject}/${event.word(3)}/${event.double(6)}`);
    transfers.set(other, before);
  }

  #order(order: JournaledOrder, sequence: number, where: string, tradeId = -1): void {
    const { account, orderId, status } = order;
    const told = this.orderEvents.get(account) ?? [];
    told.push({ sequence, orderId, status, tradeId });
    this.orderEvents.set(account, told);
    const before = this.orders.get(order.orderId);
    if (before !== undefined && !isOpen(before)) {
      this.problems.push(`${where}: order ${order.orderId} was ${before.status} and became ${order.status}`);
    }
    if (before !== undefined && order.executedLots < before.executedLots) {
      this.problems.push(`${where}: order ${order.orderId} lost executed quantity`);
    }
    this.orders.set(order.orderId, order);
  }

  #market(event: Record): void {
    // The words of LIST_MARKET from its sixth on stand from the second on here.
    const word = (index: number): number => event.word(index - 4);
    const base = word(7);
    const quote = word(8);
    const scale = (mantissa: number, exponent: number): bigint =>
      exponent >= 0
        ? BigInt(mantissa) * 10n ** BigInt(exponent)
        : BigInt(mantissa) / 10n ** BigInt(-exponent);
    this.markets.set(word(6), {
      symbol: event.paddedText(6, 5),
      base,
      quote,
      lotUnits: scale(word(17), this.assets.get(base)!.decimals - word(18)),
      tickLotUnits: scale(word(15) * word(17), this.assets.get(quote)!.decimals - word(16) - word(18)),
    });
  }

  /** Two sides to every trade: the same id, price and quantity, and gapless ids per market. */
  #trades(fills: readonly Fill[], where: string): void {
    if (fills.length % 2 !== 0) this.problems.push(`${where}: a trade with one side`);
    for (let i = 0; i + 1 < fills.length; i += 2) {
      const maker = fills[i]!;
      const taker = fills[i + 1]!;
      const market = maker.order.market;
      this.trades++;
      if (
        maker.tradeId !== taker.tradeId ||
        maker.priceTicks !== taker.priceTicks ||
        maker.lots !== taker.lots ||
        maker.order.side === taker.order.side ||
        market !== taker.order.market
      ) {
        this.problems.push(`${where}: trade ${maker.tradeId}'s sides differ`);
      }
      if (maker.tradeId !== (this.lastTrade.get(market) ?? 0) + 1) {
        this.problems.push(`${where}: trade ${maker.tradeId} follows ${this.lastTrade.get(market) ?? 0}`);
      }
      this.lastTrade.set(market, maker.tradeId);
      for (const side of [maker, taker]) {
        const limit = side.order.priceTicks;
        const within =
          limit === 0 || (side.order.side === "BUY" ? side.priceTicks <= limit : side.priceTicks >= limit);
        if (!within) this.problems.push(`${where}: trade ${side.tradeId} is beyond an order's limit`);
      }
    }
  }

  /** What is locked is what the open orders need, to the unit. */
  holds(): void {
    const needed = new Map<string, bigint>();
    for (const order of this.orders.values()) {
      if (!isOpen(order)) continue;
      const market = this.markets.get(order.market)!;
      const lots = BigInt(order.lots - order.executedLots - order.preventedLots);
      const ticks = BigInt(order.priceTicks || order.stopTicks);
      const buy = order.side === "BUY";
      const key = `${order.account}/${buy ? market.quote : market.base}`;
      const hold = buy ? ticks * lots * market.tickLotUnits : lots * market.lotUnits;
      needed.set(key, (needed.get(key) ?? 0n) + hold);
    }
    for (const [key, { locked }] of this.balances) {
      if (locked !== (needed.get(key) ?? 0n)) {
        this.problems.push(`${key}: ${locked} locked, but the open orders need ${needed.get(key) ?? 0n}`);
      }
    }
    for (const [key, orders] of this.accepted) {
      if (orders.length > 1) this.problems.push(`${key} was accepted as orders ${orders.join(", ")}`);
    }
  }

  /** To be called once, after the last group. */
  state(sequence: number): JournalState {
    this.holds();
    const { assets, markets, accounts, orders, accepted, balances, trades, lastTrade } = this;
    const { paid, sent, received, orderEvents } = this;
    return {
      sequence,
      problems: this.problems.slice(0, 20),
      assets,
      markets,
      accounts,
      orders,
      accepted,
      balances,
      trades,
      lastTrade,
      paid,
      sent,
      received,
      orderEvents,
    };
  }
}

/** Reads and checks the whole journal of a data folder. Problems are returned, damage is thrown. */
export function checkJournal(dataFolder: string): JournalState {
  const checker = new JournalChecker();
  return checker.state(readGroups(dataFolder, (events) => checker.group(events)));
}

export { isOpen };

/** Random commands that mostly do something: they know the open orders, and hit limits often. */
import {
  AccountStatus,
  BAND_PPM_MAX,
  CancelReplaceMode,
  CancelRestriction,
  type Command,
  Contingency,
  type Event,
  FEE_PPM_MAX,
  LOTS_MAX,
  MarketStatus,
  type NewOrderFields,
  type OrderTerms,
  OrderType,
  PARTITIONS_MAX,
  PRICE_TICKS_MAX,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from "@buttonwood/protocol";
import { Random } from "./random.js";
import { damaged } from "./random-damage.js";
import { randomWorld, type World, worldCommands } from "./random-world.js";
import { SeenEvents } from "./seen-events.js";

const HOUR_US = 3_600_000_000;

/** How often each command is sent. */
const COMMAND_WEIGHTS = {
  NEW_ORDER: 55,
  CANCEL_ORDER: 5,
  CANCEL_ALL: 0.3,
  CANCEL_REPLACE: 5,
  MOVE_ORDER: 7,
  REDUCE_ORDER: 6,
  ORDER_LIST: 14,
  CANCEL_LIST: 1.5,
  SET_COUNTDOWN: 1,
  TICK: 3,
  DEPOSIT: 6,
  WITHDRAW: 2,
  TRANSFER_OUT: 3,
  TRANSFER_IN: 3,
  TRANSFER_ACK: 1.5,
  SET_MARKET_STATUS: 0.7,
  SET_MARKET_FEES: 0.5,
  SET_MARKET_BANDS: 0.5,
  SET_ACCOUNT_STATUS: 0.5,
  LISTING: 0.2,
  BARRIER: 0.3,
  REPEAT: 4,
} as const;

const TYPE_WEIGHTS = {
  LIMIT: 50,
  MARKET: 14,
  LIMIT_MAKER: 8,
  STOP_LOSS: 6,
  STOP_LOSS_LIMIT: 9,
  TAKE_PROFIT: 5,
  TAKE_PROFIT_LIMIT: 8,
} as const;

export class RandomCommands {
  readonly world: World;
  readonly #random: Random;
  readonly #setup: Command[];
  readonly #seen = new SeenEvents();
  /** The latest commands, some of which are sent again. */
  readonly #recent: Command[] = [];
  #timeUs = 1_700_000_000_000_000;
  #idCounter = 0;
  #commandCounter = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.world = randomWorld(this.#random);
    this.#setup = worldCommands(this.world);
  }

  /** The next command, stamped with its time. */
  next(): Command {
    const random = this.#random;
    this.#advanceTime();
    const setup = this.#setup[this.#commandCounter++];
    if (setup !== undefined) return { ...setup, timeUs: this.#timeUs };
    let command: Command = { ...this.#draw(), timeUs: this.#timeUs };
    if (random.chance(0.04)) {
      command = { ...command, deadlineUs: this.#timeUs + random.pick([-1, 0, 1, HOUR_US]) };
    }
    if (random.chance(0.03)) command = damaged(random, command);
    this.#recent.push(command);
    if (this.#recent.length > 40) this.#recent.shift();
    return command;
  }

  /** Learns from the events of a command which orders are open. */
  observe(events: readonly Event[]): void {
    this.#seen.observe(events);
  }

  /** Mostly minutes, so that a day's memory is some hundred commands; now and then the clock jumps or stands. */
  #advanceTime(): void {
    const random = this.#random;
    if (random.chance(0.003)) this.#timeUs += 25 * HOUR_US;
    else if (random.chance(0.02)) this.#timeUs -= random.integer(0, 1_000_000);
    else this.#timeUs += random.integer(0, random.pick([0, 1_000, 900_000_000]));
  }

  #draw(): Command {
    const random = this.#random;
    if (random.chance(0.1)) {
      const [market] = this.#seen.closedMarkets;
      if (market !== undefined) {
        return { kind: "SET_MARKET_STATUS", account: 0, market, status: MarketStatus.TRADING };
      }
      const [account] = this.#seen.frozenAccounts;
      if (account !== undefined) {
        return { kind: "SET_ACCOUNT_STATUS", account, status: AccountStatus.ACTIVE };
      }
    }
    const kind = random.weighted(COMMAND_WEIGHTS);
    switch (kind) {
      case "NEW_ORDER":
        return this.#newOrder();
      case "CANCEL_ORDER":
        return { kind, ...this.#cancel() };
      case "CANCEL_ALL":
        return {
          kind,
          account: this.#account(),
          market: random.chance(0.5) ? -1 : this.#market(),
          side: random.pick([-1, Side.BUY, Side.SELL]),
        };
      case "CANCEL_REPLACE":
        return this.#cancelReplace();
      case "MOVE_ORDER":
        return this.#move();
      case "REDUCE_ORDER": {
        const { account, market, orderId, clientOrderId, lots } = this.#reference();
        const quantity = random.integer(1, Math.max(1, lots));
        const byReduction = random.chance(0.5);
        return {
          kind,
          account,
          market,
          orderId,
          clientOrderId,
          reduceLots: byReduction ? quantity : 0,
          newLots: byReduction ? 0 : quantity,
        };
      }
      case "ORDER_LIST":
        return this.#orderList();
      case "CANCEL_LIST":
        return this.#cancelList();
      case "SET_COUNTDOWN":
        return {
          kind,
          account: this.#account(),
          atUs: random.chance(0.3) ? 0 : this.#timeUs + random.integer(0, 3 * HOUR_US),
        };
      case "TICK":
        return { kind, account: 0 };
      case "DEPOSIT":
      case "WITHDRAW":
        return this.#payment(kind);
      case "TRANSFER_OUT":
        return this.#transferOut();
      case "TRANSFER_IN":
        return this.#transferIn();
      case "TRANSFER_ACK":
        return this.#transferAck();
      case "SET_MARKET_STATUS":
        return {
          kind,
          account: 0,
          market: random.chance(0.6) ? -1 : this.#market(),
          status: random.pick(Object.values(MarketStatus)),
        };
      case "SET_MARKET_FEES":
        return {
          kind,
          account: 0,
          market: this.#market(),
          makerFeePpm: random.integer(-10, random.pick([5_000, FEE_PPM_MAX, FEE_PPM_MAX + 10])),
          takerFeePpm: random.integer(0, 5_000),
        };
      case "SET_MARKET_BANDS":
        return this.#bands();
      case "SET_ACCOUNT_STATUS":
        return {
          kind,
          account: this.#account(),
          status: random.pick(Object.values(AccountStatus)),
        };
      case "LISTING":
        return this.#listing();
      case "BARRIER":
        return { kind, account: 0 };
      case "REPEAT":
        return this.#repeat();
    }
  }

  #account(): number {
    return this.#random.chance(0.005)
      ? this.#random.integer(-1, 9)
      : this.#random.integer(1, this.world.accounts);
  }

  #market(): number {
    const last = this.world.markets.length - 1;
    return this.#random.chance(0.005) ? this.#random.integer(-2, last + 2) : this.#random.integer(0, last);
  }

  #isLarge(market: number): boolean {
    return market === 2;
  }

  /** A price that is mostly in range, near the middle more often than not. */
  #price(market: number): number {
    const random = this.#random;
    const fields = this.world.markets[market];
    if (fields === undefined) return 100;
    if (this.#isLarge(market)) {
      const few = [1, 2, 3, 1_000, 1_001, 65_536, PRICE_TICKS_MAX - 1, PRICE_TICKS_MAX];
      return random.chance(0.1) ? random.integer(1, PRICE_TICKS_MAX) : random.pick(few);
    }
    const { priceTicksMin, priceTicksMax, referenceTicks } = fields;
    if (random.chance(0.02)) return random.integer(priceTicksMin - 2, priceTicksMax + 2);
    return random.chance(0.6)
      ? referenceTicks + random.integer(-2, 2)
      : random.integer(priceTicksMin, priceTicksMax);
  }

  #lots(market: number): number {
    const random = this.#random;
    const fields = this.world.markets[market];
    if (fields === undefined) return 1;
    if (this.#isLarge(market)) return random.pick([1, 2, 1_000, 33_554_432, 2 ** 30, LOTS_MAX - 1, LOTS_MAX]);
    return random.chance(0.03) ? random.integer(0, fields.lotsMax + 2) : random.integer(1, fields.lotsMax);
  }

  #freshId(): string {
    const random = this.#random;
    this.#idCounter++;
    // A used id now and then; ids of every length; the same id in several accounts.
    if (random.chance(0.04)) return `c${random.integer(Math.max(1, this.#idCounter - 80), this.#idCounter)}`;
    return random.chance(0.05) ? `c${this.#idCounter}`.padEnd(36, "~") : `c${this.#idCounter}`;
  }

  #orderFields(market: number): NewOrderFields {
    const random = this.#random;
    const type = OrderType[random.weighted(TYPE_WEIGHTS)];
    const hasStop = type >= OrderType.STOP_LOSS;
    const hasPrice =
      type !== OrderType.MARKET && type !== OrderType.STOP_LOSS && type !== OrderType.TAKE_PROFIT;
    const mayExpire = hasPrice && type !== OrderType.LIMIT_MAKER;
    const byQuote = type === OrderType.MARKET && random.chance(0.5);
    const quoteMax = this.#isLarge(market) ? random.pick([1e6, 2 ** 40, 2 ** 52]) : 100_000;
    return {
      market,
      side: random.pick([Side.BUY, Side.SELL]),
      type,
      timeInForce:
        mayExpire && random.chance(0.3) ? random.pick([TimeInForce.IOC, TimeInForce.FOK]) : TimeInForce.GTC,
      selfTradePrevention: random.pick(Object.values(SelfTradePrevention)),
      priceTicks: hasPrice ? this.#price(market) : 0,
      stopTicks: hasStop ? this.#price(market) : 0,
      lots: byQuote ? 0 : this.#lots(market),
      quoteAmount: byQuote ? random.integer(1, quoteMax) : 0,
      clientOrderId: this.#freshId(),
    };
  }

  /** Some orders have terms, mostly such as their type may have. */
  #withTerms(order: NewOrderFields): NewOrderFields {
    const random = this.#random;
    if (!random.chance(0.3)) return order;
    const isImmediate = order.timeInForce !== TimeInForce.GTC;
    const mayHide = order.priceTicks > 0 && !isImmediate;
    const mayTrail = order.type >= OrderType.STOP_LOSS;
    const mayEnd = order.type !== OrderType.MARKET && !isImmediate;
    const terms: OrderTerms = {
      displayLots: (mayHide && random.chance(0.5)) || random.chance(0.01) ? this.#displayLots(order.lots) : 0,
      trailingBips: (mayTrail && random.chance(0.5)) || random.chance(0.01) ? this.#trailingBips() : 0,
      expiresUs:
        (mayEnd && random.chance(0.4)) || random.chance(0.01)
          ? this.#timeUs + random.integer(-1_000, 2 * HOUR_US)
          : 0,
    };
    const stopTicks = terms.trailingBips > 0 && random.chance(0.5) ? 0 : order.stopTicks;
    return { ...order, stopTicks, terms };
  }

  #displayLots(lots: number): number {
    const random = this.#random;
    return random.chance(0.05) ? random.integer(0, lots + 1) : random.integer(1, Math.max(1, lots));
  }

  /** Prices lie percents apart here. */
  #trailingBips(): number {
    const random = this.#random;
    return random.chance(0.05) ? random.pick([1, 9, 10, 2_000, 2_001]) : random.integer(10, 600);
  }

  /** Mostly wide, or none, so that there is still something to trade. */
  #bands(): Command {
    const random = this.#random;
    const market = this.#market();
    const down = (): number => (random.chance(0.5) ? 0 : random.integer(80, 99) * 10_000);
    const up = (): number => (random.chance(0.5) ? 0 : random.integer(101, 120) * 10_000);
    return {
      kind: "SET_MARKET_BANDS",
      account: 0,
      market,
      referenceTicks: random.chance(0.5) ? 0 : this.#price(market),
      bidDownPpm: down(),
      bidUpPpm: random.chance(0.02) ? random.pick([-1, BAND_PPM_MAX, BAND_PPM_MAX + 1]) : up(),
      askDownPpm: down(),
      askUpPpm: up(),
    };
  }

  #orderList(): Command {
    const random = this.#random;
    const market = this.#market();
    const contingency = random.pick(Object.values(Contingency));
    const pair = contingency === Contingency.OTO ? [this.#pendingOrder(market)] : this.#pair(market);
    const legs = contingency === Contingency.OCO ? pair : [this.#workingOrder(market), ...pair];
    const order = random.chance(0.02) ? [...legs].reverse() : legs;
    return {
      kind: "ORDER_LIST",
      account: this.#account(),
      contingency,
      listClientOrderId: this.#freshId(),
      legs: order.map((leg) => ({
        ...leg,
        terms: leg.terms ?? { displayLots: 0, trailingBips: 0, expiresUs: 0 },
      })),
    };
  }

  /** Often at a price that is matched at once. */
  #workingOrder(market: number): NewOrderFields {
    const order = this.#orderFields(market);
    const type = this.#random.chance(0.8) ? OrderType.LIMIT : OrderType.LIMIT_MAKER;
    const lots = Math.max(1, order.lots);
    const priced = { ...order, type, priceTicks: this.#price(market), stopTicks: 0, quoteAmount: 0, lots };
    return type === OrderType.LIMIT ? priced : { ...priced, timeInForce: TimeInForce.GTC };
  }

  #pendingOrder(market: number): NewOrderFields {
    const order = this.#withTerms(this.#orderFields(market));
    return order.terms === undefined ? order : { ...order, terms: { ...order.terms, expiresUs: 0 } };
  }

  /** An order above and one below, mostly around the middle. */
  #pair(market: number): NewOrderFields[] {
    const random = this.#random;
    const side = random.pick([Side.BUY, Side.SELL]);
    const lots = this.#lots(market);
    const prices = [this.#price(market), this.#price(market)].sort((a, b) => b - a);
    return prices.map((price, below) => {
      // A profit is taken above by a sell, below by a buy.
      const isProfit = (side === Side.SELL) === (below === 0);
      const types = isProfit
        ? [OrderType.LIMIT_MAKER, OrderType.LIMIT_MAKER, OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT]
        : [OrderType.STOP_LOSS, OrderType.STOP_LOSS_LIMIT];
      const type = random.pick(types);
      const isStop = type !== OrderType.LIMIT_MAKER;
      const hasPrice = type !== OrderType.STOP_LOSS && type !== OrderType.TAKE_PROFIT;
      const leg: NewOrderFields = {
        market,
        side,
        type,
        timeInForce:
          hasPrice && isStop && random.chance(0.2)
            ? random.pick([TimeInForce.IOC, TimeInForce.FOK])
            : TimeInForce.GTC,
        selfTradePrevention: random.pick(Object.values(SelfTradePrevention)),
        priceTicks: isStop && hasPrice ? this.#price(market) : hasPrice ? price : 0,
        stopTicks: isStop ? price : 0,
        lots: random.chance(0.01) ? lots + 1 : lots,
        quoteAmount: 0,
        clientOrderId: this.#freshId(),
      };
      const special = this.#withTerms(leg);
      return special.terms === undefined ? leg : { ...special, terms: { ...special.terms, expiresUs: 0 } };
    });
  }

  #cancelList(): Command {
    const random = this.#random;
    const { account, market, orderId } = this.#reference();
    const listId = Math.floor(orderId / 4);
    const listClientOrderId = this.#seen.listIds.get(listId) ?? "";
    const by = random.integer(0, 2);
    return {
      kind: "CANCEL_LIST",
      account,
      market,
      listId: by === 1 && listClientOrderId !== "" ? 0 : listId,
      listClientOrderId: by === 0 ? "" : random.chance(0.02) ? "other" : listClientOrderId,
      cancelId: random.chance(0.3) ? this.#freshId() : "",
    };
  }

  #newOrder(): Command {
    const order = this.#withTerms(this.#orderFields(this.#market()));
    return { kind: "NEW_ORDER", account: this.#account(), order };
  }

  /** An order that is, mostly, open, by one of its ids or by both. */
  #reference() {
    const random = this.#random;
    if (this.#seen.open.size === 0 || random.chance(0.01)) {
      return { account: this.#account(), market: this.#market(), orderId: 4, clientOrderId: "", lots: 1 };
    }
    const isEnded = this.#seen.ended.length > 0 && random.chance(0.04);
    const order = random.pick(isEnded ? this.#seen.ended : [...this.#seen.open.values()]);
    const by = random.integer(0, 2);
    return {
      account: random.chance(0.02) ? this.#account() : order.account,
      market: random.chance(0.02) ? this.#market() : order.market,
      orderId: by === 1 ? 0 : order.orderId,
      clientOrderId: by === 0 ? "" : random.chance(0.02) ? "other" : order.clientOrderId,
      lots: order.lots,
    };
  }

  #cancel() {
    const random = this.#random;
    const { lots: _, ...reference } = this.#reference();
    return {
      ...reference,
      restriction: random.chance(0.7)
        ? CancelRestriction.NONE
        : random.pick(Object.values(CancelRestriction)),
      cancelId: random.chance(0.3) ? this.#freshId() : "",
    };
  }

  #cancelReplace(): Command {
    const fields = this.#cancel();
    return {
      kind: "CANCEL_REPLACE",
      ...fields,
      mode: this.#random.pick(Object.values(CancelReplaceMode)),
      order: this.#withTerms(this.#orderFields(fields.market)),
    };
  }

  #move(): Command {
    const { lots: _, ...reference } = this.#reference();
    return {
      kind: "MOVE_ORDER",
      ...reference,
      priceTicks: this.#price(reference.market),
      lots: this.#random.chance(0.5) ? 0 : this.#lots(reference.market),
    };
  }

  #payment(kind: "DEPOSIT" | "WITHDRAW"): Command {
    const random = this.#random;
    const asset = random.integer(0, this.world.assets.length - (random.chance(0.9) ? 1 : 0));
    // The two large assets are also dealt out in amounts that make the largest trades possible.
    const isLarge = this.world.markets.length > 2 && asset >= 2;
    const amountMax = isLarge ? random.pick([1e6, 2 ** 49, 2 ** 51]) : random.pick([100, 20_000, 500_000]);
    return {
      kind,
      account: kind === "WITHDRAW" && random.chance(0.3) ? 0 : this.#account(),
      asset,
      amount: random.integer(1, amountMax),
      reference: `t ${++this.#idCounter}`,
    };
  }

  #partition(): number {
    return this.#random.chance(0.02)
      ? this.#random.pick([-1, PARTITIONS_MAX - 1, PARTITIONS_MAX])
      : this.#random.integer(1, 2);
  }

  #transferOut(): Command {
    const random = this.#random;
    const amountMin = random.integer(1, random.pick([1, 1_000, 100_000]));
    return {
      kind: "TRANSFER_OUT",
      account: random.chance(0.1) ? 0 : this.#account(),
      toPartition: this.#partition(),
      asset: random.integer(0, this.world.assets.length - (random.chance(0.95) ? 1 : 0)),
      amountMin,
      amountMax: amountMin + random.integer(-1, random.pick([1, 100_000])),
    };
  }

  /** Mostly the channel's next transfer; also some before it and behind it. */
  #transferIn(): Command {
    const random = this.#random;
    const fromPartition = this.#partition();
    const next = (this.#seen.received.get(fromPartition) ?? 0) + 1;
    const isLarge = this.world.markets.length > 2 && random.chance(0.1);
    return {
      kind: "TRANSFER_IN",
      account: random.chance(0.1) ? 0 : this.#account(),
      fromPartition,
      channelSequence: random.chance(0.7) ? next : next + random.integer(-3, 2),
      asset: random.integer(0, this.world.assets.length - (random.chance(0.95) ? 1 : 0)),
      amount: random.integer(1, isLarge ? 2 ** 51 : random.pick([100, 100_000])),
    };
  }

  /** Mostly of some of the transfers that wait. */
  #transferAck(): Command {
    const random = this.#random;
    const toPartition = this.#partition();
    const sent = this.#seen.sent.get(toPartition) ?? 0;
    return {
      kind: "TRANSFER_ACK",
      account: 0,
      toPartition,
      channelSequence: sent + random.integer(-this.world.config.outboxMax, random.chance(0.1) ? 2 : 0),
    };
  }

  /** Listings that come too late or are wrong. */
  #listing(): Command {
    const random = this.#random;
    const { assets, markets, accounts } = this.world;
    switch (random.integer(0, 2)) {
      case 0:
        return {
          kind: "LIST_ASSET",
          account: 0,
          asset: random.integer(assets.length - 1, assets.length),
          decimals: random.integer(0, 13),
          name: random.pick(["NEW", ""]),
        };
      case 1:
        return {
          kind: "LIST_MARKET",
          account: 0,
          ...random.pick(markets),
          market: random.integer(markets.length - 1, markets.length),
          symbol: random.pick(["NEW", "ETHUSD", ""]),
        };
      default:
        return {
          kind: "OPEN_ACCOUNT",
          account: random.integer(accounts, accounts + 1),
          name: random.pick(["late", ""]),
        };
    }
  }

  /** A recent command again; or its id with other content. */
  #repeat(): Command {
    const random = this.#random;
    if (this.#recent.length === 0) return { kind: "BARRIER", account: 0 };
    const command = random.pick(this.#recent);
    if (command.kind === "NEW_ORDER" && random.chance(0.3)) {
      return { ...command, order: { ...command.order, lots: command.order.lots + 1 } };
    }
    if (command.kind === "DEPOSIT" && random.chance(0.3)) return { ...command, amount: command.amount + 1 };
    return command;
  }
}

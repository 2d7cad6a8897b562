import {
  CancelRestriction,
  type MarketFields,
  MarketStatus,
  OrderType,
  type Reason,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from "@buttonwood/protocol";
import type { EngineClient } from "../transport/engine-port.js";
import { makeHistory } from "./demo-history.js";
import { must } from "./first-start.js";
import type { LaggingClock } from "./lagging-clock.js";

/** Names of the accounts that trade, and what they are given of every asset, in smallest units. */
const MAKER = "demo-maker";
const TAKER = "demo-taker";
const FUNDS = 1e14;

/** Each market is visited this often: lively to look at, and a journal of a few million commands a day. */
const VISIT_MS = 400;
/** Quotes that the maker remembers on each side: most of them rest, the others were traded or met its own. */
const QUOTES_PER_SIDE = 60;
/** Distance of the first quote from the fair price, and between quotes, as a share of the price; and of how many steps. */
const SPREAD = 0.0001;
const STEPS = 40;
/** Steps that have a quote each on each side when the traders begin. */
const STEPS_AT_FIRST = 24;
/** How much the fair price moves in a second (standard deviation), and how strongly it is drawn back. */
const MOVE = 0.00015;
const PULL = 0.0002;
/** Chance that the taker trades in one visit. */
const TAKE = 0.6;
/** Quantities lie between these notionals, in whole quote units. */
const NOTIONAL_LOWEST = 10;
const NOTIONAL_HIGHEST = 2_000;

const SIDES = [Side.BUY, Side.SELL] as const;

interface Visited {
  readonly fields: MarketFields;
  readonly lotsLowest: number;
  readonly lotsHighest: number;
  fairTicks: number;
  /** Client order ids of the maker's quotes, oldest first, by side. */
  readonly quotes: readonly [string[], string[]];
}

/**
 * Simulated traders: one quotes around a fair price that wanders, one trades against it. They use the engine like
 * any gateway, with accounts of their own.
 */
export class DemoTraders {
  readonly #engine: EngineClient;
  readonly #markets: Visited[];
  readonly #maker: number;
  readonly #taker: number;
  readonly #prefix = `demo-${Date.now().toString(36)}-`;
  #orders = 0;
  /** One order stands for so many: where visits are seldom, as much is traded in a minute. */
  #sizes = 1;
  #next = 0;
  #timer: NodeJS.Timeout | undefined;
  #visit: Promise<void> = Promise.resolve();

  private constructor(engine: EngineClient, markets: Visited[], maker: number, taker: number) {
    this.#engine = engine;
    this.#markets = markets;
    this.#maker = maker;
    this.#taker = taker;
  }

  /** Opens and funds the traders' accounts where they are missing. */
  static async open(engine: EngineClient): Promise<DemoTraders> {
    const catalog = await engine.query({ kind: "catalog" });
    let last = Math.max(...catalog.accounts.map(({ account }) => account));
    const numbers: number[] = [];
    for (const name of [MAKER, TAKER]) {
      const known = catalog.accounts.find((account) => account.name === name)?.account;
      const account = known ?? ++last;
      numbers.push(account);
      // Quotes of a run that was killed are nobody's any more; none open is no error here.
      if (known !== undefined) await cancelAll(engine, account);
      else await must(engine, { kind: "OPEN_ACCOUNT", account, name });
      const held = known === undefined ? [] : await engine.query({ kind: "balances", account });
      for (const { asset, name: assetName } of catalog.assets) {
        if (held.some((balance) => balance.asset === asset && balance.free + balance.locked > 0)) continue;
        const reference = `demo begins ${assetName}`;
        await must(engine, { kind: "DEPOSIT", account, asset, amount: FUNDS, reference });
      }
    }
    const markets = catalog.markets
      .filter(({ status }) => status === MarketStatus.TRADING)
      .map((market): Visited => {
        const lotPrice =
          (market.lastPriceTicks * market.tickMantissa * market.lotMantissa) /
          10 ** (market.tickDecimals + market.lotDecimals);
        return {
          fields: market,
          lotsLowest: Math.ceil(NOTIONAL_LOWEST / lotPrice),
          lotsHighest: Math.ceil(NOTIONAL_HIGHEST / lotPrice),
          fairTicks: market.lastPriceTicks,
          quotes: [[], []],
        };
      });
    return new DemoTraders(engine, markets, numbers[0]!, numbers[1]!);
  }

  /** Trades on all markets until the engine's clock, which is behind, is there. */
  async makeHistory(clock: LaggingClock): Promise<void> {
    await makeHistory(clock, async (visitSeconds, visits) => {
      this.#sizes = Math.round((visitSeconds * 1000) / VISIT_MS);
      const sent: Promise<void>[] = [];
      for (const market of this.#markets) {
        for (let visit = 0; visit < visits; visit++) sent.push(this.#trade(market, visitSeconds));
      }
      await Promise.all(sent);
    });
    this.#sizes = 1;
  }

  /** Puts quotes into all books and begins to trade. */
  async start(): Promise<void> {
    if (this.#markets.length === 0) return;
    await cancelAll(this.#engine, this.#maker);
    const sent: Promise<unknown>[] = [];
    for (const market of this.#markets) {
      for (const side of SIDES) {
        market.quotes[side].length = 0;
        for (let distance = STEPS_AT_FIRST; distance > 0; distance--) {
          sent.push(this.#quote(market, side, distance));
        }
      }
    }
    await Promise.all(sent);
    this.#arm();
  }

  /** Stops, and takes all quotes out of the book. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#visit;
    for (const account of [this.#maker, this.#taker]) await cancelAll(this.#engine, account);
  }

  #arm(): void {
    let busy = false;
    this.#timer = setInterval(() => {
      // A slow disk slows the traders down; it does not pile up their orders.
      if (busy) return;
      busy = true;
      const market = this.#markets[this.#next++ % this.#markets.length]!;
      this.#visit = this.#trade(market, VISIT_MS / 1000)
        // A busy engine refuses, and one that is being stopped does not answer: there is a next visit, or none.
        .catch(() => {})
        .finally(() => {
          busy = false;
        });
    }, VISIT_MS / this.#markets.length);
  }

  /** Visits a market for the first time in so many seconds. */
  async #trade(market: Visited, seconds: number): Promise<void> {
    const { referenceTicks } = market.fields;
    const pulled = Math.log(referenceTicks / market.fairTicks) * PULL * seconds;
    market.fairTicks *= Math.exp(pulled + gaussian() * MOVE * Math.sqrt(seconds));
    const sent: Promise<unknown>[] = [];
    for (const side of SIDES) {
      // Most near the price, as others quote too.
      sent.push(this.#quote(market, side, 1 + Math.floor(Math.random() ** 2 * STEPS)));
      if (market.quotes[side].length > QUOTES_PER_SIDE) {
        sent.push(
          this.#engine.submit({
            kind: "CANCEL_ORDER",
            account: this.#maker,
            market: market.fields.market,
            orderId: 0,
            clientOrderId: market.quotes[side].shift()!,
            restriction: CancelRestriction.NONE,
            cancelId: "",
          }),
        );
      }
    }
    if (Math.random() < TAKE) {
      const side = Math.random() < 0.5 ? Side.BUY : Side.SELL;
      const reach = (side === Side.BUY ? 1 : -1) * STEPS * stepOf(market);
      sent.push(
        this.#order(market, this.#taker, side, market.fairTicks + reach, this.#id(), TimeInForce.IOC),
      );
    }
    await Promise.all(sent);
  }

  /** A quote of the maker, so many steps from the fair price. */
  #quote(market: Visited, side: Side, distance: number): Promise<Reason> {
    const id = this.#id();
    market.quotes[side].push(id);
    const price = market.fairTicks + (side === Side.BUY ? -1 : 1) * distance * stepOf(market);
    return this.#order(market, this.#maker, side, price, id, TimeInForce.GTC);
  }

  async #order(
    market: Visited,
    account: number,
    side: Side,
    price: number,
    clientOrderId: string,
    timeInForce: TimeInForce,
  ): Promise<Reason> {
    const { reason } = await this.#engine.submit({
      kind: "NEW_ORDER",
      account,
      order: {
        market: market.fields.market,
        side,
        type: OrderType.LIMIT,
        timeInForce,
        selfTradePrevention: SelfTradePrevention.EXPIRE_MAKER,
        priceTicks: Math.max(market.fields.priceTicksMin, Math.round(price)),
        stopTicks: 0,
        lots:
          this.#sizes *
          (market.lotsLowest + Math.floor(Math.random() * (market.lotsHighest - market.lotsLowest + 1))),
        quoteAmount: 0,
        clientOrderId,
      },
    });
    return reason;
  }

  #id(): string {
    return this.#prefix + this.#orders++;
  }
}

async function cancelAll(engine: EngineClient, account: number): Promise<void> {
  await engine.submit({ kind: "CANCEL_ALL", account, market: -1, side: -1 });
}

const stepOf = ({ fairTicks }: Visited): number => Math.max(1, fairTicks * SPREAD);

/** A standard normal number, near enough: the sum of twelve uniform ones less six. */
function gaussian(): number {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += Math.random();
  return sum;
}

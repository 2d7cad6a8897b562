/**
 * Scenarios that a trader can read: a table with one command per row, its outcome behind the bar.
 *
 *   alice sells a1 10 @ 101      | ask 101 has 10
 *   bob buys b1 4 @ 105          | b1 takes 4 of a1 @ 101, b1 filled, ask 101 has 6
 *
 * Commands
 *   NAME buys|sells ID LOTS|$QUOTE [@ PRICE] [stop [PRICE]|take [PRICE]] [maker] [ioc|fok] [stp MODE] [on SYMBOL] [late]
 *     with terms: [shows LOTS] (iceberg) [trails BIPS] (trailing stop) [until HOURS] (good till so many hours from now)
 *   NAME oco|oto|otoco LIST: ORDER ; ORDER [; ORDER]      ORDER as above, from buys|sells on
 *   NAME cancels list LIST [as ID] [on SYMBOL]
 *   NAME counts-down HOURS ; tick
 *   NAME cancels ID|#ID|all [only-new|only-partial] [as ID] [buys|sells] [on SYMBOL|anywhere] [late]
 *   NAME replaces ID by buys|sells … [anyway] [only-new|only-partial] [as ID]
 *   NAME moves ID @ PRICE [for LOTS] ; NAME reduces ID by|to LOTS
 *   NAME deposits|withdraws ID AMOUNT ASSET ; NAME frozen|active
 *   NAME sends MIN [to MAX] ASSET to-partition P [late] ; NAME receives N AMOUNT ASSET from-partition P
 *   acknowledged N by-partition P
 *   halt | break | cancel-only | trade [SYMBOL] ; fees MAKER TAKER ; wait HOURS
 * Questions: `NAME has` (free + locked), `book [SYMBOL]`.
 * `#ID` names an order by the number that the exchange gave it. An outcome of `taken` says that nothing is to tell.
 */
import {
  AccountStatus,
  CancelReplaceMode,
  CancelRestriction,
  type Command,
  Contingency,
  type Event,
  ListStatus,
  type MarketFields,
  MarketStatus,
  type NewOrderFields,
  NOTIONAL_MAX,
  nameOf,
  type OrderState,
  OrderStatus,
  OrderType,
  Reason,
  SelfTradePrevention,
  Side,
  TimeInForce,
} from "@buttonwood/protocol";
import { type Implementation, ObjectExchange } from "./exchange-under-test.js";
import type { ReferenceConfig } from "./state.js";

const NAMES = ["house", "alice", "bob", "carol"];
const ASSETS = ["usd", "btc", "eth"];
const SYMBOLS = ["btcusd", "ethusd"];
const IS_OPEN: ReadonlySet<OrderStatus> = new Set([
  OrderStatus.NEW,
  OrderStatus.PARTIALLY_FILLED,
  OrderStatus.PENDING_NEW,
]);
const HOUR_US = 3_600_000_000;

export interface ScenarioOptions {
  /** Fields of both markets that differ from the plain ones. */
  readonly market?: Partial<MarketFields>;
  readonly config?: Partial<ReferenceConfig>;
  /** What each trader starts with, in units; 100,000 usd, 1,000 btc and 1,000 eth by default. */
  readonly funds?: readonly [usd: number, btc: number, eth: number];
}

/** A scenario by its title. */
export interface ScenarioTable {
  readonly title: string;
  readonly options?: ScenarioOptions;
  readonly rows: string;
}

/** Prices and quantities are whole dollars and coins, so that a row can be checked in the head. No fees. */
export const PLAIN_MARKET: MarketFields = {
  market: 0,
  symbol: "btcusd",
  baseAsset: 1,
  quoteAsset: 0,
  referenceTicks: 100,
  tickMantissa: 1,
  tickDecimals: 0,
  lotMantissa: 1,
  lotDecimals: 0,
  priceTicksMin: 1,
  priceTicksMax: 1_000,
  lotsMin: 1,
  lotsMax: 10_000,
  marketLotsMax: 5_000,
  notionalMin: 0,
  notionalMax: NOTIONAL_MAX,
  makerFeePpm: 0,
  takerFeePpm: 0,
  openOrdersMax: 100,
  stopOrdersMax: 50,
  bidDownPpm: 0,
  bidUpPpm: 0,
  askDownPpm: 0,
  askUpPpm: 0,
};

/** The words of a row, taken one by one; flags and keywords are taken wherever they stand. */
class Words {
  readonly #words: string[];

  constructor(row: string) {
    this.#words = row.trim().split(/\s+/);
  }

  next(): string {
    const word = this.#words.shift();
    if (word === undefined) throw new Error("the row ends too early");
    return word;
  }

  flag(word: string): boolean {
    const at = this.#words.indexOf(word);
    if (at >= 0) this.#words.splice(at, 1);
    return at >= 0;
  }

  /** The word behind a keyword. */
  after(keyword: string): string | undefined {
    const at = this.#words.indexOf(keyword);
    return at < 0 ? undefined : this.#words.splice(at, 2)[1];
  }

  /** The number behind a keyword, 0 when there is none; undefined without the keyword. */
  perhapsAfter(keyword: string): number | undefined {
    const at = this.#words.indexOf(keyword);
    if (at < 0) return undefined;
    const isNumber = /^[0-9]+$/.test(this.#words[at + 1] ?? "");
    return isNumber ? Number(this.#words.splice(at, 2)[1]) : Number(this.#words.splice(at, 1) && 0);
  }

  /** All that is left, as rows. */
  rows(): Words[] {
    return this.#words
      .splice(0)
      .join(" ")
      .split(";")
      .map((row) => new Words(row));
  }

  numberAfter(keyword: string): number {
    return Number(this.after(keyword) ?? 0);
  }

  end(): void {
    if (this.#words.length > 0) throw new Error(`not understood: ${this.#words.join(" ")}`);
  }
}

/** One exchange in the middle of a scenario. */
export class Stage {
  readonly exchange: ObjectExchange;
  /** Everything that was sent, in order, and what came of it. */
  readonly history: { readonly command: Command; readonly events: readonly Event[] }[] = [];
  /** Open orders, as the events tell. */
  readonly open = new Map<number, OrderState>();
  #timeUs = 1_700_000_000_000_000;
  /** Order ids by client order id, and back. */
  readonly #orderIds = new Map<string, number>();
  readonly #names = new Map<number, string>();
  readonly #balances = new Map<string, { readonly free: number; readonly locked: number }>();
  readonly #supplies = new Map<number, number>();
  /** Resting lots by market, side and price. */
  readonly #levels = new Map<string, number>();

  constructor(implementation: Implementation, { market, config, funds }: ScenarioOptions) {
    this.exchange = new ObjectExchange(
      implementation.create({ accountsMax: 8, openOrdersMax: 1_000, rememberedIdsMax: 5_000, ...config }),
    );
    ASSETS.forEach((name, asset) => {
      this.#send({ kind: "LIST_ASSET", account: 0, asset, decimals: 0, name });
    });
    SYMBOLS.forEach((symbol, number) => {
      const listed = symbol.toUpperCase();
      const fields = { ...PLAIN_MARKET, ...market, market: number, symbol: listed, baseAsset: number + 1 };
      this.#send({ kind: "LIST_MARKET", account: 0, ...fields });
    });
    NAMES.forEach((name, account) => {
      if (account === 0) return;
      this.#send({ kind: "OPEN_ACCOUNT", account, name });
      (funds ?? [100_000, 1_000, 1_000]).forEach((amount, asset) => {
        if (amount === 0) return;
        this.#send({ kind: "DEPOSIT", account, asset, amount, reference: `start ${asset}` });
      });
    });
  }

  /** The time of the scenario, µs since 1970. */
  get timeUs(): number {
    return this.#timeUs;
  }

  /** What an account has of an asset, in units. */
  balance(account: number, asset: number): { readonly free: number; readonly locked: number } {
    return this.#balances.get(`${account} ${asset}`) ?? { free: 0, locked: 0 };
  }

  /** Carries out a row's command, or answers its question. */
  play(row: string): string {
    const words = new Words(row);
    const first = words.next();
    const account = NAMES.indexOf(first);
    if (first === "wait") {
      this.#timeUs += Number(words.next()) * HOUR_US;
      return "taken";
    }
    if (first === "tick") return this.#describe(this.#send({ kind: "TICK", account: 0 }));
    if (first === "book") return this.#book(SYMBOLS.indexOf(words.after("of") ?? "btcusd"));
    if (account < 0) return this.#describe(this.#send(this.#operate(first, words)));
    const verb = words.next();
    if (verb === "has") return this.#has(account);
    const late = words.flag("late") ? { deadlineUs: this.#timeUs - 1 } : {};
    const command = { ...this.#command(account, verb, words), ...late };
    words.end();
    return this.#describe(this.#send(command));
  }

  #operate(verb: string, words: Words): Command {
    if (verb === "fees") {
      const [makerFeePpm, takerFeePpm] = [Number(words.next()), Number(words.next())];
      return { kind: "SET_MARKET_FEES", account: 0, market: 0, makerFeePpm, takerFeePpm };
    }
    if (verb === "acknowledged") {
      const channelSequence = Number(words.next());
      const toPartition = words.numberAfter("by-partition");
      return { kind: "TRANSFER_ACK", account: 0, toPartition, channelSequence };
    }
    const statuses: Record<string, MarketStatus> = {
      trade: MarketStatus.TRADING,
      halt: MarketStatus.HALT,
      break: MarketStatus.BREAK,
      "cancel-only": MarketStatus.CANCEL_ONLY,
    };
    const status = statuses[verb];
    if (status === undefined) throw new Error(`not understood: ${verb}`);
    const symbol = words.after("of");
    const market = symbol === undefined ? -1 : SYMBOLS.indexOf(symbol);
    return { kind: "SET_MARKET_STATUS", account: 0, market, status };
  }

  #command(account: number, verb: string, words: Words): Command {
    switch (verb) {
      case "buys":
      case "sells":
        return { kind: "NEW_ORDER", account, order: this.#order(verb, words) };
      case "oco":
      case "oto":
      case "otoco":
        return this.#list(account, verb, words);
      case "counts-down": {
        const hours = Number(words.next());
        return { kind: "SET_COUNTDOWN", account, atUs: hours === 0 ? 0 : this.#timeUs + hours * HOUR_US };
      }
      case "cancels":
        return this.#cancel(account, words);
      case "replaces": {
        const fields = this.#cancelFields(words);
        const mode = words.flag("anyway")
          ? CancelReplaceMode.ALLOW_FAILURE
          : CancelReplaceMode.STOP_ON_FAILURE;
        const side = words.after("by") ?? "";
        return { kind: "CANCEL_REPLACE", account, ...fields, mode, order: this.#order(side, words) };
      }
      case "moves":
        return {
          kind: "MOVE_ORDER",
          account,
          ...this.#reference(words),
          priceTicks: words.numberAfter("@"),
          lots: words.numberAfter("for"),
        };
      case "reduces":
        return {
          kind: "REDUCE_ORDER",
          account,
          ...this.#reference(words),
          reduceLots: words.numberAfter("by"),
          newLots: words.numberAfter("to"),
        };
      case "deposits":
      case "withdraws":
        return {
          kind: verb === "deposits" ? "DEPOSIT" : "WITHDRAW",
          account,
          reference: words.next(),
          amount: Number(words.next()),
          asset: ASSETS.indexOf(words.next()),
        };
      case "sends": {
        const amountMin = Number(words.next());
        const amountMax = Number(words.after("to") ?? amountMin);
        const asset = ASSETS.indexOf(words.next());
        return {
          kind: "TRANSFER_OUT",
          account,
          toPartition: words.numberAfter("to-partition"),
          asset,
          amountMin,
          amountMax,
        };
      }
      case "receives":
        return {
          kind: "TRANSFER_IN",
          account,
          channelSequence: Number(words.next()),
          amount: Number(words.next()),
          asset: ASSETS.indexOf(words.next()),
          fromPartition: words.numberAfter("from-partition"),
        };
      case "frozen":
      case "active": {
        const status = verb === "frozen" ? AccountStatus.FROZEN : AccountStatus.ACTIVE;
        return { kind: "SET_ACCOUNT_STATUS", account, status };
      }
      default:
        throw new Error(`not understood: ${verb}`);
    }
  }

  #list(account: number, verb: "oco" | "oto" | "otoco", words: Words): Command {
    const listClientOrderId = words.next().replace(/:$/, "");
    const legs = words.rows().map((row) => {
      const order = this.#order(row.next(), row);
      row.end();
      return order;
    });
    const contingency = Contingency[verb.toUpperCase() as keyof typeof Contingency];
    return { kind: "ORDER_LIST", account, contingency, listClientOrderId, legs };
  }

  #market(words: Words): number {
    return SYMBOLS.indexOf(words.after("on") ?? "btcusd");
  }

  #order(verb: string, words: Words): NewOrderFields {
    const clientOrderId = words.next();
    const quantity = words.next();
    const priceTicks = words.numberAfter("@");
    const stop = words.perhapsAfter("stop");
    const take = words.perhapsAfter("take");
    const displayLots = words.numberAfter("shows");
    const trailingBips = words.numberAfter("trails");
    const hours = words.numberAfter("until");
    const hasTerms = displayLots + trailingBips + hours > 0;
    const expiresUs = hours === 0 ? 0 : this.#timeUs + hours * HOUR_US;
    const stp = (words.after("stp") ?? "none").toUpperCase() as keyof typeof SelfTradePrevention;
    const limit = words.flag("maker") ? OrderType.LIMIT_MAKER : OrderType.LIMIT;
    const isPriced = priceTicks > 0;
    let type: OrderType = isPriced ? limit : OrderType.MARKET;
    if (stop !== undefined) type = isPriced ? OrderType.STOP_LOSS_LIMIT : OrderType.STOP_LOSS;
    if (take !== undefined) type = isPriced ? OrderType.TAKE_PROFIT_LIMIT : OrderType.TAKE_PROFIT;
    const immediate = words.flag("ioc") ? TimeInForce.IOC : TimeInForce.GTC;
    return {
      market: this.#market(words),
      side: verb === "buys" ? Side.BUY : Side.SELL,
      type,
      timeInForce: words.flag("fok") ? TimeInForce.FOK : immediate,
      selfTradePrevention: SelfTradePrevention[stp],
      priceTicks,
      stopTicks: stop ?? take ?? 0,
      lots: quantity.startsWith("$") ? 0 : Number(quantity),
      quoteAmount: quantity.startsWith("$") ? Number(quantity.slice(1)) : 0,
      clientOrderId,
      ...(hasTerms ? { terms: { displayLots, trailingBips, expiresUs } } : {}),
    };
  }

  #reference(words: Words, id = words.next()) {
    const market = this.#market(words);
    if (!id.startsWith("#")) return { market, orderId: 0, clientOrderId: id };
    return { market, orderId: this.#orderIds.get(id.slice(1)) ?? 4, clientOrderId: "" };
  }

  #cancelFields(words: Words) {
    const onlyNew = words.flag("only-new") ? CancelRestriction.ONLY_NEW : CancelRestriction.NONE;
    const restriction = words.flag("only-partial") ? CancelRestriction.ONLY_PARTIALLY_FILLED : onlyNew;
    const cancelId = words.after("as") ?? "";
    return { ...this.#reference(words), restriction, cancelId };
  }

  #cancel(account: number, words: Words): Command {
    if (words.flag("list")) {
      const cancelId = words.after("as") ?? "";
      const market = this.#market(words);
      return { kind: "CANCEL_LIST", account, market, listId: 0, listClientOrderId: words.next(), cancelId };
    }
    if (!words.flag("all")) return { kind: "CANCEL_ORDER", account, ...this.#cancelFields(words) };
    const buys = words.flag("buys") ? Side.BUY : -1;
    const side = words.flag("sells") ? Side.SELL : buys;
    const market = words.flag("anywhere") ? -1 : this.#market(words);
    return { kind: "CANCEL_ALL", account, market, side };
  }

  #send(command: Command): Event[] {
    const events = this.exchange.apply({ ...command, timeUs: this.#timeUs });
    this.history.push({ command, events });
    for (const event of events) this.#learn(event);
    this.exchange.checkIntegrity();
    this.#checkConservation();
    return events;
  }

  #learn(event: Event): void {
    if ("order" in event) {
      this.#orderIds.set(event.order.clientOrderId, event.order.orderId);
      this.#names.set(event.order.orderId, event.order.clientOrderId);
      if (IS_OPEN.has(event.order.status)) this.open.set(event.order.orderId, event.order);
      else this.open.delete(event.order.orderId);
    } else if (event.kind === "BALANCE") {
      this.#balances.set(`${event.account} ${event.asset}`, event);
    } else if (event.kind === "DEPOSITED" || event.kind === "TRANSFER_RECEIVED") {
      this.#supplies.set(event.asset, (this.#supplies.get(event.asset) ?? 0) + event.amount);
    } else if (event.kind === "WITHDRAWN" || event.kind === "TRANSFER_SENT") {
      this.#supplies.set(event.asset, (this.#supplies.get(event.asset) ?? 0) - event.amount);
    } else if (event.kind === "LEVEL") {
      this.#levels.set(`${event.market} ${event.side} ${event.priceTicks}`, event.lots);
    }
  }

  /** From the events alone: what all have together is what came in and did not go out. */
  #checkConservation(): void {
    ASSETS.forEach((name, asset) => {
      let sum = 0;
      for (const [key, { free, locked }] of this.#balances) {
        if (free < 0 || locked < 0) throw new Error(`negative balance of ${name}`);
        if (key.endsWith(` ${asset}`)) sum += free + locked;
      }
      const supply = this.#supplies.get(asset) ?? 0;
      if (sum !== supply) throw new Error(`${name}: balances sum to ${sum}, supply is ${supply}`);
    });
  }

  #has(account: number): string {
    return ASSETS.flatMap((name, asset) => {
      const balance = this.#balances.get(`${account} ${asset}`);
      return balance === undefined ? [] : [`${name} ${balance.free} + ${balance.locked}`];
    }).join(", ");
  }

  #book(market: number): string {
    const side = (of: Side): string => {
      const levels = [...this.#levels]
        .map(([key, lots]) => [...key.split(" ").map(Number), lots] as [number, Side, number, number])
        .filter(([inMarket, levelSide, , lots]) => inMarket === market && levelSide === of && lots > 0)
        .sort(([, , a], [, , b]) => (of === Side.BUY ? b - a : a - b))
        .map(([, , price, lots]) => `${lots}@${price}`);
      return levels.length === 0 ? "none" : levels.join(" ");
    };
    return `bids ${side(Side.BUY)}, asks ${side(Side.SELL)}`;
  }

  /** A group as an outcome. */
  #describe(events: readonly Event[]): string {
    const [result, ...rest] = events;
    if (result?.kind !== "RESULT") throw new Error("a group begins with RESULT");
    const told: string[] = [];
    if (result.reason === Reason.REPEAT) {
      told.push(result.orderId === 0 ? "REPEAT" : `REPEAT of ${this.#names.get(result.orderId)}`);
    } else if (result.reason >= Reason.CANCEL_REPLACE_CANCEL_FAILED) {
      const reasons = [result.cancelReason, result.newOrderReason].map((reason) => nameOf(Reason, reason));
      told.push(`${nameOf(Reason, result.reason)} (${reasons.join(", ")})`);
    } else if (result.reason !== Reason.OK) {
      told.push(nameOf(Reason, result.reason));
    }
    for (const event of rest) told.push(...this.#tell(event));
    return told.length === 0 ? "taken" : told.join(", ");
  }

  #tell(event: Event): string[] {
    const nameOfOrder = (order: OrderState): string => order.clientOrderId;
    switch (event.kind) {
      case "ORDER_TRIGGERED":
        return [`${nameOfOrder(event.order)} triggered`];
      case "ORDER_RELEASED":
        return [`${nameOfOrder(event.order)} released`];
      case "ORDER_LIST":
        return [`${event.listClientOrderId} ${event.status === ListStatus.EXECUTING ? "begins" : "done"}`];
      case "COUNTDOWN_SET":
        return [event.atUs === 0 ? "countdown off" : "countdown on"];
      case "ORDER_FILLED": {
        const { order } = event;
        const told: string[] = [];
        if (event.isMaker) {
          const taker = this.#names.get(event.counterOrderId);
          told.push(`${taker} takes ${event.lots} of ${nameOfOrder(order)} @ ${event.priceTicks}`);
        }
        if (order.status === OrderStatus.FILLED) told.push(`${nameOfOrder(order)} filled`);
        return told;
      }
      case "ORDER_CANCELED":
        return [
          `${nameOfOrder(event.order)} canceled${event.cancelId === "" ? "" : ` as ${event.cancelId}`}`,
        ];
      case "ORDER_EXPIRED":
        return [`${nameOfOrder(event.order)} expired ${nameOf(Reason, event.reason)}`];
      case "ORDER_AMENDED": {
        const { lots, executedLots, preventedLots, priceTicks } = event.order;
        return [`${nameOfOrder(event.order)} now ${lots - executedLots - preventedLots} @ ${priceTicks}`];
      }
      case "ORDER_PREVENTED": {
        const ended = event.order.status === OrderStatus.EXPIRED_IN_MATCH;
        return [`${nameOfOrder(event.order)} prevented ${event.lots}${ended ? " and ended" : ""}`];
      }
      case "LEVEL": {
        const side = event.side === Side.BUY ? "bid" : "ask";
        return [`${side} ${event.priceTicks} ${event.lots === 0 ? "gone" : `has ${event.lots}`}`];
      }
      case "TRANSFER_SENT":
        return [`${event.amount} sent as ${event.channelSequence}`];
      case "TRANSFER_RECEIVED":
        return [`${event.amount} received`];
      default:
        return [];
    }
  }
}

/** Plays a table on several implementations. Returns what differs from the table, or between them. */
export function playScenario(
  implementations: readonly Implementation[],
  table: string,
  options: ScenarioOptions = {},
): string[] {
  const stages = implementations.map((implementation) => new Stage(implementation, options));
  const problems: string[] = [];
  for (const line of table.split("\n")) {
    const [row, expected] = line.split("|").map((part) => part.trim());
    if (row === undefined || row === "") continue;
    if (expected === undefined) throw new Error(`no outcome: ${row}`);
    stages.forEach((stage, i) => {
      const { name } = implementations[i]!;
      const outcome = stage.play(row);
      if (outcome !== expected) problems.push(`${name}: ${row} | ${outcome}   (expected: ${expected})`);
      if (stage.exchange.stateDigest() !== stages[0]!.exchange.stateDigest() && i > 0) {
        // Stages before this one have already played the row, so all digests must be equal now.
        problems.push(`${name}: ${row}: its state differs from that of ${implementations[0]!.name}`);
      }
    });
  }
  return problems;
}

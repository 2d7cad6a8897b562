import { type Flow, FlowOp, RECORD_WORDS } from "./ofl.js";
import { Random } from "./random.js";
import { PRICE_LIMIT, SimpleBook, type SimpleOrder } from "./simple-book.js";

/** What a generated flow looks like. The same parameters give the same bytes on every machine. */
export interface FlowParameters {
  /** Measured commands. Default 1,000,000. */
  readonly main?: number;
  /** Default 1. Activity falls off as 1/rank. */
  readonly symbols?: number;
  /** Resting orders per symbol: built by the preload, then kept near. Default 1,000. */
  readonly target?: number;
  /** Default 20240601. */
  readonly seed?: number;
}

const ACCOUNTS = 1000;
const MID_START = 10_000;
const DISTANCE_MAX = 100;
const [ADD, CANCEL, AGGRESSIVE] = [0.5, 0.4, 0.08];
const CROSSING_MOVES = 0.05;
const STALE_CANCELS = 0.01;

/**
 * Makes a flow: half passive limits around a wandering middle (truncated geometric distance, mean about 19
 * ticks), 40 % cancels (1 % of them naming a dead order), 8 % aggressive orders (1 % of them sweeps), 2 % moves
 * (5 % of them crossing). Orders are drawn against a live book, so the flow fits its own outcome.
 */
export function generateFlow(parameters: FlowParameters = {}): Flow {
  return new FlowGenerator(parameters).run();
}

class FlowGenerator {
  readonly #main: number;
  readonly #symbols: number;
  readonly #target: number;
  readonly #seed: number;
  readonly #random: Random;
  readonly #distances: number[] = [];
  readonly #symbolWeights: number[] = [];
  readonly #books: SimpleBook[] = [];
  readonly #mids: number[] = [];
  readonly #records: Int32Array;
  #at = 0;
  #orderIdNext = 1;
  #priceMin = 1e9;
  #priceMax = 0;
  /** Orders that are gone, for cancels that come too late. */
  readonly #dead: SimpleOrder[] = [];

  constructor(parameters: FlowParameters) {
    this.#main = parameters.main ?? 1_000_000;
    this.#symbols = parameters.symbols ?? 1;
    this.#target = parameters.target ?? 1000;
    this.#seed = (parameters.seed ?? 20240601) >>> 0;
    if (!(this.#symbols >= 1 && this.#symbols <= 65_535)) throw new RangeError("symbols must be 1…65,535");
    this.#random = new Random(this.#seed);
    let sum = 0;
    for (let distance = 1, weight = 1; distance <= DISTANCE_MAX; distance++, weight *= 0.95) {
      sum += weight;
      this.#distances.push(sum);
    }
    sum = 0;
    for (let symbol = 0; symbol < this.#symbols; symbol++) {
      sum += 1 / (symbol + 1);
      this.#symbolWeights.push(sum);
      this.#books.push(new SimpleBook());
      this.#mids.push(MID_START);
    }
    this.#records = new Int32Array((this.#target * this.#symbols + this.#main) * RECORD_WORDS);
  }

  run(): Flow {
    const preload = this.#target * this.#symbols;
    for (let i = 0; i < preload; i++) this.#passive(i % this.#symbols);
    for (let i = 0; i < this.#main; i++) this.#command();
    return {
      name: `generated:target=${this.#target},symbols=${this.#symbols},main=${this.#main},seed=${this.#seed}`,
      preload,
      main: this.#main,
      symbols: this.#symbols,
      accounts: ACCOUNTS,
      orderIdMax: this.#orderIdNext - 1,
      moveSetsQuantity: false,
      seed: this.#seed,
      priceMin: this.#priceMin,
      priceMax: this.#priceMax,
      records: this.#records,
    };
  }

  #command(): void {
    const random = this.#random;
    const symbol = this.#symbols === 1 ? 0 : random.pick(this.#symbolWeights);
    if (random.u32() % 200 === 0) {
      const mid = this.#mids[symbol]!;
      if (mid > MID_START + 300) this.#mids[symbol] = mid - 1;
      else if (mid < MID_START - 300) this.#mids[symbol] = mid + 1;
      else this.#mids[symbol] = mid + (random.u32() & 1 ? 1 : -1);
    }
    const live = this.#books[symbol]!.live.length;
    let shift = 0;
    if (live < this.#target * 0.98) shift = 0.04;
    else if (live > this.#target * 1.02) shift = -0.04;
    const x = random.unit();
    if (x < ADD + shift) this.#passive(symbol);
    else if (x < ADD + CANCEL) this.#cancel(symbol);
    else if (x < ADD + CANCEL + AGGRESSIVE) this.#aggressive(symbol);
    else this.#move(symbol);
  }

  #passivePrice(symbol: number, side: number): number {
    const distance = 1 + this.#random.pick(this.#distances);
    const book = this.#books[symbol]!;
    const mid = this.#mids[symbol]!;
    return side === 0
      ? Math.min(mid - distance, book.bestAsk() - 1)
      : Math.max(mid + distance, book.bestBid() + 1);
  }

  #passive(symbol: number): void {
    const side = this.#random.u32() & 1;
    const price = this.#passivePrice(symbol, side);
    const lots = this.#random.between(1, 100);
    const id = this.#orderIdNext++;
    const account = 1 + (this.#random.u32() % ACCOUNTS);
    this.#books[symbol]!.add({ id, symbol, side, price, lots, account, index: 0 });
    this.#emit(FlowOp.limit, side, symbol, id, account, price, lots);
  }

  #aggressive(symbol: number): void {
    const random = this.#random;
    const book = this.#books[symbol]!;
    const side = random.u32() & 1;
    const best = side === 0 ? book.bestAsk() : book.bestBid();
    if (side === 0 ? best >= PRICE_LIMIT : best <= 0) {
      this.#passive(symbol);
      return;
    }
    const sweep = random.unit() < 0.01;
    const slip = sweep ? random.between(5, 30) : random.between(0, 4);
    const lots = sweep ? random.between(300, 2000) : random.between(1, 110);
    const price = side === 0 ? best + slip : best - slip;
    const immediate = (random.u32() & 1) === 1;
    const id = this.#orderIdNext++;
    const account = 1 + (random.u32() % ACCOUNTS);
    this.#emit(immediate ? FlowOp.ioc : FlowOp.limit, side, symbol, id, account, price, lots);
    const left = book.match(side, price, lots, this.#dead);
    if (left > 0 && !immediate) book.add({ id, symbol, side, price, lots: left, account, index: 0 });
  }

  #cancel(symbol: number): void {
    const random = this.#random;
    const book = this.#books[symbol]!;
    const dead = this.#dead;
    if (dead.length > 0 && random.unit() < STALE_CANCELS) {
      const late = dead[dead.length - 1 - (random.u32() % Math.min(1000, dead.length))]!;
      this.#emit(FlowOp.cancel, late.side, late.symbol, late.id, late.account, 0, 0);
      return;
    }
    if (book.live.length === 0) {
      this.#passive(symbol);
      return;
    }
    const order = book.live[random.u32() % book.live.length]!;
    this.#emit(FlowOp.cancel, order.side, symbol, order.id, order.account, 0, 0);
    book.unrest(order);
    book.forget(order);
  }

  #move(symbol: number): void {
    const random = this.#random;
    const book = this.#books[symbol]!;
    if (book.live.length === 0) {
      this.#passive(symbol);
      return;
    }
    const order = book.live[random.u32() % book.live.length]!;
    const { side } = order;
    const best = side === 0 ? book.bestAsk() : book.bestBid();
    const toward = side === 0 ? 1 : -1;
    const crosses = random.unit() < CROSSING_MOVES && best > 0 && best < PRICE_LIMIT;
    let price = crosses ? best + toward * random.between(0, 2) : this.#passivePrice(symbol, side);
    if (price === order.price) price -= toward;
    this.#emit(FlowOp.move, side, symbol, order.id, order.account, price, order.lots);
    book.unrest(order);
    order.price = price;
    const left = book.match(side, price, order.lots, this.#dead);
    order.lots = left;
    if (left > 0) {
      book.rest(order);
    } else {
      book.forget(order);
      this.#dead.push(order);
    }
  }

  #emit(
    op: FlowOp,
    side: number,
    symbol: number,
    id: number,
    account: number,
    price: number,
    lots: number,
  ): void {
    const number = this.#at / RECORD_WORDS;
    this.#records.set([op | (side << 8) | (symbol << 16), id, account, price, lots, number], this.#at);
    this.#at += RECORD_WORDS;
    if (price === 0) return;
    this.#priceMin = Math.min(this.#priceMin, price);
    this.#priceMax = Math.max(this.#priceMax, price);
  }
}

/** Prices of generated flows lie below this. */
export const PRICE_LIMIT = 20_001;

/** An order of the generator's own book. */
export interface SimpleOrder {
  readonly id: number;
  readonly symbol: number;
  /** 0 buy, 1 sell. */
  readonly side: number;
  /** Ticks. */
  price: number;
  /** Open lots. */
  lots: number;
  readonly account: number;
  /** Place in `live`. */
  index: number;
}

interface Level {
  queue: SimpleOrder[];
  /** The first order of `queue` that still rests. */
  head: number;
  count: number;
}

/**
 * The book the flow generator draws from: plain arrays, so that it shares nothing with the book it measures.
 */
export class SimpleBook {
  /** Every resting order, in an order that depends on the flow alone: random draws index it. */
  readonly live: SimpleOrder[] = [];
  readonly #levels: [(Level | undefined)[], (Level | undefined)[]] = [[], []];
  #bid = 0;
  #ask = PRICE_LIMIT;

  /** The best bid, or 0. */
  bestBid(): number {
    const levels = this.#levels[0];
    while (this.#bid > 0 && !levels[this.#bid]?.count) this.#bid--;
    return this.#bid;
  }

  /** The best ask, or PRICE_LIMIT. */
  bestAsk(): number {
    const levels = this.#levels[1];
    while (this.#ask < PRICE_LIMIT && !levels[this.#ask]?.count) this.#ask++;
    return this.#ask;
  }

  add(order: SimpleOrder): void {
    order.index = this.live.length;
    this.live.push(order);
    this.rest(order);
  }

  rest(order: SimpleOrder): void {
    const levels = this.#levels[order.side as 0 | 1];
    let level = levels[order.price];
    if (level === undefined) {
      level = { queue: [], head: 0, count: 0 };
      levels[order.price] = level;
    }
    level.queue.push(order);
    level.count++;
    if (order.side === 0) this.#bid = Math.max(this.#bid, order.price);
    else this.#ask = Math.min(this.#ask, order.price);
  }

  /** Takes an order out of its level; it stays in `live`. */
  unrest(order: SimpleOrder): void {
    const level = this.#levels[order.side as 0 | 1][order.price]!;
    level.queue.splice(level.queue.indexOf(order, level.head), 1);
    level.count--;
  }

  /** Takes an order out of `live`: the last one takes its place. */
  forget(order: SimpleOrder): void {
    const last = this.live.pop()!;
    if (last === order) return;
    this.live[order.index] = last;
    last.index = order.index;
  }

  /** Matches a taker, adds finished makers to `dead`, and returns the lots left. */
  match(side: number, limit: number, lots: number, dead: SimpleOrder[]): number {
    let left = lots;
    while (left > 0) {
      const price = side === 0 ? this.bestAsk() : this.bestBid();
      if (side === 0 ? price >= PRICE_LIMIT || price > limit : price <= 0 || price < limit) break;
      const level = this.#levels[side === 0 ? 1 : 0][price]!;
      while (left > 0 && level.count > 0) {
        const maker = level.queue[level.head]!;
        const traded = Math.min(left, maker.lots);
        maker.lots -= traded;
        left -= traded;
        if (maker.lots > 0) continue;
        level.head++;
        level.count--;
        if (level.head > 64 && level.head * 2 > level.queue.length) {
          level.queue = level.queue.slice(level.head);
          level.head = 0;
        }
        this.forget(maker);
        dead.push(maker);
      }
    }
    return left;
  }
}

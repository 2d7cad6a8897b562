import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkIntegrity } from "./integrity.js";
import { Bound, Hot } from "./layout.js";
import { FILLS_MAX, OrderBooks } from "./order-books.js";

const NO_ACCOUNT = -1;

/** A book as a trader sees it: named orders, fills as text. */
class Desk {
  readonly books = new OrderBooks({ books: 3, maxOpenOrders: 20_000, maxPages: 64 });
  readonly #book: number;

  constructor(index = 0) {
    this.#book = this.books.book(index);
  }

  limit(id: number, side: "buy" | "sell", lots: number, price: number, account = 1, rests = true): string {
    const s = side === "buy" ? 0 : 1;
    const [left, fills] = this.#take(s, price, lots, NO_ACCOUNT);
    if (left > 0 && rests) {
      assert.notEqual(this.books.rest(this.#book, s, price, left, account, id, 0), 0);
    }
    checkIntegrity(this.books);
    return fills.join(" ");
  }

  ioc(id: number, side: "buy" | "sell", lots: number, price: number): string {
    return this.limit(id, side, lots, price, 1, false);
  }

  cancel(id: number): boolean {
    const order = this.books.find(id, 0);
    if (order === 0) return false;
    this.books.remove(order);
    this.books.release(order);
    checkIntegrity(this.books);
    return true;
  }

  move(id: number, price: number): string {
    const { books } = this;
    const order = books.find(id, 0);
    const side = books.sideOf(order);
    books.detach(order);
    const [left, fills] = this.#take(side, price, books.words[order + Hot.LOTS], NO_ACCOUNT);
    if (left > 0) {
      books.words[order + Hot.LOTS] = left;
      books.attach(this.#book, side, price, order);
    } else {
      books.unindex(order);
      books.release(order);
    }
    checkIntegrity(books);
    return fills.join(" ");
  }

  #take(side: number, price: number, lots: number, account: number): [number, string[]] {
    const { books } = this;
    const fills: string[] = [];
    let left = lots;
    do {
      books.fillCount = 0;
      left = books.match(this.#book, side, price, left, account);
      for (let at = 0; at < books.fillCount * 4; at += 4) {
        const [maker, traded, at_, open] = books.fills.subarray(at, at + 4);
        fills.push(`${books.words[maker + 5]}:${traded}@${at_}`);
        if (open === 0) books.release(maker);
      }
    } while (left > 0 && books.fillCount === FILLS_MAX);
    return [left, fills];
  }

  get best(): string {
    return `${this.books.bestBid(this.#book)}/${this.books.bestAsk(this.#book)}`;
  }

  open(id: number): number {
    const order = this.books.find(id, 0);
    return order === 0 ? 0 : this.books.words[order + Hot.LOTS];
  }

  /** Every order, best first, oldest first: id:lots@price. */
  side(side: 0 | 1): string {
    const { books } = this;
    const out: string[] = [];
    for (let l = books.bestLevel(this.#book, side); l !== 0; l = books.nextLevel(this.#book, side, l)) {
      for (let o = books.firstOrder(l); o !== 0; o = books.after(o)) {
        out.push(`${books.words[o + 5]}:${books.words[o + Hot.LOTS]}@${books.priceOf(o)}`);
      }
    }
    return out.join(" ");
  }
}

test("a trade happens at the maker's price, not the taker's", () => {
  const desk = new Desk();
  desk.limit(1, "sell", 5, 100);
  assert.equal(desk.limit(2, "buy", 5, 110), "1:5@100");
  desk.limit(3, "buy", 5, 90);
  assert.equal(desk.limit(4, "sell", 5, 80), "3:5@90");
});

test("a partly filled maker keeps its place", () => {
  const desk = new Desk();
  desk.limit(1, "sell", 5, 100);
  desk.limit(2, "sell", 5, 100);
  assert.equal(desk.ioc(3, "buy", 2, 100), "1:2@100");
  assert.equal(desk.ioc(4, "buy", 4, 100), "1:3@100 2:1@100");
});

test("a reduced order keeps its place, a moved one loses it", () => {
  const desk = new Desk();
  for (const id of [1, 2, 3]) desk.limit(id, "sell", 5, 100);
  desk.books.reduce(desk.books.find(1, 0), 3);
  checkIntegrity(desk.books);
  desk.move(2, 101);
  desk.move(2, 100);
  assert.equal(desk.side(1), "1:2@100 3:5@100 2:5@100");
});

test("cancelling a middle order keeps those behind it", () => {
  const desk = new Desk();
  for (const id of [1, 2, 3]) desk.limit(id, "buy", 5, 100);
  assert.equal(desk.cancel(2), true);
  assert.equal(desk.ioc(4, "sell", 10, 100), "1:5@100 3:5@100");
});

test("a move into the other side trades and never rests a crossed book", () => {
  const desk = new Desk();
  desk.limit(1, "sell", 5, 100);
  desk.limit(2, "buy", 8, 90);
  assert.equal(desk.move(2, 105), "1:5@100");
  assert.equal(desk.best, "105/0");
  assert.equal(desk.open(2), 3);
});

test("a filled order cannot be cancelled and leaves the id index", () => {
  const desk = new Desk();
  desk.limit(1, "sell", 5, 100);
  desk.ioc(2, "buy", 5, 100);
  assert.equal(desk.cancel(1), false);
  assert.equal(desk.books.orderCount, 0);
});

test("what an immediate order leaves does not rest", () => {
  const desk = new Desk();
  desk.limit(1, "sell", 5, 100);
  assert.equal(desk.ioc(2, "buy", 9, 100), "1:5@100");
  assert.equal(desk.best, "0/0");
  assert.equal(desk.cancel(2), false);
});

test("no phantom best price stays when the best level empties", () => {
  const desk = new Desk();
  desk.limit(1, "buy", 5, 100);
  desk.limit(2, "buy", 5, 90);
  desk.limit(3, "buy", 5, 3);
  desk.cancel(1);
  assert.equal(desk.best, "90/0");
  desk.ioc(4, "sell", 5, 90);
  assert.equal(desk.best, "3/0");
  assert.equal(desk.ioc(5, "sell", 1, 4), "");
  desk.cancel(3);
  assert.equal(desk.best, "0/0");
});

test("no trade has quantity zero", () => {
  const desk = new Desk();
  desk.limit(1, "sell", 5, 100);
  desk.limit(2, "sell", 5, 101);
  assert.equal(desk.limit(3, "buy", 5, 105), "1:5@100");
  assert.equal(desk.side(0), "");
});

test("an id can name a new order once the old one is gone", () => {
  const desk = new Desk();
  desk.limit(7, "sell", 5, 100);
  desk.cancel(7);
  desk.limit(7, "buy", 3, 50);
  assert.equal(desk.side(0), "7:3@50");
  assert.equal(desk.side(1), "");
});

test("a marketable limit stops at its own limit", () => {
  const desk = new Desk();
  desk.limit(1, "sell", 5, 100);
  desk.limit(2, "sell", 5, 102);
  assert.equal(desk.limit(3, "buy", 10, 101), "1:5@100");
  assert.equal(desk.best, "101/102");
});

test("the next best price is found across pages and nodes", () => {
  const desk = new Desk();
  const prices = [1, 31, 32, 1023, 1024, 70_000, 2 ** 20 - 1, 2 ** 20, 2 ** 25 + 5, Bound.PRICE_MAX];
  prices.forEach((price, i) => {
    desk.limit(i + 1, "sell", 1, price);
  });
  for (const [i, price] of prices.entries()) {
    assert.equal(desk.best, `0/${price}`);
    assert.equal(desk.ioc(100 + i, "buy", 1, Bound.PRICE_MAX), `${i + 1}:1@${price}`);
  }
  prices.forEach((price, i) => {
    desk.limit(i + 1, "buy", 1, price);
  });
  for (const [i, price] of [...prices.entries()].reverse()) {
    assert.equal(desk.best, `${price}/0`);
    desk.cancel(i + 1);
  }
});

test("matching stops before the taker's own order and can go on after it is gone", () => {
  const { books } = new Desk();
  const book = books.book(1);
  for (const [id, account] of [
    [1, 8],
    [2, 9],
    [3, 8],
  ] as const) {
    books.rest(book, 1, 100, 5, account, id, 0);
  }
  let left = books.match(book, 0, 100, 12, 9);
  assert.equal(left, 7);
  assert.equal(books.selfOrder, books.find(2, 0));
  books.remove(books.selfOrder);
  left = books.match(book, 0, 100, left, 9);
  assert.equal(left, 2);
  assert.equal(books.fillCount, 2);
  assert.equal(books.bestAsk(book), 0);
});

test("a sweep longer than the scratch goes on in the next call", () => {
  const desk = new Desk();
  const { books } = desk;
  for (let i = 0; i < FILLS_MAX + 10; i++) books.rest(books.book(0), 1, 100 + (i & 7), 1, 1, i + 1, 0);
  const fills = desk.limit(9999, "buy", FILLS_MAX + 5, 200).split(" ");
  assert.equal(fills.length, FILLS_MAX + 5);
  assert.equal(books.orderCount, 5);
});

test("a full pool refuses a new order and stays whole", () => {
  const books = new OrderBooks({ books: 1, maxOpenOrders: 2, maxPages: 2 });
  const book = books.book(0);
  books.rest(book, 0, 5, 1, 1, 1, 0);
  assert.equal(books.hasRoom, true);
  books.rest(book, 0, 5, 1, 1, 2, 0);
  assert.equal(books.hasRoom, false);
  assert.equal(books.rest(book, 0, 5, 1, 1, 3, 0), 0);
  checkIntegrity(books);
  const wide = new OrderBooks({ books: 1, maxOpenOrders: 9, maxPages: 2 });
  for (const price of [1, 5000]) wide.rest(wide.book(0), 0, price, 1, 1, price, 0);
  assert.equal(wide.rest(wide.book(0), 0, 9000, 1, 1, 3, 0), 0);
  checkIntegrity(wide);
});

test("ids above 2^32 are told apart", () => {
  const books = new OrderBooks({ books: 1, maxOpenOrders: 16, maxPages: 2 });
  const a = books.rest(books.book(0), 0, 5, 1, 1, -1, 3);
  const b = books.rest(books.book(0), 0, 5, 1, 1, -1, 4);
  assert.deepEqual([books.find(-1, 3), books.find(-1, 4), books.find(-1, 5)], [a, b, 0]);
  books.remove(a);
  books.release(a);
  assert.deepEqual([books.find(-1, 3), books.find(-1, 4)], [0, b]);
  checkIntegrity(books);
});

test("any sequence of orders leaves a whole book, and the same one as a sorted list gives", () => {
  const command = fc.record({
    op: fc.constantFrom("limit", "limit", "ioc", "cancel", "move"),
    side: fc.constantFrom("buy", "sell") as fc.Arbitrary<"buy" | "sell">,
    lots: fc.integer({ min: 1, max: 20 }),
    price: fc.oneof(fc.integer({ min: 95, max: 105 }), fc.integer({ min: 1, max: 4000 })),
    pick: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
      const desk = new Desk(2);
      const plain = new PlainBook();
      commands.forEach(({ op, side, lots, price, pick }, i) => {
        const id = i + 1;
        const target = plain.pick(pick);
        if (op === "limit")
          assert.equal(desk.limit(id, side, lots, price), plain.limit(id, side, lots, price, true));
        else if (op === "ioc")
          assert.equal(desk.ioc(id, side, lots, price), plain.limit(id, side, lots, price, false));
        else if (target !== 0 && op === "cancel")
          assert.equal(desk.cancel(target), plain.remove(target) !== undefined);
        else if (target !== 0) {
          const order = plain.remove(target)!;
          assert.equal(desk.move(target, price), plain.limit(target, order.side, order.lots, price, true));
        }
        assert.equal(desk.side(0), plain.text("buy"));
        assert.equal(desk.side(1), plain.text("sell"));
      });
    }),
    { numRuns: 60 },
  );
});

interface PlainOrder {
  readonly id: number;
  readonly side: "buy" | "sell";
  lots: number;
  readonly price: number;
}

/** One array in order of arrival, searched from end to end: slow and plainly right. */
class PlainBook {
  #orders: PlainOrder[] = [];

  limit(id: number, side: "buy" | "sell", lots: number, limit: number, rests: boolean): string {
    const fills: string[] = [];
    let left = lots;
    for (const maker of this.#sorted(side === "buy" ? "sell" : "buy")) {
      if (left === 0 || (side === "buy" ? maker.price > limit : maker.price < limit)) break;
      const traded = Math.min(left, maker.lots);
      fills.push(`${maker.id}:${traded}@${maker.price}`);
      left -= traded;
      maker.lots -= traded;
    }
    this.#orders = this.#orders.filter((order) => order.lots > 0);
    if (left > 0 && rests) this.#orders.push({ id, side, lots: left, price: limit });
    return fills.join(" ");
  }

  remove(id: number): PlainOrder | undefined {
    const index = this.#orders.findIndex((order) => order.id === id);
    return index < 0 ? undefined : this.#orders.splice(index, 1)[0];
  }

  pick(n: number): number {
    return this.#orders.length === 0 ? 0 : this.#orders[n % this.#orders.length].id;
  }

  text(side: "buy" | "sell"): string {
    return this.#sorted(side)
      .map((o) => `${o.id}:${o.lots}@${o.price}`)
      .join(" ");
  }

  #sorted(side: "buy" | "sell"): PlainOrder[] {
    const sign = side === "buy" ? -1 : 1;
    return this.#orders.filter((order) => order.side === side).sort((a, b) => sign * (a.price - b.price));
  }
}

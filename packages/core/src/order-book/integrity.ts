import { Book, Bound, Global, Hot, LevelBits, Node, Page, PageHeader } from "./layout.js";
import type { OrderBooks } from "./order-books.js";

/**
 * Checks everything that must always hold between two commands, by walking all of it, and throws an error
 * that names the first thing that does not: lists, sums, bitmaps, best prices, index, and that no order, page
 * or node is lost. For tests: its time grows with the state.
 */
export function checkIntegrity(books: OrderBooks): void {
  const seen = new Set<number>();
  let pages = 0;
  let nodes = 0;
  for (let i = 0; i < books.bookCount; i++) {
    const counts = checkBook(books, books.book(i), `book ${i}`, seen);
    pages += counts.pages;
    nodes += counts.nodes;
  }
  const m = books.words;
  const at = books.regions;
  expect(
    seen.size === m[Global.ORDER_COUNT],
    `${m[Global.ORDER_COUNT]} orders are taken but ${seen.size} rest`,
  );
  expect(pages === m[Global.PAGE_COUNT], `${m[Global.PAGE_COUNT]} pages are taken but ${pages} are in books`);
  expect(nodes === m[Global.NODE_COUNT], `${m[Global.NODE_COUNT]} nodes are taken but ${nodes} are in books`);
  checkIndex(books, seen);
  const freeOrders = chainLength(m[Global.FREE_ORDER], (order) => m[order + Hot.NEXT]);
  expect((m[Global.ORDER_TOP] - at.orders) / Hot.WORDS === freeOrders + seen.size, "an order record is lost");
  const freePages = chainLength(
    m[Global.FREE_PAGE],
    (page) => m[books.directory.headerOf(page) + PageHeader.BOOK],
  );
  expect((m[Global.PAGE_TOP] - at.pages) / Page.WORDS === freePages + pages, "a page is lost");
  const freeNodes = chainLength(m[Global.FREE_NODE], (node) => m[node + Node.PAGES]);
  expect((m[Global.NODE_TOP] - at.nodes) / Node.WORDS === freeNodes + nodes, "a node is lost");
}

function checkBook(books: OrderBooks, book: number, name: string, seen: Set<number>) {
  const m = books.words;
  const best = [Bound.NO_BID, Bound.NO_ASK];
  const bestLevel = [0, 0];
  let pages = 0;
  let nodes = 0;
  for (let n = 0; n < Book.NODE_COUNT; n++) {
    const node = m[book + Book.NODES + n];
    const held = [0, 0];
    if (node !== 0) {
      nodes++;
      for (let k = 0; k < 1024; k++) {
        const page = m[node + Node.PAGES + k];
        const key = (n << 10) | k;
        const levels = page === 0 ? [0, 0] : checkPage(books, book, page, key, seen, best, bestLevel);
        if (page !== 0) {
          pages++;
          expect(levels[0] + levels[1] > 0, `${name}: page ${key} is empty but not given back`);
        }
        for (let side = 0; side < 2; side++) {
          held[side] += levels[side] > 0 ? 1 : 0;
          expect(
            bitAt(m, node + Node.BITS + 32 * side, k) === levels[side] > 0,
            `${name}: node bit of page ${key}`,
          );
        }
      }
      for (let side = 0; side < 2; side++) {
        checkSummary(m, node + Node.SUMMARY + side, node + Node.BITS + 32 * side, `${name}: node ${n}`);
      }
      expect(held[0] + held[1] > 0, `${name}: node ${n} is empty but not given back`);
    }
    for (let side = 0; side < 2; side++) {
      expect(bitAt(m, book + Book.BITS + 4 * side, n) === held[side] > 0, `${name}: bit of node ${n}`);
    }
  }
  expect(m[book + Book.BID] === best[0], `${name}: best bid is ${m[book + Book.BID]}, should be ${best[0]}`);
  expect(m[book + Book.ASK] === best[1], `${name}: best ask is ${m[book + Book.ASK]}, should be ${best[1]}`);
  for (let side = 0; side < 2; side++) {
    expect(m[book + Book.BID_LEVEL + side] === bestLevel[side], `${name}: best level of side ${side}`);
  }
  expect(best[0] < best[1], `${name}: crossed, bid ${best[0]} and ask ${best[1]}`);
  const cached = m[book + Book.CACHED_KEY];
  if (cached >= 0) {
    expect(books.directory.pageAt(book, cached) === m[book + Book.CACHED_PAGE], `${name}: remembered page`);
  }
  return { pages, nodes };
}

/** Returns the number of occupied levels of each side; raises `best` and `bestLevel`. */
function checkPage(
  books: OrderBooks,
  book: number,
  page: number,
  key: number,
  seen: Set<number>,
  best: number[],
  bestLevel: number[],
): number[] {
  const m = books.words;
  const header = books.directory.headerOf(page);
  const occupied = [0, 0];
  expect(m[header + PageHeader.BOOK] === book && m[header + PageHeader.KEY] === key, `page ${key}: header`);
  for (let index = 0; index < 1024; index++) {
    const level = page + 4 * index;
    const price = (key << 10) | index;
    const side = checkLevel(books, level, price, seen);
    for (let s = 0; s < 2; s++) {
      expect(
        bitAt(m, header + PageHeader.BITS + 32 * s, index) === (side === s),
        `bit of price ${price}, side ${s}`,
      );
    }
    if (side < 0) continue;
    occupied[side]++;
    if (side === 0 ? price > best[0] : price < best[1]) {
      best[side] = price;
      bestLevel[side] = level;
    }
  }
  for (let side = 0; side < 2; side++) {
    checkSummary(m, header + PageHeader.SUMMARY + side, header + PageHeader.BITS + 32 * side, `page ${key}`);
  }
  return occupied;
}

/** Returns the side of the level's orders, −1 when it has none. */
function checkLevel(books: OrderBooks, level: number, price: number, seen: Set<number>): number {
  const m = books.words;
  let side = -1;
  let lots = 0;
  let before = level;
  for (let order = m[level + Hot.NEXT]; order !== level; order = m[order + Hot.NEXT]) {
    expect(!seen.has(order), `price ${price}: an order is listed twice`);
    seen.add(order);
    if (side < 0) side = m[order + Hot.LEVEL] & 1;
    expect(m[order + Hot.PREV] === before, `price ${price}: the list does not lead back`);
    expect(
      (m[order + Hot.LEVEL] & ~LevelBits.HIDES_MORE) === (level | side),
      `price ${price}: an order names another level or side`,
    );
    expect(m[order + Hot.LOTS] > 0, `price ${price}: an order without open lots rests`);
    expect(m[order + Hot.ACCOUNT] !== 0, `price ${price}: an order without account rests`);
    lots += m[order + Hot.LOTS];
    before = order;
  }
  expect(m[level + Hot.PREV] === before, `price ${price}: the tail is not the last order`);
  expect(books.lotsAt(level) === lots, `price ${price}: sum of lots is ${books.lotsAt(level)}, not ${lots}`);
  return side;
}

function checkIndex(books: OrderBooks, resting: Set<number>): void {
  const m = books.words;
  const { heads, headMask } = books.regions;
  let indexed = 0;
  for (let i = 0; i <= headMask; i++) {
    for (let order = m[heads + i]; order !== 0; order = m[order + Hot.CHAIN]) {
      expect(resting.has(order), "the id index holds an order that does not rest");
      expect(books.headOf(order) === heads + i, "an order hangs in the wrong chain of the id index");
      expect(
        books.find(m[order + Hot.ID_LO], m[order + Hot.ID_HI]) === order,
        "the id index finds another order",
      );
      indexed++;
    }
  }
  expect(indexed === resting.size, `${resting.size} orders rest but ${indexed} are in the id index`);
}

function checkSummary(m: Int32Array, summaryAt: number, bitsAt: number, name: string): void {
  for (let word = 0; word < 32; word++) {
    expect(bitAt(m, summaryAt, word) === (m[bitsAt + word] !== 0), `${name}: summary bit ${word}`);
  }
}

function chainLength(head: number, next: (at: number) => number): number {
  let length = 0;
  for (let at = head; at !== 0; at = next(at)) length++;
  return length;
}

const bitAt = (m: Int32Array, at: number, bit: number): boolean =>
  ((m[at + (bit >>> 5)] >>> (bit & 31)) & 1) === 1;

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`order book integrity: ${what}`);
}

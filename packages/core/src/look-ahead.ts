import { CancelOrder, CommandHeader, CommandType, NewOrder, type WordBuffer } from "@buttonwood/protocol";
import { NameSpace, nameHash } from "./client-ids/id-memory.js";
import { MarketRow } from "./instrument/market-table.js";
import { AccountMarket } from "./ledger/account-markets.js";
import { Book, Hot } from "./order-book/layout.js";
import { Cold } from "./orders/order-store.js";
import { wouldMatch } from "./risk/place-checks.js";
import { position } from "./state/position.js";
import { Scalar } from "./state/scalars.js";
import type { State } from "./state/state.js";

/** Commands looked at together: about as many reads as a processor keeps under way at once. */
const COMMANDS = 16;

/**
 * Reads what the next commands will need, so that the processor fetches it from memory all together instead of
 * one after the other as each command comes to it. Changes nothing, and what it misses is only read later.
 *
 * With hundreds of markets an order touches some ten places that no cache holds, each found through the one
 * before. Here the first places of all commands are read in a row without waiting, then the second, and so on
 * (group prefetching: Chen, Ailamaki, Gibbons, Mowry, "Improving hash join performance through prefetching", 2004).
 */
export class LookAhead {
  readonly #state: State;
  /** By command: the row of its account on its market, 0 = none. */
  readonly #rows = new Int32Array(COMMANDS);
  /** By command: the order it names or meets, 0 = none. */
  readonly #orders = new Int32Array(COMMANDS);
  /** By command: the hash of a new order's client id, the low word of the id of an order that is named. */
  readonly #hashes = new Int32Array(COMMANDS);
  readonly #ids = new Int32Array(COMMANDS);
  /** Keeps the compiler from leaving reads out. */
  #sum = 0;

  constructor(state: State) {
    this.#state = state;
  }

  /** Looks at the commands from word `from` on, a few at a time, and returns the word where they end. */
  read(commands: WordBuffer, from: number): number {
    const end = this.#find(commands, from);
    this.#readIndexes();
    this.#readRecords();
    this.#readNeighbours();
    this.#readBalances();
    return end;
  }

  #find(commands: WordBuffer, from: number): number {
    const w = commands.i32;
    let next = from;
    for (let i = 0; i < COMMANDS; i++) {
      this.#rows[i] = 0;
      this.#orders[i] = 0;
      this.#hashes[i] = 0;
      this.#ids[i] = 0;
      if (next >= commands.length) continue;
      const at = position(next);
      const head = w[at];
      next = at + (head >>> 8);
      switch (head & 0xff) {
        case CommandType.NEW_ORDER:
          this.#findOfNewOrder(i, w, at);
          break;
        case CommandType.CANCEL_ORDER:
        case CommandType.MOVE_ORDER:
        case CommandType.REDUCE_ORDER:
          this.#ids[i] = commands.f64[(at + CancelOrder.ORDER_ID) >> 1] | 0;
          break;
      }
    }
    return next;
  }

  #findOfNewOrder(i: number, w: Int32Array, start: number): void {
    const { accountMarkets, books, markets, scalars } = this.#state;
    const at = position(start);
    const account = w[at + CommandHeader.ACCOUNT];
    const market = w[at + NewOrder.MARKET];
    if (!(market >= 0 && market < scalars[Scalar.MARKETS])) return;
    this.#rows[i] = accountMarkets.headOf(account, market);
    this.#hashes[i] = nameHash(account, NameSpace.ORDERS, w[at + NewOrder.ID_LENGTH], w, at + NewOrder.ID);
    const side = w[at + NewOrder.KIND] & 1;
    const price = w[at + NewOrder.PRICE_TICKS];
    const m = books.words;
    const book = position(markets.words[markets.row(market) + MarketRow.BOOK]);
    if (wouldMatch(m, book, side, price)) {
      // The first maker; a level of 0 holds none.
      this.#orders[i] = m[m[book + Book.BID_LEVEL + (side ^ 1)] + Hot.NEXT];
    } else if (m[book + Book.CACHED_KEY] === price >> 10) {
      // The order it will stand behind.
      const level = position(m[book + Book.CACHED_PAGE] + ((price & 1023) << 2));
      this.#sum ^= m[m[level + Hot.PREV]];
    }
  }

  /** Loops as short as can be: a processor keeps more reads under way the fewer instructions lie between them. */
  #readIndexes(): void {
    const { books, ids } = this.#state;
    let sum = 0;
    for (let i = 0; i < COMMANDS; i++) sum ^= ids.placeOf(this.#hashes[i]);
    this.#sum ^= sum;
    for (let i = 0; i < COMMANDS; i++) {
      if (this.#ids[i] !== 0) this.#orders[i] = books.chainOf(this.#ids[i]);
    }
  }

  #readRecords(): void {
    const { accountMarkets, books, orders } = this.#state;
    let sum = 0;
    for (let i = 0; i < COMMANDS; i++) {
      const order = position(this.#orders[i]);
      sum ^= accountMarkets.words[this.#rows[i]];
      if (order === 0) continue;
      const cold = orders.cold(order);
      sum ^= books.words[order] ^ orders.words[cold] ^ orders.words[cold + Cold.ACCOUNT_MARKET];
    }
    this.#sum ^= sum;
  }

  #readNeighbours(): void {
    const { accountMarkets, balances, books, orders } = this.#state;
    const hot = books.words;
    const am = accountMarkets.words;
    let sum = 0;
    for (let i = 0; i < COMMANDS; i++) {
      const row = position(this.#rows[i]);
      const order = position(this.#orders[i]);
      sum ^=
        balances.words[am[row + AccountMarket.BASE_ROW]] ^ balances.words[am[row + AccountMarket.QUOTE_ROW]];
      if (order === 0) continue;
      sum ^= hot[hot[order + Hot.NEXT]] ^ hot[hot[order + Hot.PREV]];
      const other = orders.words[orders.cold(order) + Cold.ACCOUNT_MARKET];
      this.#rows[i] = other;
      sum ^= am[other];
    }
    this.#sum ^= sum;
  }

  /** Those of the accounts whose orders are named or met. */
  #readBalances(): void {
    const { accountMarkets, balances } = this.#state;
    const am = accountMarkets.words;
    let sum = 0;
    for (let i = 0; i < COMMANDS; i++) {
      if (this.#orders[i] === 0) continue;
      const row = position(this.#rows[i]);
      sum ^=
        balances.words[am[row + AccountMarket.BASE_ROW]] ^ balances.words[am[row + AccountMarket.QUOTE_ROW]];
    }
    this.#sum ^= sum;
  }
}

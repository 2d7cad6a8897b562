import {
  DIGEST_SEED_A,
  digestA,
  NewOrder,
  ORDERS_PER_COMMAND,
  OrderStatus,
  OrderType,
  Reason,
  TermsWords,
  type WordBuffer,
} from "@buttonwood/protocol";
import { IdEntry, NameSpace, nameHash } from "../client-ids/id-memory.js";
import type { EventWriter } from "../events/event-writer.js";
import { MarketRow } from "../instrument/market-table.js";
import type { Holds } from "../ledger/holds.js";
import { isUnpricedKind } from "../matching/list-effects.js";
import type { Matcher } from "../matching/matcher.js";
import type { Queues } from "../matching/queues.js";
import { isStopType } from "../matching/stops.js";
import type { Triggers } from "../matching/triggers.js";
import { Cold } from "../orders/order-store.js";
import { Terms } from "../orders/terms-table.js";
import { hasTerms, type NewOrderChecks } from "../risk/new-order-checks.js";
import { copy9 } from "../state/copy-words.js";
import { position } from "../state/position.js";
import { Scalar } from "../state/scalars.js";
import type { State } from "../state/state.js";

/** Takes new orders. `at` is always where a NEW_ORDER with the body at hand would start. */
export class NewOrders {
  readonly #state: State;
  readonly #events: EventWriter;
  readonly #holds: Holds;
  readonly #checks: NewOrderChecks;
  readonly #matcher: Matcher;
  readonly #triggers: Triggers;
  readonly #queues: Queues;
  /** Hash of the client id that was looked up last: that of the order to be taken. */
  #idHash = 0;

  constructor(
    state: State,
    events: EventWriter,
    holds: Holds,
    checks: NewOrderChecks,
    matcher: Matcher,
    triggers: Triggers,
    queues: Queues,
  ) {
    this.#state = state;
    this.#events = events;
    this.#holds = holds;
    this.#checks = checks;
    this.#matcher = matcher;
    this.#triggers = triggers;
    this.#queues = queues;
  }

  /** Step 3: forgets old ids, then looks this one up. Returns its entry in the id memory, or 0. */
  lookUp(command: WordBuffer, start: number, account: number): number {
    const at = position(start);
    const { ids } = this.#state;
    const w = command.i32;
    const length = w[at + NewOrder.ID_LENGTH];
    this.#idHash = nameHash(account, NameSpace.ORDERS, length, w, at + NewOrder.ID);
    ids.forgetOld();
    return ids.find(this.#idHash, account, NameSpace.ORDERS, length, w, at + NewOrder.ID);
  }

  /** What a command with a known id is told. */
  reasonOfKnown(entry: number, command: WordBuffer, at: number, terms: number): number {
    const same = this.#state.ids.words[entry + IdEntry.FINGERPRINT] === fingerprintOf(command, at, terms);
    return same ? Reason.REPEAT : Reason.DUPLICATE_CLIENT_ORDER_ID;
  }

  /** Steps 5 to 17. `terms`: where the order's terms stand, 0: it has none. */
  check(command: WordBuffer, at: number, account: number, terms: number): number {
    return this.#checks.check(command, at, account, hasTerms(command, terms) ? terms : 0);
  }

  /** Takes an order that has passed all checks, to its end or into its queue. Its id follows from the sequence. */
  take(command: WordBuffer, start: number, account: number, terms: number): void {
    const at = position(start);
    const { markets } = this.#state;
    const market = markets.row(command.i32[at + NewOrder.MARKET]);
    const order = this.create(command, at, account, terms, 0, this.#idHash);
    if (hasTerms(command, terms)) this.addTerms(order, command, terms);
    const type = (command.i32[at + NewOrder.KIND] >>> 8) & 0xff;
    const held = type !== OrderType.MARKET;
    if (held) this.#holds.take(order, command.i32[at + NewOrder.LOTS]);
    this.#events.accepted(order);
    if (isStopType(type)) {
      if (!this.#queues.waitForTrigger(order, market)) throw new Error("a page was promised");
    } else {
      this.#matcher.work(order, market, held);
      this.#triggers.run(market);
    }
  }

  /**
   * Makes the record of an order, in the index, in no queue and without terms, and remembers its client id, whose hash
   * is `idHash`. `leg`: its place among the orders of the command.
   */
  create(
    command: WordBuffer,
    start: number,
    account: number,
    terms: number,
    leg: number,
    idHash: number,
  ): number {
    const at = position(start);
    const { books, ids, orders, scalars, markets } = this.#state;
    const w = command.i32;
    const id = scalars[Scalar.SEQUENCE] * ORDERS_PER_COMMAND + leg;
    const lo = id | 0;
    const hi = (id / 0x1_0000_0000) | 0;
    const type = (w[at + NewOrder.KIND] >>> 8) & 0xff;
    const length = w[at + NewOrder.ID_LENGTH];
    const order = books.take(w[at + NewOrder.LOTS], account, lo, hi);
    const c = orders.cold(order);
    const o = orders.words;
    const f = orders.doubles;
    o[c + Cold.MARKET] = w[at + NewOrder.MARKET];
    o[c + Cold.KIND] = w[at + NewOrder.KIND];
    o[c + Cold.PRICE] = w[at + NewOrder.PRICE_TICKS];
    o[c + Cold.STOP] = w[at + NewOrder.STOP_TICKS];
    o[c + Cold.LOTS] = w[at + NewOrder.LOTS];
    o[c + Cold.EXECUTED] = 0;
    o[c + Cold.PREVENTED] = 0;
    o[c + Cold.STATUS] = OrderStatus.NEW | (length << 8);
    o[c + Cold.TERMS] = 0;
    f[(c + Cold.EXECUTED_QUOTE) >> 1] = 0;
    f[(c + Cold.QUOTE_AMOUNT) >> 1] = command.f64[(at + NewOrder.QUOTE_AMOUNT) >> 1];
    f[(c + Cold.CREATED_US) >> 1] = scalars[Scalar.NOW];
    f[(c + Cold.WORKING_US) >> 1] = isStopType(type) ? 0 : scalars[Scalar.NOW];
    f[(c + Cold.RANK) >> 1] = 0;
    orders.clearHash(order);
    const fingerprint = fingerprintOf(command, at, terms);
    copy9(o, c + Cold.CLIENT_ID, w, at + NewOrder.ID);
    ids.remember(idHash, account, NameSpace.ORDERS, length, w, at + NewOrder.ID, lo, hi, fingerprint);
    const market = markets.row(w[at + NewOrder.MARKET]);
    o[c + Cold.ACCOUNT_MARKET] = this.#accountMarket(account, w[at + NewOrder.MARKET], market);
    orders.open(order);
    return order;
  }

  /** Gives an order a row of terms, from the words at `from`. There must be room. Returns the row. */
  addTerms(order: number, command: WordBuffer, from: number): number {
    const { orders, terms, markets, goodTill } = this.#state;
    const c = orders.cold(order);
    const w = orders.words;
    const row = terms.take();
    const bips = command.i32[from + TermsWords.TRAILING_BIPS];
    const expiresUs = command.f64[(from + TermsWords.EXPIRES_US) >> 1];
    w[c + Cold.TERMS] = row;
    terms.words[row + Terms.HELD] = holdsSomething(w[c + Cold.KIND], w[c + Cold.PRICE], bips) ? 1 : 0;
    terms.words[row + Terms.DISPLAY] = command.i32[from + TermsWords.DISPLAY_LOTS];
    terms.words[row + Terms.TRAILING_BIPS] = bips;
    if (bips !== 0 && w[c + Cold.STOP] === 0) {
      terms.words[row + Terms.TRAILING_TICKS] =
        markets.words[markets.row(w[c + Cold.MARKET]) + MarketRow.LAST];
    }
    terms.doubles[(row + Terms.EXPIRES_US) >> 1] = expiresUs;
    if (expiresUs !== 0) goodTill.add(expiresUs, orders.idOf(order));
    return row;
  }

  #accountMarket(account: number, number: number, market: number): number {
    const { accountMarkets, balances, markets, accountBalances } = this.#state;
    const row = accountMarkets.find(account, number);
    if (row !== 0) return row;
    const base = balances.take(account, markets.words[market + MarketRow.BASE], accountBalances);
    const quote = balances.take(account, markets.words[market + MarketRow.QUOTE], accountBalances);
    return accountMarkets.take(account, number, base, quote);
  }
}

const holdsSomething = (kind: number, priceTicks: number, trailingBips: number): boolean =>
  ((kind >>> 8) & 0xff) !== OrderType.MARKET && !isUnpricedKind(kind, priceTicks, trailingBips);

/** Tells two orders under the same client id apart. */
function fingerprintOf(command: WordBuffer, start: number, terms: number): number {
  const lane = foldOrder(DIGEST_SEED_A, command, start);
  return hasTerms(command, terms) ? foldTerms(lane, command, terms) : lane;
}

/** Folds an order's words, without its terms. */
export function foldOrder(seed: number, command: WordBuffer, start: number): number {
  const at = position(start);
  const w = command.i32;
  let lane = seed;
  for (let i: number = NewOrder.MARKET; i < NewOrder.QUOTE_AMOUNT + 2; i++) {
    lane = digestA(lane, i === NewOrder.RESERVED ? 0 : w[at + i]);
  }
  return lane;
}

/** Folds the words of an order's terms. */
export function foldTerms(seed: number, command: WordBuffer, terms: number): number {
  let lane = seed;
  for (let i = 0; i < TermsWords.RESERVED; i++) lane = digestA(lane, command.i32[terms + i]);
  return lane;
}

import {
  DIGEST_SEED_A,
  digestA,
  NewOrder,
  ORDERS_PER_COMMAND,
  OrderStatus,
  OrderType,
  Reason,
  type WordBuffer,
} from "@buttonwood/protocol";
import { IdEntry, NameSpace, nameHash } from "../client-ids/id-memory.js";
import type { EventWriter } from "../events/event-writer.js";
import { MarketRow } from "../instrument/market-table.js";
import { AccountMarket } from "../ledger/account-markets.js";
import type { Holds } from "../ledger/holds.js";
import type { Matcher } from "../matching/matcher.js";
import { isStopType, type Triggers, waitsForRise } from "../matching/triggers.js";
import { Cold } from "../orders/order-store.js";
import type { NewOrderChecks } from "../risk/new-order-checks.js";
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
  /** Hash of the client id that was looked up last: that of the order to be taken. */
  #idHash = 0;

  constructor(
    state: State,
    events: EventWriter,
    holds: Holds,
    checks: NewOrderChecks,
    matcher: Matcher,
    triggers: Triggers,
  ) {
    this.#state = state;
    this.#events = events;
    this.#holds = holds;
    this.#checks = checks;
    this.#matcher = matcher;
    this.#triggers = triggers;
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
  reasonOfKnown(entry: number, command: WordBuffer, at: number): number {
    const same = this.#state.ids.words[entry + IdEntry.FINGERPRINT] === fingerprintOf(command, at);
    return same ? Reason.REPEAT : Reason.DUPLICATE_CLIENT_ORDER_ID;
  }

  /** Steps 5 to 17. */
  check(command: WordBuffer, at: number, account: number): number {
    return this.#checks.check(command, at, account);
  }

  /** Takes an order that has passed all checks, to its end or into its queue. Its id follows from the sequence. */
  take(command: WordBuffer, start: number, account: number): void {
    const at = position(start);
    const { markets } = this.#state;
    const market = markets.row(command.i32[at + NewOrder.MARKET]);
    const order = this.#create(command, at, account, market);
    const kind = command.i32[at + NewOrder.KIND];
    const type = (kind >>> 8) & 0xff;
    const held = type !== OrderType.MARKET;
    if (held) this.#holds.take(order, command.i32[at + NewOrder.LOTS]);
    this.#events.accepted(order);
    if (isStopType(type)) {
      this.#waitForTrigger(order, market, kind & 1, type, command.i32[at + NewOrder.STOP_TICKS]);
    } else {
      this.#matcher.work(order, market, held);
      this.#triggers.run(market);
    }
  }

  #create(command: WordBuffer, start: number, account: number, market: number): number {
    const at = position(start);
    const { books, ids, orders, scalars } = this.#state;
    const w = command.i32;
    const id = scalars[Scalar.SEQUENCE] * ORDERS_PER_COMMAND;
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
    f[(c + Cold.EXECUTED_QUOTE) >> 1] = 0;
    f[(c + Cold.QUOTE_AMOUNT) >> 1] = command.f64[(at + NewOrder.QUOTE_AMOUNT) >> 1];
    f[(c + Cold.CREATED_US) >> 1] = scalars[Scalar.NOW];
    f[(c + Cold.WORKING_US) >> 1] = isStopType(type) ? 0 : scalars[Scalar.NOW];
    f[(c + Cold.RANK) >> 1] = 0;
    orders.clearHash(order);
    const fingerprint = fingerprintOf(command, at);
    copy9(o, c + Cold.CLIENT_ID, w, at + NewOrder.ID);
    const hash = this.#idHash;
    ids.remember(hash, account, NameSpace.ORDERS, length, w, at + NewOrder.ID, lo, hi, fingerprint);
    o[c + Cold.ACCOUNT_MARKET] = this.#accountMarket(account, w[at + NewOrder.MARKET], market);
    orders.open(order);
    return order;
  }

  #accountMarket(account: number, number: number, market: number): number {
    const { accountMarkets, balances, markets, accountBalances } = this.#state;
    const row = accountMarkets.find(account, number);
    if (row !== 0) return row;
    const base = balances.take(account, markets.words[market + MarketRow.BASE], accountBalances);
    const quote = balances.take(account, markets.words[market + MarketRow.QUOTE], accountBalances);
    return accountMarkets.take(account, number, base, quote);
  }

  #waitForTrigger(order: number, market: number, side: number, type: number, stop: number): void {
    const { books, markets, orders, accountMarkets } = this.#state;
    const rises = waitsForRise(side, type);
    const book = markets.words[market + (rises ? MarketRow.RISING : MarketRow.FALLING)];
    if (!books.attach(book, rises ? 1 : 0, stop, order)) throw new Error("a page was promised");
    accountMarkets.words[orders.words[orders.cold(order) + Cold.ACCOUNT_MARKET] + AccountMarket.STOPS]++;
    this.#matcher.rank(order);
  }
}

/** Tells two orders under the same client id apart. */
function fingerprintOf(command: WordBuffer, start: number): number {
  const at = position(start);
  const w = command.i32;
  let lane = DIGEST_SEED_A;
  for (let i: number = NewOrder.MARKET; i < NewOrder.QUOTE_AMOUNT + 2; i++) {
    lane = digestA(lane, i === NewOrder.RESERVED ? 0 : w[at + i]);
  }
  return lane;
}

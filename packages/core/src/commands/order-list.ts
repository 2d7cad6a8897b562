import {
  CLIENT_ID_WORDS,
  Contingency,
  DIGEST_SEED_A,
  digestA,
  LIST_LEGS_MAX,
  ListStatus,
  legAt,
  NewOrder,
  ORDERS_PER_COMMAND,
  OrderList,
  OrderStatus,
  OrderType,
  Reason,
  TermsWords,
  type WordBuffer,
} from "@buttonwood/protocol";
import { IdEntry, NameSpace, nameHash } from "../client-ids/id-memory.js";
import { isText, LowestByte } from "../client-ids/text-check.js";
import type { EventWriter } from "../events/event-writer.js";
import { MarketRow } from "../instrument/market-table.js";
import type { Holds } from "../ledger/holds.js";
import type { Ending } from "../matching/ending.js";
import { isUnpricedKind } from "../matching/list-effects.js";
import type { Matcher } from "../matching/matcher.js";
import type { Queues } from "../matching/queues.js";
import { isStopType, waitsForRise } from "../matching/stops.js";
import type { Triggers } from "../matching/triggers.js";
import { List, ListPhase } from "../orders/list-table.js";
import { Cold } from "../orders/order-store.js";
import { Terms } from "../orders/terms-table.js";
import type { Needs } from "../risk/needs.js";
import { areOrderWordsSound, type NewOrderChecks } from "../risk/new-order-checks.js";
import { placeRefusal } from "../risk/place-checks.js";
import { copy9 } from "../state/copy-words.js";
import { Scalar } from "../state/scalars.js";
import type { State } from "../state/state.js";
import { foldOrder, foldTerms, type NewOrders } from "./new-order.js";

/** ORDER_LIST: two or three orders under one sequence. */
export class OrderLists {
  readonly #state: State;
  readonly #events: EventWriter;
  readonly #holds: Holds;
  readonly #checks: NewOrderChecks;
  readonly #needs: Needs;
  readonly #newOrders: NewOrders;
  readonly #matcher: Matcher;
  readonly #triggers: Triggers;
  readonly #queues: Queues;
  readonly #ending: Ending;
  /** Hash of the list id that was looked up last, and those of the orders' ids. */
  #idHash = 0;
  readonly #legHashes = new Int32Array(LIST_LEGS_MAX);
  readonly #orders = new Int32Array(LIST_LEGS_MAX);

  constructor(
    state: State,
    events: EventWriter,
    holds: Holds,
    checks: NewOrderChecks,
    needs: Needs,
    newOrders: NewOrders,
    matcher: Matcher,
    triggers: Triggers,
    queues: Queues,
    ending: Ending,
  ) {
    this.#state = state;
    this.#events = events;
    this.#holds = holds;
    this.#checks = checks;
    this.#needs = needs;
    this.#newOrders = newOrders;
    this.#matcher = matcher;
    this.#triggers = triggers;
    this.#queues = queues;
    this.#ending = ending;
  }

  areWordsSound(command: WordBuffer, at: number): boolean {
    const w = command.i32;
    const contingency = w[at + OrderList.CONTINGENCY];
    if (!(contingency >= Contingency.OCO && contingency <= Contingency.OTOCO)) return false;
    const length = w[at + OrderList.ID_LENGTH];
    if (!isText(w, at + OrderList.ID, CLIENT_ID_WORDS, length, LowestByte.NO_BLANK)) return false;
    const market = w[legAt(at, 0) + NewOrder.MARKET];
    for (let leg = 0; leg < legsOf(contingency); leg++) {
      const order = legAt(at, leg);
      if (!areOrderWordsSound(command, order, termsOf(order)) || w[order + NewOrder.MARKET] !== market)
        return false;
    }
    return true;
  }

  /** Step 3 for the list's own id. Returns its entry in the id memory, or 0. */
  lookUp(command: WordBuffer, at: number, account: number): number {
    const { ids } = this.#state;
    const w = command.i32;
    const length = w[at + OrderList.ID_LENGTH];
    this.#idHash = nameHash(account, NameSpace.LISTS, length, w, at + OrderList.ID);
    ids.forgetOld();
    return ids.find(this.#idHash, account, NameSpace.LISTS, length, w, at + OrderList.ID);
  }

  reasonOfKnown(entry: number, command: WordBuffer, at: number): number {
    const same = this.#state.ids.words[entry + IdEntry.FINGERPRINT] === fingerprintOf(command, at);
    return same ? Reason.REPEAT : Reason.DUPLICATE_CLIENT_ORDER_ID;
  }

  /** The rest of step 3: whether an order's client id is known, or an earlier order's. */
  hasUsedId(command: WordBuffer, at: number, account: number): boolean {
    const { ids } = this.#state;
    const w = command.i32;
    const legs = legsOf(w[at + OrderList.CONTINGENCY]);
    for (let leg = 0; leg < legs; leg++) {
      const id = legAt(at, leg) + NewOrder.ID;
      const length = w[legAt(at, leg) + NewOrder.ID_LENGTH];
      const hash = nameHash(account, NameSpace.ORDERS, length, w, id);
      this.#legHashes[leg] = hash;
      if (ids.find(hash, account, NameSpace.ORDERS, length, w, id) !== 0) return true;
      for (let earlier = 0; earlier < leg; earlier++) {
        if (areIdsEqual(w, legAt(at, earlier), legAt(at, leg))) return true;
      }
    }
    return false;
  }

  /** All that is checked behind the deadline. */
  check(command: WordBuffer, at: number, account: number): number {
    const w = command.i32;
    const contingency = w[at + OrderList.CONTINGENCY];
    const legs = legsOf(contingency);
    const market = w[legAt(at, 0) + NewOrder.MARKET];
    const closed = this.#checks.checkPlace(account, market);
    if (closed !== Reason.OK) return closed;
    if (!this.#areShaped(command, at, contingency)) return Reason.MALFORMED_COMMAND;
    const row = this.#state.markets.row(market);
    let stops = 0;
    for (let leg = 0; leg < legs; leg++) {
      const order = legAt(at, leg);
      const filtered = this.#checks.filter(command, order, row, termsOf(order));
      if (filtered !== Reason.OK) return filtered;
      if (isStopType(typeOf(w, order))) stops++;
    }
    const counted = this.#checks.checkCounts(account, market, legs, stops);
    if (counted !== Reason.OK) return counted;
    const priced = this.#checkPrices(command, at, contingency, row);
    if (priced !== Reason.OK) return priced;
    if (!this.#checks.hasRoom(account, market, legs, legs, legs + 1)) return Reason.CAPACITY_REACHED;
    let need = 0;
    for (let leg = 0; leg < workingOf(contingency); leg++) {
      need = Math.max(need, this.#needOf(command, legAt(at, leg), row, account));
    }
    const free = this.#checks.free(account, market, w[legAt(at, 0) + NewOrder.KIND] & 1);
    return free < need ? Reason.INSUFFICIENT_BALANCE : Reason.OK;
  }

  #areShaped(command: WordBuffer, at: number, contingency: number): boolean {
    const w = command.i32;
    for (let leg = 0; leg < legsOf(contingency); leg++) {
      const order = legAt(at, leg);
      const terms = termsOf(order);
      if (!this.#checks.isShaped(command, order, terms)) return false;
      if (command.f64[(terms + TermsWords.EXPIRES_US) >> 1] !== 0) return false;
    }
    const above = aboveOf(contingency);
    if (above >= 0 && !isPair(w, legAt(at, above), legAt(at, above + 1))) return false;
    if (contingency === Contingency.OCO) return true;
    const working = typeOf(w, legAt(at, 0));
    return (
      (working === OrderType.LIMIT || working === OrderType.LIMIT_MAKER) &&
      command.f64[(legAt(at, 1) + NewOrder.QUOTE_AMOUNT) >> 1] === 0
    );
  }

  #checkPrices(command: WordBuffer, at: number, contingency: number, row: number): number {
    const w = command.i32;
    const last = this.#state.markets.words[row + MarketRow.LAST];
    const above = aboveOf(contingency);
    if (above >= 0) {
      const high = levelOf(w, legAt(at, above));
      const low = levelOf(w, legAt(at, above + 1));
      if (high !== 0 && low !== 0 && high <= low) return Reason.LIST_PRICES;
    }
    for (let leg = 0; leg < workingOf(contingency); leg++) {
      const order = legAt(at, leg);
      const kind = w[order + NewOrder.KIND];
      const price = w[order + NewOrder.PRICE_TICKS];
      if (contingency === Contingency.OCO && typeOf(w, order) === OrderType.LIMIT_MAKER) {
        if ((kind & 1) === 1 ? price <= last : price >= last) return Reason.LIST_PRICES;
      }
      const bips = w[termsOf(order) + TermsWords.TRAILING_BIPS];
      const refusal = placeRefusal(this.#state, row, kind, price, w[order + NewOrder.STOP_TICKS], bips);
      if (refusal !== Reason.OK) return refusal;
    }
    return Reason.OK;
  }

  #needOf(command: WordBuffer, order: number, row: number, account: number): number {
    const w = command.i32;
    return this.#needs.of(
      row,
      account,
      w[order + NewOrder.KIND],
      w[order + NewOrder.PRICE_TICKS],
      w[order + NewOrder.STOP_TICKS],
      w[order + NewOrder.LOTS],
      command.f64[(order + NewOrder.QUOTE_AMOUNT) >> 1],
      w[termsOf(order) + TermsWords.TRAILING_BIPS],
    );
  }

  /** Takes a list that has passed all checks. */
  take(command: WordBuffer, at: number, account: number): void {
    const { markets, scalars } = this.#state;
    const w = command.i32;
    const contingency = w[at + OrderList.CONTINGENCY];
    const legs = legsOf(contingency);
    const market = markets.row(w[legAt(at, 0) + NewOrder.MARKET]);
    const row = this.#createList(command, at, account, contingency);
    this.#events.list(row, ListStatus.EXECUTING);
    const id = scalars[Scalar.SEQUENCE] * ORDERS_PER_COMMAND;
    this.#state.ids.remember(
      this.#idHash,
      account,
      NameSpace.LISTS,
      w[at + OrderList.ID_LENGTH],
      w,
      at + OrderList.ID,
      id | 0,
      (id / 0x1_0000_0000) | 0,
      fingerprintOf(command, at),
    );
    const holder = contingency === Contingency.OCO ? this.#holderOf(command, at, account, market) : 0;
    for (let leg = 0; leg < legs; leg++) {
      this.#createOrder(command, at, account, row, leg, leg === holder, leg >= workingOf(contingency));
    }
    this.#state.lists.rehash(row);
    if (contingency === Contingency.OCO) {
      for (let leg = 0; leg < legs; leg++) this.#join(this.#orders[leg], market);
      return;
    }
    for (let leg = 1; leg < legs; leg++) this.#queues.pend(this.#orders[leg], market);
    this.#matcher.work(this.#orders[0], market, true);
    this.#triggers.run(market);
  }

  #createList(command: WordBuffer, at: number, account: number, contingency: number): number {
    const { lists, scalars } = this.#state;
    const w = command.i32;
    const row = lists.take();
    const l = lists.words;
    const legs = legsOf(contingency);
    lists.doubles[(row + List.ID) >> 1] = scalars[Scalar.SEQUENCE];
    lists.doubles[(row + List.CREATED_US) >> 1] = scalars[Scalar.NOW];
    l[row + List.ACCOUNT] = account;
    l[row + List.MARKET] = w[legAt(at, 0) + NewOrder.MARKET];
    l[row + List.CONTINGENCY] = contingency;
    l[row + List.PHASE] = contingency === Contingency.OCO ? ListPhase.PAIR : ListPhase.WAITS;
    l[row + List.LEGS] = legs;
    l[row + List.ID_LENGTH] = w[at + OrderList.ID_LENGTH];
    copy9(l, row + List.CLIENT_ID, w, at + OrderList.ID);
    for (let leg = 0; leg < legs; leg++) {
      l[row + List.LEG_ID_LENGTHS] |= w[legAt(at, leg) + NewOrder.ID_LENGTH] << (8 * leg);
      copy9(l, row + List.LEG_IDS + leg * CLIENT_ID_WORDS, w, legAt(at, leg) + NewOrder.ID);
    }
    return row;
  }

  #createOrder(
    command: WordBuffer,
    at: number,
    account: number,
    list: number,
    leg: number,
    holds: boolean,
    isPending: boolean,
  ): void {
    const { orders, lists, terms } = this.#state;
    const words = legAt(at, leg);
    const order = this.#newOrders.create(command, words, account, termsOf(words), leg, this.#legHashes[leg]);
    const row = this.#newOrders.addTerms(order, command, termsOf(words));
    terms.words[row + Terms.LIST] = list;
    terms.words[row + Terms.LEG] = lists.words[list + List.CONTINGENCY] | (leg << 8);
    if (!holds) terms.words[row + Terms.HELD] = 0;
    lists.words[list + List.ORDERS + leg] = order;
    lists.words[list + List.OPEN] |= 1 << leg;
    this.#orders[leg] = order;
    if (isPending) {
      this.#ending.setStatus(order, OrderStatus.PENDING_NEW);
      orders.doubles[(orders.cold(order) + Cold.WORKING_US) >> 1] = 0;
      terms.words[row + Terms.TRAILING_TICKS] = 0;
    }
    this.#holds.take(order, command.i32[words + NewOrder.LOTS]);
    this.#events.accepted(order);
  }

  /** Which order of an OCO locks funds: 0 or 1. */
  #holderOf(command: WordBuffer, at: number, account: number, row: number): number {
    const hold = (leg: number): number => {
      const order = legAt(at, leg);
      const w = command.i32;
      const bips = w[termsOf(order) + TermsWords.TRAILING_BIPS];
      if (isUnpricedKind(w[order + NewOrder.KIND], w[order + NewOrder.PRICE_TICKS], bips)) return 0;
      return this.#needOf(command, order, row, account);
    };
    return hold(1) > hold(0) ? 1 : 0;
  }

  /** Puts an order of an OCO where it waits: no LIMIT_MAKER of one would match, and each has a page. */
  #join(order: number, market: number): void {
    const { orders } = this.#state;
    if (!isStopType((orders.words[orders.cold(order) + Cold.KIND] >>> 8) & 0xff)) {
      this.#matcher.rest(order, market);
    } else if (!this.#queues.waitForTrigger(order, market)) {
      throw new Error("a page was promised");
    }
  }
}

const legsOf = (contingency: number): number => (contingency === Contingency.OTOCO ? LIST_LEGS_MAX : 2);

/** How many of a list's orders work at once, from the first. */
const workingOf = (contingency: number): number => (contingency === Contingency.OCO ? 2 : 1);

/** The place of the upper order of a list's pair; −1: it has none. */
function aboveOf(contingency: number): number {
  if (contingency === Contingency.OTO) return -1;
  return contingency === Contingency.OCO ? 0 : 1;
}

/** Where the terms of an order of a list stand. */
const termsOf = (order: number): number => order + NewOrder.WORDS;

const typeOf = (w: Int32Array, order: number): number => (w[order + NewOrder.KIND] >>> 8) & 0xff;

/** The price that an order of a pair waits for; 0: a trailing stop without one. */
const levelOf = (w: Int32Array, order: number): number =>
  w[order + (typeOf(w, order) === OrderType.LIMIT_MAKER ? NewOrder.PRICE_TICKS : NewOrder.STOP_TICKS)];

/** Whether two orders make a pair: of one side and quantity, one waits for the price to rise, the other to fall. */
function isPair(w: Int32Array, above: number, below: number): boolean {
  const side = w[above + NewOrder.KIND] & 1;
  if ((w[below + NewOrder.KIND] & 1) !== side) return false;
  if (w[above + NewOrder.LOTS] !== w[below + NewOrder.LOTS]) return false;
  return waits(typeOf(w, above), side, true) && waits(typeOf(w, below), side, false);
}

function waits(type: number, side: number, rise: boolean): boolean {
  if (type === OrderType.LIMIT_MAKER) return (side === 1) === rise;
  return isStopType(type) && waitsForRise(side, type) === rise;
}

function areIdsEqual(w: Int32Array, a: number, b: number): boolean {
  if (w[a + NewOrder.ID_LENGTH] !== w[b + NewOrder.ID_LENGTH]) return false;
  for (let i = 0; i < CLIENT_ID_WORDS; i++)
    if (w[a + NewOrder.ID + i] !== w[b + NewOrder.ID + i]) return false;
  return true;
}

function fingerprintOf(command: WordBuffer, at: number): number {
  const contingency = command.i32[at + OrderList.CONTINGENCY];
  let lane = digestA(DIGEST_SEED_A, contingency);
  for (let leg = 0; leg < legsOf(contingency); leg++) {
    const order = legAt(at, leg);
    lane = foldTerms(foldOrder(lane, command, order), command, termsOf(order));
  }
  return lane;
}

import {
  AccountStatus,
  CLIENT_ID_WORDS,
  ICEBERG_PARTS_MAX,
  MarketStatus,
  NewOrder,
  OrderType,
  Reason,
  SelfTradePrevention,
  TermsWords,
  TimeInForce,
  TRAILING_BIPS_MAX,
  TRAILING_BIPS_MIN,
  type WordBuffer,
} from "@buttonwood/protocol";
import { isText, LowestByte } from "../client-ids/text-check.js";
import { MarketRow } from "../instrument/market-table.js";
import { AccountMarket } from "../ledger/account-markets.js";
import { isStopType } from "../matching/stops.js";
import { position } from "../state/position.js";
import { Scalar } from "../state/scalars.js";
import type { State } from "../state/state.js";
import type { Needs } from "./needs.js";
import { placeRefusal } from "./place-checks.js";

const MILLION = 1_000_000;

/** Step 1: whether the words of a new order are in their sets. `terms`: where its terms stand, 0: it has none. */
export function areOrderWordsSound(command: WordBuffer, start: number, terms: number): boolean {
  const at = position(start);
  const w = command.i32;
  const kind = w[at + NewOrder.KIND];
  const type = (kind >>> 8) & 0xff;
  return (
    (kind & 0xff) <= 1 &&
    type >= OrderType.LIMIT &&
    type <= OrderType.TAKE_PROFIT_LIMIT &&
    ((kind >>> 16) & 0xff) <= TimeInForce.FOK &&
    kind >>> 24 <= SelfTradePrevention.DECREMENT &&
    (terms === 0 || areTermsSound(command, terms)) &&
    isText(w, at + NewOrder.ID, CLIENT_ID_WORDS, w[at + NewOrder.ID_LENGTH], LowestByte.NO_BLANK)
  );
}

function areTermsSound(command: WordBuffer, terms: number): boolean {
  const expires = command.f64[(terms + TermsWords.EXPIRES_US) >> 1];
  return (
    command.i32[terms + TermsWords.DISPLAY_LOTS] >= 0 &&
    command.i32[terms + TermsWords.TRAILING_BIPS] >= 0 &&
    Number.isSafeInteger(expires) &&
    expires >= 0
  );
}

/** Whether terms of which the words are sound ask for anything. */
export function hasTerms(command: WordBuffer, terms: number): boolean {
  return (
    terms !== 0 &&
    (command.i32[terms + TermsWords.DISPLAY_LOTS] !== 0 ||
      command.i32[terms + TermsWords.TRAILING_BIPS] !== 0 ||
      command.f64[(terms + TermsWords.EXPIRES_US) >> 1] !== 0)
  );
}

/** Steps 5 to 17 for a new order, in the order the reference page gives. */
export class NewOrderChecks {
  readonly #state: State;
  readonly #needs: Needs;

  constructor(state: State, needs: Needs) {
    this.#state = state;
    this.#needs = needs;
  }

  /**
   * `at`: where a NEW_ORDER with this body would start; `terms`: where its terms stand, 0: it has none. Returns the
   * first reason to refuse, or OK.
   */
  check(command: WordBuffer, start: number, account: number, terms: number): number {
    const at = position(start);
    const market = command.i32[at + NewOrder.MARKET];
    const closed = this.checkPlace(account, market);
    if (closed !== Reason.OK) return closed;
    if (!this.isShaped(command, at, terms)) return Reason.MALFORMED_COMMAND;
    if (terms !== 0 && this.#isOver(command, terms)) return Reason.DEADLINE_PASSED;
    const row = this.#state.markets.row(market);
    const filtered = this.filter(command, at, row, terms);
    if (filtered !== Reason.OK) return filtered;
    return this.#checkRoomAndFunds(command, at, row, account, market, terms);
  }

  /** Steps 5 to 7. */
  checkPlace(account: number, market: number): number {
    const { accountStatus, markets, scalars } = this.#state;
    if (accountStatus[account] !== AccountStatus.ACTIVE) return Reason.ACCOUNT_FROZEN;
    if (!(market >= 0 && market < scalars[Scalar.MARKETS])) return Reason.UNKNOWN_MARKET;
    const status = markets.words[markets.row(market) + MarketRow.STATUS];
    return status === MarketStatus.TRADING ? Reason.OK : Reason.MARKET_CLOSED;
  }

  #isOver(command: WordBuffer, terms: number): boolean {
    const expires = command.f64[(terms + TermsWords.EXPIRES_US) >> 1];
    return expires !== 0 && expires <= this.#state.scalars[Scalar.NOW];
  }

  /** Step 8. */
  isShaped(command: WordBuffer, start: number, terms: number): boolean {
    const at = position(start);
    const w = command.i32;
    if (terms !== 0 && !this.#areTermsShaped(command, at, terms)) return false;
    const kind = w[at + NewOrder.KIND];
    const price = w[at + NewOrder.PRICE_TICKS];
    const stop = w[at + NewOrder.STOP_TICKS];
    const lots = w[at + NewOrder.LOTS];
    const quote = command.f64[(at + NewOrder.QUOTE_AMOUNT) >> 1];
    const isGtc = ((kind >>> 16) & 0xff) === TimeInForce.GTC;
    switch ((kind >>> 8) & 0xff) {
      case OrderType.LIMIT:
        return price >= 1 && lots >= 1 && quote === 0 && stop === 0;
      case OrderType.LIMIT_MAKER:
        return price >= 1 && lots >= 1 && quote === 0 && stop === 0 && isGtc;
      case OrderType.MARKET:
        if (price !== 0 || stop !== 0 || !isGtc) return false;
        return lots === 0 ? quote >= 1 && Number.isInteger(quote) : lots >= 1 && quote === 0;
      case OrderType.STOP_LOSS:
      case OrderType.TAKE_PROFIT:
        return this.#hasStop(command, at, terms) && lots >= 1 && price === 0 && quote === 0 && isGtc;
      default:
        return this.#hasStop(command, at, terms) && price >= 1 && lots >= 1 && quote === 0;
    }
  }

  /** A trailing stop may go without. */
  #hasStop(command: WordBuffer, at: number, terms: number): boolean {
    const stop = command.i32[at + NewOrder.STOP_TICKS];
    return stop >= 1 || (stop === 0 && terms !== 0 && command.i32[terms + TermsWords.TRAILING_BIPS] !== 0);
  }

  #areTermsShaped(command: WordBuffer, at: number, terms: number): boolean {
    const w = command.i32;
    const kind = w[at + NewOrder.KIND];
    const type = (kind >>> 8) & 0xff;
    const isGtc = ((kind >>> 16) & 0xff) === TimeInForce.GTC;
    const hides = w[terms + TermsWords.DISPLAY_LOTS] !== 0;
    const ends = command.f64[(terms + TermsWords.EXPIRES_US) >> 1] !== 0;
    if ((hides || ends) && !isGtc) return false;
    if (hides && w[at + NewOrder.PRICE_TICKS] < 1) return false;
    if (w[terms + TermsWords.DISPLAY_LOTS] > w[at + NewOrder.LOTS]) return false;
    if (ends && type === OrderType.MARKET) return false;
    return w[terms + TermsWords.TRAILING_BIPS] === 0 || isStopType(type);
  }

  /** Steps 9 to 12. */
  filter(command: WordBuffer, start: number, market: number, terms: number): number {
    const at = position(start);
    const row = position(market);
    const { markets } = this.#state;
    const mw = markets.words;
    const w = command.i32;
    const kind = w[at + NewOrder.KIND];
    const price = w[at + NewOrder.PRICE_TICKS];
    const stop = w[at + NewOrder.STOP_TICKS];
    const lots = w[at + NewOrder.LOTS];
    const lowest = mw[row + MarketRow.PRICE_MIN];
    const highest = mw[row + MarketRow.PRICE_MAX];
    if (price !== 0 && (price < lowest || price > highest)) return Reason.PRICE_FILTER;
    if (stop !== 0 && (stop < lowest || stop > highest)) return Reason.PRICE_FILTER;
    if (lots !== 0) {
      if (lots < mw[row + MarketRow.LOTS_MIN] || lots > mw[row + MarketRow.LOTS_MAX]) return Reason.LOT_SIZE;
      if (price === 0 && lots > mw[row + MarketRow.MARKET_LOTS_MAX]) return Reason.MARKET_LOT_SIZE;
    }
    if (terms !== 0) {
      const termed = filterTerms(command, terms, lots, mw[row + MarketRow.LOTS_MIN]);
      if (termed !== Reason.OK) return termed;
    }
    const notional =
      lots === 0
        ? command.f64[(at + NewOrder.QUOTE_AMOUNT) >> 1]
        : (price || stop || mw[row + MarketRow.LAST]) *
          lots *
          markets.doubles[(row + MarketRow.TICK_LOT_UNITS) >> 1];
    if (notional < markets.doubles[(row + MarketRow.NOTIONAL_MIN) >> 1]) return Reason.NOTIONAL;
    if (notional > markets.doubles[(row + MarketRow.NOTIONAL_MAX) >> 1]) return Reason.NOTIONAL;
    return price === 0 || isInBand(mw, row, kind & 1, price) ? Reason.OK : Reason.PERCENT_PRICE_BY_SIDE;
  }

  /** Step 13, for as many orders, so many of them stops. */
  checkCounts(account: number, market: number, orders: number, stops: number): number {
    const { markets, accountMarkets } = this.#state;
    const mw = markets.words;
    const row = markets.row(market);
    // Row 0 is nobody's and all zeros.
    const mine = accountMarkets.find(account, market);
    const am = accountMarkets.words;
    if (am[mine + AccountMarket.OPEN] + orders > mw[row + MarketRow.OPEN_MAX]) return Reason.MAX_NUM_ORDERS;
    const tooMany = stops > 0 && am[mine + AccountMarket.STOPS] + stops > mw[row + MarketRow.STOPS_MAX];
    return tooMany ? Reason.MAX_NUM_ALGO_ORDERS : Reason.OK;
  }

  /** Step 16, for as many orders, so many of them with terms, and as many client ids. */
  hasRoom(account: number, market: number, orders: number, special: number, idCount: number): boolean {
    const { books, ids, terms, markets, accountMarkets, balances } = this.#state;
    if (!books.hasRoomFor(orders) || !ids.hasRoomFor(idCount) || terms.room < special) return false;
    if (accountMarkets.find(account, market) !== 0) return true;
    const row = markets.row(market);
    const hasBase = balances.find(account, markets.words[row + MarketRow.BASE]) !== 0;
    const hasQuote = balances.find(account, markets.words[row + MarketRow.QUOTE]) !== 0;
    return accountMarkets.hasRoom && balances.room >= (hasBase ? 0 : 1) + (hasQuote ? 0 : 1);
  }

  /** What an account has free of the asset that an order of a side on a market gives. */
  free(account: number, market: number, side: number): number {
    const { markets, balances } = this.#state;
    const asset = markets.words[markets.row(market) + (side === 0 ? MarketRow.QUOTE : MarketRow.BASE)];
    return balances.doubles[balances.find(account, asset) >> 1];
  }

  /** Steps 13 to 17. */
  #checkRoomAndFunds(
    command: WordBuffer,
    start: number,
    marketRow: number,
    account: number,
    market: number,
    terms: number,
  ): number {
    const at = position(start);
    const row = position(marketRow);
    const { books, ids, markets, accountMarkets, balances } = this.#state;
    const mw = markets.words;
    const am = accountMarkets.words;
    const w = command.i32;
    const kind = w[at + NewOrder.KIND];
    const side = kind & 1;
    const type = (kind >>> 8) & 0xff;
    const price = w[at + NewOrder.PRICE_TICKS];
    const stop = w[at + NewOrder.STOP_TICKS];
    const lots = w[at + NewOrder.LOTS];
    const bips = terms === 0 ? 0 : w[terms + TermsWords.TRAILING_BIPS];
    const mine = accountMarkets.find(account, market);
    // Row 0 is nobody's and all zeros.
    if (am[mine + AccountMarket.OPEN] >= mw[row + MarketRow.OPEN_MAX]) return Reason.MAX_NUM_ORDERS;
    if (isStopType(type) && am[mine + AccountMarket.STOPS] >= mw[row + MarketRow.STOPS_MAX]) {
      return Reason.MAX_NUM_ALGO_ORDERS;
    }
    const placed = placeRefusal(this.#state, row, kind, price, stop, bips);
    if (placed !== Reason.OK) return placed;
    const base =
      mine === 0 ? balances.find(account, mw[row + MarketRow.BASE]) : am[mine + AccountMarket.BASE_ROW];
    const quote =
      mine === 0 ? balances.find(account, mw[row + MarketRow.QUOTE]) : am[mine + AccountMarket.QUOTE_ROW];
    if (!books.hasRoom || !ids.hasRoom || (mine === 0 && !accountMarkets.hasRoom)) {
      return Reason.CAPACITY_REACHED;
    }
    if (terms !== 0 && this.#state.terms.room === 0) return Reason.CAPACITY_REACHED;
    if (balances.room < (base === 0 ? 1 : 0) + (quote === 0 ? 1 : 0)) return Reason.CAPACITY_REACHED;
    // Balance row 0 is nobody's and holds nothing.
    const free = balances.doubles[(side === 0 ? quote : base) >> 1];
    const amount = command.f64[(at + NewOrder.QUOTE_AMOUNT) >> 1];
    const need = this.#needs.of(row, account, kind, price, stop, lots, amount, bips);
    return free < need ? Reason.INSUFFICIENT_BALANCE : Reason.OK;
  }
}

function filterTerms(command: WordBuffer, terms: number, lots: number, lotsMin: number): number {
  const display = command.i32[terms + TermsWords.DISPLAY_LOTS];
  if (display !== 0) {
    if (display < lotsMin) return Reason.LOT_SIZE;
    if (lots > display * ICEBERG_PARTS_MAX) return Reason.ICEBERG_PARTS;
  }
  const bips = command.i32[terms + TermsWords.TRAILING_BIPS];
  const isOff = bips !== 0 && (bips < TRAILING_BIPS_MIN || bips > TRAILING_BIPS_MAX);
  return isOff ? Reason.TRAILING_DELTA : Reason.OK;
}

/** Whether a price lies within the market's band around its reference. `row` is the market's. */
export function isInBand(mw: Int32Array, market: number, side: number, price: number): boolean {
  const row = position(market);
  const reference = mw[row + MarketRow.BAND_REFERENCE] || mw[row + MarketRow.LAST];
  const down = mw[row + MarketRow.BID_DOWN + 2 * side];
  const up = mw[row + MarketRow.BID_DOWN + 2 * side + 1];
  const scaled = price * MILLION;
  return (down === 0 || reference * down <= scaled) && (up === 0 || scaled <= reference * up);
}

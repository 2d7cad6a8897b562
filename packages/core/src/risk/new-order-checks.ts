import {
  AccountStatus,
  CLIENT_ID_WORDS,
  MarketStatus,
  NewOrder,
  OrderType,
  Reason,
  SelfTradePrevention,
  TimeInForce,
  type WordBuffer,
} from "@buttonwood/protocol";
import { isText, LowestByte } from "../client-ids/text-check.js";
import { MarketRow } from "../instrument/market-table.js";
import { AccountMarket } from "../ledger/account-markets.js";
import { boundOf, type Preview } from "../matching/preview.js";
import { isStopType, waitsForRise } from "../matching/triggers.js";
import { Book } from "../order-book/layout.js";
import { position } from "../state/position.js";
import { Scalar } from "../state/scalars.js";
import type { State } from "../state/state.js";

const MILLION = 1_000_000;

/** Step 1: whether the words of a new order are in their sets. */
export function areOrderWordsSound(command: WordBuffer, start: number): boolean {
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
    isText(w, at + NewOrder.ID, CLIENT_ID_WORDS, w[at + NewOrder.ID_LENGTH], LowestByte.NO_BLANK)
  );
}

/** Steps 5 to 17 for a new order, in the order the reference page gives. */
export class NewOrderChecks {
  readonly #state: State;
  readonly #preview: Preview;

  constructor(state: State, preview: Preview) {
    this.#state = state;
    this.#preview = preview;
  }

  /** `at`: where a NEW_ORDER with this body would start. Returns the first reason to refuse, or OK. */
  check(command: WordBuffer, start: number, account: number): number {
    const at = position(start);
    const { accountStatus, markets, scalars } = this.#state;
    const w = command.i32;
    const market = w[at + NewOrder.MARKET];
    if (accountStatus[account] !== AccountStatus.ACTIVE) return Reason.ACCOUNT_FROZEN;
    if (!(market >= 0 && market < scalars[Scalar.MARKETS])) return Reason.UNKNOWN_MARKET;
    const row = markets.row(market);
    if (markets.words[row + MarketRow.STATUS] !== MarketStatus.TRADING) return Reason.MARKET_CLOSED;
    if (!this.#isShaped(command, at)) return Reason.MALFORMED_COMMAND;
    const filtered = this.#filter(command, at, row);
    if (filtered !== Reason.OK) return filtered;
    return this.#checkRoomAndFunds(command, at, row, account, market);
  }

  #isShaped(command: WordBuffer, start: number): boolean {
    const at = position(start);
    const w = command.i32;
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
        return stop >= 1 && lots >= 1 && price === 0 && quote === 0 && isGtc;
      default:
        return stop >= 1 && price >= 1 && lots >= 1 && quote === 0;
    }
  }

  /** Steps 9 to 12. */
  #filter(command: WordBuffer, start: number, market: number): number {
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

  /** Steps 13 to 17. */
  #checkRoomAndFunds(
    command: WordBuffer,
    start: number,
    marketRow: number,
    account: number,
    market: number,
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
    const mine = accountMarkets.find(account, market);
    // Row 0 is nobody's and all zeros.
    if (am[mine + AccountMarket.OPEN] >= mw[row + MarketRow.OPEN_MAX]) return Reason.MAX_NUM_ORDERS;
    if (isStopType(type)) {
      if (am[mine + AccountMarket.STOPS] >= mw[row + MarketRow.STOPS_MAX]) return Reason.MAX_NUM_ALGO_ORDERS;
      const last = mw[row + MarketRow.LAST];
      if (waitsForRise(side, type) ? last >= stop : last <= stop) return Reason.WOULD_TRIGGER_IMMEDIATELY;
    }
    if (type === OrderType.LIMIT_MAKER && wouldMatch(books.words, mw[row + MarketRow.BOOK], side, price)) {
      return Reason.WOULD_MATCH_IMMEDIATELY;
    }
    const base =
      mine === 0 ? balances.find(account, mw[row + MarketRow.BASE]) : am[mine + AccountMarket.BASE_ROW];
    const quote =
      mine === 0 ? balances.find(account, mw[row + MarketRow.QUOTE]) : am[mine + AccountMarket.QUOTE_ROW];
    if (!books.hasRoom || !ids.hasRoom || (mine === 0 && !accountMarkets.hasRoom)) {
      return Reason.CAPACITY_REACHED;
    }
    if (balances.room < (base === 0 ? 1 : 0) + (quote === 0 ? 1 : 0)) return Reason.CAPACITY_REACHED;
    // Balance row 0 is nobody's and holds nothing.
    const free = balances.doubles[(side === 0 ? quote : base) >> 1];
    const unit = markets.doubles[(row + MarketRow.TICK_LOT_UNITS) >> 1];
    const lotUnits = markets.doubles[(row + MarketRow.LOT_UNITS) >> 1];
    let need: number;
    if (type !== OrderType.MARKET) {
      need = side === 0 ? (price || stop) * lots * unit : lots * lotUnits;
    } else if (side === 1 && lots > 0) {
      need = lots * lotUnits;
    } else {
      const amount = command.f64[(at + NewOrder.QUOTE_AMOUNT) >> 1];
      this.#preview.walk(row, side, boundOf(side), lots, amount, kind >>> 24, account);
      need = side === 0 ? this.#preview.quote : this.#preview.lots * lotUnits;
    }
    return free < need ? Reason.INSUFFICIENT_BALANCE : Reason.OK;
  }
}

/** Whether a price lies within the market's band around its last price. `row` is the market's. */
export function isInBand(mw: Int32Array, market: number, side: number, price: number): boolean {
  const row = position(market);
  const last = mw[row + MarketRow.LAST];
  const down = mw[row + MarketRow.BID_DOWN + 2 * side];
  const up = mw[row + MarketRow.BID_DOWN + 2 * side + 1];
  const scaled = price * MILLION;
  return (down === 0 || last * down <= scaled) && (up === 0 || scaled <= last * up);
}

/** Whether an order at this price would trade at once. */
export function wouldMatch(hot: Int32Array, book: number, side: number, price: number): boolean {
  return side === 0 ? hot[book + Book.ASK] <= price : hot[book + Book.BID] >= price;
}

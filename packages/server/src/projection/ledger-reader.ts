import type { Side } from "@buttonwood/protocol";
import {
  compareRecords,
  isFromOldest,
  type LedgerQuery,
  type LedgerRecord,
  type LedgerTradeRecord,
  type PaymentRecord,
  positionOf,
} from "../transport/ledger-record.js";
import type { TableQuery, Tables } from "./tables.js";

type Query = Omit<LedgerQuery, "atLeast">;

/** Above every id and time: a bound that bounds nothing. */
const NO_BOUND = Number.MAX_SAFE_INTEGER;
const ANY_ASSET = -1;
/** Rows that are read of one market at a time: of the many that an account may trade on, most add few to a page. */
const CHUNK_MIN = 32;

/** Between which ids the trades of a market lie that happened between two times. */
export type TradeBounds = (query: {
  readonly market: number;
  readonly startUs: number | undefined;
  readonly endUs: number | undefined;
}) => Promise<readonly [from: number, to: number]>;

/** Bounds of the records at one place, all included. */
interface Bounds {
  readonly startUs: number;
  readonly endUs: number;
  readonly from: number;
  readonly to: number;
}

type ReadPlace = (bounds: Bounds, limit: number, isUp: boolean) => Promise<readonly LedgerRecord[]>;

type TradeRow = Omit<LedgerTradeRecord, "kind" | "buyerIsMaker" | "isMaker"> & {
  readonly buyerIsMaker: number;
  readonly isMaker: number;
};

/**
 * Reads an account's ledger. It is no table of its own: what a trade did to a balance is said by the account's rows of
 * the trade, so nothing more is written for an order, and payments, which are few, have the one table that is missing.
 * Each market's rows rise with time, and so do the payments: they are merged as far as a page needs them.
 */
export class LedgerReader {
  readonly #tradeBounds: TradeBounds;
  readonly #markets: TableQuery<{ market: number }>;
  readonly #tradesUp: TableQuery<TradeRow>;
  readonly #tradesDown: TableQuery<TradeRow>;
  readonly #paymentsUp: TableQuery<Omit<PaymentRecord, "kind">>;
  readonly #paymentsDown: TableQuery<Omit<PaymentRecord, "kind">>;

  constructor(tables: Tables, tradeBounds: TradeBounds) {
    this.#tradeBounds = tradeBounds;
    // One index look-up for each market that the account has traded on, not one for each that is listed.
    this.#markets = tables.query(
      `with recursive traded (market) as (
        select min(market) from account_trade where account = ?1
        union all
        select (select min(a.market) from account_trade a where a.account = ?1 and a.market > traded.market)
          from traded where traded.market is not null)
      select m.market from traded join market m on m.market = traded.market
        where m.base_asset = ?2 or m.quote_asset = ?2 or ?2 = ${ANY_ASSET}`,
    );
    const trades = `select t.market, t.trade_id as "tradeId", t.price_ticks as "priceTicks", t.lots, t.quote,
      t.time_us as "timeUs", t.buy_order_id as "buyOrderId", t.sell_order_id as "sellOrderId",
      t.buyer_is_maker as "buyerIsMaker", a.order_id as "orderId", a.side, a.is_maker as "isMaker", a.fee,
      a.fee_asset as "feeAsset"
      from account_trade a cross join trade t where t.market = a.market and t.trade_id = a.trade_id
      and a.account = ?1 and a.market = ?2 and a.trade_id between ?3 and ?4 and t.time_us between ?5 and ?6`;
    this.#tradesUp = tables.query(`${trades} order by a.trade_id, a.order_id limit ?7`);
    this.#tradesDown = tables.query(`${trades} order by a.trade_id desc, a.order_id desc limit ?7`);
    const payments = `select account, sequence, asset, units, time_us as "timeUs", reference from payment
      where account = ?1 and (asset = ?2 or ?2 = ${ANY_ASSET}) and sequence between ?3 and ?4
      and time_us between ?5 and ?6`;
    this.#paymentsUp = tables.query(`${payments} order by sequence limit ?7`);
    this.#paymentsDown = tables.query(`${payments} order by sequence desc limit ?7`);
  }

  /** See {@link LedgerQuery}; by rising position. */
  async ledger(query: Query): Promise<readonly LedgerRecord[]> {
    const { account, asset = ANY_ASSET, limit } = query;
    const isUp = isFromOldest(query);
    const markets = await this.#markets(account, asset);
    const chunk = Math.min(limit, Math.max(CHUNK_MIN, Math.ceil((2 * limit) / (markets.length + 1))));
    const payments = new Place(boundsAt(0, query), chunk, async ({ from, to, startUs, endUs }, rows) => {
      const read = isUp ? this.#paymentsUp : this.#paymentsDown;
      const found = await read(account, asset, from, to, startUs, endUs, rows);
      return found.map((row) => ({ kind: "PAYMENT", ...row }) as const);
    });
    const trades = markets.map(async ({ market }) => {
      const bounds = boundsAt(market + 1, query);
      const [from, to] = await this.#tradeBounds({
        market,
        startUs: bounds.startUs === 0 ? undefined : bounds.startUs,
        endUs: bounds.endUs === NO_BOUND ? undefined : bounds.endUs,
      });
      const ids = { from: Math.max(from, bounds.from), to: Math.min(to, bounds.to) };
      return new Place({ ...bounds, ...ids }, chunk, (...part) => this.#trades(account, market, ...part));
    });
    const records = await merged([payments, ...(await Promise.all(trades))], isUp, limit);
    return isUp ? records : records.reverse();
  }

  async #trades(
    account: number,
    market: number,
    { from, to, startUs, endUs }: Bounds,
    limit: number,
    isUp: boolean,
  ): Promise<LedgerRecord[]> {
    const read = isUp ? this.#tradesUp : this.#tradesDown;
    const rows = await read(account, market, from, to, startUs, endUs, limit);
    return rows.map((row) => ({
      ...row,
      kind: "TRADE",
      side: row.side as Side,
      buyerIsMaker: row.buyerIsMaker === 1,
      isMaker: row.isMaker === 1,
    }));
  }
}

/** What a query's bounds mean for the records at one place. */
function boundsAt(place: number, { first, last, startUs = 0, endUs = NO_BOUND }: Query): Bounds {
  let bounds = { startUs, endUs, from: 0, to: NO_BOUND };
  if (first !== undefined) {
    const firstUs = place < first.place ? first.timeUs + 1 : first.timeUs;
    bounds = {
      ...bounds,
      startUs: Math.max(startUs, firstUs),
      from: place === first.place ? first.number : 0,
    };
  }
  if (last !== undefined) {
    const lastUs = place > last.place ? last.timeUs - 1 : last.timeUs;
    bounds = { ...bounds, endUs: Math.min(endUs, lastUs), to: place === last.place ? last.number : NO_BOUND };
  }
  return bounds;
}

/** The records at one place, read as far as they are asked for. */
class Place {
  readonly #bounds: Bounds;
  readonly #chunk: number;
  readonly #read: ReadPlace;
  #records: readonly LedgerRecord[] = [];
  #at = 0;
  /** The number from which on the next chunk is read; undefined: there is none. */
  #next: number | undefined;

  constructor(bounds: Bounds, chunk: number, read: ReadPlace) {
    this.#bounds = bounds;
    // A trade of the account with itself has two records of one number, of which a chunk may have to leave both.
    this.#chunk = chunk + 2;
    this.#read = read;
  }

  /** Where the merge stands; undefined: at the end. */
  get record(): LedgerRecord | undefined {
    return this.#records[this.#at];
  }

  async begin(isUp: boolean): Promise<void> {
    await this.#fill(this.#bounds, isUp);
  }

  /** Steps on. */
  async advance(isUp: boolean): Promise<void> {
    this.#at++;
    const next = this.#next;
    if (this.record !== undefined || next === undefined) return;
    await this.#fill({ ...this.#bounds, ...(isUp ? { from: next } : { to: next }) }, isUp);
  }

  async #fill(bounds: Bounds, isUp: boolean): Promise<void> {
    const records = await this.#read(bounds, this.#chunk, isUp);
    this.#at = 0;
    this.#next = records.length < this.#chunk ? undefined : positionOf(records.at(-1)!).number;
    this.#records = records.filter((record) => positionOf(record).number !== this.#next);
  }
}

/** The first records of all places, in the direction of reading. */
async function merged(places: readonly Place[], isUp: boolean, limit: number): Promise<LedgerRecord[]> {
  await Promise.all(places.map((place) => place.begin(isUp)));
  const records: LedgerRecord[] = [];
  while (records.length < limit) {
    let best: Place | undefined;
    let first: LedgerRecord | undefined;
    for (const place of places) {
      const { record } = place;
      if (record === undefined) continue;
      const order = first === undefined ? -1 : compareRecords(record, first);
      if (first !== undefined && order < 0 !== isUp) continue;
      best = place;
      first = record;
    }
    if (best === undefined || first === undefined) break;
    records.push(first);
    await best.advance(isUp);
  }
  return records;
}

import {
  ORDERS_PER_COMMAND,
  type OrderStatus,
  type OrderType,
  type SelfTradePrevention,
  type Side,
  type TimeInForce,
} from "@buttonwood/protocol";
import type {
  AccountTradeRecord,
  CandleRecord,
  HistoryClient,
  OrderListRecord,
  OrderRecord,
  PreventedMatchRecord,
  TradeRecord,
} from "../transport/history-port.js";
import type { LedgerQuery, LedgerRecord } from "../transport/ledger-record.js";
import { CandleReader } from "./candle-reader.js";
import { CLIENT_BLOCK_BITS, clientHash } from "./client-hash.js";
import { LedgerReader } from "./ledger-reader.js";
import { OrderListReader } from "./order-list-reader.js";
import type { TableQuery, Tables } from "./tables.js";
import { readTermsText } from "./terms-text.js";

const US_PER_SECOND = 1_000_000;
const US_PER_MINUTE = 60 * US_PER_SECOND;
/** Above every id and time: a bound that bounds nothing. */
const NO_BOUND = Number.MAX_SAFE_INTEGER;

/** Without the sequence to wait for: that is settled before the tables are read. */
type Query<K extends keyof HistoryClient> = Omit<Parameters<HistoryClient[K]>[0] & object, "atLeast">;

interface OrderRow {
  order_id: number;
  account: number;
  market: number;
  kind: number;
  price_ticks: number;
  stop_ticks: number;
  lots: number;
  executed_lots: number;
  executed_quote: number;
  quote_amount: number;
  created_us: number;
  working_us: number;
  updated_us: number;
  status: number;
  prevented_lots: number;
  first_trade_id: number;
  last_trade_id: number;
  client_order_id: string;
  terms: string;
}

const TRADE_COLUMNS = `t.market, t.trade_id as "tradeId", t.price_ticks as "priceTicks", t.lots, t.quote,
  t.time_us as "timeUs", t.buy_order_id as "buyOrderId", t.sell_order_id as "sellOrderId",
  t.buyer_is_maker as "buyerIsMaker"`;

const PREVENTED_MATCHES = `select match_id as id, account, market, taker_order_id as "takerOrderId",
  maker_order_id as "makerOrderId", self_trade_prevention as "selfTradePrevention",
  price_ticks as "priceTicks", taker_lots as "takerLots", maker_lots as "makerLots", time_us as "timeUs"
  from prevented_match where account = ?1 and market = ?2`;

/** The youngest order of a client order id in one block of order ids. */
const youngestIn = (block: string): string =>
  `(select max(order_id) from orders where order_id >> ${CLIENT_BLOCK_BITS} = ${block}
    and client_hash = ?1 and account = ?2 and market = ?3 and client_order_id = ?4)`;

type Row<T> = { [K in keyof T]: T[K] extends boolean ? number : T[K] };

/** Reads the query tables. */
export class HistoryReader {
  readonly #candles: CandleReader;
  readonly #lists: OrderListReader;
  readonly #ledger: LedgerReader;
  readonly #orderById: TableQuery<OrderRow>;
  readonly #orderByClientId: TableQuery<OrderRow>;
  readonly #ordersUp: TableQuery<OrderRow>;
  readonly #ordersDown: TableQuery<OrderRow>;
  readonly #minuteFrom: TableQuery<{ id: number }>;
  readonly #tradesUp: TableQuery<Row<TradeRecord>>;
  readonly #tradesDown: TableQuery<Row<TradeRecord>>;
  readonly #accountTradesUp: TableQuery<Row<AccountTradeRecord>>;
  readonly #accountTradesDown: TableQuery<Row<AccountTradeRecord>>;
  readonly #preventedMatch: TableQuery<PreventedMatchRecord>;
  readonly #preventedMatchesOfOrder: TableQuery<PreventedMatchRecord>;
  readonly #secondFrom: TableQuery<{ id: number }>;
  readonly #secondUpTo: TableQuery<{ id: number }>;

  constructor(tables: Tables) {
    this.#candles = new CandleReader(tables);
    this.#lists = new OrderListReader(tables, (timeUs) => this.#orderIdFrom(timeUs));
    this.#ledger = new LedgerReader(tables, (query) => this.#tradeBounds(query));
    this.#orderById = tables.query(
      "select * from orders where order_id = ?1 and account = ?2 and market = ?3",
    );
    // Block by block from the youngest, until one has it.
    this.#orderByClientId = tables.query(
      `with recursive block (number, id) as (
        select newest.number, ${youngestIn("newest.number")}
          from (select max(order_id) >> ${CLIENT_BLOCK_BITS} as number from orders) newest
        union all
        select number - 1, ${youngestIn("number - 1")} from block where id is null and number > 0)
      select * from orders where order_id = (select id from block where id is not null)`,
    );
    const orders = `select * from orders where account = ?1 and market = ?2
      and order_id between ?3 and ?4 and created_us between ?5 and ?6`;
    this.#ordersUp = tables.query(`${orders} order by order_id limit ?7`);
    this.#ordersDown = tables.query(`${orders} order by order_id desc limit ?7`);
    this.#minuteFrom = tables.query(
      "select first_order_id as id from minute where minute >= ?1 order by minute limit 1",
    );
    const trades = `select ${TRADE_COLUMNS} from trade t where t.market = ?1 and t.trade_id between ?2 and ?3
      and t.time_us between ?4 and ?5`;
    this.#tradesUp = tables.query(`${trades} order by t.trade_id limit ?6`);
    this.#tradesDown = tables.query(`${trades} order by t.trade_id desc limit ?6`);
    // A cross join keeps the order of its tables where the store would have to guess: the account's trades first.
    const accountTrades = `select ${TRADE_COLUMNS}, a.order_id as "orderId", a.side, a.is_maker as "isMaker",
      a.fee, a.fee_asset as "feeAsset",
      coalesce((select 1 from order_list l where l.list_id = a.order_id / ${ORDERS_PER_COMMAND}), 0) as "isOfList"
      from account_trade a cross join trade t where t.market = a.market and t.trade_id = a.trade_id
      and a.account = ?1 and a.market = ?2 and a.trade_id between ?3 and ?4 and t.time_us between ?5 and ?6
      and (a.order_id = ?7 or ?7 = 0)`;
    this.#accountTradesUp = tables.query(`${accountTrades} order by a.trade_id, a.order_id limit ?8`);
    this.#accountTradesDown = tables.query(
      `${accountTrades} order by a.trade_id desc, a.order_id desc limit ?8`,
    );
    this.#preventedMatch = tables.query(`${PREVENTED_MATCHES} and match_id = ?3 order by maker_order_id`);
    // One index look-up for each side that the order may have been on.
    this.#preventedMatchesOfOrder = tables.query(
      `select * from (${PREVENTED_MATCHES} and taker_order_id = ?3 and match_id >= ?4
        union all ${PREVENTED_MATCHES} and maker_order_id = ?3 and match_id >= ?4) m order by id limit ?5`,
    );
    // Trades rise with time and every second with trades has a candle: it says where in the ids a time lies.
    const second = "from candle where market = ?1 and length_s = 1 and open_s";
    this.#secondFrom = tables.query(`select first_trade_id as id ${second} >= ?2 order by open_s limit 1`);
    this.#secondUpTo = tables.query(
      `select last_trade_id as id ${second} <= ?2 order by open_s desc limit 1`,
    );
  }

  async order(query: Query<"order">): Promise<OrderRecord | undefined> {
    const { account, market, orderId, clientOrderId } = query;
    if (orderId !== 0) {
      const [row] = await this.#orderById(orderId, account, market);
      if (row === undefined || (clientOrderId !== "" && row.client_order_id !== clientOrderId))
        return undefined;
      return orderRecord(row);
    }
    const hash = clientHash(account, clientOrderId);
    if (hash === undefined || clientOrderId === "") return undefined;
    const [row] = await this.#orderByClientId(hash, account, market, clientOrderId);
    return row === undefined ? undefined : orderRecord(row);
  }

  async orders(query: Query<"orders">): Promise<readonly OrderRecord[]> {
    const { account, market, fromOrderId, startUs, endUs, limit } = query;
    const from = Math.max(fromOrderId ?? 0, startUs === undefined ? 0 : await this.#orderIdFrom(startUs));
    const to = endUs === undefined ? NO_BOUND : await this.#orderIdFrom(endUs + US_PER_MINUTE);
    const up = fromOrderId !== undefined || startUs !== undefined;
    const read = up ? this.#ordersUp : this.#ordersDown;
    const rows = await read(account, market, from, to, startUs ?? 0, endUs ?? NO_BOUND, limit);
    return rising(rows, up).map(orderRecord);
  }

  orderList(query: Query<"orderList">): Promise<OrderListRecord | undefined> {
    return this.#lists.orderList(query);
  }

  orderLists(query: Query<"orderLists">): Promise<readonly OrderListRecord[]> {
    return this.#lists.orderLists(query);
  }

  async accountTrades(query: Query<"accountTrades">): Promise<readonly AccountTradeRecord[]> {
    const { account, market, orderId, fromTradeId, startUs, endUs, limit } = query;
    let [from, to] = await this.#tradeBounds(query);
    if (orderId !== undefined && orderId !== 0) {
      const [order] = await this.#orderById(orderId, account, market);
      if (order === undefined || order.first_trade_id === 0) return [];
      from = Math.max(from, order.first_trade_id);
      to = Math.min(to, order.last_trade_id);
    }
    const up = fromTradeId !== undefined || startUs !== undefined;
    const read = up ? this.#accountTradesUp : this.#accountTradesDown;
    const rows = await read(account, market, from, to, startUs ?? 0, endUs ?? NO_BOUND, orderId ?? 0, limit);
    return rising(rows, up).map((row) => ({
      ...tradeRecord(row),
      orderId: row.orderId,
      side: row.side as Side,
      isMaker: row.isMaker === 1,
      fee: row.fee,
      feeAsset: row.feeAsset,
      isOfList: row.isOfList === 1,
    }));
  }

  async preventedMatches(query: Query<"preventedMatches">): Promise<readonly PreventedMatchRecord[]> {
    const { account, market, preventedMatchId, orderId, fromPreventedMatchId, limit } = query;
    if (preventedMatchId !== undefined) return this.#preventedMatch(account, market, preventedMatchId);
    return this.#preventedMatchesOfOrder(account, market, orderId ?? 0, fromPreventedMatchId ?? 0, limit);
  }

  async trades(query: Query<"trades">): Promise<readonly TradeRecord[]> {
    const { market, fromTradeId, startUs, endUs, limit } = query;
    const [from, to] = await this.#tradeBounds(query);
    const up = fromTradeId !== undefined || startUs !== undefined;
    const read = up ? this.#tradesUp : this.#tradesDown;
    const rows = await read(market, from, to, startUs ?? 0, endUs ?? NO_BOUND, limit);
    return rising(rows, up).map(tradeRecord);
  }

  ledger(query: Omit<LedgerQuery, "atLeast">): Promise<readonly LedgerRecord[]> {
    return this.#ledger.ledger(query);
  }

  candles(query: Query<"candles">, nowUs: number): Promise<readonly CandleRecord[]> {
    return this.#candles.candles(query, nowUs);
  }

  /** Order ids of commands at or after the beginning of a time's minute are at least this. */
  async #orderIdFrom(timeUs: number): Promise<number> {
    const [row] = await this.#minuteFrom(Math.floor(timeUs / US_PER_MINUTE));
    return row?.id ?? NO_BOUND;
  }

  async #tradeBounds(query: {
    market: number;
    fromTradeId?: number | undefined;
    startUs?: number | undefined;
    endUs?: number | undefined;
  }): Promise<[from: number, to: number]> {
    const { market, fromTradeId, startUs, endUs } = query;
    let from = fromTradeId ?? 0;
    let to = NO_BOUND;
    if (startUs !== undefined) {
      const [row] = await this.#secondFrom(market, Math.floor(startUs / US_PER_SECOND));
      from = Math.max(from, row?.id ?? NO_BOUND);
    }
    if (endUs !== undefined) {
      const [row] = await this.#secondUpTo(market, Math.floor(endUs / US_PER_SECOND));
      to = row?.id ?? -1;
    }
    return [from, to];
  }
}

/** Rows that were read from the newest on, the other way round. */
function rising<T>(rows: readonly T[], up: boolean): readonly T[] {
  return up ? rows : [...rows].reverse();
}

function tradeRecord(row: Row<TradeRecord>): TradeRecord {
  return {
    market: row.market,
    tradeId: row.tradeId,
    priceTicks: row.priceTicks,
    lots: row.lots,
    quote: row.quote,
    timeUs: row.timeUs,
    buyOrderId: row.buyOrderId,
    sellOrderId: row.sellOrderId,
    buyerIsMaker: row.buyerIsMaker === 1,
  };
}

function orderRecord(row: OrderRow): OrderRecord {
  const terms = readTermsText(row.terms);
  return {
    orderId: row.order_id,
    account: row.account,
    market: row.market,
    side: (row.kind & 0xff) as Side,
    type: ((row.kind >> 8) & 0xff) as OrderType,
    timeInForce: ((row.kind >> 16) & 0xff) as TimeInForce,
    selfTradePrevention: ((row.kind >> 24) & 0xff) as SelfTradePrevention,
    priceTicks: row.price_ticks,
    stopTicks: row.stop_ticks,
    lots: row.lots,
    executedLots: row.executed_lots,
    executedQuote: row.executed_quote,
    quoteAmount: row.quote_amount,
    createdUs: row.created_us,
    workingUs: row.working_us,
    updatedUs: row.updated_us,
    status: row.status as OrderStatus,
    preventedLots: row.prevented_lots,
    clientOrderId: row.client_order_id,
    ...(terms === undefined ? {} : { terms }),
  };
}

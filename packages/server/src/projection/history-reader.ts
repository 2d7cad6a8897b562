import type { OrderStatus, OrderType, SelfTradePrevention, Side, TimeInForce } from "@buttonwood/protocol";
import type Database from "libsql";
import type {
  AccountTradeRecord,
  CandleRecord,
  HistoryClient,
  OrderRecord,
  TradeRecord,
} from "../transport/history-port.js";
import { CandleReader } from "./candle-reader.js";
import { CLIENT_BLOCK_BITS, clientHash } from "./client-hash.js";

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
}

const TRADE_COLUMNS = `t.market, t.trade_id as tradeId, t.price_ticks as priceTicks, t.lots, t.quote,
  t.time_us as timeUs, t.buy_order_id as buyOrderId, t.sell_order_id as sellOrderId,
  t.buyer_is_maker as buyerIsMaker`;

type Row<T> = { [K in keyof T]: T[K] extends boolean ? number : T[K] };

/** Reads the query tables. */
export class HistoryReader {
  readonly #candles: CandleReader;
  readonly #orderById: Database.Statement;
  readonly #orderByClientId: Database.Statement;
  readonly #ordersUp: Database.Statement;
  readonly #ordersDown: Database.Statement;
  readonly #lastOrder: Database.Statement;
  readonly #minuteFrom: Database.Statement;
  readonly #tradesUp: Database.Statement;
  readonly #tradesDown: Database.Statement;
  readonly #accountTradesUp: Database.Statement;
  readonly #accountTradesDown: Database.Statement;
  readonly #secondFrom: Database.Statement;
  readonly #secondUpTo: Database.Statement;

  constructor(db: Database.Database) {
    this.#candles = new CandleReader(db);
    this.#orderById = db.prepare("select * from orders where order_id = ? and account = ? and market = ?");
    this.#orderByClientId = db.prepare(
      `select * from orders where order_id >> ${CLIENT_BLOCK_BITS} = ? and client_hash = ? and account = ?
        and market = ? and client_order_id = ? order by order_id desc limit 1`,
    );
    const orders = `select * from orders indexed by orders_of_account where account = ? and market = ?
      and order_id between ? and ? and created_us between ? and ?`;
    this.#ordersUp = db.prepare(`${orders} order by order_id limit ?`);
    this.#ordersDown = db.prepare(`${orders} order by order_id desc limit ?`);
    this.#lastOrder = db.prepare("select max(order_id) as id from orders");
    this.#minuteFrom = db.prepare(
      "select first_order_id as id from minute where minute >= ? order by minute limit 1",
    );
    const trades = `select ${TRADE_COLUMNS} from trade t where t.market = ? and t.trade_id between ? and ?
      and t.time_us between ? and ?`;
    this.#tradesUp = db.prepare(`${trades} order by t.trade_id limit ?`);
    this.#tradesDown = db.prepare(`${trades} order by t.trade_id desc limit ?`);
    const accountTrades = `select ${TRADE_COLUMNS}, a.order_id as orderId, a.side, a.is_maker as isMaker,
      a.fee, a.fee_asset as feeAsset
      from account_trade a cross join trade t on t.market = a.market and t.trade_id = a.trade_id
      where a.account = ? and a.market = ? and a.trade_id between ? and ? and t.time_us between ? and ?
      and (?7 = 0 or a.order_id = ?7)`;
    this.#accountTradesUp = db.prepare(`${accountTrades} order by a.trade_id, a.order_id limit ?8`);
    this.#accountTradesDown = db.prepare(
      `${accountTrades} order by a.trade_id desc, a.order_id desc limit ?8`,
    );
    // Trades rise with time and every second with trades has a candle: it says where in the ids a time lies.
    const second = "from candle where market = ? and length_s = 1 and open_s";
    this.#secondFrom = db.prepare(`select first_trade_id as id ${second} >= ? order by open_s limit 1`);
    this.#secondUpTo = db.prepare(`select last_trade_id as id ${second} <= ? order by open_s desc limit 1`);
  }

  order(query: Query<"order">): OrderRecord | undefined {
    const { account, market, orderId, clientOrderId } = query;
    if (orderId !== 0) {
      const row = this.#orderById.get([orderId, account, market]) as OrderRow | undefined;
      if (row === undefined || (clientOrderId !== "" && row.client_order_id !== clientOrderId))
        return undefined;
      return orderRecord(row);
    }
    const hash = clientHash(account, clientOrderId);
    if (hash === undefined || clientOrderId === "") return undefined;
    const last = (this.#lastOrder.get([]) as { id: number | null }).id ?? 0;
    for (let block = Math.floor(last / 2 ** CLIENT_BLOCK_BITS); block >= 0; block--) {
      const row = this.#orderByClientId.get([block, hash, account, market, clientOrderId]) as
        | OrderRow
        | undefined;
      if (row !== undefined) return orderRecord(row);
    }
    return undefined;
  }

  orders(query: Query<"orders">): readonly OrderRecord[] {
    const { account, market, fromOrderId, startUs, endUs, limit } = query;
    const from = Math.max(fromOrderId ?? 0, startUs === undefined ? 0 : this.#orderIdFrom(startUs));
    const to = endUs === undefined ? NO_BOUND : this.#orderIdFrom(endUs + US_PER_MINUTE);
    const up = fromOrderId !== undefined || startUs !== undefined;
    const rows = (up ? this.#ordersUp : this.#ordersDown).all([
      account,
      market,
      from,
      to,
      startUs ?? 0,
      endUs ?? NO_BOUND,
      limit,
    ]) as OrderRow[];
    if (!up) rows.reverse();
    return rows.map(orderRecord);
  }

  accountTrades(query: Query<"accountTrades">): readonly AccountTradeRecord[] {
    const { account, market, orderId, fromTradeId, limit } = query;
    let [from, to] = this.#tradeBounds(query);
    if (orderId !== undefined && orderId !== 0) {
      const order = this.#orderById.get([orderId, account, market]) as OrderRow | undefined;
      if (order === undefined || order.first_trade_id === 0) return [];
      from = Math.max(from, order.first_trade_id);
      to = Math.min(to, order.last_trade_id);
    }
    const up = fromTradeId !== undefined || query.startUs !== undefined;
    const rows = (up ? this.#accountTradesUp : this.#accountTradesDown).all([
      account,
      market,
      from,
      to,
      query.startUs ?? 0,
      query.endUs ?? NO_BOUND,
      orderId ?? 0,
      limit,
    ]) as Row<AccountTradeRecord>[];
    if (!up) rows.reverse();
    return rows.map((row) => ({
      market: row.market,
      tradeId: row.tradeId,
      priceTicks: row.priceTicks,
      lots: row.lots,
      quote: row.quote,
      timeUs: row.timeUs,
      buyOrderId: row.buyOrderId,
      sellOrderId: row.sellOrderId,
      buyerIsMaker: row.buyerIsMaker === 1,
      orderId: row.orderId,
      side: row.side as Side,
      isMaker: row.isMaker === 1,
      fee: row.fee,
      feeAsset: row.feeAsset,
    }));
  }

  trades(query: Query<"trades">): readonly TradeRecord[] {
    const { market, fromTradeId, startUs, endUs, limit } = query;
    const [from, to] = this.#tradeBounds(query);
    const up = fromTradeId !== undefined || startUs !== undefined;
    const rows = (up ? this.#tradesUp : this.#tradesDown).all([
      market,
      from,
      to,
      startUs ?? 0,
      endUs ?? NO_BOUND,
      limit,
    ]) as Row<TradeRecord>[];
    if (!up) rows.reverse();
    return rows.map((row) => ({
      market: row.market,
      tradeId: row.tradeId,
      priceTicks: row.priceTicks,
      lots: row.lots,
      quote: row.quote,
      timeUs: row.timeUs,
      buyOrderId: row.buyOrderId,
      sellOrderId: row.sellOrderId,
      buyerIsMaker: row.buyerIsMaker === 1,
    }));
  }

  candles(query: Query<"candles">, nowUs: number): readonly CandleRecord[] {
    return this.#candles.candles(query, nowUs);
  }

  /** Order ids of commands at or after the beginning of a time's minute are at least this. */
  #orderIdFrom(timeUs: number): number {
    const row = this.#minuteFrom.get([Math.floor(timeUs / US_PER_MINUTE)]) as { id: number } | undefined;
    return row?.id ?? NO_BOUND;
  }

  #tradeBounds(query: {
    market: number;
    fromTradeId?: number | undefined;
    startUs?: number | undefined;
    endUs?: number | undefined;
  }): [from: number, to: number] {
    const { market, fromTradeId, startUs, endUs } = query;
    let from = fromTradeId ?? 0;
    let to = NO_BOUND;
    if (startUs !== undefined) {
      const row = this.#secondFrom.get([market, Math.floor(startUs / US_PER_SECOND)]) as
        | { id: number }
        | undefined;
      from = Math.max(from, row?.id ?? NO_BOUND);
    }
    if (endUs !== undefined) {
      const row = this.#secondUpTo.get([market, Math.floor(endUs / US_PER_SECOND)]) as
        | { id: number }
        | undefined;
      to = row?.id ?? -1;
    }
    return [from, to];
  }
}

function orderRecord(row: OrderRow): OrderRecord {
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
  };
}

/**
 * Columns of the query tables in the order in which rows are written, and what happens to a row that is there
 * already. Prices are in ticks, quantities in lots, amounts in units, times in µs since 1970 unless named otherwise.
 */
export const TABLE_COLUMNS = {
  asset: ["asset", "name", "decimals"],
  market: ["market", "symbol", "base_asset", "quote_asset", "reference_ticks", "tick_lot_units", "update_id"],
  orders: [
    "order_id",
    "account",
    "market",
    "kind",
    "price_ticks",
    "stop_ticks",
    "lots",
    "executed_lots",
    "executed_quote",
    "quote_amount",
    "created_us",
    "working_us",
    "updated_us",
    "status",
    "prevented_lots",
    "first_trade_id",
    "last_trade_id",
    "client_order_id",
    "client_hash",
    "terms",
  ],
  order_list: [
    "list_id",
    "account",
    "market",
    "contingency",
    "status",
    "created_us",
    "updated_us",
    "list_client_order_id",
    "client_order_ids",
  ],
  trade: [
    "market",
    "trade_id",
    "price_ticks",
    "lots",
    "quote",
    "time_us",
    "buy_order_id",
    "sell_order_id",
    "buyer_is_maker",
  ],
  account_trade: ["account", "market", "trade_id", "order_id", "side", "is_maker", "fee", "fee_asset"],
  prevented_match: [
    "account",
    "market",
    "match_id",
    "taker_order_id",
    "maker_order_id",
    "self_trade_prevention",
    "price_ticks",
    "taker_lots",
    "maker_lots",
    "time_us",
  ],
  payment: ["account", "sequence", "asset", "units", "time_us", "reference"],
  level: ["market", "side", "price_ticks", "lots"],
  resting_order: ["slot", "order_id", "market", "side", "price_ticks", "lots", "queue_rank"],
  candle: [
    "market",
    "length_s",
    "open_s",
    "open_ticks",
    "high_ticks",
    "low_ticks",
    "close_ticks",
    "lots",
    "quote",
    "trades",
    "taker_buy_lots",
    "taker_buy_quote",
    "first_trade_id",
    "last_trade_id",
  ],
  minute: ["minute", "first_order_id"],
} as const;

export type TableName = keyof typeof TABLE_COLUMNS;

export const TABLE_NAMES = Object.keys(TABLE_COLUMNS) as TableName[];

const replaced = (...columns: readonly string[]): string =>
  columns.map((column) => `${column} = excluded.${column}`).join(", ");

/** What follows the rows of an insert, in the SQL of every store. Trades, prevented matches and payments are written once: one that is there is an error. */
export const ON_CONFLICT: Readonly<Record<TableName, string>> = {
  asset: `on conflict (asset) do update set ${replaced("name", "decimals")}`,
  market: `on conflict (market) do update set ${replaced(...TABLE_COLUMNS.market.slice(1))}`,
  orders: `on conflict (order_id) do update set
    ${replaced(
      "price_ticks",
      "stop_ticks",
      "lots",
      "executed_lots",
      "executed_quote",
      "working_us",
      "updated_us",
      "status",
      "prevented_lots",
      "terms",
    )},
    first_trade_id = case when orders.first_trade_id = 0 then excluded.first_trade_id else orders.first_trade_id end,
    last_trade_id = case when excluded.last_trade_id = 0 then orders.last_trade_id else excluded.last_trade_id end`,
  order_list: `on conflict (list_id) do update set ${replaced("status", "updated_us")}`,
  trade: "",
  account_trade: "",
  prevented_match: "",
  payment: "",
  level: `on conflict (market, side, price_ticks) do update set ${replaced("lots")}`,
  resting_order: `on conflict (slot) do update set ${replaced(...TABLE_COLUMNS.resting_order.slice(1))}`,
  candle: `on conflict (market, length_s, open_s) do update set ${replaced(...TABLE_COLUMNS.candle.slice(3))}`,
  minute: "on conflict (minute) do nothing",
};

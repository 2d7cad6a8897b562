import Database from "libsql";
import { ProjectionUnusableError } from "../tables.js";

/**
 * The query tables' schema. Prices are in ticks, quantities in lots, amounts in units, times in µs since 1970.
 * Migrations only append: a released one is never edited, since files that went through it exist.
 */
const MIGRATIONS: readonly string[] = [
  `
  -- One row: how far the tables are, and which journal they were filled from.
  create table progress (
    id integer primary key check (id = 1),
    sequence integer not null,
    time_us integer not null,
    journal text not null
  ) strict;

  create table asset (
    asset integer primary key,
    name text not null,
    decimals integer not null
  ) strict;

  create table market (
    market integer primary key,
    symbol text not null,
    base_asset integer not null,
    quote_asset integer not null,
    reference_ticks integer not null,
    -- Quote units of one lot at one tick.
    tick_lot_units integer not null,
    update_id integer not null
  ) strict;

  -- Price levels as they last were; 0 lots = gone.
  create table level (
    market integer not null,
    side integer not null,
    price_ticks integer not null,
    lots integer not null,
    primary key (market, side, price_ticks)
  ) strict, without rowid;

  -- Every order as it last was.
  create table orders (
    order_id integer primary key,
    account integer not null,
    market integer not null,
    -- side | type << 8 | timeInForce << 16 | selfTradePrevention << 24
    kind integer not null,
    price_ticks integer not null,
    stop_ticks integer not null,
    lots integer not null,
    executed_lots integer not null,
    executed_quote integer not null,
    quote_amount integer not null,
    created_us integer not null,
    working_us integer not null,
    updated_us integer not null,
    status integer not null,
    prevented_lots integer not null,
    -- Its fills lie between these trades of its market; 0 = none.
    first_trade_id integer not null,
    last_trade_id integer not null,
    client_order_id text not null,
    client_hash integer not null
  ) strict;
  create index orders_of_account on orders (account, market, order_id);
  -- Hashes are random: an index over them alone would touch a page per order. By blocks of order ids, new
  -- entries fall on few pages, and a look-up asks block by block from the youngest.
  create index orders_by_client_id on orders (order_id >> 18, client_hash);

  -- Where in time an order id lies: the first one of each minute that has a command.
  create table minute (
    minute integer primary key,
    first_order_id integer not null
  ) strict;

  create table trade (
    market integer not null,
    trade_id integer not null,
    price_ticks integer not null,
    lots integer not null,
    quote integer not null,
    time_us integer not null,
    buy_order_id integer not null,
    sell_order_id integer not null,
    buyer_is_maker integer not null,
    primary key (market, trade_id)
  ) strict, without rowid;

  -- One row per side of a trade.
  create table account_trade (
    account integer not null,
    market integer not null,
    trade_id integer not null,
    order_id integer not null,
    side integer not null,
    is_maker integer not null,
    fee integer not null,
    fee_asset integer not null,
    primary key (account, market, trade_id, order_id)
  ) strict, without rowid;

  -- Candles with trades, for a few base lengths; the other intervals are summed up from them.
  create table candle (
    market integer not null,
    length_s integer not null,
    open_s integer not null,
    open_ticks integer not null,
    high_ticks integer not null,
    low_ticks integer not null,
    close_ticks integer not null,
    lots integer not null,
    quote integer not null,
    trades integer not null,
    taker_buy_lots integer not null,
    taker_buy_quote integer not null,
    first_trade_id integer not null,
    last_trade_id integer not null,
    primary key (market, length_s, open_s)
  ) strict, without rowid;
  `,
  `
  -- Two orders of one account that met and did not trade; 0 lots = that order lost nothing.
  create table prevented_match (
    account integer not null,
    market integer not null,
    match_id integer not null,
    taker_order_id integer not null,
    maker_order_id integer not null,
    self_trade_prevention integer not null,
    price_ticks integer not null,
    taker_lots integer not null,
    maker_lots integer not null,
    time_us integer not null,
    primary key (account, market, match_id, maker_order_id)
  ) strict, without rowid;
  create index prevented_match_of_taker on prevented_match (taker_order_id, match_id);
  create index prevented_match_of_maker on prevented_match (maker_order_id, match_id);
  `,
  `
  -- Orders that rest in a book. A slot is used again by a later order: the table is no longer than the most that ever
  -- rested at a time. 0 lots = free. At a price the lowest rank trades first.
  create table resting_order (
    slot integer primary key,
    order_id integer not null,
    market integer not null,
    side integer not null,
    price_ticks integer not null,
    lots integer not null,
    queue_rank integer not null
  ) strict;
  insert into resting_order (slot, order_id, market, side, price_ticks, lots, queue_rank)
    select row_number() over (order by working_us, order_id) - 1, order_id, market, kind & 255, price_ticks,
      lots - executed_lots - prevented_lots, row_number() over (order by working_us, order_id)
    from orders where status in (0, 1) and working_us > 0 and price_ticks > 0;
  `,
  `
  -- What few orders have, '' = none: contingency of its list, place in it, lots shown, trailing basis points, best price
  -- of a trailing stop, expiry in µs; see terms-text.ts.
  alter table orders add column terms text not null default '';

  -- Every order list as it last was. The id of its order L is list_id * 4 + L.
  create table order_list (
    list_id integer primary key,
    account integer not null,
    market integer not null,
    contingency integer not null,
    -- 0 = one of its orders is open, 1 = all have ended.
    status integer not null,
    created_us integer not null,
    updated_us integer not null,
    list_client_order_id text not null,
    -- Of its orders, in their order, with a blank in between.
    client_order_ids text not null
  ) strict;
  create index order_list_of_account on order_list (account, market, list_id);
  create index order_list_open on order_list (account, market, list_id) where status = 0;
  create index order_list_by_client_id on order_list (account, list_client_order_id, list_id);
  `,
  `
  -- Deposits (units > 0) and withdrawals (units < 0): with the trades, all that changes what an account has.
  create table payment (
    account integer not null,
    sequence integer not null,
    asset integer not null,
    units integer not null,
    time_us integer not null,
    reference text not null,
    primary key (account, sequence)
  ) strict, without rowid;
  `,
];

/** Version of the schema this program reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length;

/** Opens the query tables' file, and brings an older schema up to date. */
export function openTables(file: string): Database.Database {
  const db = new Database(file);
  try {
    migrate(db, file);
  } catch (error) {
    db.close();
    if (error instanceof ProjectionUnusableError) throw error;
    throw new ProjectionUnusableError(
      `${file} can't be read as query tables (${(error as Error).message}). The tables are derived, nothing is lost: run "buttonwood rebuild" to fill them again from the journal.`,
      { cause: error },
    );
  }
  return db;
}

function migrate(db: Database.Database, file: string): void {
  // Derived data: commits lost with the power are read from the journal again, so only checkpoints wait for the
  // disk, which keeps the file whole.
  db.exec("pragma journal_mode = wal");
  db.exec("pragma synchronous = normal");
  db.exec("pragma cache_size = -65536");
  db.exec("pragma wal_autocheckpoint = 4000");
  const { user_version: version } = db.prepare("pragma user_version").get() as { user_version: number };
  if (version > SCHEMA_VERSION) {
    throw new ProjectionUnusableError(
      `${file} has schema version ${version}, this program knows versions up to ${SCHEMA_VERSION}: a newer Buttonwood wrote it. Start that version, or run "buttonwood rebuild" to fill the tables again from the journal.`,
    );
  }
  for (let next = version; next < SCHEMA_VERSION; next++) {
    db.exec("begin");
    db.exec(MIGRATIONS[next]!);
    db.exec(`pragma user_version = ${next + 1}`);
    db.exec("commit");
  }
  // Levels that are gone stay as rows until here, where nobody waits: deleting them at each flush costs more.
  db.exec("delete from level where lots = 0");
}

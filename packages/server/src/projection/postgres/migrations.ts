/**
 * The query tables of one partition, in a schema of its own. Prices are in ticks, quantities in lots, amounts in
 * units, times in µs since 1970. Migrations only append: a released one is never edited, since schemas that went
 * through it exist. Wide columns stand first, so that rows have no holes.
 */
export const MIGRATIONS: readonly string[] = [
  `
  -- One row: how far the tables are, and which journal they were filled from.
  create table progress (
    sequence bigint not null,
    time_us bigint not null,
    journal text not null
  ) with (fillfactor = 10);
  insert into progress (sequence, time_us, journal) values (0, 0, '');

  create table asset (
    asset integer primary key,
    decimals integer not null,
    name text not null
  );

  create table market (
    -- Quote units of one lot at one tick.
    tick_lot_units bigint not null,
    update_id bigint not null,
    market integer primary key,
    base_asset integer not null,
    quote_asset integer not null,
    reference_ticks integer not null,
    symbol text not null
  ) with (fillfactor = 50);

  -- Price levels as they last were; 0 lots = gone.
  create table level (
    lots bigint not null,
    market integer not null,
    side integer not null,
    price_ticks integer not null,
    primary key (market, side, price_ticks)
  ) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.5);

  -- Every order as it last was. Most change soon after they were placed, on the page where they were: what is
  -- indexed never does.
  create table orders (
    order_id bigint primary key,
    executed_quote bigint not null,
    quote_amount bigint not null,
    created_us bigint not null,
    working_us bigint not null,
    updated_us bigint not null,
    -- Its fills lie between these trades of its market; 0 = none.
    first_trade_id bigint not null,
    last_trade_id bigint not null,
    client_hash bigint not null,
    account integer not null,
    market integer not null,
    -- side | type << 8 | timeInForce << 16 | selfTradePrevention << 24
    kind integer not null,
    price_ticks integer not null,
    stop_ticks integer not null,
    lots integer not null,
    executed_lots integer not null,
    prevented_lots integer not null,
    status integer not null,
    client_order_id text not null
  ) with (fillfactor = 80);
  create index orders_of_account on orders (account, market, order_id);
  -- By blocks of order ids, so that new entries, whose hashes are random, fall on few pages.
  create index orders_by_client_id on orders ((order_id >> 18), client_hash);

  -- Where in time an order id lies: the first one of each minute that has a command.
  create table minute (
    minute bigint primary key,
    first_order_id bigint not null
  );

  create table trade (
    trade_id bigint not null,
    quote bigint not null,
    time_us bigint not null,
    buy_order_id bigint not null,
    sell_order_id bigint not null,
    market integer not null,
    price_ticks integer not null,
    lots integer not null,
    buyer_is_maker integer not null,
    primary key (market, trade_id)
  );

  -- One row per side of a trade.
  create table account_trade (
    trade_id bigint not null,
    order_id bigint not null,
    fee bigint not null,
    account integer not null,
    market integer not null,
    fee_asset integer not null,
    side integer not null,
    is_maker integer not null,
    primary key (account, market, trade_id, order_id)
  );

  -- Candles with trades, for a few base lengths; the other intervals are summed up from them.
  create table candle (
    open_s bigint not null,
    lots bigint not null,
    quote bigint not null,
    trades bigint not null,
    taker_buy_lots bigint not null,
    taker_buy_quote bigint not null,
    first_trade_id bigint not null,
    last_trade_id bigint not null,
    market integer not null,
    length_s integer not null,
    open_ticks integer not null,
    high_ticks integer not null,
    low_ticks integer not null,
    close_ticks integer not null,
    primary key (market, length_s, open_s)
  ) with (fillfactor = 80);
  `,
  `
  -- Two orders of one account that met and did not trade; 0 lots = that order lost nothing.
  create table prevented_match (
    match_id bigint not null,
    taker_order_id bigint not null,
    maker_order_id bigint not null,
    time_us bigint not null,
    account integer not null,
    market integer not null,
    self_trade_prevention integer not null,
    price_ticks integer not null,
    taker_lots integer not null,
    maker_lots integer not null,
    primary key (account, market, match_id, maker_order_id)
  );
  create index prevented_match_of_taker on prevented_match (taker_order_id, match_id);
  create index prevented_match_of_maker on prevented_match (maker_order_id, match_id);
  `,
  `
  -- Orders that rest in a book. A slot is used again by a later order: the table is no longer than the most that ever
  -- rested at a time. 0 lots = free. At a price the lowest rank trades first.
  create table resting_order (
    order_id bigint not null,
    queue_rank bigint not null,
    slot integer primary key,
    market integer not null,
    side integer not null,
    price_ticks integer not null,
    lots integer not null
  ) with (fillfactor = 50);
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
    list_id bigint primary key,
    created_us bigint not null,
    updated_us bigint not null,
    account integer not null,
    market integer not null,
    contingency integer not null,
    -- 0 = one of its orders is open, 1 = all have ended.
    status integer not null,
    list_client_order_id text not null,
    -- Of its orders, in their order, with a blank in between.
    client_order_ids text not null
  ) with (fillfactor = 80);
  create index order_list_of_account on order_list (account, market, list_id);
  create index order_list_open on order_list (account, market, list_id) where status = 0;
  create index order_list_by_client_id on order_list (account, list_client_order_id, list_id);
  `,
  `
  -- Deposits (units > 0) and withdrawals (units < 0): with the trades, all that changes what an account has.
  create table payment (
    sequence bigint not null,
    units bigint not null,
    time_us bigint not null,
    account integer not null,
    asset integer not null,
    reference text not null,
    primary key (account, sequence)
  );
  `,
  `
  -- Queries go by keys. A tenth of the usual sample tells the planner enough of the tables that grow, and a new one
  -- when they have grown by half: the usual ones stopped a busy machine for seconds, once a minute. A vacuum takes its
  -- time, and no more than a small part of a processor.
  do $$
  declare
    found record;
  begin
    for found in
      select attrelid::regclass as of_table, attname as name from pg_attribute
      where attnum > 0 and not attisdropped and attrelid in ('orders'::regclass, 'trade'::regclass,
        'account_trade'::regclass, 'prevented_match'::regclass, 'order_list'::regclass, 'payment'::regclass)
    loop
      execute format('alter table %s alter column %I set statistics 10', found.of_table, found.name);
    end loop;
  end $$;
  alter index orders_by_client_id alter column 1 set statistics 10;
  alter table orders set (autovacuum_analyze_scale_factor = 0.5, autovacuum_vacuum_cost_delay = 20);
  alter table trade set (autovacuum_analyze_scale_factor = 0.5, autovacuum_vacuum_cost_delay = 20);
  alter table account_trade set (autovacuum_analyze_scale_factor = 0.5, autovacuum_vacuum_cost_delay = 20);
  `,
];

/** How far query tables are and how much they hold, all as of one moment. */
export interface TableCounts {
  readonly sequence: number;
  /** Hash of the first row of the journal they were filled from, in hex; "" = not filled yet. */
  readonly journal: string;
  readonly orders: number;
  readonly trades: number;
  /** Lots of all trades. */
  readonly volume: number;
  /** Order lists. */
  readonly lists: number;
}

/** Reads {@link TableCounts}, in every store's SQL. */
export const TABLE_COUNTS = `select
  coalesce((select sequence from progress), 0) as sequence,
  coalesce((select journal from progress), '') as journal,
  (select count(*) from orders) as orders,
  (select count(*) from trade) as trades,
  (select coalesce(sum(lots), 0) from trade) as volume,
  (select count(*) from order_list) as lists`;

import { type Contingency, type ListStatus, ORDERS_PER_COMMAND } from "@buttonwood/protocol";
import type { HistoryClient, OrderListRecord } from "../transport/history-port.js";
import type { TableQuery, Tables } from "./tables.js";

/** Without the sequence to wait for: that is settled before the tables are read. */
type Query<K extends "orderList" | "orderLists"> = Omit<Parameters<HistoryClient[K]>[0], "atLeast">;

/** Order ids of commands at or after a time are at least this; see HistoryReader. */
type OrderIdFrom = (timeUs: number) => Promise<number>;

const US_PER_MINUTE = 60_000_000;
const NO_BOUND = Number.MAX_SAFE_INTEGER;

interface OrderListRow {
  list_id: number;
  account: number;
  market: number;
  contingency: number;
  status: number;
  created_us: number;
  updated_us: number;
  list_client_order_id: string;
  client_order_ids: string;
}

/** Client order ids hold no blank. */
const SEPARATOR = " ";

/** The client ids of a list's orders as one cell. */
export const joinClientIds = (ids: readonly string[]): string => ids.join(SEPARATOR);

/** Reads order lists from the query tables. */
export class OrderListReader {
  readonly #orderIdFrom: OrderIdFrom;
  readonly #byId: TableQuery<OrderListRow>;
  readonly #byClientId: TableQuery<OrderListRow>;
  readonly #up: TableQuery<OrderListRow>;
  readonly #down: TableQuery<OrderListRow>;
  readonly #openUp: TableQuery<OrderListRow>;
  readonly #openDown: TableQuery<OrderListRow>;

  constructor(tables: Tables, orderIdFrom: OrderIdFrom) {
    this.#orderIdFrom = orderIdFrom;
    this.#byId = tables.query("select * from order_list where list_id = ?1 and account = ?2 and market = ?3");
    this.#byClientId = tables.query(
      `select * from order_list where account = ?1 and list_client_order_id = ?2
        order by list_id desc limit 1`,
    );
    const lists = (condition: string): string =>
      `select * from order_list where account = ?1 and market = ?2
        and list_id between ?3 and ?4 and created_us between ?5 and ?6 ${condition}`;
    this.#up = tables.query(`${lists("")} order by list_id limit ?7`);
    this.#down = tables.query(`${lists("")} order by list_id desc limit ?7`);
    // Written out, so that the index over open lists alone answers it.
    const open = lists("and status = 0");
    this.#openUp = tables.query(`${open} order by list_id limit ?7`);
    this.#openDown = tables.query(`${open} order by list_id desc limit ?7`);
  }

  async orderList({ account, named }: Query<"orderList">): Promise<OrderListRecord | undefined> {
    const [row] =
      "listId" in named
        ? await this.#byId(named.listId, account, named.market)
        : await this.#byClientId(account, named.listClientOrderId);
    return row === undefined ? undefined : orderListRecord(row);
  }

  async orderLists(query: Query<"orderLists">): Promise<readonly OrderListRecord[]> {
    const { account, market, isOpen, fromListId, startUs, endUs, limit } = query;
    const from = Math.max(fromListId ?? 0, startUs === undefined ? 0 : await this.#listIdFrom(startUs));
    const to = endUs === undefined ? NO_BOUND : await this.#listIdFrom(endUs + US_PER_MINUTE);
    const isUp = fromListId !== undefined || startUs !== undefined;
    const up = isOpen ? this.#openUp : this.#up;
    const down = isOpen ? this.#openDown : this.#down;
    const read = isUp ? up : down;
    const rows = await read(account, market, from, to, startUs ?? 0, endUs ?? NO_BOUND, limit);
    const records = rows.map(orderListRecord);
    return isUp ? records : records.reverse();
  }

  async #listIdFrom(timeUs: number): Promise<number> {
    return Math.floor((await this.#orderIdFrom(timeUs)) / ORDERS_PER_COMMAND);
  }
}

function orderListRecord(row: OrderListRow): OrderListRecord {
  return {
    account: row.account,
    listId: row.list_id,
    market: row.market,
    contingency: row.contingency as Contingency,
    status: row.status as ListStatus,
    createdUs: row.created_us,
    updatedUs: row.updated_us,
    listClientOrderId: row.list_client_order_id,
    clientOrderIds: row.client_order_ids.split(SEPARATOR),
  };
}

import type { Event, OrderState } from "@buttonwood/protocol";
import type { Tables } from "../../projection/tables.js";

interface OrderRow {
  readonly order_id: number;
  readonly account: number;
  readonly market: number;
  readonly price_ticks: number;
  readonly lots: number;
  readonly executed_lots: number;
  readonly executed_quote: number;
  readonly status: number;
  readonly prevented_lots: number;
  readonly client_order_id: string;
}

interface TradeRow {
  readonly market: number;
  readonly trade_id: number;
  readonly price_ticks: number;
  readonly lots: number;
}

/** What a partition's query tables must hold, from the events alone. */
export class TablesCheck {
  readonly #orders = new Map<number, OrderState>();
  readonly #trades: TradeRow[] = [];

  group(events: readonly Event[]): void {
    for (const event of events) {
      if ("order" in event) this.#orders.set(event.order.orderId, event.order);
      if (event.kind !== "ORDER_FILLED" || event.isMaker) continue;
      const { order, tradeId, priceTicks, lots } = event;
      this.#trades.push({ market: order.market, trade_id: tradeId, price_ticks: priceTicks, lots });
    }
  }

  /** What is wrong with the tables, which must have taken everything in; or undefined. */
  async compare(tables: Tables): Promise<string | undefined> {
    const expected = [...this.#orders.values()]
      .sort((a, b) => a.orderId - b.orderId)
      .map(
        (order): OrderRow => ({
          order_id: order.orderId,
          account: order.account,
          market: order.market,
          price_ticks: order.priceTicks,
          lots: order.lots,
          executed_lots: order.executedLots,
          executed_quote: order.executedQuote,
          status: order.status,
          prevented_lots: order.preventedLots,
          client_order_id: order.clientOrderId,
        }),
      );
    const orders = await tables.query<OrderRow>(
      `select order_id, account, market, price_ticks, lots, executed_lots, executed_quote, status, prevented_lots,
        client_order_id from orders order by order_id`,
    )();
    const trades = await tables.query<TradeRow>(
      "select market, trade_id, price_ticks, lots from trade order by market, trade_id",
    )();
    this.#trades.sort((a, b) => a.market - b.market || a.trade_id - b.trade_id);
    return differing("orders", orders, expected) ?? differing("trade", trades, this.#trades);
  }
}

function differing(table: string, rows: readonly object[], expected: readonly object[]): string | undefined {
  if (rows.length !== expected.length) return `${table} holds ${rows.length} rows, not ${expected.length}`;
  for (const [index, row] of rows.entries()) {
    const [is, should] = [JSON.stringify(row), JSON.stringify(expected[index])];
    if (is !== should) return `${table} holds ${is}, not ${should}`;
  }
  return undefined;
}

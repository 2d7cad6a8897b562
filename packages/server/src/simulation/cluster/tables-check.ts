import {
  type Event,
  type OrderListState,
  type OrderState,
  OrderStatus,
  PREVENTED_MATCHES_PER_COMMAND,
} from "@buttonwood/protocol";
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
  readonly terms: string;
}

interface ListRow {
  readonly list_id: number;
  readonly account: number;
  readonly market: number;
  readonly contingency: number;
  readonly status: number;
  readonly created_us: number;
  readonly list_client_order_id: string;
  readonly client_order_ids: string;
}

interface TradeRow {
  readonly market: number;
  readonly trade_id: number;
  readonly price_ticks: number;
  readonly lots: number;
}

interface PreventedRow {
  readonly match_id: number;
  readonly taker_order_id: number;
  readonly maker_order_id: number;
  readonly taker_lots: number;
  readonly maker_lots: number;
}

interface PaymentRow {
  readonly account: number;
  readonly sequence: number;
  readonly asset: number;
  readonly units: number;
  readonly reference: string;
}

interface RestingRow {
  readonly order_id: number;
  readonly market: number;
  readonly side: number;
  readonly price_ticks: number;
  readonly lots: number;
}

/** What a partition's query tables must hold, from the events alone. */
export class TablesCheck {
  readonly #orders = new Map<number, OrderState>();
  readonly #trades: TradeRow[] = [];
  readonly #prevented: PreventedRow[] = [];
  readonly #payments: PaymentRow[] = [];
  readonly #lists = new Map<number, OrderListState>();
  /** Of each iceberg that may rest, what it shows. */
  readonly #shown = new Map<number, number>();

  group(events: readonly Event[]): void {
    let taker = 0;
    let count = 0;
    for (const event of events) {
      if (
        (event.kind === "ORDER_ACCEPTED" && event.order.status !== OrderStatus.PENDING_NEW) ||
        event.kind === "ORDER_TRIGGERED" ||
        event.kind === "ORDER_RELEASED" ||
        event.kind === "ORDER_AMENDED"
      ) {
        taker = event.order.orderId;
      }
      if (event.kind === "ORDER_PREVENTED") count += this.#addPrevented(events, event, taker, count);
      if (event.kind === "DEPOSITED" || event.kind === "WITHDRAWN") {
        const { account, asset, amount, reference } = event;
        const { sequence } = events[0] as Event & { kind: "RESULT" };
        const units = event.kind === "DEPOSITED" ? amount : -amount;
        this.#payments.push({ account, sequence, asset, units, reference });
      }
      if (event.kind === "ORDER_LIST") this.#lists.set(event.listId, event);
      if ("order" in event) {
        this.#orders.set(event.order.orderId, event.order);
        this.#show(event, taker);
      }
      if (event.kind !== "ORDER_FILLED" || event.isMaker) continue;
      const { order, tradeId, priceTicks, lots } = event;
      this.#trades.push({ market: order.market, trade_id: tradeId, price_ticks: priceTicks, lots });
    }
  }

  /** Returns how many matches it adds: a taker's event after that of its maker is of the same one. */
  #addPrevented(
    events: readonly Event[],
    { order, counterOrderId, lots }: Event & { kind: "ORDER_PREVENTED" },
    taker: number,
    count: number,
  ): number {
    const last = this.#prevented.at(-1);
    const { sequence } = events[0] as Event & { kind: "RESULT" };
    const first = sequence * PREVENTED_MATCHES_PER_COMMAND;
    if (order.orderId !== taker) {
      this.#prevented.push({
        match_id: first + count,
        taker_order_id: taker,
        maker_order_id: order.orderId,
        taker_lots: 0,
        maker_lots: lots,
      });
      return 1;
    }
    if (last?.match_id === first + count - 1 && last.maker_order_id === counterOrderId) {
      this.#prevented[this.#prevented.length - 1] = { ...last, taker_lots: lots };
      return 0;
    }
    this.#prevented.push({
      match_id: first + count,
      taker_order_id: taker,
      maker_order_id: counterOrderId,
      taker_lots: lots,
      maker_lots: 0,
    });
    return 1;
  }

  /** An iceberg shows as much as it may while it matches; then its part is used up and the next one follows. */
  #show(event: Event & { readonly order: OrderState }, taker: number): void {
    const { order } = event;
    const display = order.terms?.displayLots ?? 0;
    if (display === 0) return;
    const part = Math.min(display, remainingLots(order));
    const shown = this.#shown.get(order.orderId) ?? part;
    const isMaker =
      event.kind === "ORDER_FILLED"
        ? event.isMaker
        : event.kind === "ORDER_PREVENTED" && order.orderId !== taker;
    if (isMaker) this.#shown.set(order.orderId, shown - (event as { lots: number }).lots || part);
    else this.#shown.set(order.orderId, event.kind === "ORDER_AMENDED" ? Math.min(shown, part) : part);
  }

  #resting(): RestingRow[] {
    const rows: RestingRow[] = [];
    for (const order of this.#orders.values()) {
      const isOpen = order.status === OrderStatus.NEW || order.status === OrderStatus.PARTIALLY_FILLED;
      if (!isOpen || order.workingUs === 0) continue;
      rows.push({
        order_id: order.orderId,
        market: order.market,
        side: order.side,
        price_ticks: order.priceTicks,
        lots: this.#shown.get(order.orderId) ?? remainingLots(order),
      });
    }
    return rows.sort((a, b) => a.order_id - b.order_id);
  }

  #listRows(): ListRow[] {
    return [...this.#lists.values()]
      .sort((a, b) => a.listId - b.listId)
      .map((list) => ({
        list_id: list.listId,
        account: list.account,
        market: list.market,
        contingency: list.contingency,
        status: list.status,
        created_us: list.createdUs,
        list_client_order_id: list.listClientOrderId,
        client_order_ids: list.clientOrderIds.join(" "),
      }));
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
          terms: termsOf(order),
        }),
      );
    const lists = await tables.query<ListRow>(
      `select list_id, account, market, contingency, status, created_us, list_client_order_id, client_order_ids
        from order_list order by list_id`,
    )();
    const orders = await tables.query<OrderRow>(
      `select order_id, account, market, price_ticks, lots, executed_lots, executed_quote, status, prevented_lots,
        client_order_id, terms from orders order by order_id`,
    )();
    const trades = await tables.query<TradeRow>(
      "select market, trade_id, price_ticks, lots from trade order by market, trade_id",
    )();
    this.#trades.sort((a, b) => a.market - b.market || a.trade_id - b.trade_id);
    const prevented = await tables.query<PreventedRow>(
      `select match_id, taker_order_id, maker_order_id, taker_lots, maker_lots from prevented_match
        order by match_id`,
    )();
    const payments = await tables.query<PaymentRow>(
      "select account, sequence, asset, units, reference from payment order by sequence",
    )();
    const resting = await tables.query<RestingRow>(
      `select order_id, market, side, price_ticks, lots from resting_order where lots > 0 order by order_id`,
    )();
    return (
      differing("orders", orders, expected) ??
      differing("order_list", lists, this.#listRows()) ??
      differing("trade", trades, this.#trades) ??
      differing("prevented_match", prevented, this.#prevented) ??
      differing("payment", payments, this.#payments) ??
      differing("resting_order", resting, this.#resting())
    );
  }
}

const remainingLots = (order: OrderState): number => order.lots - order.executedLots - order.preventedLots;

function termsOf({ terms }: OrderState): string {
  if (terms === undefined) return "";
  const { contingency, leg, displayLots, trailingBips, trailingTicks, expiresUs } = terms;
  return [contingency, leg, displayLots, trailingBips, trailingTicks, expiresUs].join(" ");
}

function differing(table: string, rows: readonly object[], expected: readonly object[]): string | undefined {
  if (rows.length !== expected.length) return `${table} holds ${rows.length} rows, not ${expected.length}`;
  for (const [index, row] of rows.entries()) {
    const [is, should] = [JSON.stringify(row), JSON.stringify(expected[index])];
    if (is !== should) return `${table} holds ${is}, not ${should}`;
  }
  return undefined;
}

import { AccountStatus, type Event, MarketStatus, type OrderState, OrderStatus } from "@buttonwood/protocol";

/** What a trader and an operator know of an exchange who hear of every event: all that random commands build on. */
export class SeenEvents {
  /** Open orders. */
  readonly open = new Map<number, OrderState>();
  /** Some orders that ended: they are named now and then too. */
  readonly ended: OrderState[] = [];
  /** Markets that don't trade and accounts that are frozen: left so for a while, then put right. */
  readonly closedMarkets = new Set<number>();
  readonly frozenAccounts = new Set<number>();
  /** Client ids of order lists, by the lists' ids. */
  readonly listIds = new Map<number, string>();
  /** Last number sent to and received from each other partition. */
  readonly sent = new Map<number, number>();
  readonly received = new Map<number, number>();

  /** Takes the events of one command. */
  observe(events: readonly Event[]): void {
    for (const event of events) {
      if (event.kind === "MARKET_STATUS_SET") {
        if (event.status === MarketStatus.TRADING) this.closedMarkets.delete(event.market);
        else this.closedMarkets.add(event.market);
      } else if (event.kind === "ACCOUNT_STATUS_SET") {
        if (event.status === AccountStatus.ACTIVE) this.frozenAccounts.delete(event.account);
        else this.frozenAccounts.add(event.account);
      } else if (event.kind === "TRANSFER_SENT") {
        this.sent.set(event.partition, event.channelSequence);
      } else if (event.kind === "TRANSFER_RECEIVED") {
        this.received.set(event.partition, event.channelSequence);
      } else if (event.kind === "ORDER_LIST") {
        this.listIds.set(event.listId, event.listClientOrderId);
      } else if ("order" in event) {
        this.#observeOrder(event.order);
      }
    }
  }

  #observeOrder(order: OrderState): void {
    const { status } = order;
    if (
      status === OrderStatus.NEW ||
      status === OrderStatus.PARTIALLY_FILLED ||
      status === OrderStatus.PENDING_NEW
    ) {
      this.open.set(order.orderId, order);
      return;
    }
    this.open.delete(order.orderId);
    this.ended.push(order);
    if (this.ended.length > 5) this.ended.shift();
  }
}

import {
  CommandType,
  type Event,
  type OrderState,
  OrderStatus,
  OrderType,
  Side,
  TimeInForce,
} from "@buttonwood/protocol";

interface Resting {
  readonly order: OrderState;
  /** Place in time: rises with every order that joins a queue. */
  readonly joined: number;
}

/**
 * Price-time priority, derived from the events alone: keeps who rests where and since when, and checks that every
 * maker met is the best price's first.
 */
export class PriorityCheck {
  readonly #resting = new Map<number, Resting>();
  #joined = 0;

  /** Takes the next group. Answers what is wrong, or undefined. */
  group(events: readonly Event[]): string | undefined {
    let active: OrderState | undefined;
    let wrong: string | undefined;
    const result = events[0];
    const isMove = result?.kind === "RESULT" && result.commandType === CommandType.MOVE_ORDER;
    const meet = (maker: OrderState): void => {
      wrong ??= this.#ahead(maker);
      this.#update(maker);
    };
    for (const event of events) {
      switch (event.kind) {
        case "ORDER_ACCEPTED":
        case "ORDER_TRIGGERED":
          this.#join(active);
          active = event.order;
          break;
        case "ORDER_AMENDED":
          if (isMove) {
            this.#resting.delete(event.order.orderId);
            active = event.order;
          } else this.#update(event.order);
          break;
        case "ORDER_FILLED":
          if (event.isMaker) meet(event.order);
          else active = event.order;
          break;
        case "ORDER_PREVENTED":
          if (event.order.orderId === active?.orderId) active = event.order;
          else meet(event.order);
          break;
        case "ORDER_EXPIRED":
          active = event.order;
          break;
        case "ORDER_CANCELED":
          this.#resting.delete(event.order.orderId);
          break;
      }
    }
    this.#join(active);
    return wrong;
  }

  /** An order that is done matching joins its queue when something of it may rest. */
  #join(order: OrderState | undefined): void {
    if (order === undefined || !isOpen(order) || order.timeInForce !== TimeInForce.GTC) return;
    const rests =
      order.type === OrderType.LIMIT ||
      order.type === OrderType.LIMIT_MAKER ||
      (order.workingUs !== 0 && order.priceTicks !== 0);
    if (rests) this.#resting.set(order.orderId, { order, joined: this.#joined++ });
  }

  #update(order: OrderState): void {
    const resting = this.#resting.get(order.orderId);
    if (resting === undefined) return;
    if (isOpen(order)) this.#resting.set(order.orderId, { order, joined: resting.joined });
    else this.#resting.delete(order.orderId);
  }

  #ahead(maker: OrderState): string | undefined {
    const own = this.#resting.get(maker.orderId);
    if (own === undefined) return `order ${maker.orderId} was met as a maker, but does not rest`;
    for (const { order, joined } of this.#resting.values()) {
      if (order.market !== maker.market || order.side !== maker.side || order.orderId === maker.orderId)
        continue;
      const better =
        order.side === Side.BUY ? order.priceTicks > maker.priceTicks : order.priceTicks < maker.priceTicks;
      if (better) {
        return `order ${maker.orderId} at ${maker.priceTicks} was met before order ${order.orderId} at the better price ${order.priceTicks}`;
      }
      if (order.priceTicks === maker.priceTicks && joined < own.joined) {
        return `order ${maker.orderId} was met before order ${order.orderId}, which came earlier to the same price`;
      }
    }
    return undefined;
  }
}

function isOpen(order: OrderState): boolean {
  return order.status === OrderStatus.NEW || order.status === OrderStatus.PARTIALLY_FILLED;
}

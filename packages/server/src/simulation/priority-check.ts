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
  /** What can be met of it: all that remains, of an iceberg the part that it shows. */
  readonly shownLots: number;
  /** Place in time: rises with every order that joins a queue. */
  readonly joined: number;
}

/**
 * Price-time priority, derived from the events alone: keeps who rests where and since when, and checks that every
 * maker met is the best price's first, and is met for no more than it shows.
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
    const meet = (maker: OrderState, lots: number): void => {
      wrong ??= this.#ahead(maker) ?? this.#beyondShown(maker, lots);
      this.#meet(maker, lots);
    };
    /** It has ended other than in a match: as the one that matches, or while it rested. */
    const end = (order: OrderState): void => {
      this.#resting.delete(order.orderId);
      if (order.orderId === active?.orderId) active = order;
    };
    for (const event of events) {
      switch (event.kind) {
        case "ORDER_ACCEPTED":
          // One that is pending neither matches nor rests: the one before it still has to match.
          if (event.order.status === OrderStatus.PENDING_NEW) {
            if (event.order.terms === undefined)
              wrong ??= `order ${event.order.orderId} is pending in no list`;
            break;
          }
          this.#join(active);
          active = event.order;
          break;
        case "ORDER_TRIGGERED":
        case "ORDER_RELEASED":
          this.#join(active);
          active = event.order;
          break;
        case "ORDER_AMENDED":
          if (isMove) {
            this.#resting.delete(event.order.orderId);
            active = event.order;
          } else this.#reduce(event.order);
          break;
        case "ORDER_FILLED":
          if (event.isMaker) meet(event.order, event.lots);
          else active = event.order;
          break;
        case "ORDER_PREVENTED":
          if (event.order.orderId === active?.orderId) active = event.order;
          else meet(event.order, isOpen(event.order) ? event.lots : 0);
          break;
        case "ORDER_EXPIRED":
          if (event.order.terms === undefined && event.order.orderId !== active?.orderId) {
            wrong ??= `order ${event.order.orderId} expired and was not matching, though it has no terms`;
          }
          end(event.order);
          break;
        case "ORDER_CANCELED":
          end(event.order);
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
    if (rests) this.#joinEnd(order);
  }

  /** Joins the end of its queue. */
  #joinEnd(order: OrderState): void {
    const display = order.terms?.displayLots ?? 0;
    const shownLots = display === 0 ? remainingLots(order) : Math.min(display, remainingLots(order));
    this.#resting.set(order.orderId, { order, shownLots, joined: this.#joined++ });
  }

  /** A maker has lost lots: it keeps its place, but for an iceberg that has to show its next part. */
  #meet(order: OrderState, lots: number): void {
    const resting = this.#resting.get(order.orderId);
    if (resting === undefined) return;
    const shownLots = resting.shownLots - lots;
    if (!isOpen(order)) this.#resting.delete(order.orderId);
    else if (shownLots > 0) this.#resting.set(order.orderId, { ...resting, order, shownLots });
    else this.#joinEnd(order);
  }

  /** What an order does not show is taken off first; its place stays. */
  #reduce(order: OrderState): void {
    const resting = this.#resting.get(order.orderId);
    if (resting === undefined) return;
    const shownLots = Math.min(resting.shownLots, remainingLots(order));
    this.#resting.set(order.orderId, { ...resting, order, shownLots });
  }

  #beyondShown({ orderId }: OrderState, lots: number): string | undefined {
    const shown = this.#resting.get(orderId)?.shownLots ?? 0;
    return lots > shown ? `order ${orderId} was met for ${lots} lots, but shows ${shown}` : undefined;
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

const remainingLots = (order: OrderState): number => order.lots - order.executedLots - order.preventedLots;

function isOpen(order: OrderState): boolean {
  return order.status === OrderStatus.NEW || order.status === OrderStatus.PARTIALLY_FILLED;
}

export type Side = "BUY" | "SELL";

export interface Fill {
  readonly makerOrderId: number;
  readonly priceTicks: number;
  readonly lots: number;
}

interface RestingOrder {
  readonly id: number;
  /** Open ones. */
  lots: number;
  next: RestingOrder | undefined;
}

/** All orders at one price, oldest first. */
interface Level {
  readonly priceTicks: number;
  first: RestingOrder;
  last: RestingOrder;
}

/** One market's orders: the best price first, at one price the oldest. */
export class PriceTimeBook {
  /** Of each side the worst price first, so that the best one is taken off the end. */
  readonly #levels: Readonly<Record<Side, Level[]>> = { BUY: [], SELL: [] };

  /** Matches a limit order; what is left of it rests. */
  place(id: number, side: Side, priceTicks: number, lots: number): Fill[] {
    const makers = this.#levels[side === "BUY" ? "SELL" : "BUY"];
    const fills: Fill[] = [];
    let left = lots;
    for (let best = makers.at(-1); left > 0 && best !== undefined; best = makers.at(-1)) {
      if (side === "BUY" ? best.priceTicks > priceTicks : best.priceTicks < priceTicks) break;
      const maker = best.first;
      const traded = Math.min(left, maker.lots);
      fills.push({ makerOrderId: maker.id, priceTicks: best.priceTicks, lots: traded });
      maker.lots -= traded;
      left -= traded;
      if (maker.lots > 0) break;
      if (maker.next === undefined) makers.pop();
      else best.first = maker.next;
    }
    if (left > 0) this.#rest(side, priceTicks, { id, lots: left, next: undefined });
    return fills;
  }

  #rest(side: Side, priceTicks: number, order: RestingOrder): void {
    const levels = this.#levels[side];
    // Most orders rest near the best price, so the search begins there.
    const at = levels.findLastIndex((level) =>
      side === "BUY" ? level.priceTicks <= priceTicks : level.priceTicks >= priceTicks,
    );
    const level = levels[at];
    if (level === undefined || level.priceTicks !== priceTicks) {
      levels.splice(at + 1, 0, { priceTicks, first: order, last: order });
      return;
    }
    level.last.next = order;
    level.last = order;
  }
}

/** What a scenario has beside its client: the exchange, and both accounts without any client between. */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { eventually } from "../../support/eventually.js";
import type { ApiKey, Exchange } from "../../support/exchange.js";
import { unlimitedKeys } from "../../support/operator.js";
import { type Answer, type Parameters, SignedClient } from "../../support/signed-client.js";
import type { Market, OrderRequest, OrderView } from "./calls.js";

/** Steps of 1 in price are ticks of every demo market. */
const AWAY = 10;

let ids = 0;
/** An id for an order or a list, with the prefix that one of the clients asks for in front of every id. */
export const ownId = (): string => `x-U5D79M5B-c${++ids}`;

export class World {
  /** The account of the clients. */
  readonly alice: SignedClient;
  /** Who makes the market that the clients trade on. */
  readonly bob: SignedClient;
  /** The opening price, a whole number. */
  readonly price: number;

  private constructor(
    readonly exchange: Exchange,
    readonly market: Market,
    keys: Readonly<Record<"alice" | "bob", ApiKey>>,
    price: number,
  ) {
    this.alice = new SignedClient(exchange.url, keys.alice);
    this.bob = new SignedClient(exchange.url, keys.bob);
    this.price = price;
  }

  /** A market with two trades and a book on both sides. */
  static async prepare(exchange: Exchange, market: Market): Promise<World> {
    // What is asked beside the client must not use up what the client may.
    const keys = await unlimitedKeys(exchange);
    const asking = new SignedClient(exchange.url, keys.bob);
    const { body } = await asking.public("/api/v3/avgPrice", { symbol: market.symbol });
    asking.close();
    const world = new World(exchange, market, keys, Math.round(Number(body.price)));
    await world.quote();
    for (const units of [1, 2]) {
      await world.place(world.alice, { side: "BUY", type: "MARKET", quantity: world.quantity(units) });
    }
    await world.traded();
    return world;
  }

  get symbol(): string {
    return this.market.symbol;
  }

  /** Bob's best prices. */
  get bid(): number {
    return this.price - AWAY;
  }

  get ask(): number {
    return this.price + AWAY;
  }

  /** A buying price at which nothing trades. */
  get low(): number {
    return this.price - 2 * AWAY;
  }

  quantity(units: number): number {
    return Number((units * this.market.unit).toFixed(8));
  }

  /** A limit order of two units that rests. */
  resting(more: Partial<OrderRequest> = {}): OrderRequest {
    const { symbol } = this;
    const quantity = this.quantity(2);
    return { symbol, side: "BUY", type: "LIMIT", timeInForce: "GTC", quantity, price: this.low, ...more };
  }

  /** Nothing is open on the market but bob's quote of 20 units on both sides. */
  async quote(): Promise<void> {
    await this.clear();
    const order = { type: "LIMIT", timeInForce: "GTC", quantity: this.quantity(20) } as const;
    await this.place(this.bob, { ...order, side: "BUY", price: this.bid });
    await this.place(this.bob, { ...order, side: "SELL", price: this.ask });
    // Market data follow the orders at once, but don't come before their answers.
    await eventually("the quote", async () => {
      const { bids, asks } = await this.read("/api/v3/depth", { limit: 5 });
      const levels = [bids, asks].map((side) => side.map((level: string[]) => level.map(Number)));
      const quantity = this.quantity(20);
      return isDeepStrictEqual(levels, [[[this.bid, quantity]], [[this.ask, quantity]]]) ? true : undefined;
    });
  }

  /** Public history and tickers hold all that has traded. */
  async traded(): Promise<void> {
    const trades = await this.readOwn("/api/v3/myTrades", { symbol: this.symbol });
    const { id } = trades.at(-1);
    await eventually("the ticker of all trades", async () => {
      const { lastId } = await this.read("/api/v3/ticker/24hr");
      return lastId >= id ? true : undefined;
    });
  }

  async clear(): Promise<void> {
    for (const account of [this.alice, this.bob]) {
      const open = await account.signed("GET", "/api/v3/openOrders", { symbol: this.symbol });
      if (open.body.length > 0) {
        await account.signed("DELETE", "/api/v3/openOrders", { symbol: this.symbol });
      }
    }
  }

  async place(account: SignedClient, order: Partial<OrderRequest>): Promise<string> {
    const answer = await account.signed("POST", "/api/v3/order", {
      symbol: this.symbol,
      ...order,
    } as Parameters);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return String(answer.body.orderId);
  }

  /** A trade of one unit at bob's asking price: bob sells. */
  trade(): Promise<string> {
    return this.place(this.alice, { side: "BUY", type: "MARKET", quantity: this.quantity(1) });
  }

  /** The last price is bob's asking or bidding one: he trades a unit with himself. */
  async lastAt(side: "ask" | "bid"): Promise<void> {
    const taking = side === "ask" ? "BUY" : "SELL";
    await this.place(this.bob, { side: taking, type: "MARKET", quantity: this.quantity(1) });
  }

  /** What is best on one side of the book is taken by bob, as far as the quantity goes. */
  async take(side: "BUY" | "SELL", price: number, quantity: number): Promise<void> {
    await this.place(this.bob, { side, type: "LIMIT", timeInForce: "IOC", price, quantity });
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at by the scenarios.
  async read(path: string, more: Parameters = {}): Promise<any> {
    return succeeded(await this.alice.public(path, { symbol: this.symbol, ...more }));
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at by the scenarios.
  async readOwn(path: string, more: Parameters = {}): Promise<any> {
    return succeeded(await this.alice.signed("GET", path, more));
  }

  /** Alice's open orders on the market. */
  async open(): Promise<readonly string[]> {
    const orders = await this.readOwn("/api/v3/openOrders", { symbol: this.symbol });
    return orders.map(({ orderId }: { orderId: number }) => String(orderId));
  }

  /** What the exchange itself says of an order of alice's. */
  async order(id: string): Promise<OrderView> {
    return orderView(await this.readOwn("/api/v3/order", { symbol: this.symbol, orderId: id }));
  }

  close(): void {
    this.alice.close();
    this.bob.close();
  }
}

// biome-ignore lint/suspicious/noExplicitAny: answers are looked at by the scenarios.
function succeeded({ status, body }: Answer): any {
  assert.equal(status, 200, JSON.stringify(body));
  return body;
}

/** An order of the API's JSON; both what is answered to a new one and what is found later have these fields. */
export function orderView(json: object): OrderView {
  const order = json as Readonly<Record<string, string | number>>;
  return {
    id: String(order.orderId),
    // A cancel's own id comes first in its answer.
    clientOrderId: String(order.origClientOrderId ?? order.clientOrderId),
    status: String(order.status),
    type: String(order.type),
    side: String(order.side),
    price: Number(order.price),
    quantity: Number(order.origQty),
    executed: Number(order.executedQty),
    stopPrice: Number(order.stopPrice ?? 0),
    icebergQty: Number(order.icebergQty ?? 0),
    trailingDelta: Number(order.trailingDelta ?? 0),
    listId: String(order.orderListId),
  };
}

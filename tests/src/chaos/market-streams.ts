/** Listens to trades, depth and depth by orders of every market: within a connection numbers have no gap, across them they only rise. */
import { ReconnectingSocket } from "./reconnecting-socket.js";

interface Market {
  /** Of this connection; undefined before the first message. */
  trade: number | undefined;
  update: number | undefined;
  orders: number | undefined;
  /** Of any connection. */
  lastTrade: number;
  lastUpdate: number;
  lastOrders: number;
}

export class MarketStreams {
  readonly problems: string[] = [];
  readonly #markets: ReadonlyMap<string, Market>;
  readonly #socket: ReconnectingSocket;
  messages = 0;
  connections = 0;

  constructor(webSocketUrl: string, symbols: readonly string[]) {
    this.#markets = new Map(
      symbols.map((symbol) => [
        symbol,
        {
          trade: undefined,
          update: undefined,
          orders: undefined,
          lastTrade: 0,
          lastUpdate: 0,
          lastOrders: 0,
        },
      ]),
    );
    const names = symbols.flatMap((symbol) => [
      `${symbol.toLowerCase()}@trade`,
      `${symbol.toLowerCase()}@depth@100ms`,
      `${symbol.toLowerCase()}@depthOrders`,
    ]);
    this.#socket = new ReconnectingSocket(`${webSocketUrl}/stream?streams=${names.join("/")}`, {
      onOpen: () => {
        this.connections++;
      },
      onMessage: ({ data }) => this.#hear(data),
      onClose: () => {
        for (const market of this.#markets.values()) {
          market.trade = undefined;
          market.update = undefined;
          market.orders = undefined;
        }
      },
    });
  }

  /** Whether trades and depth of every market were heard since it is connected. */
  get hearsAll(): boolean {
    return [...this.#markets.values()].every(
      ({ trade, update }) => trade !== undefined && update !== undefined,
    );
  }

  /** Number of the last update of a symbol's depth that was heard. */
  lastUpdate(symbol: string): number {
    return this.#markets.get(symbol)!.lastUpdate;
  }

  /** Number of the last trade of a symbol that was heard. */
  lastTrade(symbol: string): number {
    return this.#markets.get(symbol)!.lastTrade;
  }

  close(): void {
    this.#socket.close();
  }

  // biome-ignore lint/suspicious/noExplicitAny: what the exchange tells is what is under test.
  #hear(message: any): void {
    const market = this.#markets.get(message?.s);
    if (market === undefined) return;
    this.messages++;
    if (message.e === "trade") {
      if (market.trade === undefined ? message.t <= market.lastTrade : message.t !== market.trade + 1) {
        this.problems.push(`${message.s}@trade: ${message.t} follows ${market.trade ?? market.lastTrade}`);
      }
      market.trade = market.lastTrade = message.t;
    } else if (message.e === "depthUpdate") {
      if (market.update === undefined ? message.U < market.lastUpdate : message.U !== market.update + 1) {
        this.problems.push(
          `${message.s}@depth: ${message.U} to ${message.u} follows ${market.update ?? market.lastUpdate}`,
        );
      }
      market.update = market.lastUpdate = message.u;
    } else if (message.e === "depthOrdersUpdate") {
      if (market.orders === undefined ? message.U < market.lastOrders : message.U !== market.orders + 1) {
        this.problems.push(
          `${message.s}@depthOrders: ${message.U} to ${message.u} follows ${market.orders ?? market.lastOrders}`,
        );
      }
      market.orders = market.lastOrders = message.u;
    }
  }
}

import type { MarketDataClient, MarketDataTopic } from "../feed/market-data-port.js";
import type { HistoryClient } from "../transport/history-port.js";

/** What is asked across the channel: history and market data, by the ports' own names, and to be told of events. */
export type Methods = Pick<
  HistoryClient,
  | "order"
  | "orders"
  | "orderList"
  | "orderLists"
  | "accountTrades"
  | "preventedMatches"
  | "ledger"
  | "trades"
  | "candles"
  | "position"
> &
  Pick<MarketDataClient, "depth" | "depthOrders" | "ticker" | "averagePrice" | "windowTicker"> & {
    /** Tells of every listing from now on. Answers the sequence after which that is so. */
    follow(): Promise<number>;
    /** Tells of everything that happens to an account, in the same way. */
    watch(account: number): Promise<number>;
  };
export type Method = keyof Methods;

/** From a gateway to the projection. */
export type ToProjection =
  | {
      [M in Method]: {
        readonly kind: "call";
        readonly id: number;
        readonly method: M;
        readonly args: Parameters<Methods[M]>;
      };
    }[Method]
  | {
      readonly kind: "subscribe" | "unsubscribe";
      readonly market: number;
      readonly topic: MarketDataTopic;
    }
  | { readonly kind: "unwatch"; readonly account: number };

/** From the projection to a gateway. */
export type FromProjection =
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "error"; readonly id: number; readonly name: string; readonly message: string }
  /** Each a MarketDataMessage as JSON: written once, whatever the number of gateways. */
  | { readonly kind: "market-data"; readonly messages: readonly string[] }
  /** Groups of events, as in the journal: listings, and what happened to watched accounts. */
  | { readonly kind: "events"; readonly groups: Uint8Array }
  /** The tables have caught up with the journal. */
  | { readonly kind: "ready"; readonly sequence: number };

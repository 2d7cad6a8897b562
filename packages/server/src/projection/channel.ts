import type { MarketDataClient, MarketDataMessage, MarketDataTopic } from "../feed/market-data-port.js";
import type { HistoryClient } from "../transport/history-port.js";

/** What is asked across the channel: history and market data, by the ports' own names. */
export type Methods = Pick<
  HistoryClient,
  "order" | "orders" | "accountTrades" | "trades" | "candles" | "position"
> &
  Pick<MarketDataClient, "depth" | "ticker" | "averagePrice" | "windowTicker">;
export type Method = keyof Methods;

/** From the gateway's thread to the projection's. */
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
    };

/** From the projection's thread to the gateway's. */
export type FromProjection =
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "error"; readonly id: number; readonly name: string; readonly message: string }
  | { readonly kind: "market-data"; readonly messages: readonly MarketDataMessage[] }
  /** The tables have caught up with the journal. */
  | { readonly kind: "ready"; readonly sequence: number };

/** The part of a message port or worker that both sides need. */
export interface Channel<In, Out> {
  postMessage(message: Out): void;
  on(event: "message", listener: (message: In) => void): void;
}

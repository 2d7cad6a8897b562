/** The page's one connection to the public side of the exchange that served it. */
import { MarketStreams, NetworkError, RestClient, type SymbolInfo } from "@buttonwood/client";
import { Signal } from "../signal.js";

export type LinkState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "down"; readonly reason: string };

const AGAIN_MS_MIN = 500;
const AGAIN_MS_MAX = 10_000;
/** Tried sooner than a program would: somebody is looking. */
const RECONNECT = { minMs: 250, maxMs: 5_000 };
/** How often the markets' states are asked for: no stream tells of a halt. */
const MARKETS_MS = 15_000;

export class ExchangeLink {
  readonly url = globalThis.location.origin;
  readonly rest = new RestClient({ url: this.url });
  readonly state = new Signal<LinkState>({ kind: "connecting" });
  /** All markets, in the exchange's order; empty until they are known. */
  readonly markets = new Signal<readonly SymbolInfo[]>([]);
  /** Resolves with the first connection; later ones are its own affair. */
  readonly streams: Promise<MarketStreams> = this.#open();

  constructor() {
    void this.refreshMarkets();
    setInterval(() => void this.refreshMarkets(), MARKETS_MS);
  }

  /** Asks for the markets; when that fails, what was known stays, and is asked for again soon. */
  async refreshMarkets(): Promise<void> {
    try {
      const { symbols } = await this.rest.exchangeInfo();
      this.markets.set(symbols);
    } catch (error) {
      if (this.markets.value.length === 0) setTimeout(() => void this.refreshMarkets(), AGAIN_MS_MIN);
      console.warn("the markets could not be read; trying again", error);
    }
  }

  async #open(): Promise<MarketStreams> {
    for (let waitMs = AGAIN_MS_MIN; ; waitMs = Math.min(AGAIN_MS_MAX, waitMs * 2)) {
      try {
        const streams = await MarketStreams.open({ url: this.url, api: this.rest, reconnect: RECONNECT });
        streams.onState((state) => {
          if (state.kind === "open") this.state.set({ kind: "live" });
          else this.state.set({ kind: "down", reason: state.kind === "down" ? state.reason : "closed" });
        });
        this.state.set({ kind: "live" });
        return streams;
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        this.state.set({ kind: "down", reason: error.message });
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }
}

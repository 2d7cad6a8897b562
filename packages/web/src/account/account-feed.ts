/** What is followed of the reader's account: open orders, fills and balances, over one session. */
import {
  ApiSession,
  type Balance,
  ClientError,
  type Credentials,
  fillOfTrade,
  NetworkError,
  type Order,
  RefusedError,
  type UserFill,
  UserStream,
  type UserStreamEvent,
} from "@buttonwood/client";
import { onNextFrame, Signal } from "../signal.js";

export type AccountState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** Events may be missing; they are fetched as soon as the connection is back. */
  | { readonly kind: "down"; readonly reason: string }
  /** For good: the key is not taken, or no longer. */
  | { readonly kind: "refused"; readonly reason: string };

const FILLS_MAX = 100;
const RECONNECT = { minMs: 250, maxMs: 5_000 };
const AGAIN_MS = 2_000;
/** With more markets than this, missed fills are fetched of the shown one alone: each symbol costs two reads. */
const SYMBOLS_MAX = 40;

export interface AccountFeedOptions {
  readonly url: string;
  readonly credentials: Credentials;
  /** All symbols of the exchange. */
  readonly symbols: readonly string[];
  /** The one that is shown. */
  readonly symbol: string;
}

export class AccountFeed {
  readonly state = new Signal<AccountState>({ kind: "connecting" });
  /** Newest first. */
  readonly openOrders = new Signal<readonly Order[]>([]);
  /** By asset, those that are not zero. */
  readonly balances = new Signal<ReadonlyMap<string, Balance>>(new Map());
  /** Newest first, of all symbols that were asked for with {@link readFills}, and all that came since. */
  readonly fills = new Signal<readonly UserFill[]>([]);
  readonly #options: AccountFeedOptions;
  #session: ApiSession | undefined;
  #user: UserStream | undefined;
  readonly #fillsRead = new Set<string>();
  #isClosed = false;

  constructor(options: AccountFeedOptions) {
    this.#options = options;
    void this.#start();
  }

  /** For orders and cancels; undefined until the account is known. */
  get session(): ApiSession | undefined {
    return this.#session;
  }

  close(): void {
    this.#isClosed = true;
    this.#user?.close();
    this.#session?.close();
  }

  /** Fetches the last fills of a symbol, once. */
  async readFills(symbol: string): Promise<void> {
    const session = this.#session;
    if (session === undefined || this.#fillsRead.has(symbol)) return;
    this.#fillsRead.add(symbol);
    try {
      const trades = await session.myTrades({ symbol, limit: FILLS_MAX });
      this.#addFills(trades.map(fillOfTrade));
    } catch (error) {
      this.#fillsRead.delete(symbol);
      console.warn(`own trades of ${symbol} could not be read`, error);
    }
  }

  async #start(): Promise<void> {
    const { url, credentials, symbols, symbol } = this.#options;
    while (!this.#isClosed) {
      let session: ApiSession | undefined;
      try {
        session = await ApiSession.open({ url, credentials, reconnect: RECONNECT });
        const followed = symbols.length <= SYMBOLS_MAX ? symbols : [symbol];
        const user = await UserStream.open({ session, symbols: followed });
        if (this.#isClosed) {
          user.close();
          session.close();
          return;
        }
        this.#session = session;
        this.#user = user;
        user.onEvent((event) => this.#take(event));
        onNextFrame(this.#publish);
        this.state.set({ kind: "live" });
        return;
      } catch (error) {
        session?.close();
        if (this.#isClosed) return;
        if (error instanceof NetworkError) {
          this.state.set({ kind: "down", reason: error.message });
          await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
          continue;
        }
        this.state.set({ kind: "refused", reason: reasonOf(error) });
        // A key that can't be read is the reader's; anything else that is no answer of the exchange is a bug.
        if (!(error instanceof ClientError)) console.error(error);
        return;
      }
    }
  }

  #take(event: UserStreamEvent): void {
    switch (event.kind) {
      case "fill":
        this.#addFills([event.fill]);
        break;
      case "gap":
        this.state.set({ kind: "down", reason: event.reason });
        break;
      case "repaired":
        this.state.set({ kind: "live" });
        break;
      case "ended":
        this.state.set({ kind: "refused", reason: reasonOf(event.error) });
        break;
      case "order":
      case "balances":
      case "transfer":
        break;
    }
    onNextFrame(this.#publish);
  }

  #addFills(more: readonly UserFill[]): void {
    const known = new Map([...this.fills.value, ...more].map((fill) => [fillKey(fill), fill]));
    this.fills.set(
      [...known.values()].sort((a, b) => b.time - a.time || b.tradeId - a.tradeId).slice(0, 4 * FILLS_MAX),
    );
  }

  readonly #publish = (): void => {
    const user = this.#user;
    if (user === undefined) return;
    this.openOrders.set([...user.openOrders].sort((a, b) => b.time - a.time || b.orderId - a.orderId));
    this.balances.set(new Map(user.balances));
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof RefusedError) {
    return `The exchange does not take the key: ${error.message} (${error.code})`;
  }
  return `The key can't be used: ${error instanceof Error ? error.message : String(error)}`;
}

/** An account that trades with itself has two fills of one trade. */
export function fillKey({ symbol, tradeId, orderId }: UserFill): string {
  return `${symbol} ${tradeId} ${orderId}`;
}

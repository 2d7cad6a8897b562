/** What is followed of the reader's account: open orders, fills and balances, over one session. */
import {
  ApiSession,
  type Balance,
  ClientError,
  type Credentials,
  NetworkError,
  type Order,
  RefusedError,
  type UserFill,
  UserStream,
  type UserStreamEvent,
} from "@buttonwood/client";
import { onNextFrame, Signal } from "../signal.js";
import type { FeeRates } from "../ticket/preview.js";

export type AccountState =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  /** Events may be missing; they are fetched as soon as the connection is back. */
  | { readonly kind: "down"; readonly reason: string }
  /** For good: the key is not taken, or no longer. */
  | { readonly kind: "refused"; readonly reason: string };

/** Fills, and changed orders, that are kept. */
const KEPT_MAX = 400;
const RECONNECT = { minMs: 250, maxMs: 5_000 };
const AGAIN_MS = 2_000;
/** With more markets than this, missed fills are fetched of the shown one alone: each symbol costs two reads. */
const SYMBOLS_MAX = 40;

export const NO_COMMISSIONS = new Signal<ReadonlyMap<string, FeeRates>>(new Map());

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
  /** Newest first, those that came since it was opened. */
  readonly fills = new Signal<readonly UserFill[]>([]);
  /** How orders are that changed since it was opened, newest first. */
  readonly changedOrders = new Signal<readonly Order[]>([]);
  /** By symbol, of those that were asked for with {@link readCommission}. */
  readonly commissions = new Signal<ReadonlyMap<string, FeeRates>>(new Map());
  readonly #options: AccountFeedOptions;
  #session: ApiSession | undefined;
  #user: UserStream | undefined;
  readonly #commissionsRead = new Set<string>();
  /** Changed since the last frame, in turn. */
  #arrived: Order[] = [];
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

  /** Fetches the fees of a symbol, once. */
  async readCommission(symbol: string): Promise<void> {
    const session = this.#session;
    if (session === undefined || this.#commissionsRead.has(symbol)) return;
    this.#commissionsRead.add(symbol);
    try {
      const { standardCommission } = await session.commission({ symbol });
      const { maker, taker } = standardCommission;
      this.commissions.set(new Map(this.commissions.value).set(symbol, { maker, taker }));
    } catch (error) {
      this.#commissionsRead.delete(symbol);
      console.warn(`the fees of ${symbol} could not be read`, error);
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
        this.#arrived.push(event.order);
        // In a hidden tab no frame comes, and only the last ones will be shown.
        if (this.#arrived.length > 4 * KEPT_MAX) this.#arrived = this.#arrived.slice(-KEPT_MAX);
        break;
      case "balances":
      case "transfer":
        break;
    }
    onNextFrame(this.#publish);
  }

  #addFills(more: readonly UserFill[]): void {
    const known = new Map([...this.fills.value, ...more].map((fill) => [fillKey(fill), fill]));
    this.fills.set(
      [...known.values()].sort((a, b) => b.time - a.time || b.tradeId - a.tradeId).slice(0, KEPT_MAX),
    );
  }

  readonly #publish = (): void => {
    const user = this.#user;
    if (user === undefined) return;
    const open = [...user.openOrders].sort((a, b) => b.time - a.time || b.orderId - a.orderId);
    // Who trades often changes neither most of the time: what shows them is not drawn again then.
    if (!areSame(open, this.openOrders.value)) this.openOrders.set(open);
    if (!areSame([...user.balances.values()], [...this.balances.value.values()])) {
      this.balances.set(new Map(user.balances));
    }
    if (this.#arrived.length === 0) return;
    const changed = new Map([...this.changedOrders.value].reverse().map((order) => [orderKey(order), order]));
    for (const order of this.#arrived.splice(0)) {
      changed.delete(orderKey(order));
      changed.set(orderKey(order), order);
    }
    this.changedOrders.set([...changed.values()].reverse().slice(0, KEPT_MAX));
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof RefusedError) {
    return `The exchange does not take the key: ${error.message} (${error.code})`;
  }
  return `The key can't be used: ${error instanceof Error ? error.message : String(error)}`;
}

function areSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((each, i) => each === b[i]);
}

export function orderKey({ symbol, orderId }: Pick<Order, "symbol" | "orderId">): string {
  return `${symbol} ${orderId}`;
}

/** An account that trades with itself has two fills of one trade. */
export function fillKey({ symbol, tradeId, orderId }: UserFill): string {
  return `${symbol} ${tradeId} ${orderId}`;
}

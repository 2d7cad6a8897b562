import { type ReferenceConfig, ReferenceExchange } from "@buttonwood/core/reference";
import {
  AccountStatus,
  CommandHeader,
  type Event,
  encodeEvent,
  type MarketFields,
  MarketStatus,
  type OrderState,
  OrderStatus,
  type WordBuffer,
  WordBuffer as Words,
} from "@buttonwood/protocol";
import type { Balance, Catalog } from "../transport/engine-port.js";
import { commandWords } from "./command-frame.js";
import type { CoreFactory, DeterministicCore } from "./deterministic-core.js";

type Listed = MarketFields & { status: MarketStatus; lastPriceTicks: number };

/**
 * The plain reference exchange in the core's place: right, slow, and with a snapshot that is simply every command
 * so far. For tests that need an exchange and not its speed.
 */
export class ReferenceCore implements DeterministicCore {
  readonly events = new Words(1 << 10);
  readonly #exchange: ReferenceExchange;
  readonly #history = new Words(1 << 10);
  readonly #orders = new Map<number, OrderState>();
  readonly #balances = new Map<number, Map<number, Balance>>();
  readonly #assets: { asset: number; name: string; decimals: number }[] = [];
  readonly #markets: Listed[] = [];
  readonly #accounts: { account: number; name: string; frozen: boolean }[] = [
    { account: 0, name: "house", frozen: false },
  ];
  sequence = 0;
  timeUs = 0;

  constructor(config: Partial<ReferenceConfig> = {}) {
    this.#exchange = new ReferenceExchange(config);
  }

  get openOrderCount(): number {
    return this.#orders.size;
  }

  apply(commands: WordBuffer, at: number): void {
    const words = commandWords(commands, at);
    const events = this.#exchange.applyWords(commands, at);
    const copy = this.#history.reserve(words);
    this.#history.i32.set(commands.i32.subarray(at, at + words), copy);
    this.sequence++;
    const timeUs = commands.f64[(at + CommandHeader.TIME_US) >> 1]!;
    if (Number.isSafeInteger(timeUs)) this.timeUs = Math.max(this.timeUs, timeUs);
    for (const event of events) {
      encodeEvent(this.events, event);
      this.#observe(event);
    }
  }

  stateDigest(): string {
    return this.#exchange.stateDigest();
  }

  snapshot(): Uint8Array {
    return this.#history.copy();
  }

  openOrders(account: number, market: number): OrderState[] {
    return [...this.#orders.values()]
      .filter((order) => order.account === account && (market === -1 || order.market === market))
      .sort((a, b) => a.orderId - b.orderId);
  }

  openOrder(account: number, market: number, orderId: number, clientOrderId: string): OrderState | undefined {
    return this.openOrders(account, market)
      .filter((order) => orderId === 0 || order.orderId === orderId)
      .findLast((order) => clientOrderId === "" || order.clientOrderId === clientOrderId);
  }

  balances(account: number): Balance[] {
    return [...(this.#balances.get(account)?.values() ?? [])].sort((a, b) => a.asset - b.asset);
  }

  catalog(): Catalog {
    return {
      assets: this.#assets.map((asset) => ({ ...asset })),
      markets: this.#markets.map((market) => ({ ...market })),
      accounts: this.#accounts.map((account) => ({ ...account })),
      sequence: this.sequence,
    };
  }

  #observe(event: Event): void {
    if ("order" in event) this.#observeOrder(event.order);
    switch (event.kind) {
      case "ASSET_LISTED":
        this.#assets.push({ asset: event.asset, name: event.name, decimals: event.decimals });
        return;
      case "MARKET_LISTED": {
        const { kind: _kind, ...fields } = event;
        this.#markets.push({
          ...fields,
          status: MarketStatus.TRADING,
          lastPriceTicks: fields.referenceTicks,
        });
        return;
      }
      case "MARKET_STATUS_SET":
        this.#markets[event.market]!.status = event.status;
        return;
      case "MARKET_FEES_SET": {
        const { makerFeePpm, takerFeePpm } = event;
        Object.assign(this.#markets[event.market]!, { makerFeePpm, takerFeePpm });
        return;
      }
      case "ACCOUNT_OPENED":
        this.#accounts.push({ account: event.account, name: event.name, frozen: false });
        return;
      case "ACCOUNT_STATUS_SET":
        this.#accounts[event.account]!.frozen = event.status === AccountStatus.FROZEN;
        return;
      case "ORDER_FILLED":
        this.#markets[event.order.market]!.lastPriceTicks = event.priceTicks;
        return;
      case "BALANCE": {
        const { account, asset, free, locked } = event;
        const balances = this.#balances.get(account) ?? new Map<number, Balance>();
        this.#balances.set(account, balances.set(asset, { asset, free, locked }));
        return;
      }
    }
  }

  #observeOrder(order: OrderState): void {
    const open = order.status === OrderStatus.NEW || order.status === OrderStatus.PARTIALLY_FILLED;
    if (open) this.#orders.set(order.orderId, order);
    else this.#orders.delete(order.orderId);
  }
}

export function referenceCores(config: Partial<ReferenceConfig> = {}): CoreFactory {
  return {
    create: () => new ReferenceCore(config),
    restore(snapshot) {
      const core = new ReferenceCore(config);
      const history = Words.from(snapshot);
      for (let at = 0; at < history.length; at += commandWords(history, at)) core.apply(history, at);
      core.events.clear();
      return core;
    },
  };
}

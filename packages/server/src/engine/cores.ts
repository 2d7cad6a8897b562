import { setFlagsFromString } from "node:v8";
import { Core, type CoreConfig, V8_OPTIONS } from "@buttonwood/core";
import { AccountStatus, type MarketStatus, type OrderState, type WordBuffer } from "@buttonwood/protocol";
import type {
  AccountFunds,
  AssetSupply,
  Balance,
  Catalog,
  OutgoingTransfer,
} from "../transport/engine-port.js";
import type { CoreFactory, DeterministicCore } from "./deterministic-core.js";

/** The core, with its answers in the words of the engine's port. */
class PortCore implements DeterministicCore {
  readonly events: WordBuffer;
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
    this.events = core.output;
  }

  get sequence(): number {
    return this.#core.sequence;
  }

  get timeUs(): number {
    return this.#core.timeUs;
  }

  get oldestIdAgeUs(): number {
    return this.#core.queries.oldestIdAgeUs;
  }

  get nextDueUs(): number {
    return this.#core.nextDueUs;
  }

  get openOrderCount(): number {
    return this.#core.queries.openOrderCount;
  }

  apply(commands: WordBuffer, at: number): void {
    this.#core.apply(commands, at);
  }

  lookAhead(commands: WordBuffer, from: number): number {
    return this.#core.lookAhead(commands, from);
  }

  prepare(orders: number, ids?: number): void {
    this.#core.prepare(orders, ids);
  }

  stateDigest(): string {
    return this.#core.stateDigest();
  }

  snapshotBytesWith(ids: number): number {
    return this.#core.snapshotBytesWith(ids);
  }

  get snapshotBytesMax(): number {
    return this.#core.snapshotBytesMax;
  }

  snapshot(reuse?: Uint8Array): Uint8Array {
    return this.#core.snapshot(reuse);
  }

  openOrders(account: number, market: number): OrderState[] {
    const { queries } = this.#core;
    if (!isIndex(account, queries.accounts)) return [];
    if (market !== -1 && queries.market(market) === undefined) return [];
    return queries
      .openOrders(account, market === -1 ? undefined : market)
      .sort((a, b) => a.orderId - b.orderId);
  }

  openOrder(account: number, market: number, orderId: number, clientOrderId: string): OrderState | undefined {
    const { queries } = this.#core;
    if (!isIndex(account, queries.accounts)) return undefined;
    const order = orderId === 0 ? queries.orderByClientId(account, clientOrderId) : queries.order(orderId);
    if (order === undefined || order.account !== account) return undefined;
    if (market !== -1 && order.market !== market) return undefined;
    return clientOrderId === "" || order.clientOrderId === clientOrderId ? order : undefined;
  }

  balances(account: number): Balance[] {
    return this.#core.queries.balances(account);
  }

  funds(account: number): AccountFunds {
    const { queries } = this.#core;
    return {
      sequence: this.#core.sequence,
      balances: queries.balances(account),
      channels: queries.channels(),
      outbox: queries.outbox().filter((transfer) => transfer.account === account),
    };
  }

  outbox(): OutgoingTransfer[] {
    return this.#core.queries.outbox();
  }

  received(fromPartition: number): number {
    return this.#core.queries.received(fromPartition);
  }

  supplyDifference(): number {
    return this.#core.queries.supplyDifference();
  }

  supplies(): AssetSupply[] {
    return this.#core.queries.supplies();
  }

  catalog(): Catalog {
    const { queries } = this.#core;
    return {
      assets: queries.assets().map(({ asset, name, decimals }) => ({ asset, name, decimals })),
      markets: queries
        .markets()
        .map(
          ({ lastTicks, lotUnits: _l, tickLotUnits: _t, trades: _n, updateId: _u, status, ...fields }) => ({
            ...fields,
            status: status as MarketStatus,
            lastPriceTicks: lastTicks,
          }),
        ),
      accounts: Array.from({ length: queries.accounts }, (_, account) => ({
        account,
        name: account === 0 ? "house" : queries.accountName(account),
        frozen: queries.accountStatus(account) === AccountStatus.FROZEN,
      })),
      sequence: this.#core.sequence,
    };
  }
}

function isIndex(value: number, end: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < end;
}

/** A core in the words of the engine's port. */
export function portCore(core: Core): DeterministicCore {
  return new PortCore(core);
}

/** Cores of a capacity. A snapshot brings its own. */
export function coresOf(config: Partial<CoreConfig> = {}): CoreFactory {
  return {
    create: () => portCore(new Core(config)),
    restore: (snapshot) => portCore(Core.restore(snapshot)),
  };
}

/** The cores that engines run. */
export const cores: CoreFactory = coresOf();

/** Lets V8 inline the core's small functions; for the start of a thread that applies commands. */
export function compileCoreForSpeed(): void {
  for (const option of V8_OPTIONS) setFlagsFromString(option);
}

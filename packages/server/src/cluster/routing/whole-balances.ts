import type { Balance } from "../../transport/engine-port.js";
import type { FundsView } from "./funds-view.js";

/** An account's balances over all partitions and between them, kept up to date by the events of each partition. */
export class WholeBalances {
  /** By partition and asset. */
  readonly #parts: Map<number, Balance>[];
  /** By asset. Less than nothing while a transfer was seen to arrive and not yet to leave. */
  readonly #underWay = new Map<number, number>();
  /** By partition: events up to this sequence are in the balances already. */
  readonly #sequences: readonly number[];

  /** Begins with a consistent view. */
  constructor(view: FundsView) {
    this.#sequences = view.readings.map((reading) => reading!.sequence);
    this.#parts = view.readings.map(
      (reading) => new Map(reading!.balances.map((balance) => [balance.asset, balance])),
    );
    for (const { asset, amount } of view.underWay) this.#addUnderWay(asset, amount);
  }

  /** Takes what a partition says it is now. `sequence` is the event's. */
  set(partition: number, sequence: number, balance: Balance): void {
    if (sequence > this.#sequences[partition]!) this.#parts[partition]!.set(balance.asset, balance);
  }

  /** A transfer has left a partition. */
  sent(partition: number, sequence: number, asset: number, amount: number): void {
    if (sequence > this.#sequences[partition]!) this.#addUnderWay(asset, amount);
  }

  /** A transfer has arrived at a partition. */
  received(partition: number, sequence: number, asset: number, amount: number): void {
    if (sequence > this.#sequences[partition]!) this.#addUnderWay(asset, -amount);
  }

  /** What the account has in all: what is under way is free. */
  of(asset: number): Balance {
    let free = this.#underWay.get(asset) ?? 0;
    let locked = 0;
    for (const part of this.#parts) {
      const balance = part.get(asset);
      if (balance === undefined) continue;
      free += balance.free;
      locked += balance.locked;
    }
    return { asset, free, locked };
  }

  #addUnderWay(asset: number, amount: number): void {
    this.#underWay.set(asset, (this.#underWay.get(asset) ?? 0) + amount);
  }
}

import type { Event } from "@buttonwood/protocol";

/** Conservation, derived from the events alone: balances sum to what came in less what went out, and none is negative. */
export class BalanceCheck {
  readonly #amounts = new Map<string, number>();
  readonly #sums = new Map<number, number>();
  readonly #supply = new Map<number, number>();

  /** Takes the next group. Answers what is wrong, or undefined. */
  group(events: readonly Event[]): string | undefined {
    for (const event of events) {
      if (event.kind === "DEPOSITED" || event.kind === "TRANSFER_RECEIVED") {
        this.#supply.set(event.asset, (this.#supply.get(event.asset) ?? 0) + event.amount);
      }
      if (event.kind === "WITHDRAWN" || event.kind === "TRANSFER_SENT") {
        this.#supply.set(event.asset, (this.#supply.get(event.asset) ?? 0) - event.amount);
      }
      if (event.kind !== "BALANCE") continue;
      const { account, asset, free, locked } = event;
      if (free < 0 || locked < 0) return `account ${account}, asset ${asset}: free ${free}, locked ${locked}`;
      const key = `${account} ${asset}`;
      const change = free + locked - (this.#amounts.get(key) ?? 0);
      this.#amounts.set(key, free + locked);
      this.#sums.set(asset, (this.#sums.get(asset) ?? 0) + change);
    }
    for (const [asset, sum] of this.#sums) {
      const supply = this.#supply.get(asset) ?? 0;
      if (sum !== supply) {
        return `asset ${asset}: balances sum to ${sum}, but ${supply} came in and did not go out`;
      }
    }
    return undefined;
  }
}

/**
 * The highest sequence each account has heard of, from an answer or from the feed: a later read of its history
 * must include at least that, so that a client always reads its own writes.
 */
export class Watermarks {
  readonly #sequences = new Map<number, number>();
  #floor = 0;

  /** Raises all accounts: what happened before this gateway began to listen, or missed, may be anybody's. */
  raiseAll(sequence: number): void {
    this.#floor = Math.max(this.#floor, sequence);
  }

  raise(account: number, sequence: number): void {
    if (sequence > (this.#sequences.get(account) ?? 0)) this.#sequences.set(account, sequence);
  }

  of(account: number): number {
    return Math.max(this.#floor, this.#sequences.get(account) ?? 0);
  }
}

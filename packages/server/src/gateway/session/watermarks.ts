/**
 * The highest sequence each account has heard of, from an answer or from the feed: a later read of its history
 * must include at least that, so that a client always reads its own writes.
 */
export class Watermarks {
  readonly #sequences = new Map<number, number>();

  raise(account: number, sequence: number): void {
    if (sequence > (this.#sequences.get(account) ?? 0)) this.#sequences.set(account, sequence);
  }

  of(account: number): number {
    return this.#sequences.get(account) ?? 0;
  }
}

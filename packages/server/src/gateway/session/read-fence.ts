/**
 * How far history must be before it is read, so that a client always reads its own writes. Sequences are those of
 * the partition that holds the market: sequences of different partitions are never compared.
 */
export interface ReadFence {
  /** The sequence that a read must include: all that the account's client may know of on a market. */
  of(account: number, market: number): number | Promise<number>;

  /** The sequence that a read must include to show a market as of now. */
  now(market: number): Promise<number>;

  /** An answer or an event has told the account's client of a sequence. */
  heard(account: number, sequence: number): void;

  /** Anybody's client may know of all up to a sequence. */
  heardByAll(sequence: number): void;
}

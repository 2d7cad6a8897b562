// Single numbers of the state, each at its index of `State.scalars` (doubles: most of them outgrow 32 bits).

export const enum Scalar {
  /** Commands applied. */
  SEQUENCE = 0,
  /** Time of the last command, µs since 1970. */
  NOW = 1,
  /** Places in queues given out. */
  RANK = 2,
  /** Sum of the digests of all entries; wraps at 2^32 and is kept as a signed word. */
  DIGEST_A = 3,
  DIGEST_B = 4,
  ACCOUNTS = 5,
  ASSETS = 6,
  MARKETS = 7,
  BALANCE_TOP = 8,
  ACCOUNT_MARKET_TOP = 9,
  ID_TOP = 10,
  ID_FREE = 11,
  ID_COUNT = 12,
  ID_OLDEST = 13,
  ID_YOUNGEST = 14,
  /** Channels to other partitions, up to the highest partition that one was used with. */
  CHANNELS = 15,
  TERMS_TOP = 16,
  TERMS_FREE = 17,
  TERMS_COUNT = 18,
  LIST_TOP = 19,
  LIST_FREE = 20,
  COUNT = 24,
}

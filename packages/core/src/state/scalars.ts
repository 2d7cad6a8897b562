// Single numbers of the state, each at its index of `State.scalars` (doubles: most of them outgrow 32 bits).

/** Commands applied. */
export const SEQUENCE = 0;
/** Time of the last command, µs since 1970. */
export const NOW = 1;
/** Places in queues given out. */
export const RANK = 2;
/** Sum of the digests of all entries; wraps at 2^32 and is kept as a signed word. */
export const DIGEST_A = 3;
export const DIGEST_B = 4;
export const ACCOUNTS = 5;
export const ASSETS = 6;
export const MARKETS = 7;
export const BALANCE_TOP = 8;
export const ACCOUNT_MARKET_TOP = 9;
export const ID_TOP = 10;
export const ID_FREE = 11;
export const ID_COUNT = 12;
export const ID_OLDEST = 13;
export const ID_YOUNGEST = 14;
export const SCALARS = 16;

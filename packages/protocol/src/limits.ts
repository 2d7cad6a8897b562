/**
 * Every maximum of the exchange, with the reason beside it. The relations between them are asserted in
 * `limits.test.ts`.
 */

/** Highest price, in ticks. 27 bits keep `price × bandPpm` below 2^53 and a book's directory small. */
export const PRICE_TICKS_MAX = 2 ** 27 - 1;

/** Highest quantity of one order, in lots: an order's quantity fits a signed 32-bit word. */
export const LOTS_MAX = 2 ** 31 - 1;

/**
 * Highest amount of an asset in circulation, in its smallest unit. Half of 2^53, so that the sum of any two
 * amounts is still exact in a double. Checked at every deposit; trades only move what was deposited.
 */
export const SUPPLY_MAX = 2 ** 52;

/** Highest notional of one order, in the quote asset's smallest unit. */
export const NOTIONAL_MAX = 2 ** 52;

/** Longest client order id, account name or payment reference, in bytes (printable ASCII only). */
export const CLIENT_ID_BYTES_MAX = 36;

/** Words that hold such an id. */
export const CLIENT_ID_WORDS = CLIENT_ID_BYTES_MAX / 4;

/** Longest asset name, in bytes. */
export const ASSET_NAME_BYTES_MAX = 16;

/** Longest symbol, in bytes (Binance Spot v3 allows 20). */
export const SYMBOL_BYTES_MAX = 20;

/** Most assets and most markets of one partition. */
export const ASSETS_MAX = 1024;
export const MARKETS_MAX = 1024;

/** Most partitions of a cluster. */
export const PARTITIONS_MAX = 64;

/** Highest account number; account 0 is the house, which earns the fees. */
export const ACCOUNT_MAX = 2 ** 22 - 1;

/** Highest fee, in parts per million of the received amount: 10 %. */
export const FEE_PPM_MAX = 100_000;

/** Highest price-band multiplier, in parts per million: 50 times the reference price. */
export const BAND_PPM_MAX = 50_000_000;

/** Most decimals of an asset's smallest unit. */
export const DECIMALS_MAX = 12;

/** A client order id is remembered for this long after its order arrived, in seconds. */
export const CLIENT_ID_MEMORY_SECONDS = 24 * 60 * 60;

/** Orders that one command can create; the order id is `sequence × ORDERS_PER_COMMAND + leg`. */
export const ORDERS_PER_COMMAND = 4;

/** Orders of an order list, at most. */
export const LIST_LEGS_MAX = 3;

/** How far a trailing stop may trail, in basis points of the price: 0.1 % to 20 %. */
export const TRAILING_BIPS_MIN = 10;
export const TRAILING_BIPS_MAX = 2_000;

/** Parts that an iceberg may be shown in, at most. */
export const ICEBERG_PARTS_MAX = 10;

/** Orders that one TICK ends, at most; further ones wait for the next. */
export const TICK_ORDERS_MAX = 64;

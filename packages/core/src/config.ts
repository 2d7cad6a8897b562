import { ACCOUNT_MAX, ASSETS_MAX, MARKETS_MAX } from "@buttonwood/protocol";
import { FILLS_MAX } from "./order-book/order-books.js";

/**
 * How much a core can hold. All memory is reserved at the start and used as it fills; what no longer fits is
 * refused CAPACITY_REACHED. Cores that must agree need the same configuration.
 */
export interface CoreConfig {
  /** Accounts, the house included, 2…2^22. */
  readonly accountsMax: number;
  /** 1…1,024. */
  readonly assetsMax: number;
  /** 1…1,024. */
  readonly marketsMax: number;
  /** Open orders of all markets, stops included, 1…2^24. About 130 bytes each. */
  readonly openOrdersMax: number;
  /** Ranges of 1,024 ticks that hold orders at a time, of all markets, 1…65,536. 16 KiB each. */
  readonly pricePagesMax: number;
  /** Client order ids and payment references remembered, 1…2^25−1. About 48 bytes each. */
  readonly rememberedIdsMax: number;
  /** Balances, one for each account and asset in use, 1…2^24. */
  readonly balancesMax: number;
  /** Pairs of an account and a market it has sent an order to, 1…2^24. */
  readonly accountMarketsMax: number;
  /** Makers that one match may meet, 1…4,096. */
  readonly fillsMax: number;
  /** Transfers to one other partition that wait for its acknowledgement, 1…65,536. 1 KiB each. */
  readonly outboxMax: number;
  /** Open orders with terms (icebergs, trailing stops, good till a date) or of an order list, 1…2^22. 320 bytes each. */
  readonly specialOrdersMax: number;
}

export const CORE_CONFIG_DEFAULT: CoreConfig = {
  accountsMax: 2 ** 20,
  assetsMax: ASSETS_MAX,
  marketsMax: MARKETS_MAX,
  openOrdersMax: 2 ** 21,
  pricePagesMax: 2 ** 13,
  rememberedIdsMax: 2 ** 23,
  balancesMax: 2 ** 21,
  accountMarketsMax: 2 ** 21,
  fillsMax: 1024,
  outboxMax: 1024,
  specialOrdersMax: 2 ** 18,
};

/** The order in which a snapshot lists the numbers. */
export const CORE_CONFIG_KEYS = Object.keys(CORE_CONFIG_DEFAULT) as readonly (keyof CoreConfig)[];

const HIGHEST: CoreConfig = {
  accountsMax: ACCOUNT_MAX + 1,
  assetsMax: ASSETS_MAX,
  marketsMax: MARKETS_MAX,
  openOrdersMax: 2 ** 24,
  pricePagesMax: 2 ** 16,
  rememberedIdsMax: 2 ** 25 - 1,
  balancesMax: 2 ** 24,
  accountMarketsMax: 2 ** 24,
  fillsMax: FILLS_MAX,
  outboxMax: 2 ** 16,
  specialOrdersMax: 2 ** 22,
};

/** Account 0, the house, and one more. */
const ACCOUNTS_LEAST = 2;

/** Fills in what is not given. Throws a RangeError that names the number out of range. */
export function completeConfig(given: Partial<CoreConfig> = {}): CoreConfig {
  const config = { ...CORE_CONFIG_DEFAULT, ...given };
  for (const key of CORE_CONFIG_KEYS) {
    const value = config[key];
    const lowest = key === "accountsMax" ? ACCOUNTS_LEAST : 1;
    if (!(Number.isInteger(value) && value >= lowest && value <= HIGHEST[key])) {
      throw new RangeError(`core configuration: ${key} must be ${lowest}…${HIGHEST[key]}, not ${value}`);
    }
  }
  return config;
}

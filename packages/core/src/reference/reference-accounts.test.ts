/** Ids and their memory, deadlines, statuses, filters, funds, capacities, listings. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AccountStatus,
  type Command,
  type MarketFields,
  MarketStatus,
  NOTIONAL_MAX,
  nameOf,
  PRICE_TICKS_MAX,
  Reason,
  SUPPLY_MAX,
} from "@buttonwood/protocol";
import { CORE } from "./core-under-test.js";
import { type Implementation, ObjectExchange, REFERENCE } from "./exchange-under-test.js";
import { PLAIN_MARKET } from "./scenario.js";
import { play } from "./scenario-suite.js";

test("client order ids are remembered for a day, and as long as their order is open", () =>
  play(`
    alice sells a1 5 @ 101    | ask 101 has 5
    alice sells a2 5 @ 102    | ask 102 has 5
    alice cancels a2          | a2 canceled, ask 102 gone
    wait 23                   | taken
    alice sells a2 5 @ 102    | REPEAT of a2
    wait 1                    | taken
    alice sells d1 1 @ 999    | ask 999 has 1
    alice sells d2 1 @ 999    | ask 999 has 2
    alice sells d3 1 @ 999    | ask 999 has 3
    alice sells d4 1 @ 999    | ask 999 has 4
    alice sells d5 1 @ 999    | ask 999 has 5
    alice sells a2 5 @ 102    | ask 102 has 5
    alice sells a1 5 @ 101    | REPEAT of a1
  `));

test("a refused order is not remembered; a late repeat still learns its outcome", () =>
  play(`
    alice sells a1 5 @ 2000         | PRICE_FILTER
    alice sells a1 5 @ 101          | ask 101 has 5
    alice sells a1 5 @ 101 late     | REPEAT of a1
    alice sells a2 5 @ 101 late     | DEADLINE_PASSED
    alice frozen                    | taken
    alice sells a1 5 @ 101          | REPEAT of a1
    alice sells a2 5 @ 101          | ACCOUNT_FROZEN
    halt                            | taken
    alice sells a1 5 @ 101          | REPEAT of a1
    house sells h1 5 @ 101          | UNKNOWN_ACCOUNT
  `));

test("deposits and withdrawals: done once, whatever is sent twice", () =>
  play(`
    alice deposits d1 50 usd        | taken
    alice deposits d1 50 usd        | REPEAT
    alice deposits d1 51 usd        | DUPLICATE_CLIENT_ORDER_ID
    alice withdraws d1 50 usd       | DUPLICATE_CLIENT_ORDER_ID
    bob deposits d1 50 usd          | taken
    alice sells d1 1 @ 101          | ask 101 has 1
    alice withdraws w1 100050 usd   | taken
    alice withdraws w1 100050 usd   | REPEAT
    alice withdraws w2 1 usd        | INSUFFICIENT_BALANCE
    alice withdraws w3 1000 btc     | INSUFFICIENT_BALANCE
    alice withdraws w3 999 btc      | taken
    alice has                       | usd 0 + 0, btc 0 + 1, eth 1000 + 0
    bob deposits d2 0 usd           | MALFORMED_COMMAND
    bob deposits d3 0.5 usd         | MALFORMED_COMMAND
    bob deposits d4 1 gold          | UNKNOWN_ASSET
    bob frozen                      | taken
    bob deposits d5 1 usd           | taken
    bob withdraws w1 1 usd          | ACCOUNT_FROZEN
    house deposits d1 1 usd         | UNKNOWN_ACCOUNT
    bob deposits d6 ${SUPPLY_MAX} usd | SUPPLY_EXCEEDED
  `));

test("market status: closed markets take cancels and reductions, nothing else", () => {
  for (const status of ["halt", "break", "cancel-only"]) {
    play(`
      alice sells a1 5 @ 101          | ask 101 has 5
      ${status}                       | taken
      alice sells a2 5 @ 101          | MARKET_CLOSED
      alice moves a1 @ 102            | MARKET_CLOSED
      alice reduces a1 by 1           | a1 now 4 @ 101, ask 101 has 4
      alice cancels a1                | a1 canceled, ask 101 gone
      trade of ethusd                 | taken
      alice sells a3 5 @ 101          | MARKET_CLOSED
      alice sells e1 5 @ 101 on ethusd | ask 101 has 5
      trade                           | taken
      alice sells a4 5 @ 101          | ask 101 has 5
    `);
  }
});

test("filters, in their order", () =>
  play(
    `
    alice sells a1 5 @ 9 on nowhere  | UNKNOWN_MARKET
    alice sells a1 1 @ 9             | PRICE_FILTER
    alice sells a1 1 @ 201           | PRICE_FILTER
    alice sells a1 1 @ 90 stop 9     | PRICE_FILTER
    alice sells a1 1 @ 100           | LOT_SIZE
    alice sells a1 31 @ 100          | LOT_SIZE
    alice sells a1 21                | MARKET_LOT_SIZE
    alice sells a1 21 stop 90        | MARKET_LOT_SIZE
    alice sells a1 21 @ 100 stop 99  | taken
    alice sells a2 2 @ 49            | NOTIONAL
    alice sells a2 21 @ 144          | NOTIONAL
    alice sells a2 2 stop 49         | NOTIONAL
    alice buys a2 $99                | NOTIONAL
    alice buys a2 $3001              | NOTIONAL
    alice sells a2 20                | a2 expired NO_LIQUIDITY
    alice buys a3 5 @ 79             | PERCENT_PRICE_BY_SIDE
    alice buys a3 5 @ 111            | PERCENT_PRICE_BY_SIDE
    alice sells a3 5 @ 69            | PERCENT_PRICE_BY_SIDE
    alice sells a3 5 @ 121           | PERCENT_PRICE_BY_SIDE
    alice buys a3 5 @ 80             | bid 80 has 5
    alice sells a4 5 @ 120           | ask 120 has 5
    bob buys b1 5 @ 110              | bid 110 has 5
    carol sells c1 5 @ 110           | c1 takes 5 of b1 @ 110, b1 filled, c1 filled, bid 110 gone
    bob buys b2 5 @ 121              | b2 takes 5 of a4 @ 120, a4 filled, b2 filled, ask 120 gone
  `,
    {
      market: {
        priceTicksMin: 10,
        priceTicksMax: 200,
        lotsMin: 2,
        lotsMax: 30,
        marketLotsMax: 20,
        notionalMin: 100,
        notionalMax: 3_000,
        bidDownPpm: 800_000,
        bidUpPpm: 1_100_000,
        askDownPpm: 700_000,
        askUpPpm: 1_200_000,
      },
    },
  ));

test("counts: open orders of an account on a market, and its waiting stops", () =>
  play(
    `
    alice sells a1 1 @ 101              | ask 101 has 1
    alice buys a2 1 stop 110            | taken
    alice buys a3 1 stop 110            | MAX_NUM_ALGO_ORDERS
    alice sells a3 1 @ 102              | ask 102 has 1
    alice sells a4 1 @ 103              | MAX_NUM_ORDERS
    alice buys a4 1 stop 110            | MAX_NUM_ORDERS
    alice sells a4 1 @ 1 ioc            | MAX_NUM_ORDERS
    alice sells e1 1 @ 103 on ethusd    | ask 103 has 1
    bob sells b1 1 @ 103                | ask 103 has 1
    alice replaces a3 by sells a4 1 @ 103 | a3 canceled, ask 102 gone, ask 103 has 2
    alice reduces a1 by 1               | a1 canceled, ask 101 gone
    alice sells a5 1 @ 104              | ask 104 has 1
  `,
    { market: { openOrdersMax: 3, stopOrdersMax: 1 } },
  ));

test("capacity: open orders of all, and remembered ids", () => {
  play(
    `
    alice sells a1 1 @ 101    | ask 101 has 1
    bob sells b1 1 @ 101      | ask 101 has 2
    carol buys c1 1 @ 101 ioc | CAPACITY_REACHED
    alice cancels a1          | a1 canceled, ask 101 has 1
    carol buys c1 1 @ 101 ioc | c1 takes 1 of b1 @ 101, b1 filled, c1 filled, ask 101 gone
  `,
    { config: { openOrdersMax: 2 } },
  );
  // Nine ids are the deposits that every trader starts with, and are kept for their time.
  play(
    `
    alice sells a1 1 @ 101    | ask 101 has 1
    bob sells b1 1 @ 101      | ask 101 has 2
    carol sells c1 1 @ 101    | CAPACITY_REACHED
    bob deposits d1 1 usd     | CAPACITY_REACHED
    wait 24                   | taken
    carol sells c1 1 @ 101    | ask 101 has 3
  `,
    { config: { rememberedIdsMax: 11 } },
  );
});

test("a crowded memory forgets the oldest orders that are not open, and no payment", () =>
  // Of eleven, nine are the deposits: every order finds it crowded, and eight entries are looked at.
  play(
    `
    alice sells a1 1 @ 101    | ask 101 has 1
    alice sells a1 1 @ 101    | REPEAT of a1
    bob sells b1 1 @ 101      | ask 101 has 2
    bob sells b1 1 @ 101      | REPEAT of b1
    alice cancels a1          | a1 canceled, ask 101 has 1
    alice sells a1 1 @ 101    | ask 101 has 2
    bob sells b1 1 @ 101      | REPEAT of b1
  `,
    { config: { rememberedIdsMax: 11 } },
  ));

test("a payment that stood in the way of a crowded memory is remembered for its time, and no longer", () =>
  play(
    `
    bob deposits p1 1 usd     | taken
    alice sells a1 1 @ 101    | ask 101 has 1
    wait 23                   | taken
    bob deposits p1 1 usd     | REPEAT
    wait 1                    | taken
    bob deposits p1 1 usd     | REPEAT
    alice sells a2 1 @ 102    | ask 102 has 1
    alice sells a3 1 @ 103    | ask 103 has 1
    bob deposits p1 1 usd     | taken
  `,
    { config: { rememberedIdsMax: 12 } },
  ));

test("funds: a hold is what the order may cost, and comes back", () =>
  play(
    `
    alice buys a1 10 @ 100      | bid 100 has 10
    alice has                   | usd 0 + 1000, btc 10 + 0
    alice buys a2 1 @ 1         | INSUFFICIENT_BALANCE
    bob sells b1 11 @ 100       | INSUFFICIENT_BALANCE
    bob sells b1 4 @ 90         | b1 takes 4 of a1 @ 100, b1 filled, bid 100 has 6
    alice has                   | usd 0 + 600, btc 14 + 0
    bob has                     | usd 1400 + 0, btc 6 + 0
    alice cancels a1            | a1 canceled, bid 100 gone
    alice sells a3 5 @ 50       | ask 50 has 5
    bob buys b2 5 @ 80          | b2 takes 5 of a3 @ 50, a3 filled, b2 filled, ask 50 gone
    bob has                     | usd 1150 + 0, btc 11 + 0
  `,
    { funds: [1_000, 10, 0] },
  ));

const IMPLEMENTATIONS: readonly Implementation[] = [REFERENCE, CORE];

/** Plays commands, each with the reason it must get, on every implementation. */
function expectReasons(
  rows: readonly (readonly [command: Command, expected: keyof typeof Reason])[],
  config = {},
): void {
  for (const { name, create } of IMPLEMENTATIONS) {
    const exchange = new ObjectExchange(create(config));
    for (const [command, expected] of rows) {
      const [result] = exchange.apply(command);
      assert.ok(result?.kind === "RESULT");
      assert.equal(nameOf(Reason, result.reason), expected, `${name}: ${JSON.stringify(command)}`);
    }
  }
}

const asset = (number: number, decimals: number, name: string): Command => ({
  kind: "LIST_ASSET",
  account: 0,
  asset: number,
  decimals,
  name,
});

test("listing assets: in order, up to the capacity", () =>
  expectReasons(
    [
      [asset(1, 2, "USD"), "MALFORMED_COMMAND"],
      [asset(0, 13, "USD"), "MALFORMED_COMMAND"],
      [asset(0, -1, "USD"), "MALFORMED_COMMAND"],
      [asset(0, 2, ""), "MALFORMED_COMMAND"],
      [asset(0, 2, "US D"), "MALFORMED_COMMAND"],
      [asset(0, 2, "USD"), "OK"],
      [asset(0, 2, "USD"), "MALFORMED_COMMAND"],
      [asset(1, 12, "BTC"), "OK"],
      [asset(2, 0, "ETH"), "CAPACITY_REACHED"],
    ],
    { assetsMax: 2 },
  ));

test("listing markets: every field has its range", () => {
  const plain: MarketFields = { ...PLAIN_MARKET, baseAsset: 1, quoteAsset: 0 };
  const market = (changes: Partial<MarketFields>): Command => ({
    kind: "LIST_MARKET",
    account: 0,
    ...plain,
    ...changes,
  });
  const wrong: Partial<MarketFields>[] = [
    { market: 1 },
    { quoteAsset: 1 },
    { symbol: "" },
    { symbol: "BTC USD" },
    { tickMantissa: 0 },
    { lotMantissa: -1 },
    { tickDecimals: 13 },
    { lotDecimals: -1 },
    // A lot must be whole units of base, and a lot at one tick whole units of quote.
    { lotDecimals: 4 },
    { tickDecimals: 3 },
    { tickMantissa: 2 ** 31 - 1, lotMantissa: 2 ** 31 - 1 },
    { referenceTicks: 0, priceTicksMin: 0 },
    { referenceTicks: 1_001 },
    { priceTicksMin: 101 },
    { priceTicksMax: PRICE_TICKS_MAX + 1 },
    { lotsMin: 0 },
    { lotsMin: 10_001 },
    { marketLotsMax: 10_001 },
    { marketLotsMax: 0 },
    { notionalMin: -1 },
    { notionalMin: 0.5 },
    { notionalMin: 2, notionalMax: 1 },
    { notionalMax: NOTIONAL_MAX + 1 },
    { notionalMax: Number.NaN },
    { makerFeePpm: -1 },
    { takerFeePpm: 100_001 },
    { openOrdersMax: 0 },
    { stopOrdersMax: -1 },
    { stopOrdersMax: 101 },
    { bidDownPpm: -1 },
    { askUpPpm: 50_000_001 },
  ];
  expectReasons(
    [
      [asset(0, 2, "USD"), "OK"],
      [asset(1, 3, "BTC"), "OK"],
      [market({ baseAsset: 2 }), "UNKNOWN_ASSET"],
      [market({ quoteAsset: -1, symbol: "" }), "UNKNOWN_ASSET"],
      ...wrong.map((changes) => [market(changes), "MALFORMED_COMMAND"] as const),
      [market({ stopOrdersMax: 0, priceTicksMin: 100, priceTicksMax: 100, tickDecimals: 2 }), "OK"],
      [market({ market: 1 }), "MALFORMED_COMMAND"],
      [market({ market: 1, symbol: "BTCUSD2" }), "OK"],
      [market({ market: 2, symbol: "BTCUSD3" }), "CAPACITY_REACHED"],
    ],
    { marketsMax: 2 },
  );
});

test("accounts: opened in order, up to the capacity; the house can't be frozen", () => {
  const open = (account: number, name: string): Command => ({ kind: "OPEN_ACCOUNT", account, name });
  const status = (account: number, value: AccountStatus): Command => ({
    kind: "SET_ACCOUNT_STATUS",
    account,
    status: value,
  });
  expectReasons(
    [
      [open(2, "early"), "MALFORMED_COMMAND"],
      [open(1, ""), "MALFORMED_COMMAND"],
      [open(1, "John Doe & Sons"), "OK"],
      [open(1, "again"), "MALFORMED_COMMAND"],
      [open(2, "x".repeat(36)), "OK"],
      [open(3, "late"), "CAPACITY_REACHED"],
      [status(0, AccountStatus.FROZEN), "UNKNOWN_ACCOUNT"],
      [status(3, AccountStatus.FROZEN), "UNKNOWN_ACCOUNT"],
      [status(-1, AccountStatus.FROZEN), "UNKNOWN_ACCOUNT"],
      [status(3, 2 as AccountStatus), "MALFORMED_COMMAND"],
      [status(1, AccountStatus.FROZEN), "OK"],
      [{ kind: "SET_MARKET_STATUS", account: 0, market: 0, status: MarketStatus.HALT }, "UNKNOWN_MARKET"],
      [{ kind: "SET_MARKET_STATUS", account: 0, market: -1, status: MarketStatus.HALT }, "OK"],
      [{ kind: "SET_MARKET_FEES", account: 0, market: 0, makerFeePpm: -1, takerFeePpm: 0 }, "UNKNOWN_MARKET"],
      [{ kind: "CANCEL_ALL", account: 1, market: -1, side: -1 }, "UNKNOWN_ORDER"],
      [{ kind: "CANCEL_ALL", account: 1, market: 0, side: -1 }, "UNKNOWN_MARKET"],
      [{ kind: "BARRIER", account: 77 }, "OK"],
    ],
    { accountsMax: 3 },
  );
});

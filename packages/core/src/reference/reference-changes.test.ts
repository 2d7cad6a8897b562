/** Cancel, cancel all, cancel-replace, move and reduce. */
import { test } from "node:test";
import { play } from "./scenario-suite.js";

test("cancel: by either id or by both, only one's own, only on its market", () =>
  play(`
    alice sells a1 5 @ 101             | ask 101 has 5
    alice sells a2 5 @ 102             | ask 102 has 5
    bob cancels a1                     | UNKNOWN_ORDER
    bob cancels #a1                    | UNKNOWN_ORDER
    alice cancels a1 on ethusd         | UNKNOWN_ORDER
    alice cancels a1 on nowhere        | UNKNOWN_MARKET
    house cancels a1                   | UNKNOWN_ACCOUNT
    alice cancels a1 late              | DEADLINE_PASSED
    alice cancels a1 as x9             | a1 canceled as x9, ask 101 gone
    alice cancels #a2                  | a2 canceled, ask 102 gone
    alice has                          | usd 100000 + 0, btc 1000 + 0, eth 1000 + 0
  `));

test("cancel: restricted to orders that are new, or partly filled", () =>
  play(`
    alice sells a1 5 @ 101             | ask 101 has 5
    alice cancels a1 only-partial      | CANCEL_RESTRICTED
    bob buys b1 2 @ 101                | b1 takes 2 of a1 @ 101, b1 filled, ask 101 has 3
    alice cancels a1 only-new          | CANCEL_RESTRICTED
    alice cancels a1 only-partial      | a1 canceled, ask 101 gone
    alice sells a2 5 @ 101             | ask 101 has 5
    alice cancels a2 only-new          | a2 canceled, ask 101 gone
  `));

test("cancel all: market by market, in the order of order ids", () =>
  play(`
    alice sells e1 1 @ 101 on ethusd   | ask 101 has 1
    alice sells a1 1 @ 102             | ask 102 has 1
    alice buys a2 1 stop 105           | taken
    alice sells a3 1 @ 101             | ask 101 has 1
    bob sells b1 1 @ 101               | ask 101 has 2
    carol cancels all anywhere         | UNKNOWN_ORDER
    alice cancels all buys on ethusd   | UNKNOWN_ORDER
    alice cancels all sells            | a1 canceled, ask 102 gone, a3 canceled, ask 101 has 1
    alice cancels all anywhere         | a2 canceled, e1 canceled, ask 101 gone
    alice cancels all anywhere late    | DEADLINE_PASSED
    bob cancels all on nowhere         | b1 canceled, ask 101 gone
    bob has                            | usd 100000 + 0, btc 1000 + 0, eth 1000 + 0
  `));

test("cancel-replace: each outcome of the table", () =>
  play(`
    alice sells a1 5 @ 101                                | ask 101 has 5
    alice replaces a1 by sells a2 4 @ 102                 | a1 canceled, ask 101 gone, ask 102 has 4
    alice replaces a2 by sells a3 4 @ 2000                | CANCEL_REPLACE_NEW_FAILED (OK, PRICE_FILTER), a2 canceled, ask 102 gone
    alice replaces a2 by sells a3 4 @ 103                 | CANCEL_REPLACE_BOTH_FAILED (UNKNOWN_ORDER, OK)
    alice replaces a2 anyway by sells a3 4 @ 2000         | CANCEL_REPLACE_BOTH_FAILED (UNKNOWN_ORDER, PRICE_FILTER)
    alice replaces a2 anyway by sells a3 4 @ 103          | CANCEL_REPLACE_CANCEL_FAILED (UNKNOWN_ORDER, OK), ask 103 has 4
    alice replaces a3 only-partial by sells a4 4 @ 104    | CANCEL_REPLACE_BOTH_FAILED (CANCEL_RESTRICTED, OK)
    book                                                  | bids none, asks 4@103
  `));

test("cancel-replace: a repeat of the whole is harmless, the new order may use what the old one held", () =>
  play(`
    alice sells a1 1000 @ 101                   | ask 101 has 1000
    alice sells a9 1 @ 101                      | INSUFFICIENT_BALANCE
    alice replaces a1 by sells a2 999 @ 102     | a1 canceled, ask 101 gone, ask 102 has 999
    alice replaces a1 by sells a2 999 @ 102     | REPEAT of a2
    alice replaces a2 by sells a2 998 @ 102     | DUPLICATE_CLIENT_ORDER_ID
    alice replaces a2 late by sells a3 1 @ 102  | DEADLINE_PASSED
    alice has                                   | usd 100000 + 0, btc 1 + 999, eth 1000 + 0
  `));

test("cancel-replace: a closed market takes the cancel and refuses the new order", () =>
  play(`
    alice sells a1 5 @ 101                     | ask 101 has 5
    halt                                       | taken
    alice replaces a1 by sells a2 4 @ 102      | CANCEL_REPLACE_NEW_FAILED (OK, MARKET_CLOSED), a1 canceled, ask 101 gone
  `));

test("move: goes to the end of its new queue, also at the same price", () =>
  play(`
    alice sells a1 5 @ 101      | ask 101 has 5
    carol sells c1 5 @ 101      | ask 101 has 10
    alice moves a1 @ 101        | ask 101 has 5, a1 now 5 @ 101, ask 101 has 10
    bob buys b1 6 @ 101         | b1 takes 5 of c1 @ 101, c1 filled, b1 takes 1 of a1 @ 101, b1 filled, ask 101 has 4
    alice moves a1 @ 103        | ask 101 gone, a1 now 4 @ 103, ask 103 has 4
    alice moves #a1 @ 102 for 9 | ask 103 gone, a1 now 9 @ 102, ask 102 has 9
    alice has                   | usd 100101 + 0, btc 990 + 9, eth 1000 + 0
  `));

test("move: holds more or less, and is refused when there is not enough", () =>
  play(
    `
    bob buys b1 5 @ 100         | bid 100 has 5
    bob moves b1 @ 201          | INSUFFICIENT_BALANCE
    bob moves b1 @ 200          | bid 100 gone, b1 now 5 @ 200, bid 200 has 5
    bob has                     | usd 0 + 1000, btc 50 + 0
    bob moves b1 @ 50           | bid 200 gone, b1 now 5 @ 50, bid 50 has 5
    bob has                     | usd 750 + 250, btc 50 + 0
    bob moves b1 @ 50 for 21    | INSUFFICIENT_BALANCE
    bob cancels b1              | b1 canceled, bid 50 gone
    bob has                     | usd 1000 + 0, btc 50 + 0
  `,
    { funds: [1_000, 50, 0] },
  ));

test("move: filters, closed markets, and limit makers that would match", () =>
  play(
    `
    bob buys b1 5 @ 100 maker   | bid 100 has 5
    alice sells a1 5 @ 105      | ask 105 has 5
    bob moves b1 @ 105          | WOULD_MATCH_IMMEDIATELY
    bob moves b1 @ 0            | MALFORMED_COMMAND
    bob moves b1 @ 1001         | PRICE_FILTER
    bob moves b1 @ 121          | PERCENT_PRICE_BY_SIDE
    bob moves b1 @ 101 for 1    | LOT_SIZE
    bob moves b1 @ 101 for 21   | LOT_SIZE
    bob moves b1 @ 101 for 20   | NOTIONAL
    halt                        | taken
    bob moves b1 @ 101          | MARKET_CLOSED
    trade                       | taken
    alice sells a2 4 @ 100      | a2 takes 4 of b1 @ 100, a2 filled, bid 100 has 1
    bob moves b1 @ 101          | bid 100 gone, b1 now 1 @ 101, bid 101 has 1
  `,
    { market: { lotsMin: 2, lotsMax: 20, marketLotsMax: 20, bidUpPpm: 1_200_000, notionalMax: 2_000 } },
  ));

test("move: into the book it trades with its own self-trade mode, and triggers", () =>
  play(`
    alice buys a1 5 @ 100 stp decrement   | bid 100 has 5
    alice sells a2 2 @ 103                | ask 103 has 2
    bob sells b1 2 @ 103                  | ask 103 has 4
    carol buys c1 1 @ 90 stop 103         | taken
    alice moves a1 @ 103                  | bid 100 gone, a1 now 5 @ 103, a2 prevented 2 and ended, a1 prevented 2, a1 takes 2 of b1 @ 103, b1 filled, ask 103 gone, bid 103 has 1, c1 triggered, bid 90 has 1
  `));

test("reduce: keeps the place in the queue", () =>
  play(`
    alice sells a1 5 @ 101      | ask 101 has 5
    carol sells c1 5 @ 101      | ask 101 has 10
    alice reduces a1 by 2       | a1 now 3 @ 101, ask 101 has 8
    bob buys b1 1 @ 101         | b1 takes 1 of a1 @ 101, b1 filled, ask 101 has 7
    alice reduces a1 to 2       | a1 now 1 @ 101, ask 101 has 6
    alice has                   | usd 100101 + 0, btc 998 + 1, eth 1000 + 0
    bob buys b2 2 @ 101         | b2 takes 1 of a1 @ 101, a1 filled, b2 takes 1 of c1 @ 101, b2 filled, ask 101 has 4
  `));

test("reduce: as much as remains cancels; a new quantity must be less than now and more than done", () =>
  play(
    `
    alice sells a1 9 @ 101      | ask 101 has 9
    bob buys b1 3 @ 101         | b1 takes 3 of a1 @ 101, b1 filled, ask 101 has 6
    alice reduces a1 to 9       | QUANTITY_NOT_REDUCED
    alice reduces a1 to 3       | QUANTITY_NOT_REDUCED
    alice reduces a1 to 4       | LOT_SIZE
    alice reduces a1 by 5       | LOT_SIZE
    alice reduces a1 by 0       | MALFORMED_COMMAND
    alice reduces a1 by 1 to 5  | MALFORMED_COMMAND
    alice reduces a1 by -1      | MALFORMED_COMMAND
    bob reduces a1 by 1         | UNKNOWN_ORDER
    halt                        | taken
    alice reduces a1 to 5       | a1 now 2 @ 101, ask 101 has 2
    alice reduces a1 by 2       | a1 canceled, ask 101 gone
    alice has                   | usd 100303 + 0, btc 997 + 0, eth 1000 + 0
  `,
    { market: { lotsMin: 2 } },
  ));

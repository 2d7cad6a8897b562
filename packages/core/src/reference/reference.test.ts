/** Matching and order types, and the bugs that keep coming back in published engines. */
import { test } from "node:test";
import { play } from "./scenario-suite.js";

test("bugs that keep coming back: trade at the taker's price", () =>
  play(`
    alice sells a1 10 @ 101 | ask 101 has 10
    bob buys b1 4 @ 105     | b1 takes 4 of a1 @ 101, b1 filled, ask 101 has 6
    bob has                 | usd 99596 + 0, btc 1004 + 0, eth 1000 + 0
    alice has               | usd 100404 + 0, btc 990 + 6, eth 1000 + 0
    carol buys c1 9 @ 99    | bid 99 has 9
    bob sells b2 9 @ 90     | b2 takes 9 of c1 @ 99, c1 filled, b2 filled, bid 99 gone
    bob has                 | usd 100487 + 0, btc 995 + 0, eth 1000 + 0
  `));

test("bugs that keep coming back: a partly filled maker loses its place", () =>
  play(`
    alice sells a1 10 @ 101 | ask 101 has 10
    carol sells c1 10 @ 101 | ask 101 has 20
    bob buys b1 4 @ 101     | b1 takes 4 of a1 @ 101, b1 filled, ask 101 has 16
    bob buys b2 8 @ 101     | b2 takes 6 of a1 @ 101, a1 filled, b2 takes 2 of c1 @ 101, b2 filled, ask 101 has 8
  `));

test("bugs that keep coming back: cancelling a middle order loses those behind it", () =>
  play(`
    alice sells a1 1 @ 101  | ask 101 has 1
    alice sells a2 2 @ 101  | ask 101 has 3
    carol sells c1 3 @ 101  | ask 101 has 6
    carol sells c2 4 @ 101  | ask 101 has 10
    alice cancels a2        | a2 canceled, ask 101 has 8
    bob buys b1 8 @ 101     | b1 takes 1 of a1 @ 101, a1 filled, b1 takes 3 of c1 @ 101, c1 filled, b1 takes 4 of c2 @ 101, c2 filled, b1 filled, ask 101 gone
    book                    | bids none, asks none
  `));

test("bugs that keep coming back: a modify into the spread rests a crossed book", () =>
  play(`
    alice sells a1 5 @ 103  | ask 103 has 5
    bob buys b1 8 @ 100     | bid 100 has 8
    bob moves b1 @ 104      | bid 100 gone, b1 now 8 @ 104, b1 takes 5 of a1 @ 103, a1 filled, ask 103 gone, bid 104 has 3
    book                    | bids 3@104, asks none
  `));

test("bugs that keep coming back: a filled order stays cancellable, or stays in the id index", () =>
  play(`
    alice sells a1 5 @ 101  | ask 101 has 5
    bob buys b1 5 @ 101     | b1 takes 5 of a1 @ 101, a1 filled, b1 filled, ask 101 gone
    alice cancels a1        | UNKNOWN_ORDER
    alice cancels #a1       | UNKNOWN_ORDER
    bob cancels b1          | UNKNOWN_ORDER
    alice moves #a1 @ 102   | UNKNOWN_ORDER
    alice reduces #a1 by 1  | UNKNOWN_ORDER
    alice cancels all       | UNKNOWN_ORDER
  `));

test("bugs that keep coming back: an IOC remainder rests", () =>
  play(`
    alice sells a1 3 @ 101    | ask 101 has 3
    bob buys b1 5 @ 101 ioc   | b1 takes 3 of a1 @ 101, a1 filled, ask 101 gone, b1 expired IMMEDIATE_REMAINDER
    bob buys b2 5 @ 101 ioc   | b2 expired IMMEDIATE_REMAINDER
    book                      | bids none, asks none
    bob has                   | usd 99697 + 0, btc 1003 + 0, eth 1000 + 0
  `));

test("bugs that keep coming back: a phantom best price after the best level empties", () =>
  play(`
    alice sells a1 3 @ 101        | ask 101 has 3
    alice sells a2 3 @ 140        | ask 140 has 3
    alice cancels a1              | a1 canceled, ask 101 gone
    bob buys b1 5 @ 139           | bid 139 has 5
    carol sells c1 1 @ 139        | c1 takes 1 of b1 @ 139, c1 filled, bid 139 has 4
    bob buys b2 1 @ 140 maker     | WOULD_MATCH_IMMEDIATELY
    bob cancels b1                | b1 canceled, bid 139 gone
    carol sells c2 1 @ 1 maker    | ask 1 has 1
  `));

test("bugs that keep coming back: zero-quantity trades", () =>
  play(`
    bob buys b1 0 @ 101     | MALFORMED_COMMAND
    alice sells a1 5 @ 101  | ask 101 has 5
    alice sells a2 5 @ 200  | ask 200 has 5
    bob buys b2 $100        | b2 expired NO_LIQUIDITY
    bob buys b3 $620        | b3 takes 5 of a1 @ 101, a1 filled, ask 101 gone, b3 expired NO_LIQUIDITY
    alice reduces a2 by 5   | a2 canceled, ask 200 gone
  `));

test("bugs that keep coming back: id reuse", () =>
  play(`
    alice sells x 5 @ 101   | ask 101 has 5
    alice sells x 5 @ 101   | REPEAT of x
    alice sells x 6 @ 101   | DUPLICATE_CLIENT_ORDER_ID
    bob buys x 5 @ 101      | x takes 5 of x @ 101, x filled, x filled, ask 101 gone
    alice sells x 5 @ 101   | REPEAT of x
    alice sells x 6 @ 101   | DUPLICATE_CLIENT_ORDER_ID
  `));

test("bugs that keep coming back: a marketable limit walks through its own limit", () =>
  play(`
    alice sells a1 3 @ 101  | ask 101 has 3
    alice sells a2 3 @ 102  | ask 102 has 3
    alice sells a3 3 @ 103  | ask 103 has 3
    bob buys b1 9 @ 102     | b1 takes 3 of a1 @ 101, a1 filled, ask 101 gone, b1 takes 3 of a2 @ 102, a2 filled, ask 102 gone, bid 102 has 3
    book                    | bids 3@102, asks 3@103
  `));

test("bugs that keep coming back: a stop cascade fires one message late", () =>
  play(`
    alice sells a1 1 @ 101      | ask 101 has 1
    alice sells a2 1 @ 105      | ask 105 has 1
    alice sells a3 1 @ 110      | ask 110 has 1
    bob buys b1 1 stop 101      | taken
    bob buys b2 1 stop 105      | taken
    carol buys c1 1 @ 101       | c1 takes 1 of a1 @ 101, a1 filled, c1 filled, ask 101 gone, b1 triggered, b1 takes 1 of a2 @ 105, a2 filled, b1 filled, ask 105 gone, b2 triggered, b2 takes 1 of a3 @ 110, a3 filled, b2 filled, ask 110 gone
  `));

test("bugs that keep coming back: self-trade prevention leaves a residual resting", () =>
  play(`
    alice sells a1 5 @ 101                    | ask 101 has 5
    alice buys a2 8 @ 101 stp expire_taker    | a2 prevented 8 and ended
    book                                      | bids none, asks 5@101
    alice buys a3 8 @ 101 stp expire_both     | a1 prevented 5 and ended, a3 prevented 8 and ended, ask 101 gone
    book                                      | bids none, asks none
    alice has                                 | usd 100000 + 0, btc 1000 + 0, eth 1000 + 0
  `));

test("price-time priority: the best price first, at one price the first to come", () =>
  play(`
    alice sells a1 2 @ 102  | ask 102 has 2
    alice sells a2 2 @ 101  | ask 101 has 2
    carol sells c1 2 @ 101  | ask 101 has 4
    bob buys b1 5 @ 102     | b1 takes 2 of a2 @ 101, a2 filled, b1 takes 2 of c1 @ 101, c1 filled, ask 101 gone, b1 takes 1 of a1 @ 102, b1 filled, ask 102 has 1
  `));

test("limit: fill or kill takes all or nothing", () =>
  play(`
    alice sells a1 3 @ 101       | ask 101 has 3
    alice sells a2 3 @ 102       | ask 102 has 3
    bob buys b1 6 @ 101 fok      | b1 expired FILL_OR_KILL_UNFILLED
    bob buys b2 7 @ 102 fok      | b2 expired FILL_OR_KILL_UNFILLED
    bob has                      | usd 100000 + 0, btc 1000 + 0, eth 1000 + 0
    bob buys b3 6 @ 102 fok      | b3 takes 3 of a1 @ 101, a1 filled, ask 101 gone, b3 takes 3 of a2 @ 102, a2 filled, b3 filled, ask 102 gone
  `));

test("limit maker: rests or is refused", () =>
  play(`
    alice sells a1 3 @ 101 maker    | ask 101 has 3
    bob buys b1 3 @ 101 maker       | WOULD_MATCH_IMMEDIATELY
    bob buys b2 3 @ 100 maker       | bid 100 has 3
    alice sells a2 1 @ 100 maker    | WOULD_MATCH_IMMEDIATELY
    bob buys b3 3 @ 99 maker ioc    | MALFORMED_COMMAND
  `));

test("market by lots: takes what is there, the rest expires", () =>
  play(`
    bob buys b1 5               | b1 expired NO_LIQUIDITY
    alice sells a1 3 @ 101      | ask 101 has 3
    bob buys b2 5               | b2 takes 3 of a1 @ 101, a1 filled, ask 101 gone, b2 expired NO_LIQUIDITY
    bob sells b3 1 ioc          | MALFORMED_COMMAND
    bob sells b4 1 fok          | MALFORMED_COMMAND
  `));

test("market by lots: needs what the book would cost, and a seller all it offers", () =>
  play(
    `
    alice sells a1 10 @ 100     | ask 100 has 10
    alice sells a2 10 @ 200     | ask 200 has 10
    bob buys b1 11              | INSUFFICIENT_BALANCE
    bob buys b2 10              | b2 takes 10 of a1 @ 100, a1 filled, b2 filled, ask 100 gone
    bob has                     | usd 0 + 0, btc 60 + 0
    carol buys c1 5 @ 100       | bid 100 has 5
    bob sells b3 61             | INSUFFICIENT_BALANCE
    bob sells b4 60             | b4 takes 5 of c1 @ 100, c1 filled, bid 100 gone, b4 expired NO_LIQUIDITY
  `,
    { funds: [1_000, 50, 0] },
  ));

test("market by quote amount: spends up to it in whole lots", () =>
  play(`
    alice sells a1 3 @ 101      | ask 101 has 3
    alice sells a2 9 @ 110      | ask 110 has 9
    bob buys b1 $250            | b1 takes 2 of a1 @ 101, b1 filled, ask 101 has 1
    bob buys b2 $500            | b2 takes 1 of a1 @ 101, a1 filled, ask 101 gone, b2 takes 3 of a2 @ 110, b2 filled, ask 110 has 6
    bob buys b3 $109            | b3 expired NO_LIQUIDITY
    bob buys b4 $5000           | b4 takes 6 of a2 @ 110, a2 filled, ask 110 gone, b4 expired NO_LIQUIDITY
    bob buys b5 $0              | MALFORMED_COMMAND
    bob buys b6 $0.5            | MALFORMED_COMMAND
    bob buys b7 $-5             | MALFORMED_COMMAND
    bob buys b8 $100 @ 5        | MALFORMED_COMMAND
  `));

test("market by quote amount: a sale ends by the fill whose price its rest no longer reaches", () =>
  play(`
    alice buys a1 2 @ 100       | bid 100 has 2
    alice buys a2 5 @ 30        | bid 30 has 5
    bob sells b1 $290           | b1 takes 2 of a1 @ 100, a1 filled, b1 filled, bid 100 gone
    bob sells b2 $100           | b2 takes 3 of a2 @ 30, b2 filled, bid 30 has 2
    bob sells b3 $20            | b3 expired NO_LIQUIDITY
  `));

test("a match deals with so many makers, then its remainder expires", () =>
  play(
    `
    alice sells a1 1 @ 101              | ask 101 has 1
    alice sells a2 1 @ 101              | ask 101 has 2
    alice sells a3 1 @ 102              | ask 102 has 1
    bob buys b1 3 @ 102                 | b1 takes 1 of a1 @ 101, a1 filled, b1 takes 1 of a2 @ 101, a2 filled, ask 101 gone, b1 expired SWEEP_LIMIT
    book                                | bids none, asks 1@102
    alice sells a4 1 @ 102              | ask 102 has 2
    alice sells a5 1 @ 103              | ask 103 has 1
    bob buys b2 5 @ 102                 | b2 takes 1 of a3 @ 102, a3 filled, b2 takes 1 of a4 @ 102, a4 filled, ask 102 gone, bid 102 has 3
    bob cancels b2                      | b2 canceled, bid 102 gone
    alice sells a6 1 @ 103              | ask 103 has 2
    alice sells a7 1 @ 103              | ask 103 has 3
    bob buys b3 3 @ 103 fok             | b3 expired FILL_OR_KILL_UNFILLED
    bob buys b4 2 @ 103 fok             | b4 takes 1 of a5 @ 103, a5 filled, b4 takes 1 of a6 @ 103, a6 filled, b4 filled, ask 103 has 1
  `,
    { config: { fillsMax: 2 } },
  ));

test("fees: a part of what each side receives, rounded down, to the house", () =>
  play(`
    fees 1000 2500              | taken
    alice sells a1 900 @ 101    | ask 101 has 900
    bob buys b1 500 @ 101       | b1 takes 500 of a1 @ 101, b1 filled, ask 101 has 400
    alice has                   | usd 150450 + 0, btc 100 + 400, eth 1000 + 0
    bob has                     | usd 49500 + 0, btc 1499 + 0, eth 1000 + 0
    house has                   | usd 50 + 0, btc 1 + 0
    fees 0 100000               | taken
    bob buys b2 9 @ 101         | b2 takes 9 of a1 @ 101, b2 filled, ask 101 has 391
    house has                   | usd 50 + 0, btc 1 + 0
    fees -1 0                   | MALFORMED_COMMAND
    fees 0 100001               | MALFORMED_COMMAND
    house withdraws h1 50 usd   | taken
    house withdraws h2 1 usd    | INSUFFICIENT_BALANCE
    house deposits h3 1 usd     | UNKNOWN_ACCOUNT
  `));

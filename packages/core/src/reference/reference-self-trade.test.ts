/** Self-trade prevention in all its modes, and stops with their triggers. */
import { test } from "node:test";
import { play } from "./scenario-suite.js";

test("self-trade, NONE: an account may trade with itself", () =>
  play(`
    alice sells a1 5 @ 101    | ask 101 has 5
    alice buys a2 5 @ 101     | a2 takes 5 of a1 @ 101, a1 filled, a2 filled, ask 101 gone
    alice has                 | usd 100000 + 0, btc 1000 + 0, eth 1000 + 0
  `));

test("self-trade, EXPIRE_TAKER: trades until it meets itself", () =>
  play(`
    bob sells b1 2 @ 101                     | ask 101 has 2
    alice sells a1 5 @ 101                   | ask 101 has 7
    bob sells b2 2 @ 101                     | ask 101 has 9
    alice buys a2 8 @ 101 stp expire_taker   | a2 takes 2 of b1 @ 101, b1 filled, a2 prevented 6 and ended, ask 101 has 7
    alice has                                | usd 99798 + 0, btc 997 + 5, eth 1000 + 0
    alice buys a3 2 stp expire_taker         | a3 prevented 2 and ended
    alice buys a4 $300 stp expire_taker      | a4 prevented 2 and ended
    alice buys a5 $100 stp expire_taker      | a5 expired NO_LIQUIDITY
  `));

test("self-trade, EXPIRE_MAKER: its own makers end, it goes on", () =>
  play(`
    alice sells a1 5 @ 101                   | ask 101 has 5
    bob sells b1 2 @ 101                     | ask 101 has 7
    alice sells a2 3 @ 102                   | ask 102 has 3
    alice buys a3 8 @ 102 stp expire_maker   | a1 prevented 5 and ended, a3 takes 2 of b1 @ 101, b1 filled, ask 101 gone, a2 prevented 3 and ended, ask 102 gone, bid 102 has 6
    alice has                                | usd 99186 + 612, btc 1002 + 0, eth 1000 + 0
  `));

test("self-trade, EXPIRE_BOTH: maker and taker end, those behind are not met", () =>
  play(`
    alice sells a1 5 @ 101                   | ask 101 has 5
    bob sells b1 2 @ 101                     | ask 101 has 7
    alice buys a2 8 @ 102 stp expire_both    | a1 prevented 5 and ended, a2 prevented 8 and ended, ask 101 has 2
  `));

test("self-trade, DECREMENT: both lose the smaller quantity", () =>
  play(`
    alice sells a1 5 @ 101                   | ask 101 has 5
    alice buys a2 8 @ 101 stp decrement      | a1 prevented 5 and ended, a2 prevented 5, ask 101 gone, bid 101 has 3
    alice sells a3 1 @ 101 stp decrement     | a2 prevented 1, a3 prevented 1 and ended, bid 101 has 2
    alice sells a4 2 @ 101 stp decrement     | a2 prevented 2 and ended, a4 prevented 2 and ended, bid 101 gone
    alice sells a5 6 @ 101                   | ask 101 has 6
    bob sells b1 6 @ 101                     | ask 101 has 12
    alice buys a6 8 @ 101 stp decrement      | a5 prevented 6 and ended, a6 prevented 6, a6 takes 2 of b1 @ 101, a6 filled, ask 101 has 4
    alice has                                | usd 99798 + 0, btc 1002 + 0, eth 1000 + 0
  `));

test("self-trade, DECREMENT by quote amount: what was prevented is not spent on others", () =>
  play(`
    alice sells a1 2 @ 100                   | ask 100 has 2
    bob sells b1 9 @ 110                     | ask 110 has 9
    alice buys a2 $450 stp decrement         | a1 prevented 2 and ended, a2 prevented 2, ask 100 gone, a2 takes 2 of b1 @ 110, a2 filled, ask 110 has 7
    alice sells a3 9 @ 105                   | ask 105 has 9
    alice buys a4 $450 stp decrement         | a3 prevented 4, a4 prevented 4 and ended, ask 105 has 5
  `));

test("self-trade: a fill or kill counts only what it would fill", () =>
  play(`
    alice sells a1 5 @ 101                       | ask 101 has 5
    bob sells b1 5 @ 101                         | ask 101 has 10
    alice buys a2 5 @ 101 fok stp decrement      | a2 expired FILL_OR_KILL_UNFILLED
    alice buys a3 5 @ 101 fok stp expire_taker   | a3 expired FILL_OR_KILL_UNFILLED
    alice buys a4 6 @ 101 fok stp expire_maker   | a4 expired FILL_OR_KILL_UNFILLED
    alice buys a5 5 @ 101 fok stp expire_maker   | a1 prevented 5 and ended, a5 takes 5 of b1 @ 101, b1 filled, a5 filled, ask 101 gone
  `));

test("self-trade: the taker's mode decides, not the maker's", () =>
  play(`
    alice sells a1 5 @ 101 stp expire_both   | ask 101 has 5
    alice buys a2 1 @ 101                    | a2 takes 1 of a1 @ 101, a2 filled, ask 101 has 4
    alice buys a3 1 @ 101 stp expire_taker   | a3 prevented 1 and ended
  `));

test("stops: wait for the price, then act as a market order", () =>
  play(`
    alice sells a1 5 @ 104        | ask 104 has 5
    alice sells a2 5 @ 106        | ask 106 has 5
    bob buys b1 3 stop 104        | taken
    bob has                       | usd 99688 + 312, btc 1000 + 0, eth 1000 + 0
    carol buys c1 1 @ 104         | c1 takes 1 of a1 @ 104, c1 filled, ask 104 has 4, b1 triggered, b1 takes 3 of a1 @ 104, b1 filled, ask 104 has 1
    bob has                       | usd 99688 + 0, btc 1003 + 0, eth 1000 + 0
  `));

test("stops: each type waits on its side of the last price", () =>
  play(`
    bob buys b1 1 stop 100            | WOULD_TRIGGER_IMMEDIATELY
    bob sells b2 1 stop 100           | WOULD_TRIGGER_IMMEDIATELY
    bob buys b3 1 take 100            | WOULD_TRIGGER_IMMEDIATELY
    bob sells b4 1 take 100           | WOULD_TRIGGER_IMMEDIATELY
    bob buys b5 1 @ 101 stop 99       | WOULD_TRIGGER_IMMEDIATELY
    bob buys b6 1 stop 101            | taken
    bob sells b7 1 stop 99            | taken
    bob buys b8 1 take 99             | taken
    bob sells b9 1 take 101           | taken
    bob buys b10 1 @ 50 stop 101      | taken
    bob sells b11 1 @ 98 stop 99      | taken
    bob buys b12 1 @ 98 take 99       | taken
    bob sells b13 1 @ 200 take 101    | taken
    alice sells a1 1 @ 101            | ask 101 has 1
    carol buys c1 1 @ 101             | c1 takes 1 of a1 @ 101, a1 filled, c1 filled, ask 101 gone, b6 triggered, b6 expired NO_LIQUIDITY, b9 triggered, b9 expired NO_LIQUIDITY, b10 triggered, bid 50 has 1, b13 triggered, ask 200 has 1
  `));

test("stops: the lowest rising first, at one stop in queue order; then the highest falling", () =>
  play(`
    bob buys b1 1 @ 10 stop 105       | taken
    bob buys b2 1 @ 11 stop 103       | taken
    bob buys b3 1 @ 12 stop 105       | taken
    bob buys b4 1 @ 13 stop 110       | taken
    alice sells a1 1 @ 108            | ask 108 has 1
    carol buys c1 1 @ 108             | c1 takes 1 of a1 @ 108, a1 filled, c1 filled, ask 108 gone, b2 triggered, bid 11 has 1, b1 triggered, bid 10 has 1, b3 triggered, bid 12 has 1
    bob sells b5 1 @ 200 stop 100     | taken
    bob sells b6 1 @ 201 stop 102     | taken
    bob sells b7 1 @ 202 stop 100     | taken
    alice buys a2 1 @ 90              | bid 90 has 1
    carol sells c2 1 @ 90             | c2 takes 1 of a2 @ 90, a2 filled, c2 filled, bid 90 gone, b6 triggered, ask 201 has 1, b5 triggered, ask 200 has 1, b7 triggered, ask 202 has 1
  `));

test("stops: a triggered limit order keeps its hold and its time in force", () =>
  play(`
    bob buys b1 3 @ 102 stop 101          | taken
    bob buys b2 3 @ 102 stop 101 ioc      | taken
    bob buys b3 3 @ 102 stop 101 fok      | taken
    bob has                               | usd 99082 + 918, btc 1000 + 0, eth 1000 + 0
    alice sells a1 1 @ 101                | ask 101 has 1
    alice sells a2 1 @ 102                | ask 102 has 1
    carol buys c1 1 @ 101                 | c1 takes 1 of a1 @ 101, a1 filled, c1 filled, ask 101 gone, b1 triggered, b1 takes 1 of a2 @ 102, a2 filled, ask 102 gone, bid 102 has 2, b2 triggered, b2 expired IMMEDIATE_REMAINDER, b3 triggered, b3 expired FILL_OR_KILL_UNFILLED
    bob has                               | usd 99694 + 204, btc 1001 + 0, eth 1000 + 0
  `));

test("stops: a market order that the account can't pay for when triggered expires", () =>
  play(
    `
    alice sells a1 1 @ 101            | ask 101 has 1
    alice sells a2 9 @ 150            | ask 150 has 9
    bob buys b1 9 stop 101            | taken
    bob has                           | usd 91 + 909, btc 50 + 0
    carol buys c1 1 @ 101             | c1 takes 1 of a1 @ 101, a1 filled, c1 filled, ask 101 gone, b1 triggered, b1 expired INSUFFICIENT_BALANCE
    bob has                           | usd 1000 + 0, btc 50 + 0
  `,
    { funds: [1_000, 50, 0] },
  ));

test("stops: a cascade both ways ends inside one command", () =>
  play(`
    alice buys a1 1 @ 90              | bid 90 has 1
    alice sells a2 1 @ 101            | ask 101 has 1
    bob sells b1 1 take 101           | taken
    bob buys b2 1 @ 120 take 95       | taken
    carol buys c1 1 @ 101             | c1 takes 1 of a2 @ 101, a2 filled, c1 filled, ask 101 gone, b1 triggered, b1 takes 1 of a1 @ 90, a1 filled, b1 filled, bid 90 gone, b2 triggered, bid 120 has 1
    book                              | bids 1@120, asks none
  `));

test("stops: can be canceled and reduced, not moved", () =>
  play(`
    bob buys b1 5 stop 105        | taken
    bob moves b1 @ 106            | UNKNOWN_ORDER
    bob reduces b1 by 2           | b1 now 3 @ 0
    bob has                       | usd 99685 + 315, btc 1000 + 0, eth 1000 + 0
    bob reduces b1 to 2           | b1 now 2 @ 0
    bob cancels b1                | b1 canceled
    bob has                       | usd 100000 + 0, btc 1000 + 0, eth 1000 + 0
  `));

test("stops of a frozen account are triggered; its orders in the book are traded with", () =>
  play(`
    bob buys b1 1 @ 102 stop 101    | taken
    bob sells b2 1 @ 101            | ask 101 has 1
    bob frozen                      | taken
    bob buys b3 1 @ 90              | ACCOUNT_FROZEN
    carol buys c1 1 @ 101           | c1 takes 1 of b2 @ 101, b2 filled, c1 filled, ask 101 gone, b1 triggered, bid 102 has 1
    bob moves b1 @ 101              | ACCOUNT_FROZEN
    bob reduces b1 by 1             | b1 canceled, bid 102 gone
    bob active                      | taken
    bob buys b4 1 @ 90              | bid 90 has 1
  `));

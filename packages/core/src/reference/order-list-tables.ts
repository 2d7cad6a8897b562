/** Order lists, one command a row; see `scenario.ts` for the words. */
import type { ScenarioTable } from "./scenario.js";

export const ORDER_LIST_TABLES: readonly ScenarioTable[] = [
  {
    title: "OCO: the limit order is filled, the stop ends",
    rows: `
    alice oco l1: sells a1 10 @ 110 maker ; sells a2 10 stop 90 | l1 begins, ask 110 has 10
    alice has                       | usd 100000 + 0, btc 990 + 10, eth 1000 + 0
    bob buys b1 4 @ 110             | b1 takes 4 of a1 @ 110, b1 filled, a2 expired LIST_OTHER_WORKED, ask 110 has 6
    bob buys b2 6 @ 110             | b2 takes 6 of a1 @ 110, a1 filled, b2 filled, l1 done, ask 110 gone
    alice has                       | usd 101100 + 0, btc 990 + 0, eth 1000 + 0
  `,
  },
  {
    title: "OCO: the stop triggers, the limit order leaves the book",
    rows: `
    alice oco l1: sells a1 10 @ 110 maker ; sells a2 10 @ 85 stop 90 | l1 begins, ask 110 has 10
    bob buys b1 20 @ 90             | bid 90 has 20
    carol sells c1 1 @ 90           | c1 takes 1 of b1 @ 90, c1 filled, bid 90 has 19, a1 expired LIST_OTHER_WORKED, ask 110 gone, a2 triggered, a2 takes 10 of b1 @ 90, a2 filled, bid 90 has 9, l1 done
    alice has                       | usd 100900 + 0, btc 990 + 0, eth 1000 + 0
  `,
  },
  {
    title: "OCO of a buy: the larger need is locked once",
    options: { funds: [1_500, 0, 0] },
    rows: `
    alice oco l1: buys a1 10 @ 120 stop 110 ; buys a2 10 @ 90 maker | l1 begins, bid 90 has 10
    alice has                       | usd 300 + 1200
    bob deposits d1 100 btc           | taken
    bob sells b1 4 @ 90             | b1 takes 4 of a2 @ 90, b1 filled, a1 expired LIST_OTHER_WORKED, bid 90 has 6
    alice has                       | usd 600 + 540, btc 4 + 0
    alice cancels a2                | a2 canceled, bid 90 gone, l1 done
    alice has                       | usd 1140 + 0, btc 4 + 0
  `,
  },
  {
    title: "OCO: what must hold of its orders",
    rows: `
    alice oco l1: sells a1 10 @ 110 maker ; sells a2 9 stop 90    | MALFORMED_COMMAND
    alice oco l1: sells a1 10 @ 110 maker ; buys a2 10 stop 110   | MALFORMED_COMMAND
    alice oco l1: sells a1 10 stop 90 ; sells a2 10 @ 110 maker   | MALFORMED_COMMAND
    alice oco l1: sells a1 10 @ 110 ; sells a2 10 stop 90         | MALFORMED_COMMAND
    alice oco l1: sells a1 10 @ 100 maker ; sells a2 10 stop 90   | LIST_PRICES
    alice oco l1: sells a1 10 take 99 ; sells a2 10 stop 90       | WOULD_TRIGGER_IMMEDIATELY
    alice oco l1: sells a1 10 @ 110 maker ; sells a2 10 stop 100  | WOULD_TRIGGER_IMMEDIATELY
    bob buys b1 1 @ 105                                           | bid 105 has 1
    alice oco l1: sells a1 10 @ 104 maker ; sells a2 10 stop 90   | WOULD_MATCH_IMMEDIATELY
    alice oco l1: sells a1 2000 @ 110 maker ; sells a2 2000 stop 90 | INSUFFICIENT_BALANCE
    alice oco l1: sells a1 5 @ 110 maker ; sells a1 5 stop 90     | DUPLICATE_CLIENT_ORDER_ID
    alice oco l1: sells a1 5 @ 110 maker ; sells a2 5 stop 90     | l1 begins, ask 110 has 5
    alice oco l1: sells a1 5 @ 110 maker ; sells a2 5 stop 90     | REPEAT of a1
    alice oco l1: sells a1 5 @ 110 maker ; sells a2 5 stop 91     | DUPLICATE_CLIENT_ORDER_ID
    alice oco l2: sells a3 5 @ 110 maker ; sells a2 5 stop 90     | DUPLICATE_CLIENT_ORDER_ID
    alice moves a1 @ 111                                          | ORDER_NOT_MOVABLE
  `,
  },
  {
    title: "a list ends with any of its orders that is canceled, or as a whole",
    rows: `
    alice oco l1: sells a1 10 @ 110 maker ; sells a2 10 stop 90 | l1 begins, ask 110 has 10
    alice cancels a2 as x           | a2 canceled as x, a1 canceled, ask 110 gone, l1 done
    alice oco l2: sells a3 10 @ 110 maker ; sells a4 10 stop 90 | l2 begins, ask 110 has 10
    alice cancels list l2 as y      | a3 canceled as y, ask 110 gone, a4 canceled as y, l2 done
    alice cancels list l2           | UNKNOWN_ORDER
    alice oto l3: buys a5 1 @ 90 ; sells a6 1 @ 120 | l3 begins, bid 90 has 1
    alice cancels all sells         | a6 canceled, a5 canceled, bid 90 gone, l3 done
    alice has                       | usd 100000 + 0, btc 1000 + 0, eth 1000 + 0
  `,
  },
  {
    title: "OTO: the second order begins when the first is filled, and takes its funds then",
    rows: `
    alice oto l1: buys a1 10 @ 100 ; sells a2 10 @ 120 | l1 begins, bid 100 has 10
    alice has                       | usd 99000 + 1000, btc 1000 + 0, eth 1000 + 0
    bob sells b1 4 @ 100            | b1 takes 4 of a1 @ 100, b1 filled, bid 100 has 6
    bob sells b2 6 @ 100            | b2 takes 6 of a1 @ 100, a1 filled, b2 filled, bid 100 gone, a2 released, ask 120 has 10
    alice has                       | usd 99000 + 0, btc 1000 + 10, eth 1000 + 0
    bob buys b3 10 @ 120            | b3 takes 10 of a2 @ 120, a2 filled, b3 filled, l1 done, ask 120 gone
  `,
  },
  {
    title: "OTO: a first order that ends otherwise takes the second with it",
    rows: `
    bob sells b1 4 @ 100            | ask 100 has 4
    alice oto l1: buys a1 10 @ 100 ioc ; sells a2 10 @ 120 | l1 begins, a1 takes 4 of b1 @ 100, b1 filled, ask 100 gone, a1 expired IMMEDIATE_REMAINDER, a2 expired LIST_WORKING_ENDED, l1 done
    alice oto l2: buys a3 10 @ 100 ; sells a4 10 @ 120 | l2 begins, bid 100 has 10
    alice sells a5 1 @ 100 stp expire_maker | a3 prevented 10 and ended, a4 expired LIST_WORKING_ENDED, l2 done, bid 100 gone, ask 100 has 1
  `,
  },
  {
    title: "OTO: the second is refused when its turn comes too late",
    rows: `
    alice oto l1: buys a1 10 @ 100 ; sells a2 2000 @ 120 | l1 begins, bid 100 has 10
    bob sells b1 10 @ 100           | b1 takes 10 of a1 @ 100, a1 filled, b1 filled, bid 100 gone, a2 expired INSUFFICIENT_BALANCE, l1 done
    alice oto l2: buys a3 10 @ 100 ; sells a4 10 stop 105 | l2 begins, bid 100 has 10
    bob sells b2 10 @ 100           | b2 takes 10 of a3 @ 100, a3 filled, b2 filled, bid 100 gone, a4 expired WOULD_TRIGGER_IMMEDIATELY, l2 done
  `,
  },
  {
    title: "OTO: filled at once, and the second too",
    rows: `
    bob sells b1 10 @ 100           | ask 100 has 10
    bob buys b2 10 @ 99             | bid 99 has 10
    alice oto l1: buys a1 10 @ 100 ; sells a2 10 @ 99 | l1 begins, a1 takes 10 of b1 @ 100, b1 filled, a1 filled, ask 100 gone, a2 released, a2 takes 10 of b2 @ 99, b2 filled, a2 filled, bid 99 gone, l1 done
  `,
  },
  {
    title: "OTOCO: a bought position is protected on both sides",
    rows: `
    alice otoco l1: buys a1 10 @ 100 ; sells a2 10 @ 120 maker ; sells a3 10 stop 90 | l1 begins, bid 100 has 10
    alice reduces a2 to 8           | a2 now 8 @ 120, a3 now 8 @ 0
    bob sells b1 10 @ 100           | b1 takes 10 of a1 @ 100, a1 filled, b1 filled, bid 100 gone, a2 released, a3 released, ask 120 has 8
    alice has                       | usd 99000 + 0, btc 1002 + 8, eth 1000 + 0
    bob buys b2 8 @ 90              | bid 90 has 8
    carol sells c1 1 @ 90           | c1 takes 1 of b2 @ 90, c1 filled, bid 90 has 7, a2 expired LIST_OTHER_WORKED, ask 120 gone, a3 triggered, a3 takes 7 of b2 @ 90, b2 filled, bid 90 gone, a3 expired NO_LIQUIDITY, l1 done
  `,
  },
  {
    title: "a reduction of one order of a pair reduces the other",
    rows: `
    alice oco l1: sells a1 10 @ 110 maker ; sells a2 10 stop 90 | l1 begins, ask 110 has 10
    alice reduces a2 by 3           | a2 now 7 @ 0, a1 now 7 @ 110, ask 110 has 7
    alice has                       | usd 100000 + 0, btc 993 + 7, eth 1000 + 0
    alice reduces a1 by 7           | a1 canceled, ask 110 gone, a2 canceled, l1 done
  `,
  },
];

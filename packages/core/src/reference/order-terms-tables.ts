/** Icebergs, trailing stops, good till a date and the dead man's switch, one command a row; see `scenario.ts` for the words. */
import type { ScenarioTable } from "./scenario.js";

export const ORDER_TERMS_TABLES: readonly ScenarioTable[] = [
  {
    title: "an iceberg shows a part, and waits again behind the others with the next",
    rows: `
    alice sells a1 10 @ 100 shows 4 | ask 100 has 4
    alice has                       | usd 100000 + 0, btc 990 + 10, eth 1000 + 0
    carol sells c1 5 @ 100          | ask 100 has 9
    bob buys b1 6 @ 100             | b1 takes 4 of a1 @ 100, b1 takes 2 of c1 @ 100, b1 filled, ask 100 has 7
    bob buys b2 4 @ 100             | b2 takes 3 of c1 @ 100, c1 filled, b2 takes 1 of a1 @ 100, b2 filled, ask 100 has 3
    bob buys b3 9 @ 100             | b3 takes 3 of a1 @ 100, b3 takes 2 of a1 @ 100, a1 filled, ask 100 gone, bid 100 has 4
  `,
  },
  {
    title: "an iceberg: filters, reduction, FOK against what is hidden",
    rows: `
    alice sells a1 100 @ 100 shows 9   | ICEBERG_PARTS
    alice sells a1 10 @ 100 shows 11   | MALFORMED_COMMAND
    alice sells a1 10 @ 100 shows 2 ioc | MALFORMED_COMMAND
    alice sells a1 10 @ 100 shows 3    | ask 100 has 3
    alice reduces a1 by 8              | a1 now 2 @ 100, ask 100 has 2
    alice sells a2 10 @ 100 shows 3    | ask 100 has 5
    bob buys b1 13 @ 100 fok           | b1 expired FILL_OR_KILL_UNFILLED
    bob buys b2 12 @ 100 fok           | b2 takes 2 of a1 @ 100, a1 filled, b2 takes 3 of a2 @ 100, b2 takes 3 of a2 @ 100, b2 takes 3 of a2 @ 100, b2 takes 1 of a2 @ 100, a2 filled, b2 filled, ask 100 gone
    alice moves a2 @ 101               | UNKNOWN_ORDER
  `,
  },
  {
    title: "an iceberg that meets its own account",
    rows: `
    alice sells a1 10 @ 100 shows 4            | ask 100 has 4
    alice buys a2 5 @ 100 stp decrement        | a1 prevented 4, a2 prevented 4, a1 prevented 1, a2 prevented 1 and ended, ask 100 has 3
    alice buys a3 5 @ 100 stp expire_maker     | a1 prevented 5 and ended, ask 100 gone, bid 100 has 5
  `,
  },
  {
    title: "a trailing sell follows the price up and triggers on the way down",
    rows: `
    carol sells c1 1 @ 100                  | ask 100 has 1
    bob buys b1 1 @ 100                     | b1 takes 1 of c1 @ 100, c1 filled, b1 filled, ask 100 gone
    alice sells a1 5 @ 90 stop trails 1000  | taken
    carol sells c2 1 @ 120                  | ask 120 has 1
    bob buys b2 1 @ 120                     | b2 takes 1 of c2 @ 120, c2 filled, b2 filled, ask 120 gone
    bob buys b3 9 @ 109                     | bid 109 has 9
    carol sells c3 1 @ 109                  | c3 takes 1 of b3 @ 109, c3 filled, bid 109 has 8
    bob buys b4 1 @ 108                     | bid 108 has 1
    carol sells c4 8 @ 109                  | c4 takes 8 of b3 @ 109, b3 filled, c4 filled, bid 109 gone
    carol sells c5 1 @ 108                  | c5 takes 1 of b4 @ 108, b4 filled, c5 filled, bid 108 gone, a1 triggered, ask 90 has 5
  `,
  },
  {
    title: "a trailing stop with a stop price starts to follow there",
    rows: `
    alice sells a1 5 @ 70 take 110 trails 1000 | taken
    carol sells c1 1 @ 80                      | ask 80 has 1
    bob buys b1 1 @ 80                         | b1 takes 1 of c1 @ 80, c1 filled, b1 filled, ask 80 gone
    carol sells c2 1 @ 110                     | ask 110 has 1
    bob buys b2 1 @ 110                        | b2 takes 1 of c2 @ 110, c2 filled, b2 filled, ask 110 gone
    carol sells c3 1 @ 99                      | ask 99 has 1
    bob buys b3 1 @ 99                         | b3 takes 1 of c3 @ 99, c3 filled, b3 filled, ask 99 gone, a1 triggered, ask 70 has 5
    alice sells a2 5 @ 70 stop 50 trails 5     | TRAILING_DELTA
    alice sells a3 5 @ 70 trails 500           | MALFORMED_COMMAND
  `,
  },
  {
    title: "a trailing buy without a price locks nothing, and pays when it triggers",
    rows: `
    alice buys a1 5 stop trails 1000        | taken
    alice has                               | usd 100000 + 0, btc 1000 + 0, eth 1000 + 0
    carol sells c1 20 @ 110                 | ask 110 has 20
    bob buys b1 1 @ 110                     | b1 takes 1 of c1 @ 110, b1 filled, ask 110 has 19, a1 triggered, a1 takes 5 of c1 @ 110, a1 filled, ask 110 has 14
  `,
  },
  {
    title: "an OCO with a trailing stop",
    rows: `
    alice oco l1: sells a1 5 @ 120 maker ; sells a2 5 stop trails 1000 | l1 begins, ask 120 has 5
    bob buys b1 5 @ 90                      | bid 90 has 5
    carol sells c1 1 @ 90                   | c1 takes 1 of b1 @ 90, c1 filled, bid 90 has 4, a1 expired LIST_OTHER_WORKED, ask 120 gone, a2 triggered, a2 takes 4 of b1 @ 90, b1 filled, bid 90 gone, a2 expired NO_LIQUIDITY, l1 done
  `,
  },
  {
    title: "good till a date: a tick ends what is due, earliest first",
    rows: `
    alice sells a1 5 @ 110 until 3          | ask 110 has 5
    alice sells a2 5 @ 111 until 2          | ask 111 has 5
    alice buys a3 5 @ 130 stop 120 until 4  | taken
    alice buys a4 $100 until 4              | MALFORMED_COMMAND
    wait 1                                  | taken
    tick                                    | taken
    wait 2                                  | taken
    tick                                    | a2 expired GOOD_TILL_DATE, ask 111 gone, a1 expired GOOD_TILL_DATE, ask 110 gone
    wait 1                                  | taken
    tick                                    | a3 expired GOOD_TILL_DATE
    alice has                               | usd 100000 + 0, btc 1000 + 0, eth 1000 + 0
  `,
  },
  {
    title: "a countdown that runs out cancels everything of its account",
    rows: `
    alice counts-down 2                     | countdown on
    alice sells a1 5 @ 110                  | ask 110 has 5
    alice buys a2 5 @ 90 on ethusd          | bid 90 has 5
    alice oto l1: buys a3 1 @ 80 ; sells a4 1 @ 120 | l1 begins, bid 80 has 1
    bob sells b1 1 @ 110                    | ask 110 has 6
    wait 1                                  | taken
    alice counts-down 2                     | countdown on
    wait 1                                  | taken
    tick                                    | taken
    wait 1                                  | taken
    tick                                    | countdown off, a1 canceled, ask 110 has 1, a3 canceled, bid 80 gone, a4 canceled, l1 done, a2 canceled, bid 90 gone
    tick                                    | taken
    alice counts-down 1                     | countdown on
    alice counts-down 0                     | countdown off
    wait 2                                  | taken
    tick                                    | taken
  `,
  },
];

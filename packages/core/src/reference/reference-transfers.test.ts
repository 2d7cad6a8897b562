/** Funds between partitions: what is sent, received once, acknowledged; and every refusal. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Reason, SUPPLY_MAX } from "@buttonwood/protocol";
import { CORE } from "./core-under-test.js";
import { ObjectExchange, REFERENCE } from "./exchange-under-test.js";
import { play } from "./scenario-suite.js";

test("free funds are sent, up to the highest amount, and leave the partition", () =>
  play(`
    alice sends 300 usd to-partition 2            | 300 sent as 1
    alice sends 50 to 200 usd to-partition 2      | 200 sent as 2
    alice sends 1 usd to-partition 3              | 1 sent as 1
    alice has                                     | usd 99499 + 0, btc 1000 + 0, eth 1000 + 0
    alice buys a1 900 @ 100                       | bid 100 has 900
    alice sends 9500 usd to-partition 2           | INSUFFICIENT_BALANCE
    alice sends 9000 to 20000 usd to-partition 2  | 9499 sent as 3
    alice has                                     | usd 0 + 90000, btc 1000 + 0, eth 1000 + 0
    alice buys a2 1 @ 100                         | INSUFFICIENT_BALANCE
    alice sends 1 usd to-partition 2              | INSUFFICIENT_BALANCE
  `));

test("each number is received once, and none is left out", () =>
  play(`
    alice receives 2 50 usd from-partition 1      | CHANNEL_GAP
    alice receives 1 70 usd from-partition 1      | 70 received
    alice receives 1 70 usd from-partition 1      | REPEAT
    bob receives 1 99 btc from-partition 1        | REPEAT
    alice receives 3 50 usd from-partition 1      | CHANNEL_GAP
    bob receives 2 50 usd from-partition 1        | 50 received
    bob receives 1 5 usd from-partition 3         | 5 received
    alice receives 1 70 usd from-partition 1      | REPEAT
    alice has                                     | usd 100070 + 0, btc 1000 + 0, eth 1000 + 0
    bob has                                       | usd 100055 + 0, btc 1000 + 0, eth 1000 + 0
  `));

test("what is received can be spent at once", () =>
  play(
    `
    alice buys a1 5 @ 100                         | INSUFFICIENT_BALANCE
    alice receives 1 500 usd from-partition 1     | 500 received
    alice buys a1 5 @ 100                         | bid 100 has 5
    alice has                                     | usd 0 + 500
  `,
    { funds: [0, 0, 0] },
  ));

test("acknowledging is cumulative and makes room in the outbox, which is one for each partition", () =>
  play(
    `
    alice sends 1 usd to-partition 2              | 1 sent as 1
    alice sends 1 usd to-partition 2              | 1 sent as 2
    alice sends 1 usd to-partition 2              | 1 sent as 3
    alice sends 1 usd to-partition 2              | CAPACITY_REACHED
    alice sends 1 usd to-partition 1              | 1 sent as 1
    acknowledged 4 by-partition 2                 | CHANNEL_GAP
    acknowledged 2 by-partition 2                 | taken
    acknowledged 2 by-partition 2                 | REPEAT
    acknowledged 1 by-partition 2                 | REPEAT
    alice sends 1 usd to-partition 2              | 1 sent as 4
    alice sends 1 usd to-partition 2              | 1 sent as 5
    alice sends 1 usd to-partition 2              | CAPACITY_REACHED
    acknowledged 5 by-partition 2                 | taken
    acknowledged 1 by-partition 3                 | CHANNEL_GAP
    alice sends 1 usd to-partition 2              | 1 sent as 6
    alice has                                     | usd 99993 + 0, btc 1000 + 0, eth 1000 + 0
  `,
    { config: { outboxMax: 3 } },
  ));

test("frozen accounts and the house have their funds moved too", () =>
  play(`
    fees 0 100000                                 | taken
    alice sells a1 10 @ 100                       | ask 100 has 10
    bob buys b1 10 @ 100                          | b1 takes 10 of a1 @ 100, a1 filled, b1 filled, ask 100 gone
    house sends 1 to 9 btc to-partition 0         | 1 sent as 1
    house receives 1 3 btc from-partition 0       | 3 received
    alice frozen                                  | taken
    alice sends 10 usd to-partition 2             | 10 sent as 1
    alice receives 1 10 usd from-partition 2      | 10 received
    alice receives 2 10 usd from-partition 2      | 10 received
  `));

test("sending is refused in this order", () =>
  play(
    `
    alice sends 0 usd to-partition 2 late         | MALFORMED_COMMAND
    alice sends 2 to 1 usd to-partition 2         | MALFORMED_COMMAND
    alice sends 1 to 1.5 usd to-partition 2       | MALFORMED_COMMAND
    alice sends 1 to ${SUPPLY_MAX + 1} usd to-partition 2 | MALFORMED_COMMAND
    alice sends 1 usd to-partition 64             | MALFORMED_COMMAND
    alice sends 1 usd to-partition -1             | MALFORMED_COMMAND
    alice sends 1 gold to-partition 2 late        | DEADLINE_PASSED
    alice sends 1 usd to-partition 2              | 1 sent as 1
    alice sends 1 gold to-partition 2             | UNKNOWN_ASSET
    alice sends 1000000 usd to-partition 2        | CAPACITY_REACHED
    alice sends 1000000 usd to-partition 63       | INSUFFICIENT_BALANCE
    alice sends 1 to ${SUPPLY_MAX} usd to-partition 63 | 99999 sent as 1
  `,
    { config: { outboxMax: 1 } },
  ));

test("receiving is refused in this order, and a refused transfer can be offered again", () =>
  play(`
    alice receives 1 0 gold from-partition 1      | MALFORMED_COMMAND
    alice receives 0 1 usd from-partition 1       | MALFORMED_COMMAND
    alice receives 1.5 1 usd from-partition 1     | MALFORMED_COMMAND
    alice receives 1 1 usd from-partition 64      | MALFORMED_COMMAND
    alice receives 1 ${SUPPLY_MAX + 1} usd from-partition 1 | MALFORMED_COMMAND
    alice receives 2 1 gold from-partition 1      | CHANNEL_GAP
    alice receives 1 1 gold from-partition 1      | UNKNOWN_ASSET
    alice receives 1 ${SUPPLY_MAX} usd from-partition 1 | SUPPLY_EXCEEDED
    alice receives 1 1 usd from-partition 1       | 1 received
    acknowledged 0 by-partition 1                 | MALFORMED_COMMAND
    acknowledged 1 by-partition 64                | MALFORMED_COMMAND
  `));

test("an account that is not open here neither sends nor receives", () => {
  // The stage knows open accounts only, so these two are played on the exchanges themselves.
  for (const { name, create } of [REFERENCE, CORE]) {
    const exchange = new ObjectExchange(create({}));
    exchange.apply({ kind: "LIST_ASSET", account: 0, asset: 0, decimals: 0, name: "usd" });
    const move = { account: 7, asset: 0, amountMin: 1, amountMax: 1, toPartition: 1 };
    const come = { account: 7, asset: 0, amount: 1, fromPartition: 1, channelSequence: 1 };
    const [out] = exchange.apply({ kind: "TRANSFER_OUT", ...move });
    const [into] = exchange.apply({ kind: "TRANSFER_IN", ...come });
    assert.ok(out?.kind === "RESULT" && out.reason === Reason.UNKNOWN_ACCOUNT, name);
    assert.ok(into?.kind === "RESULT" && into.reason === Reason.UNKNOWN_ACCOUNT, name);
  }
});

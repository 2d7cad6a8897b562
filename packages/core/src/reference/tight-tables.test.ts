/**
 * The core when its tables are full: pages of prices, balances, accounts on markets. The reference has no such
 * tables, so the core is held to what must be true of any exchange: nothing is lost, nothing throws.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeEvents, type Event, encodeCommand, Reason, WordBuffer } from "@buttonwood/protocol";
import { Core } from "../core.js";
import { checkIntegrity } from "../order-book/integrity.js";
import { CORE } from "./core-under-test.js";
import type { Implementation } from "./exchange-under-test.js";
import { checkGroup } from "./invariants.js";
import { RandomCommands } from "./random-commands.js";
import { playScenario } from "./scenario.js";

/** Follows balances and supplies by events alone. */
class Audit {
  readonly #balances = new Map<string, number>();
  readonly #supplies = new Map<number, number>();

  check(events: readonly Event[]): void {
    checkGroup(events);
    for (const event of events) {
      if (event.kind === "BALANCE") {
        assert.ok(event.free >= 0 && event.locked >= 0, JSON.stringify(event));
        this.#balances.set(`${event.account} ${event.asset}`, event.free + event.locked);
      } else if (event.kind === "DEPOSITED" || event.kind === "TRANSFER_RECEIVED") {
        this.#supplies.set(event.asset, (this.#supplies.get(event.asset) ?? 0) + event.amount);
      } else if (event.kind === "WITHDRAWN" || event.kind === "TRANSFER_SENT") {
        this.#supplies.set(event.asset, (this.#supplies.get(event.asset) ?? 0) - event.amount);
      }
    }
    for (const [asset, supply] of this.#supplies) {
      let sum = 0;
      for (const [key, amount] of this.#balances) if (key.endsWith(` ${asset}`)) sum += amount;
      assert.equal(sum, supply, `asset ${asset}`);
    }
  }
}

test("full tables: commands are refused or their remainders expire, and money is conserved", () => {
  let refused = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const generator = new RandomCommands(seed);
    const core = new Core({
      ...generator.world.config,
      pricePagesMax: 1 + (seed % 3),
      balancesMax: 8 + (seed % 7),
      accountMarketsMax: 2 + (seed % 5),
    });
    const audit = new Audit();
    const buffer = new WordBuffer(128);
    for (let i = 0; i < 500; i++) {
      buffer.clear();
      core.output.clear();
      const command = generator.next();
      core.apply(buffer, encodeCommand(buffer, command));
      const events = decodeEvents(core.output);
      try {
        audit.check(events);
        if (i % 10 === 9) checkIntegrity(core.state.books);
        // A restored core computes its digest from its contents and refuses when it is not the snapshot's.
        if (i % 100 === 99) Core.restore(core.snapshot());
      } catch (error) {
        throw new Error(`seed ${seed}, command ${i + 1}: ${JSON.stringify(command)}`, { cause: error });
      }
      generator.observe(events);
      for (const event of events) {
        if (event.kind === "RESULT" && event.reason === Reason.CAPACITY_REACHED) refused++;
      }
    }
  }
  assert.ok(refused > 100, `${refused} refused`);
});

/** Plays a table on a core with a few pages of prices. */
function playOnPages(pricePagesMax: number, table: string): void {
  const tight: Implementation = {
    name: `core with ${pricePagesMax} pages`,
    create: (config) => CORE.create({ ...config, pricePagesMax }),
  };
  assert.deepEqual(playScenario([tight], table, { market: { priceTicksMax: 100_000 } }), []);
}

test("no page left: new orders and moves are refused, a triggered order that finds none expires", () => {
  // Asks from 101 take one page, stops another; the third is the free one that a new order must find.
  playOnPages(
    3,
    `
    alice sells a1 1 @ 101            | ask 101 has 1
    alice sells a2 1 @ 102            | ask 102 has 1
    bob sells b1 1 @ 3000 take 101    | taken
    bob sells b2 1 @ 6000 take 101    | taken
    bob sells b3 1 @ 6000 take 110    | taken
    bob has                           | usd 100000 + 0, btc 997 + 3, eth 1000 + 0
    carol buys c1 1 @ 101             | c1 takes 1 of a1 @ 101, a1 filled, c1 filled, ask 101 gone, b1 triggered, ask 3000 has 1, b2 triggered, b2 expired CAPACITY_REACHED
    bob has                           | usd 100000 + 0, btc 998 + 2, eth 1000 + 0
    alice moves a2 @ 6000             | CAPACITY_REACHED
    alice sells a3 1 @ 102            | CAPACITY_REACHED
    alice cancels a2                  | a2 canceled, ask 102 gone
    alice sells a3 1 @ 6000           | ask 6000 has 1
  `,
  );
});

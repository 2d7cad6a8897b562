import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeCommand, WordBuffer } from "@buttonwood/protocol";
import { Core } from "../core.js";
import { AssetRow } from "../instrument/asset-table.js";
import { Balance } from "../ledger/balances.js";

function coreWithDeposits(): Core {
  const core = new Core({ accountsMax: 8, balancesMax: 16, openOrdersMax: 16, rememberedIdsMax: 16 });
  const buffer = new WordBuffer();
  for (const asset of [0, 1]) {
    encodeCommand(buffer, { kind: "LIST_ASSET", account: 0, asset, decimals: 2, name: `A${asset}` });
  }
  for (const account of [1, 2]) {
    encodeCommand(buffer, { kind: "OPEN_ACCOUNT", account, name: "someone" });
    encodeCommand(buffer, { kind: "DEPOSIT", account, asset: account - 1, amount: 500, reference: "first" });
  }
  for (let at = 0; at < buffer.length; at += buffer.i32[at] >>> 8) core.apply(buffer, at);
  return core;
}

test("balances and supplies do not differ, in a restored core neither", () => {
  const core = coreWithDeposits();
  assert.equal(core.queries.supplyDifference(), 0);
  assert.equal(Core.restore(core.snapshot()).queries.supplyDifference(), 0);
});

test("what is made of one asset and lost of another does not cancel out", () => {
  const core = coreWithDeposits();
  const { balances } = core.state;
  balances.doubles[(balances.find(1, 0) + Balance.FREE) >> 1] += 3;
  assert.equal(core.queries.supplyDifference(), 3);
  balances.doubles[(balances.find(2, 1) + Balance.LOCKED) >> 1] -= 3;
  assert.equal(core.queries.supplyDifference(), 6);
});

test("supplies are told beside what is free, held and kept as fees, by asset", () => {
  const core = coreWithDeposits();
  const { balances } = core.state;
  assert.deepEqual(core.queries.supplies(), [
    { asset: 0, free: 500, locked: 0, fees: 0, supply: 500 },
    { asset: 1, free: 500, locked: 0, fees: 0, supply: 500 },
  ]);
  // Held for an order, kept as a fee, and lost.
  const row = balances.find(2, 1);
  balances.doubles[(row + Balance.FREE) >> 1] -= 70;
  balances.doubles[(row + Balance.LOCKED) >> 1] += 50;
  const { assets } = core.state;
  balances.doubles[assets.words[assets.row(1) + AssetRow.HOUSE_ROW] >> 1] += 7;
  assert.deepEqual(core.queries.supplies()[1], { asset: 1, free: 430, locked: 50, fees: 7, supply: 500 });
  assert.equal(core.queries.supplyDifference(), 13);
});

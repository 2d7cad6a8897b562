import { describe, it } from "node:test";
import { overspend } from "../../main/testing/overspend.js";

const ROUNDS = 100;

describe("an account that fires at all partitions for twice its balance", () => {
  it("spends what it has and not a unit more, and has every order answered", async (t) => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    t.diagnostic(`seed ${seed}`);
    const { taken, refused } = await overspend(ROUNDS, seed);
    t.diagnostic(`${ROUNDS} rounds, ${taken} orders taken, ${refused} refused`);
  });
});

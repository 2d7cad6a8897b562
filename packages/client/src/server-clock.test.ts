import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ServerClock } from "./server-clock.js";

describe("ServerClock", () => {
  it("lies in the middle of the way there and back, and says how far it may be off", () => {
    let localMs = 1_000_000;
    const clock = new ServerClock(() => localMs);
    assert.equal(clock.isSet, false);
    clock.observe(2_000_000, 1_000_000, 1_000_100);
    assert.equal(clock.offsetMs, 999_950.5);
    assert.equal(clock.uncertaintyMs, 51);
    localMs = 1_000_100;
    assert.ok(Math.abs(clock.nowMs() - 2_000_050) <= 1);
    // A slower answer says less; a faster one says more.
    clock.observe(9_000_000, 1_000_000, 1_001_000);
    assert.equal(clock.uncertaintyMs, 51);
    clock.observe(2_000_060, 1_000_100, 1_000_110);
    assert.equal(clock.uncertaintyMs, 6);
  });

  it("is asked once by many, again when it is old or was refused, and not after a failure that nobody told", async () => {
    let localMs = 0;
    let asked = 0;
    const clock = new ServerClock(() => localMs);
    const ask = async (): Promise<number> => {
      if (++asked === 1) throw new Error("not now");
      return 500;
    };
    await assert.rejects(clock.ensure(ask), /not now/);
    await Promise.all([clock.ensure(ask), clock.ensure(ask), clock.ensure(ask)]);
    assert.equal(asked, 2);
    await clock.ensure(ask);
    localMs += 11 * 60_000;
    await clock.ensure(ask);
    clock.unset();
    await clock.ensure(ask);
    assert.equal(asked, 4);
  });
});

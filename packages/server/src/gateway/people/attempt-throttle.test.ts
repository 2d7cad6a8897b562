import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AttemptThrottle } from "./attempt-throttle.js";
import { PeopleRefusal } from "./people-errors.js";

class SetClock {
  us = 1_000_000_000;
  nowUs = (): number => this.us;
  pass(seconds: number): void {
    this.us += seconds * 1_000_000;
  }
}

/** Seconds that an attempt is told to wait; 0 when it is looked at. */
function waitOf(throttle: AttemptThrottle, login: string, address: string): number {
  try {
    throttle.begin(login, address);
    return 0;
  } catch (error) {
    assert.ok(error instanceof PeopleRefusal);
    assert.equal(error.code, "TOO_MANY_ATTEMPTS");
    return error.retryAfterSeconds!;
  }
}

describe("attempts to sign in", () => {
  it("on one login wait twice as long each time after five, whatever address they come from", () => {
    const clock = new SetClock();
    const throttle = new AttemptThrottle(clock);
    for (let i = 0; i < 5; i++) assert.equal(waitOf(throttle, "alice", `10.0.0.${i}`), 0);
    const waits: number[] = [];
    for (let i = 0; i < 12; i++) {
      assert.equal(waitOf(throttle, "alice", `10.0.1.${i}`), 0);
      waits.push(waitOf(throttle, "alice", `10.0.2.${i}`));
      clock.pass(waits.at(-1)!);
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    assert.equal(waitOf(throttle, "bob", "10.0.3.1"), 0);
  });

  it("from one address wait after twenty, whatever login they try; those that are refused count for nothing", () => {
    const clock = new SetClock();
    const throttle = new AttemptThrottle(clock);
    for (let i = 0; i < 21; i++) assert.equal(waitOf(throttle, `user${i}`, "10.0.0.1"), 0);
    for (let i = 0; i < 50; i++) assert.equal(waitOf(throttle, `more${i}`, "10.0.0.1"), 1);
    assert.equal(waitOf(throttle, "user0", "10.0.0.2"), 0);
    clock.pass(1);
    assert.equal(waitOf(throttle, "later", "10.0.0.1"), 0);
    assert.equal(waitOf(throttle, "later", "10.0.0.1"), 2);
  });

  it("that are right are not held against anybody, and begin the login anew", () => {
    const throttle = new AttemptThrottle(new SetClock());
    for (let i = 0; i < 200; i++) {
      assert.equal(waitOf(throttle, "alice", "10.0.0.1"), 0);
      throttle.succeeded("alice", "10.0.0.1");
    }
    assert.equal(throttle.size, 0);
    for (let i = 0; i < 200; i++) {
      assert.equal(waitOf(throttle, "alice", "10.0.0.1"), 0);
      throttle.calledOff("alice", "10.0.0.1");
    }
    assert.equal(throttle.size, 0);
  });

  it("are forgotten after an hour, and remembered for so many logins and addresses only", () => {
    const clock = new SetClock();
    const throttle = new AttemptThrottle(clock, 100);
    for (let i = 0; i < 6; i++) waitOf(throttle, "alice", "10.0.0.1");
    assert.equal(waitOf(throttle, "alice", "10.0.0.2"), 1);
    clock.pass(3_601);
    for (let i = 0; i < 5; i++) assert.equal(waitOf(throttle, "alice", "10.0.0.2"), 0);
    for (let i = 0; i < 10_000; i++) waitOf(throttle, `user${i}`, `10.1.${i >> 8}.${i & 255}`);
    assert.equal(throttle.size, 200);
  });
});

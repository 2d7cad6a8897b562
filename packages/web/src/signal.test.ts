import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { onNextFrame, Signal } from "./signal.js";

/** Frames that come when the test says so. */
let waiting: (() => void)[] = [];
const reported: unknown[] = [];
const platform = globalThis as unknown as {
  requestAnimationFrame?: (run: () => void) => void;
  reportError?: (error: unknown) => void;
};

function frame(): void {
  for (const run of waiting.splice(0)) run();
}

describe("a signal", () => {
  beforeEach(() => {
    waiting = [];
    reported.length = 0;
    platform.requestAnimationFrame = (run) => waiting.push(run);
    platform.reportError = (error) => reported.push(error);
  });
  afterEach(() => {
    frame();
    delete platform.requestAnimationFrame;
    delete platform.reportError;
  });

  it("tells once a frame, however often it changed, with its last value", () => {
    const price = new Signal(0);
    const size = new Signal(0);
    const told: string[] = [];
    price.subscribe(() => told.push(`price ${price.value}`));
    size.subscribe(() => told.push(`size ${size.value}`));
    for (let i = 1; i <= 1000; i++) {
      price.set(i);
      size.set(-i);
    }
    assert.deepEqual(told, []);
    assert.equal(waiting.length, 1, "one frame is asked for");
    frame();
    assert.deepEqual(told, ["price 1000", "size -1000"]);
    frame();
    assert.equal(told.length, 2);
  });

  it("tells nothing that is the same, and nobody who has stopped", () => {
    const price = new Signal(1);
    let told = 0;
    const stop = price.subscribe(() => told++);
    price.set(1);
    assert.equal(waiting.length, 0);
    price.set(2);
    stop();
    frame();
    assert.equal(told, 0);
  });

  it("runs what a job asks for in the next frame, and all jobs though one throws", () => {
    const ran: string[] = [];
    const fault = new Error("a bug");
    onNextFrame(() => {
      throw fault;
    });
    onNextFrame(() => {
      ran.push("first");
      onNextFrame(() => ran.push("second"));
    });
    frame();
    assert.deepEqual([ran, reported], [["first"], [fault]]);
    frame();
    assert.deepEqual(ran, ["first", "second"]);
  });
});

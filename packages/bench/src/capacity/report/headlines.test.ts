import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CapacityResult } from "../capacity-result.js";
import {
  connectionsHeadline,
  cpuHeadline,
  failoverHeadline,
  latencyHeadline,
  throughputHeadline,
} from "./headlines.js";
import { capacityFixture } from "./testing/capacity-fixture.js";

const result = capacityFixture();

/** The run as if only some of its layouts had been measured. */
function only(...names: string[]): CapacityResult {
  return { ...result, layouts: result.layouts.filter(({ name }) => names.includes(name)) };
}

describe("headlines", () => {
  it("say what a run has shown", () => {
    assert.deepEqual(
      [throughputHeadline, latencyHeadline, cpuHeadline, connectionsHeadline].map((headline) =>
        headline(result),
      ),
      [
        "“4 × 4, 3 partitions” takes the most orders: 41,250 a second, 17.9 times those of “classic”",
        "Half of the answers come within 5.7 ms (“4 × 4, 3 partitions”) to 36.5 ms (“1 × 1”), 99 of 100 within 22.8 to 146.0 ms",
        "An order costs the exchange 232 µs (“1 × 1”) to 602 µs (“classic”) of CPU; the largest part is the gateway’s in 4 of 5 configurations",
        "4 of 5 configurations took the most orders with the most connections tried, the others with fewer",
      ],
    );
    assert.equal(
      failoverHeadline(result.failovers[0]!),
      "“2 × 4”, backend killed at second 10: fell from 19,360 orders a second to 1,350, and was back at nine tenths 3 s after the kill; 1,637 requests sent again, none failed",
    );
  });

  it("compare nothing where there is one layout", () => {
    const one = only("1 × 4");
    assert.equal(throughputHeadline(one), "“1 × 4” takes the most orders: 18,940 a second");
    assert.equal(latencyHeadline(one), "Half of the answers come within 11.9 ms, 99 of 100 within 47.6 ms");
    assert.equal(
      cpuHeadline(one),
      "An order costs the exchange 232 µs of CPU; the largest part is the gateway’s",
    );
  });

  it("say so where nothing was measured", () => {
    const none = only();
    assert.equal(throughputHeadline(none), "No load was measured");
    assert.equal(latencyHeadline(none), "No latency was measured");
    assert.equal(cpuHeadline(none), "No tier’s CPU was measured");
    assert.equal(connectionsHeadline(none), "No load was measured");
  });

  it("do not hide a failover that was not survived", () => {
    const lost = { ...result.failovers[0]!, failed: 12, seconds: result.failovers[0]!.seconds.slice(0, 12) };
    assert.match(failoverHeadline(lost), /was not back at nine tenths when the run ended; .*, 12 failed$/);
  });
});

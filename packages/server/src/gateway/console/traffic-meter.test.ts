import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { requestCounts, TrafficMeter } from "./traffic-meter.js";

/** Requests of one gateway: orders over HTTP within 1 ms, between 1 and 5 ms, and beyond; and others. */
function text(quick: number, slow: number, beyond: number, others: number): string {
  const order = 'method="POST",path="/api/v3/order"';
  const name = "buttonwood_request_duration_seconds";
  return [
    `# HELP ${name} Time of requests.`,
    `${name}_bucket{le="0.001",${order}} ${quick}`,
    `${name}_bucket{le="0.005",${order}} ${quick + slow}`,
    `${name}_bucket{le="+Inf",${order}} ${quick + slow + beyond}`,
    `${name}_count{${order}} ${quick + slow + beyond}`,
    `${name}_count{method="POST",path="/api/v3/order/test"} ${others}`,
    `${name}_count{method="GET",path="/api/v3/order"} ${others}`,
    `buttonwood_websocket_request_duration_seconds_count{method="order.status"} ${others}`,
    `buttonwood_websocket_request_duration_seconds_count{method="order.place"} 2`,
    `buttonwood_requests_total{method="GET",path="/api/v3/order",status="200"} 1e9`,
  ].join("\n");
}

describe("the traffic of a venue", () => {
  it("tells requests that place orders from others, of all gateways", () => {
    const counts = requestCounts(`${text(5, 0, 0, 1)}\n${text(3, 1, 0, 1)}`, 0);
    assert.deepEqual([counts.requests, counts.orders], [9 + 4 + 6, 9 + 4]);
    assert.deepEqual(counts.orderSeconds.get("0.005"), 9);
  });

  it("is a rate and percentiles over the last ten seconds", () => {
    const meter = new TrafficMeter();
    assert.equal(meter.take(requestCounts(text(1000, 1000, 1000, 0), 0)), null);
    const traffic = meter.take(requestCounts(text(1050, 1050, 1000, 100), 2_000))!;
    assert.equal(traffic.ordersPerSecond, 50);
    assert.equal(traffic.requestsPerSecond, 200);
    assert.equal(traffic.orderMsP50, 1);
    assert.equal(traffic.orderMsP99!.toFixed(2), "4.92");
    for (let s = 3; s <= 13; s++) meter.take(requestCounts(text(1050, 1050, 1000, 100), s * 1_000));
    const later = meter.take(requestCounts(text(1050, 1050, 1100, 100), 14_000))!;
    assert.equal(later.ordersPerSecond, 10);
    assert.equal(later.orderMsP50, 5, "beyond the last bound: that bound");
  });

  it("begins anew when less was counted than before, and has no percentiles of nothing", () => {
    const meter = new TrafficMeter();
    meter.take(requestCounts(text(1000, 0, 0, 0), 0));
    assert.equal(meter.take(requestCounts(text(10, 0, 0, 0), 1_000)), null);
    meter.take(requestCounts(text(10, 0, 0, 0), 1_500));
    assert.equal(meter.take(requestCounts(text(9_000, 0, 0, 0), 3_600_000)), null, "an hour without a look");
    const traffic = meter.take(requestCounts(text(9_000, 0, 0, 0), 3_601_000))!;
    assert.deepEqual([traffic.ordersPerSecond, traffic.orderMsP50, traffic.orderMsP99], [0, null, null]);
  });
});

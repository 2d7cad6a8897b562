/** The API benchmark on a tiny load: its figures mean nothing here, its counts must add up. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { run } from "./testing/run-cli.js";

interface Side {
  readonly sent: number;
  readonly accepted: number;
  readonly rejected: Record<string, number>;
  readonly lost: number;
  readonly ordersPerSecond: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
}

const LOADS: readonly (readonly string[])[] = [
  [],
  ["--flow", "mixed"],
  ["--transport", "websocket", "--in-flight", "4"],
  ["--transport", "websocket", "--flow", "mixed"],
  ["--transport", "batches", "--batch", "20", "--in-flight", "4"],
];

for (const load of LOADS) {
  it(`sends orders to a fresh exchange and to a bare handler, and counts every answer: ${load.join(" ")}`, async () => {
    const args = ["--connections", "4", "--seconds", "1", "--warm-up", "0", "--json", ...load];
    const { code, stdout, stderr } = await run("bench", "api", ...args);
    assert.equal(code, 0, stderr);
    const { runs } = JSON.parse(stdout) as {
      runs: { connections: number; exchange: Side; bare: Side; ratio: number }[];
    };
    assert.equal(runs.length, 1);
    for (const side of [runs[0]!.exchange, runs[0]!.bare]) {
      assert.ok(side.accepted > 0);
      // Cancels may come too late; nothing else is refused.
      const { "400 -2011 Unknown order sent.": late = 0, ...others } = side.rejected;
      assert.deepEqual(others, {});
      assert.equal(side.sent, side.accepted + late);
      assert.ok(late === 0 || load.includes("mixed"));
      assert.equal(side.lost, 0);
      assert.ok(side.latencyMs.p50 > 0 && side.latencyMs.p50 <= side.latencyMs.p99);
    }
    assert.ok(runs[0]!.ratio > 0);
  });
}

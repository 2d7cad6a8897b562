import assert from "node:assert/strict";
import { it } from "node:test";
import type { Topology } from "../topology/topology.js";
import { activeBackends } from "./local-edge.js";

const backendsOf = (count: number, workers: number): Topology =>
  ({ backends: Array.from({ length: count }, () => ({ workers })) }) as unknown as Topology;

it("backends have a worker for each core, and one backend more is active", () => {
  assert.equal(activeBackends(backendsOf(4, 4), 2), 2);
  assert.equal(activeBackends(backendsOf(8, 4), 2), 2);
  assert.equal(activeBackends(backendsOf(8, 4), 8), 3);
  assert.equal(activeBackends(backendsOf(8, 1), 2), 3);
});

it("all are active where there are cores for all, and the only one always is", () => {
  assert.equal(activeBackends(backendsOf(4, 4), 16), 4);
  assert.equal(activeBackends(backendsOf(4, 4), 64), 4);
  assert.equal(activeBackends(backendsOf(1, 2), 2), 1);
});

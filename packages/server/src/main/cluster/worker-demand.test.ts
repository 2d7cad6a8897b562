import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type WorkerLoad, workerDemand } from "./worker-demand.js";

const load = (cores: number, connections: number): WorkerLoad => ({ cores, connections });

describe("demand for workers", () => {
  const cases: readonly [
    what: string,
    loads: readonly WorkerLoad[],
    idleCores: number,
    wake: boolean,
    shed: readonly number[],
  ][] = [
    ["a quiet worker is enough", [load(0.1, 64)], 1.5, false, [0]],
    ["a busy one is helped where a core is idle", [load(0.8, 64)], 1, true, [0]],
    ["but not where none is: one more would only wake up more often", [load(0.95, 64)], 0.3, false, [0]],
    ["all must be busy", [load(0.8, 64), load(0.5, 30)], 2, false, [0, 0]],
    [
      "one that has just begun is given a part of what the busy ones have",
      [load(0.8, 60), load(0, 0)],
      2,
      false,
      [30, 0],
    ],
    [
      "of each busy one a third, when there are two",
      [load(0.9, 60), load(0.9, 30), load(0, 0)],
      2,
      false,
      [20, 10, 0],
    ],
    ["about even is even enough", [load(0.8, 60), load(0.5, 40)], 2, false, [0, 0]],
    ["nothing moves where no core is idle", [load(0.9, 60), load(0.1, 0)], 0.1, false, [0, 0]],
    ["many connections are reason enough, quiet as they are", [load(0.1, 1000)], 0, true, [0]],
    ["until another one has room", [load(0.1, 1000), load(0.1, 3)], 0, false, [0, 0]],
  ];
  for (const [what, loads, idleCores, wake, shed] of cases) {
    it(what, () => {
      assert.deepEqual(workerDemand(loads, idleCores), { wake, shed });
    });
  }
});

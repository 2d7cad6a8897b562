/** The generator's percentiles against a server that knows how long it took. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, it } from "node:test";
import { runLoad } from "./load-run.js";
import { testPlan } from "./testing/test-plan.js";

/** Of a hundred requests: how many wait how long. */
const DELAYS: readonly (readonly [share: number, ms: number])[] = [
  [80, 500],
  [15, 1_000],
  [5, 2_000],
];
/** "Right": within this share of what the server itself measured. */
const TOLERANCE = 0.02;

const CONNECTIONS = 150;

let server: Server;
let requests = 0;
const tookMs: number[] = [];

before(async () => {
  server = createServer((request, response) => {
    const fromMs = performance.now();
    const place = requests++ % 100;
    let sum = 0;
    const delayMs = DELAYS.find(([share]) => {
      sum += share;
      return place < sum;
    })![1];
    request.resume();
    setTimeout(() => {
      response.end("{}");
      tookMs.push(performance.now() - fromMs);
    }, delayMs);
  });
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
});

after(() => {
  server.closeAllConnections();
  server.close();
});

/** A program beside this one delays either side now and then; a generator that measures wrongly does so each time. */
const RUNS_MAX = 3;

/** One run: what differs by more than the tolerance from what the server knows; empty: nothing. */
async function differences(ratePerSecond: number | undefined): Promise<string[]> {
  tookMs.length = 0;
  const { port } = server.address() as AddressInfo;
  const load = await runLoad(
    testPlan({ port, connections: CONNECTIONS, ratePerSecond, warmUpSeconds: 0, seconds: 5 }),
    () => {},
  );
  assert.equal(load.accepted, load.sent);
  assert.ok(load.accepted >= 400, `${load.accepted} answers`);
  tookMs.sort((a, b) => a - b);
  const expected = (percentile: number): number => tookMs[Math.ceil((percentile / 100) * tookMs.length) - 1]!;
  const { p50, p99, max, mean } = load.latencyMs;
  const meanMs = tookMs.reduce((sum, ms) => sum + ms, 0) / tookMs.length;
  const pairs: readonly (readonly [name: string, measured: number, known: number])[] = [
    ["p50", p50, expected(50)],
    ["p99", p99, expected(99)],
    ["max", max, expected(100)],
    ["mean", mean, meanMs],
  ];
  return pairs
    .filter(([, measured, known]) => Math.abs(measured / known - 1) > TOLERANCE)
    .map(([name, measured, known]) => `${name}: ${measured} ms instead of ${known} ms`);
}

for (const [loop, ratePerSecond] of [
  ["closed", undefined],
  ["open", 120],
] as const) {
  it(`percentiles of a ${loop} loop are those of the delays that the server injected, within 2 %`, async () => {
    const runs: string[][] = [];
    do runs.push(await differences(ratePerSecond));
    while (runs.at(-1)!.length > 0 && runs.length < RUNS_MAX);
    assert.deepEqual(
      runs.at(-1),
      [],
      `in ${runs.length} runs: ${runs.map((run) => run.join(", ")).join("; ")}`,
    );
  });
}

/** A short run of the fuzzer over every cell, and proof that it finds what is wrong. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TestExchange } from "../../../main/testing/test-exchange.js";
import { LimitsSetting } from "../../session/rate-limits.js";
import { type FuzzFailure, fuzzApi } from "./run.fuzz.js";
import { StateWatch } from "./state-watch.fuzz.js";

const toText = (failures: readonly FuzzFailure[]): string =>
  failures.map((failure) => JSON.stringify(failure, undefined, 1)).join("\n");

describe("requests made from the OpenAPI document", () => {
  it("are answered as it says, and refusals change nothing", async () => {
    const seed = Math.trunc(Math.random() * 1e6) + 1;
    const requests = 9_000;
    console.log(`seed ${seed}: node packages/server/dist/gateway/documents/fuzz/api.fuzz.js --seed ${seed}`);
    const report = await fuzzApi({ seed, requests });
    assert.equal(report.failures.length, 0, toText(report.failures));
    assert.equal(report.requests, requests);
    assert.ok(report.cells * 2 < requests, "not every cell was reached");
    const done = report.answers.get("200") ?? 0;
    assert.ok(
      done > requests / 10,
      `only ${done} of ${requests} requests were done: what is tried is not deep`,
    );
  });

  it("are refused as it says once there are too many", async () => {
    const report = await fuzzApi({ seed: 1, requests: 3_000, limits: LimitsSetting.PUBLISHED });
    assert.equal(report.failures.length, 0, toText(report.failures));
    for (const answer of ["429 -1003", "429 ", "418 -1003", "418 "]) {
      assert.ok(report.answers.has(answer), `nothing was answered ${answer}`);
    }
  });

  it("find an answer that is not as the document says", async () => {
    const report = await fuzzApi({
      seed: 1,
      requests: 2_000,
      describe: (document) => JSON.parse(JSON.stringify(document).replaceAll('"serverTime"', '"otherTime"')),
    });
    assert.ok(report.failures.length > 0);
    assert.match(report.failures[0]!.what, /serverTime|otherTime/);
  });

  it("find a request that is done although the document does not allow it", async () => {
    const report = await fuzzApi({
      seed: 1,
      requests: 2_000,
      describe: (document) => JSON.parse(JSON.stringify(document).replaceAll('"ACK","RESULT"', '"ACK"')),
    });
    assert.ok(
      report.failures.some(({ what }) => what.includes("does not allow it: it has newOrderRespType=RESULT")),
    );
  });
});

describe("the watch over the state", () => {
  it("finds a change behind a refusal, and takes one behind an answer", async () => {
    const exchange = await TestExchange.start();
    try {
      const watch = await StateWatch.over(exchange);
      assert.equal(await watch.after(false), undefined);
      const deposit = (reference: string) =>
        exchange.gateway.admin.inject({
          method: "POST",
          url: "/v1/deposits",
          payload: { account: "alice", asset: "ETH", amount: "1.5", reference },
        });
      await deposit("one");
      assert.match((await watch.after(false)) ?? "", /balances or open orders have changed/);
      await deposit("two");
      assert.equal(await watch.after(true), undefined);
      assert.equal(await watch.after(false), undefined);
    } finally {
      await exchange.close();
    }
  });
});

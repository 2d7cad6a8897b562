import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { HttpRequests } from "./http-requests.js";
import { OrderFlow } from "./order-flow.js";
import { testPlan } from "./testing/test-plan.js";

/** The parameters of a signed text; its signature must fit. */
function checked(text: string): URLSearchParams {
  const [signed, signature] = text.split("&signature=") as [string, string];
  assert.equal(signature, createHmac("sha256", "secret").update(signed).digest("hex"));
  return new URLSearchParams(signed);
}

describe("HttpRequests", () => {
  it("writes whole, signed orders with ids of their own", () => {
    const flow = new OrderFlow(testPlan());
    const requests = new HttpRequests(testPlan());
    const ids = new Set<string>();
    for (let i = 0; i < 100; i++) {
      const [head, body] = requests
        .sign(requests.write(flow.next(0)), 0, 1_700_000_000_000)
        .split("\r\n\r\n") as [string, string];
      assert.match(head, /^POST \/api\/v3\/order HTTP\/1\.1\r\n/);
      assert.match(head, /X-MBX-APIKEY: key\r\n/);
      assert.match(head, new RegExp(`Content-Length: ${body.length}$`));
      const parameters = checked(body);
      assert.match(parameters.get("price")!, /^\d{5}\.\d{2}$/);
      ids.add(parameters.get("newClientOrderId")!);
    }
    assert.equal(ids.size, 100);
  });

  it("writes market orders, and cancels by the id that the order was given", () => {
    const requests = new HttpRequests(testPlan());
    const sign = (request: Parameters<HttpRequests["write"]>[0]): string =>
      requests.sign(requests.write(request), 0, 5);
    const market = checked(
      sign({ kind: "market", market: 0, number: 7, side: 1, size: 0 }).split("\r\n\r\n")[1]!,
    );
    assert.deepEqual(
      ["type", "side", "quantity", "price"].map((name) => market.get(name)),
      ["MARKET", "SELL", "0.0002", null],
    );
    const [, target, rest] = /^DELETE \/api\/v3\/order\?(\S+) HTTP\/1\.1\r\n([\s\S]*)$/.exec(
      sign({ kind: "cancel", market: 0, number: 7 }),
    )!;
    assert.equal(checked(target!).get("origClientOrderId"), market.get("newClientOrderId"));
    assert.match(rest!, /X-MBX-APIKEY: key\r\n\r\n$/);
  });
});

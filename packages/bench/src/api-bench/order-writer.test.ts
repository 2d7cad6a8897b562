import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { describe, it } from "node:test";
import { OrderWriter, placeOrder, stepOf, stepsOf, stepText } from "./order-writer.js";

describe("steps", () => {
  it("are read and written exactly", () => {
    assert.deepEqual(stepOf("0.00500000"), { mantissa: 5, decimals: 3 });
    assert.deepEqual(stepOf("1"), { mantissa: 1, decimals: 0 });
    assert.equal(stepText(3, { mantissa: 5, decimals: 3 }), "0.015");
    assert.equal(stepText(12, { mantissa: 1, decimals: 0 }), "12");
    assert.equal(stepsOf("60000.00000000", { mantissa: 1, decimals: 2 }), 6_000_000);
    assert.equal(stepsOf("0.011", { mantissa: 5, decimals: 3 }), 3);
  });
});

describe("placeOrder", () => {
  it("keeps what rests bounded, so that a long run measures the same exchange as a short one", () => {
    const resting = [new Map<number, number>(), new Map<number, number>()] as const;
    let open = 0;
    let seed = 7;
    for (let n = 0; n < 60_000; n++) {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      const { side, ticks } = placeOrder(n, seed >>> 8);
      const other = resting[side === 0 ? 1 : 0];
      const met = [...other.keys()].find((price) => (side === 0 ? price <= ticks : price >= ticks));
      const book = met === undefined ? resting[side] : other;
      const price = met ?? ticks;
      const count = (book.get(price) ?? 0) + (met === undefined ? 1 : -1);
      open += met === undefined ? 1 : -1;
      if (count === 0) book.delete(price);
      else book.set(price, count);
    }
    assert.ok(open < 3_000, `${open} orders rest`);
  });
});

describe("OrderWriter", () => {
  it("writes whole, signed requests with ids of their own", () => {
    const writer = new OrderWriter({
      host: "127.0.0.1",
      port: 1,
      connections: 2,
      warmUpSeconds: 0,
      seconds: 1,
      keys: [{ apiKey: "key", secretKey: "secret" }],
      markets: [
        {
          symbol: "BTCUSDT",
          midTicks: 6_000_000,
          tick: { mantissa: 1, decimals: 2 },
          lot: { mantissa: 1, decimals: 4 },
          lots: 2,
        },
      ],
      seed: 1,
      responseType: "ACK",
    });
    const ids = new Set<string>();
    for (let i = 0; i < 100; i++) {
      const [head, body] = writer.request(i, writer.next(), 1_700_000_000_000).split("\r\n\r\n") as [
        string,
        string,
      ];
      assert.match(head, /^POST \/api\/v3\/order HTTP\/1\.1\r\n/);
      assert.match(head, /X-MBX-APIKEY: key\r\n/);
      assert.match(head, new RegExp(`Content-Length: ${body.length}$`));
      const [signed, signature] = body.split("&signature=") as [string, string];
      assert.equal(signature, createHmac("sha256", "secret").update(signed).digest("hex"));
      const parameters = new URLSearchParams(signed);
      assert.match(parameters.get("price")!, /^\d{5}\.\d{2}$/);
      ids.add(parameters.get("newClientOrderId")!);
    }
    assert.equal(ids.size, 100);
  });
});

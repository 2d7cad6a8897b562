import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RecoveryListener } from "./recovery-listener.js";

describe("the port while the exchange recovers", () => {
  it("lives, is not ready, and refuses everything else", async () => {
    const listener = new RecoveryListener();
    const url = `http://127.0.0.1:${await listener.listen({ host: "127.0.0.1", port: 0 })}`;
    try {
      const live = await fetch(`${url}/health/live`);
      assert.deepEqual([live.status, await live.json()], [200, { status: "live" }]);
      const before = await fetch(`${url}/health/ready`);
      assert.deepEqual([before.status, await before.json()], [503, { status: "recovering" }]);
      listener.update({ sequence: 5, target: 9, snapshotSequence: 0 });
      const ready = await fetch(`${url}/health/ready?verbose`);
      assert.deepEqual(await ready.json(), { status: "recovering", sequence: 5, target: 9 });
      const order = await fetch(`${url}/api/v3/order`, { method: "POST", body: "symbol=BTCUSDT" });
      assert.deepEqual([order.status, ((await order.json()) as { code: number }).code], [503, -1008]);
      assert.ok(order.headers.get("retry-after"));
    } finally {
      await listener.close();
    }
    await assert.rejects(fetch(`${url}/health/live`));
  });

  it("says at once when the port is taken, and gives its own back", async () => {
    const first = new RecoveryListener();
    const port = await first.listen({ host: "127.0.0.1", port: 0 });
    const second = new RecoveryListener();
    await assert.rejects(second.listen({ host: "127.0.0.1", port }), { code: "EADDRINUSE" });
    await second.close();
    await first.close();
    await second.listen({ host: "127.0.0.1", port });
    await second.close();
  });
});

/** The services of the compose file run as processes of this machine: commands, health checks, start order, scripts. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalCompose } from "./testing/local-compose.js";

/** Long enough for a busy machine. */
const WAIT_MS = 120_000;

let local: LocalCompose;

before(async () => {
  local = new LocalCompose();
  await local.makeSecrets();
});

after(() => local.remove());

interface DemoKey {
  readonly apiKey: string;
  readonly secretKey: string;
}

async function signed(
  method: string,
  path: string,
  parameters: Record<string, string> = {},
): Promise<Response> {
  const file = join(local.volume("exchange"), "demo-keys.json");
  const { alice } = JSON.parse(readFileSync(file, "utf8")) as { readonly alice: DemoKey };
  const query = new URLSearchParams({ recvWindow: "60000", ...parameters, timestamp: String(Date.now()) });
  const signature = createHmac("sha256", alice.secretKey).update(query.toString()).digest("hex");
  return fetch(`http://${local.place("10.89.0.2:8080")}${path}?${query}&signature=${signature}`, {
    method,
    headers: { "x-mbx-apikey": alice.apiKey },
  });
}

const buy = (price: string): Promise<Response> =>
  signed("POST", "/api/v3/order", {
    symbol: "BTCUSDT",
    side: "BUY",
    type: "LIMIT",
    timeInForce: "GTC",
    quantity: "1",
    price,
  });

async function openPrices(): Promise<string[]> {
  const orders = (await (await signed("GET", "/api/v3/openOrders")).json()) as { readonly price: string }[];
  return orders.map(({ price }) => Number(price).toFixed(2));
}

it("starts in its order, takes orders, ends in order, and goes on where it was", async () => {
  await local.up();
  const answer = await buy("20000");
  assert.equal(answer.status, 200, await answer.text());
  for (const [name, code] of await local.down()) {
    // An engine that a busy machine made lose its lease ends, and may just be starting again.
    if (local.log.includes(`${name}: error: `)) continue;
    assert.equal(code, 0, `${name}:\n${local.log}`);
  }
  await local.up();
  assert.deepEqual(await openPrices(), ["20000.00"]);
});

it("goes on over a promoted standby, and the old primary comes back as its standby", async () => {
  await local.kill("shard-0");
  const data = join(local.volume("shard-0-standby"), "server");
  await local.exec("shard-0-standby", ["pg_ctl", "promote", "--pgdata", data]);
  // It refuses to be a second primary.
  await assert.rejects(
    local.exec("shard-0", ["run-shard", "primary", "shard-0:5432", "shard-0-standby:5432"]),
    /was promoted and takes writes/,
  );
  rmSync(local.volume("shard-0"), { recursive: true });
  await local.start("shard-0");
  const endMs = performance.now() + WAIT_MS;
  while ((await buy("20001")).status !== 200) {
    assert.ok(performance.now() < endMs, local.log);
    await sleep(100);
  }
  assert.ok((await openPrices()).includes("20000.00"));
});

/**
 * Stock clients, each through every call that it has: only URLs and keys are theirs to know. What was driven, and with
 * what result, is the table in docs/reference/clients.md; when they differ, this test fails. To write it anew:
 * `node tests/dist/clients/clients.test.js --write && npm run format`.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Exchange, freePort } from "../support/exchange.js";
import { accountScenarios } from "./calls/account-scenarios.js";
import type { Calls, Driver } from "./calls/calls.js";
import { listUserScenarios } from "./calls/list-event-scenarios.js";
import { listScenarios } from "./calls/list-scenarios.js";
import { marketScenarios, sapiScenarios } from "./calls/market-scenarios.js";
import { orderScenarios } from "./calls/order-scenarios.js";
import type { DriverScenario, Scenario } from "./calls/scenario.js";
import { sessionScenarios } from "./calls/session-scenarios.js";
import { streamScenarios, userScenarios } from "./calls/stream-scenarios.js";
import { ClientsTable } from "./calls/table.js";
import { termsScenarios, termsUserScenarios } from "./calls/terms-scenarios.js";
import { World } from "./calls/world.js";
import { binanceApiNodeDriver } from "./drivers/binance-api-node-driver.js";
import { binanceDriver } from "./drivers/binance-driver.js";
import { binanceSpotDriver } from "./drivers/binance-spot-driver.js";
import { ccxtDriver } from "./drivers/ccxt-driver.js";

const PAGE = new URL("../../../docs/reference/clients.md", import.meta.url);

const CLIENTS = ["ccxt", "binance", "binance-api-node", "@binance/spot"] as const;
type Client = (typeof CLIENTS)[number];

/** A scenario of calls, on the part of a driver that makes them. */
const on =
  (part: "rest" | "api") =>
  ({ title, needs, run }: Scenario): DriverScenario => ({
    title,
    has: (driver) => needs.every((call) => driver[part][call] !== undefined),
    run: (driver, world) => run(driver[part] as Calls, world),
  });

const rest = { rest: true };
const api = { rest: false };
const GROUPS: Readonly<Record<string, readonly DriverScenario[]>> = {
  REST: [
    ...marketScenarios(rest),
    ...sapiScenarios,
    ...orderScenarios(rest),
    ...termsScenarios(rest),
    ...listScenarios(rest),
    ...accountScenarios(rest),
  ].map(on("rest")),
  Streams: streamScenarios,
  "WebSocket API": [
    ...marketScenarios(api),
    ...orderScenarios(api),
    ...termsScenarios(api),
    ...listScenarios(api),
    ...accountScenarios(api),
    ...sessionScenarios,
  ].map(on("api")),
  "User events": [...userScenarios, ...termsUserScenarios, ...listUserScenarios],
};

const table = new ClientsTable(
  CLIENTS,
  Object.entries(GROUPS).map(([name, scenarios]) => ({ name, titles: scenarios.map(({ title }) => title) })),
);

function driverOf(client: Client, exchange: Exchange, tlsPort: number): Promise<Driver> {
  switch (client) {
    case "ccxt":
      return ccxtDriver(exchange);
    case "binance":
      return binanceDriver(exchange);
    case "binance-api-node":
      return binanceApiNodeDriver(exchange);
    case "@binance/spot":
      return binanceSpotDriver(exchange, {
        url: `https://127.0.0.1:${tlsPort}`,
        certificateFile: join(exchange.data, "tls", "certificate.pem"),
      });
  }
}

for (const client of CLIENTS) {
  describe(client, () => {
    let exchange: Exchange;
    let driver: Driver;
    let world: World;
    // Each client has an exchange of its own, and with it the rate limits of one address for itself.
    before(async () => {
      const tlsPort = await freePort();
      exchange = await Exchange.start({ args: ["--tls-self-signed", "--tls-port", String(tlsPort)] });
      driver = await driverOf(client, exchange, tlsPort);
      world = await World.prepare(exchange, driver.market);
    });
    after(async () => {
      await driver?.close();
      world?.close();
      await exchange?.remove();
    });

    for (const [group, scenarios] of Object.entries(GROUPS)) {
      for (const { title, has, run } of scenarios) {
        it(`${group}: ${title}`, async (test) => {
          if (!has(driver)) {
            test.skip("the client has no such call");
            return;
          }
          await run(driver, world);
          table.passed(group, title, client);
        });
      }
    }
  });
}

describe("the table of clients and calls", () => {
  it("stands in docs/reference/clients.md as it was driven", async () => {
    const page = await table.page();
    if (process.argv.includes("--write")) writeFileSync(PAGE, page);
    // The formatter aligns the table; what it says is compared.
    const plain = (text: string): string => text.replace(/ +/g, " ").replace(/-{3,}/g, "---");
    const how = "write it anew: node tests/dist/clients/clients.test.js --write && npm run format";
    assert.equal(plain(readFileSync(PAGE, "utf8")), plain(page), how);
  });
});

/** A flood of sign-ins is no flood for orders: hashes are made one at a time, and what is too much is refused. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { it } from "node:test";
import fastify from "fastify";
import { pino } from "pino";
import { TestExchange } from "../../main/testing/test-exchange.js";
import { systemTimers } from "../../platform/timers.js";
import { connectedAddress } from "../session/client-address.js";
import { readMasterKey } from "../session/key-sealing.js";
import { openFilePeopleStore } from "./file-people-store.js";
import { People } from "./people.js";
import { Role } from "./people-store.js";
import { CookieName, connectedSecurely } from "./session-cookie.js";
import { addSignInRoutes } from "./sign-in-routes.js";
import { TestBrowser } from "./testing/test-browser.js";

it("orders are answered while hundreds sign in at once, and those who are too many are told so", async () => {
  const exchange = await TestExchange.start({ limits: "none" });
  const people = new People({
    store: await openFilePeopleStore(join(exchange.dataFolder, "dear")),
    keys: exchange.keyStore,
    master: await readMasterKey(join(exchange.dataFolder, "keys.secret"), { mayMake: false, advice: "" }),
    clock: exchange.clock,
    timers: systemTimers,
    logger: pino({ level: "silent" }),
    // A quarter of what it costs: still far dearer than an order.
    hashCost: { memoryKib: 4_864, passes: 2, lanes: 1 },
  });
  const app = fastify();
  addSignInRoutes(app, {
    people,
    keys: exchange.keyStore,
    clock: exchange.clock,
    logger: pino({ level: "silent" }),
    roles: [Role.TRADER],
    cookieName: CookieName.TRADERS,
    addressOf: connectedAddress,
    isSecure: connectedSecurely,
  });
  await app.ready();
  try {
    const flood = Promise.all(
      Array.from({ length: 300 }, (_, i) =>
        new TestBrowser(app, `10.1.${i >> 8}.${i & 255}`).signIn(`user${i}`, "x"),
      ),
    );
    let areOver = false;
    flood.finally(() => {
      areOver = true;
    });
    let orders = 0;
    while (!areOver) {
      const order = {
        symbol: "BTCUSDT",
        side: "BUY",
        type: "LIMIT",
        timeInForce: "GTC",
        price: "50000",
        quantity: "0.001",
      };
      const { status } = await exchange.signed(exchange.alice, "POST", "/api/v3/order/test", order);
      assert.equal(status, 200);
      orders++;
      // As if it came over a connection: hashes that are ready are looked at in between.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const answers = await flood;
    const count = (code: string): number => answers.filter((answer) => answer.code === code).length;
    // One is looked at, and 64 wait for it; the others come too early.
    assert.equal(count("BUSY"), 235);
    assert.equal(count("WRONG_CREDENTIALS"), 65);
    for (const { code, headers } of answers) if (code === "BUSY") assert.equal(headers["retry-after"], "5");
    // Each hash takes a core for tens of milliseconds: orders go on between them.
    assert.ok(orders >= 65, `${orders} orders were answered meanwhile`);
  } finally {
    await app.close();
    await people.close();
    await exchange.close();
  }
});

/** The terminal under load: it draws at most once a frame, however many messages come, and ends up right. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { Exchange } from "../support/exchange.js";
import { SignedClient } from "../support/signed-client.js";
import { becomesTrue, DESK, launch, NO_BROWSER, openTerminal, untilLive } from "./browser-page.js";

const TRADES = 1_500;

/** Counts frames, and how often the book or the tape was drawn; also the longest task of the page. */
const COUNT = `
  globalThis.counts = { frames: 0, drawings: 0, longestMs: 0 };
  const next = () => { counts.frames++; requestAnimationFrame(next); };
  requestAnimationFrame(next);
  const observer = new MutationObserver(() => counts.drawings++);
  for (const name of [".ladder", ".tape"]) {
    observer.observe(document.querySelector(name), { subtree: true, childList: true, characterData: true, attributes: true });
  }
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) counts.longestMs = Math.max(counts.longestMs, duration);
  }).observe({ type: "longtask" });
`;

describe("the terminal under load", { skip: NO_BROWSER }, () => {
  let exchange: Exchange;
  let browser: Browser;
  before(async () => {
    exchange = await Exchange.start();
    await exchange.takeUnlimitedKeys();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await exchange?.remove();
  });

  it("draws the book and the tape at most once a frame", async () => {
    const alice = new SignedClient(exchange.url, exchange.keys.alice, 16);
    const bob = new SignedClient(exchange.url, exchange.keys.bob);
    const order = { symbol: "BTCUSDT", type: "LIMIT", timeInForce: "GTC", price: "60010" };
    const resting = await bob.signed("POST", "/api/v3/order", { ...order, side: "SELL", quantity: "1" });
    assert.equal(resting.status, 200, JSON.stringify(resting.body));
    const { page, complaints } = await openTerminal(browser, exchange.url, { ...DESK, colorScheme: "dark" });
    await untilLive(page);
    await page.locator('.side[data-side="ASK"] button').waitFor();
    await page.evaluate(COUNT);
    const startMs = performance.now();
    let left = TRADES;
    const buy = { ...order, side: "BUY", quantity: "0.0001", newOrderRespType: "ACK" };
    const buyer = async (): Promise<void> => {
      while (left-- > 0) {
        // Without an id of its own, one that is signed in the same millisecond would be a repeat.
        const named = { ...buy, newClientOrderId: `load-${left}` };
        const { status, body } = await alice.signed("POST", "/api/v3/order", named);
        assert.equal(status, 200, JSON.stringify(body));
      }
    };
    await Promise.all(Array.from({ length: 16 }, buyer));
    const seconds = (performance.now() - startMs) / 1000;
    const quantity = (1 - TRADES / 10_000).toFixed(4);
    await becomesTrue(async () => {
      const row = page.locator('.side[data-side="ASK"] button');
      assert.equal(await row.locator("span").nth(1).textContent(), quantity);
      assert.equal(await page.locator(".tape tbody tr").count(), 60);
    });
    const { frames, drawings, longestMs } = (await page.evaluate("counts")) as {
      frames: number;
      drawings: number;
      longestMs: number;
    };
    console.log(
      `${TRADES} trades in ${seconds.toFixed(1)} s: ${frames} frames, ${drawings} drawings, ` +
        `longest task ${longestMs.toFixed(0)} ms (0: none above 50)`,
    );
    assert.ok(drawings > 0 && drawings <= frames, `${drawings} drawings in ${frames} frames`);
    assert.deepEqual(complaints, []);
    alice.close();
    bob.close();
    await page.close();
  });
});

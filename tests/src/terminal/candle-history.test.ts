/**
 * Candles are fetched as the reader scrolls back to them. A market of many hours can't be had in a test: its candles
 * are told by the test, in the exchange's place; everything else is the real exchange.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { Exchange } from "../support/exchange.js";
import { becomesTrue, DESK, launch, NO_BROWSER, openTerminal, untilLive } from "./browser-page.js";

const MINUTE_MS = 60_000;
/** Candles that the market has. */
const CANDLES = 1_234;

/** Answers candles of a minute, the newest up to `endTime`; remembers what was asked for. */
async function tellCandles(page: Page, asked: URLSearchParams[]): Promise<void> {
  const lastMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const firstMs = lastMs - (CANDLES - 1) * MINUTE_MS;
  await page.route("**/api/v3/klines?*", async (route) => {
    const query = new URL(route.request().url()).searchParams;
    asked.push(query);
    const endMs = Math.min(lastMs, Number(query.get("endTime") ?? lastMs));
    const rows: unknown[] = [];
    for (let openMs = Math.floor(endMs / MINUTE_MS) * MINUTE_MS; openMs >= firstMs; openMs -= MINUTE_MS) {
      if (rows.length === Number(query.get("limit"))) break;
      const price = (60_000 + ((openMs / MINUTE_MS) % 50)).toFixed(2);
      const closeMs = openMs + MINUTE_MS - 1;
      rows.unshift([
        openMs,
        price,
        price,
        price,
        price,
        "1.0000",
        closeMs,
        price,
        1,
        "0.5000",
        "30000.00",
        "0",
      ]);
    }
    await route.fulfill({ json: rows });
  });
}

describe("the terminal's candles", { skip: NO_BROWSER }, () => {
  let exchange: Exchange;
  let browser: Browser;
  before(async () => {
    exchange = await Exchange.start();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await exchange?.remove();
  });

  it("go back to the market's first one as they are scrolled to, each fetched once", async () => {
    const asked: URLSearchParams[] = [];
    const { page, complaints } = await openTerminal(
      browser,
      exchange.url,
      { ...DESK, colorScheme: "dark" },
      (page) => tellCandles(page, asked),
    );
    await untilLive(page);
    await becomesTrue(async () => assert.equal(asked.length, 1));
    const { x, y, width, height } = (await page.locator(".canvas").boundingBox())!;
    await page.mouse.move(x + width / 2, y + height / 2);
    await becomesTrue(async () => {
      await page.mouse.wheel(-2_000, 0);
      assert.equal(asked.length, 3);
    });
    // At the start there is nothing more to ask for.
    for (let i = 0; i < 20; i++) await page.mouse.wheel(-2_000, 0);
    await page.getByRole("button", { name: "Depth", exact: true }).click();
    await page.getByRole("button", { name: "1m", exact: true }).click();
    await becomesTrue(async () => assert.equal(asked.length, 4, "read anew, and nothing before that"));
    const [, second, third] = asked.map((query) => query.get("endTime"));
    assert.equal(Number(second) - Number(third), 500 * MINUTE_MS);
    assert.equal((Number(second) + 1) % MINUTE_MS, 0, "up to the candle before the first known one");
    assert.deepEqual(complaints, []);
    await page.close();
  });
});

/** The measurement of frames under load runs, and tells what it is asked for; how fast it is here is not judged. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser } from "playwright-core";
import { Exchange } from "../support/exchange.js";
import { DESK, launch, NO_BROWSER, openTerminal, untilLive } from "./browser-page.js";
import { FrameMeter } from "./frame-meter.js";
import { heardRates, MarketLoad } from "./market-load.js";

describe("the measurement of frames", { skip: NO_BROWSER }, () => {
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

  it("drives a market with real orders, and counts frames, tasks and memory of the page that shows it", async () => {
    const load = await MarketLoad.start(exchange, { bookUpdates: 200, trades: 50 });
    const { page, complaints } = await openTerminal(browser, exchange.url, { ...DESK, colorScheme: "dark" });
    await untilLive(page);
    const meter = await FrameMeter.start(browser, page);
    const heard = await heardRates(exchange.url, 1_000);
    const tasks = await meter.trace(1_000);
    const memory = await meter.memory();
    const frames = await meter.frames();
    const counts = await load.stop();
    assert.ok(counts.bookUpdatesPerS > 0 && counts.tradesPerS > 0, JSON.stringify(counts));
    assert.ok(heard.depthLevelsPerS > 0 && heard.tradesPerS > 0, JSON.stringify(heard));
    assert.ok(frames.frames > 0 && frames.gapMsP99 >= frames.gapMsP50, JSON.stringify(frames));
    assert.ok(frames.gapMsMax >= frames.gapMsP99, JSON.stringify(frames));
    assert.ok(
      tasks.tasks > 0 && tasks.taskMsMax >= tasks.taskMsP99 && tasks.busyCpu > 0,
      JSON.stringify(tasks),
    );
    assert.ok(memory.heapMB > 0 && memory.nodes > 0, JSON.stringify(memory));
    assert.deepEqual(complaints, []);
    await page.close();
  });
});

/** `npm run demo`, as a person types it: a living market with a past, in a browser. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { after, it } from "node:test";
import { compareDecimals, RestClient } from "@buttonwood/client";
import { eventually, pause } from "../support/eventually.js";
import { ROOT, temporaryFolder } from "../support/exchange.js";
import { DESK, launch, NO_BROWSER, openTerminal, untilLive } from "../terminal/browser-page.js";

/** Promised are 30 s on a warm machine; here other tests may have it. */
const START_MS_MAX = 240_000;
const HOUR_MS = 3_600_000;

interface Started {
  readonly url: string;
  readonly symbols: readonly string[];
  readonly isFirstStart: boolean;
  readonly sequence: number;
}

const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const { pid } of running) process.kill(-pid!, "SIGKILL");
});

/** Starts it in a process group of its own, and resolves to what it prints when it is open. */
async function demo(data: string): Promise<{ started: Started; seconds: number; stop: () => Promise<void> }> {
  const startedMs = performance.now();
  const command = ["run", "--silent", "demo", "--", "--port", "0", "--data", data, "--json"];
  const child = spawn("npm", command, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], detached: true });
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.on("close", () => {
      running.delete(child);
      resolve();
    });
  });
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const line = await new Promise<string>((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error(`it did not open in time:\n${log}`)), START_MS_MAX);
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (!text.includes("\n")) return;
      clearTimeout(timer);
      resolve(text);
    });
    void ended.then(() => reject(new Error(`it ended:\n${log}`)));
  });
  const stop = async (): Promise<void> => {
    if (running.has(child)) process.kill(-child.pid!, "SIGINT");
    await ended;
  };
  return { started: JSON.parse(line), seconds: (performance.now() - startedMs) / 1000, stop };
}

const ends: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const end of ends.reverse()) await end();
});

it("opens on a market with a past that trades, and goes on where it was", {
  skip: NO_BROWSER,
}, async (context) => {
  const data = await temporaryFolder();
  ends.push(() => rm(data, { recursive: true, force: true }));
  const first = await demo(data);
  ends.push(first.stop);
  const { url, symbols } = first.started;
  context.diagnostic(`open after ${first.seconds.toFixed(1)} s`);
  assert.deepEqual([first.started.isFirstStart, symbols.length], [true, 5]);
  const api = new RestClient({ url });
  const lastIds = new Map<string, number>();
  for (const symbol of symbols) {
    const candles = await api.klines({ symbol, interval: "1m", limit: 1000 });
    assert.equal(candles.length, 1000, symbol);
    const traded = candles.filter(({ volume }) => compareDecimals(volume, "0") > 0).length;
    // On a machine that others have, its history is made in coarser steps.
    assert.ok(traded > 30, `${symbol}: ${traded} of 1,000 minutes have trades`);
    const [oldest] = await api.klines({ symbol, interval: "1h", startTime: 0, limit: 1 });
    assert.ok(Date.now() - oldest!.openTime > 22 * HOUR_MS, `${symbol} begins at ${oldest!.openTime}`);
    const { bids, asks } = await api.depth({ symbol });
    assert.ok(bids.length >= 8 && asks.length >= 8, `${symbol}: ${bids.length} bids, ${asks.length} asks`);
    const before = (await api.trades({ symbol, limit: 1 }))[0]!.id;
    await eventually(`a trade of ${symbol}`, async () => {
      // As rarely as the limits ask of everybody.
      await pause(500);
      const [last] = await api.trades({ symbol, limit: 1 });
      return last!.id > before || undefined;
    });
    lastIds.set(symbol, before);
  }

  const browser = await launch();
  ends.push(() => browser.close());
  const { page, complaints } = await openTerminal(browser, url, { ...DESK, colorScheme: "dark" });
  await untilLive(page);
  const trades = page.getByRole("region", { name: "Recent trades" });
  const shown = new Set<string>();
  await eventually("trades that come", async () => {
    shown.add((await trades.locator("tbody tr").first().textContent()) ?? "");
    return shown.size > 3 || undefined;
  });
  assert.deepEqual(complaints, []);
  await page.close();
  await first.stop();

  const second = await demo(data);
  ends.push(second.stop);
  context.diagnostic(`open again after ${second.seconds.toFixed(1)} s`);
  assert.equal(second.started.isFirstStart, false);
  assert.ok(second.started.sequence > 10_000, String(second.started.sequence));
  const again = new RestClient({ url: second.started.url });
  for (const [symbol, lastId] of lastIds) {
    const [last] = await again.trades({ symbol, limit: 1 });
    assert.ok(last!.id - lastId < 2_000, `${symbol} has made its history again`);
    assert.ok(Date.now() - last!.time < HOUR_MS);
  }
});

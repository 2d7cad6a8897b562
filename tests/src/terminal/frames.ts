/**
 * Measures the terminal under load, in the installed Chromium: `node tests/dist/terminal/frames.js [--minutes 10]`.
 * An exchange of its own, 1,000 book updates and 200 trades a second of real orders; frames and tasks from the
 * browser's observers and its tracing, 10 s of every minute. Ends with 1 when a bound is missed. Run it on a machine
 * that does nothing else: the exchange, the load and the browser share it, and without a graphics card the browser
 * draws in software.
 */
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import type { Browser } from "playwright-core";
import { pause } from "../support/eventually.js";
import { Exchange } from "../support/exchange.js";
import { DESK, enterKey, launch, openTerminal, untilLive } from "./browser-page.js";
import { FrameMeter, type MemoryFigures, type TaskFigures } from "./frame-meter.js";
import { heardRates, MarketLoad } from "./market-load.js";

const VIEW = { ...DESK, colorScheme: "dark" } as const;
const TRACE_MS = 10_000;
const MINUTE_MS = 60_000;

/** What the page must hold. */
const BOUNDS = {
  framesPerS: 59,
  taskMsP99: 50,
  /** From the second minute to the last. */
  heapGrowthMB: 3,
  firstPaintMs: 1_500,
  scriptBytes: 250_000,
};

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "10" }, json: { type: "boolean", default: false } },
});
const minutes = Number(values.minutes);
if (!(minutes > 0)) throw new RangeError("--minutes is a number above zero");

/** How soon something is seen, and how much is loaded for it, by a browser that has nothing yet. */
async function firstLoad(browser: Browser, url: string) {
  const { page } = await openTerminal(browser, url, VIEW);
  await untilLive(page);
  await page.locator(".canvas canvas").first().waitFor();
  const figures = (await page.evaluate(`({
    firstPaintMs: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    scriptBytes: performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".js"))
      .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  })`)) as { readonly firstPaintMs: number; readonly scriptBytes: number };
  await page.close();
  return figures;
}

const exchange = await Exchange.start();
const browser = await launch();
try {
  await exchange.takeUnlimitedKeys();
  const first = await firstLoad(browser, exchange.url);
  const load = await MarketLoad.start(exchange, { bookUpdates: 1_000, trades: 200 });
  const heard = await heardRates(exchange.url, 5_000);
  const { page, complaints } = await openTerminal(browser, exchange.url, VIEW);
  await untilLive(page);
  await enterKey(page, exchange.keys.alice);
  await pause(2_000);
  const meter = await FrameMeter.start(browser, page);
  const startMs = performance.now();
  const tasks: TaskFigures[] = [];
  const memory: MemoryFigures[] = [];
  for (let minute = 1; performance.now() - startMs < minutes * MINUTE_MS; minute++) {
    tasks.push(await meter.trace(Math.min(TRACE_MS, (minutes * MINUTE_MS) / 2)));
    memory.push(await meter.memory());
    const endMs = startMs + Math.min(minute, minutes) * MINUTE_MS;
    await pause(Math.max(0, endMs - performance.now()));
    if (!values.json)
      console.log(`minute ${minute}: ${JSON.stringify({ ...tasks.at(-1), ...memory.at(-1) })}`);
  }
  memory.push(await meter.memory());
  const frames = await meter.frames();
  const counts = await load.stop();
  const most = (of: (figures: TaskFigures) => number): number => Math.max(...tasks.map(of));
  const taskMsP99 = most((each) => each.taskMsP99);
  const taskMsMax = most((each) => each.taskMsMax);
  // In the first minute lists fill up to their bounds.
  const heapGrowthMB = memory.at(-1)!.heapMB - memory[Math.min(1, memory.length - 1)]!.heapMB;
  const held = {
    framesPerS: frames.framesPerS >= BOUNDS.framesPerS,
    taskMsP99: taskMsP99 < BOUNDS.taskMsP99,
    heapGrowthMB: heapGrowthMB <= BOUNDS.heapGrowthMB,
    firstPaintMs: first.firstPaintMs <= BOUNDS.firstPaintMs,
    scriptBytes: first.scriptBytes <= BOUNDS.scriptBytes,
    complaints: complaints.length === 0,
  };
  const report = {
    machine: `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, ${browser.version()}`,
    minutes,
    load: counts,
    heard,
    ...first,
    ...frames,
    taskMsP99,
    taskMsMax,
    taskCpuMsP99: most((each) => each.taskCpuMsP99),
    taskCpuMsMax: most((each) => each.taskCpuMsMax),
    busyCpu: most((each) => each.busyCpu),
    heapMB: memory.map(({ heapMB }) => Number(heapMB.toFixed(1))),
    nodes: memory.map(({ nodes }) => nodes),
    heapGrowthMB,
    held,
    complaints,
  };
  console.log(JSON.stringify(report, undefined, 2));
  if (Object.values(held).includes(false)) process.exitCode = 1;
} finally {
  await browser.close();
  await exchange.remove();
}

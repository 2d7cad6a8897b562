/** How a page draws: frames and long tasks from the browser's own tracing and observers, and what it keeps. */
import type { Browser, CDPSession, Page } from "playwright-core";

/** Counts the times between frames by whole ms, and the tasks of 50 ms and more, as the browser tells of them. */
const OBSERVE = `
  globalThis.meter = { gaps: new Array(1001).fill(0), longTasks: 0, longTasksMs: 0 };
  let before;
  const next = (now) => {
    if (before !== undefined) meter.gaps[Math.min(1000, Math.round(now - before))]++;
    before = now;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      meter.longTasks++;
      meter.longTasksMs = Math.max(meter.longTasksMs, duration);
    }
  }).observe({ type: "longtask" });
`;

/** Of the tasks of the renderer's main thread. */
const CATEGORIES = ["disabled-by-default-devtools.timeline"];
const TASK = "RunTask";
const RENDERER_THREAD = "CrRendererMain";

export interface FrameFigures {
  readonly frames: number;
  readonly framesPerS: number;
  /** Time between two frames. */
  readonly gapMsP50: number;
  readonly gapMsP99: number;
  readonly gapMsMax: number;
  /** Tasks of 50 ms and more, of the whole time. */
  readonly longTasks: number;
  readonly longTaskMsMax: number;
}

export interface TaskFigures {
  readonly tasks: number;
  readonly taskMsP50: number;
  readonly taskMsP99: number;
  readonly taskMsMax: number;
  /** Of the processor, in the same tasks: on a machine that does other things too, a task also waits. */
  readonly taskCpuMsP99: number;
  readonly taskCpuMsMax: number;
  /** Share of the time in which the main thread had the processor, 0 to 1. */
  readonly busyCpu: number;
}

export interface MemoryFigures {
  /** After a collection. */
  readonly heapMB: number;
  readonly nodes: number;
  readonly listeners: number;
}

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** µs. */
  readonly dur?: number;
  /** µs of the processor. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

export class FrameMeter {
  readonly #browser: Browser;
  readonly #page: Page;
  readonly #session: CDPSession;
  readonly #startMs: number;

  private constructor(browser: Browser, page: Page, session: CDPSession) {
    this.#browser = browser;
    this.#page = page;
    this.#session = session;
    this.#startMs = performance.now();
  }

  /** Begins to count on a page. */
  static async start(browser: Browser, page: Page): Promise<FrameMeter> {
    const session = await page.context().newCDPSession(page);
    await session.send("Performance.enable");
    await page.evaluate(OBSERVE);
    return new FrameMeter(browser, page, session);
  }

  /** Of all time since the start. */
  async frames(): Promise<FrameFigures> {
    const { gaps, longTasks, longTasksMs } = (await this.#page.evaluate("meter")) as {
      readonly gaps: readonly number[];
      readonly longTasks: number;
      readonly longTasksMs: number;
    };
    const frames = gaps.reduce((sum, count) => sum + count, 0);
    const percentile = (share: number): number => {
      let left = share * frames;
      return gaps.findIndex((count) => {
        left -= count;
        return left <= 0;
      });
    };
    return {
      frames,
      framesPerS: frames / ((performance.now() - this.#startMs) / 1000),
      gapMsP50: percentile(0.5),
      gapMsP99: percentile(0.99),
      gapMsMax: gaps.findLastIndex((count) => count > 0),
      longTasks,
      longTaskMsMax: longTasksMs,
    };
  }

  /** What the main thread did in a time that begins now. */
  async trace(ms: number): Promise<TaskFigures> {
    await this.#browser.startTracing(this.#page, { categories: CATEGORIES });
    await new Promise((resolve) => setTimeout(resolve, ms));
    const text = (await this.#browser.stopTracing()).toString();
    const { traceEvents } = JSON.parse(text) as { readonly traceEvents: readonly TraceEvent[] };
    return taskFigures(traceEvents, ms);
  }

  async memory(): Promise<MemoryFigures> {
    await this.#session.send("HeapProfiler.collectGarbage");
    const { metrics } = await this.#session.send("Performance.getMetrics");
    const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? 0;
    return {
      heapMB: of("JSHeapUsedSize") / 1e6,
      nodes: of("Nodes"),
      listeners: of("JSEventListeners"),
    };
  }
}

/** Of the busiest renderer: a browser keeps a spare one, which does nothing. */
function taskFigures(events: readonly TraceEvent[], ms: number): TaskFigures {
  const mains = new Set(
    events
      .filter(({ name, args }) => name === "thread_name" && args?.name === RENDERER_THREAD)
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  const byThread = new Map<string, TraceEvent[]>();
  for (const event of events) {
    const thread = `${event.pid} ${event.tid}`;
    if (event.ph !== "X" || event.name !== TASK || !mains.has(thread)) continue;
    const tasks = byThread.get(thread) ?? [];
    byThread.set(thread, tasks);
    tasks.push(event);
  }
  const sum = (all: readonly number[]): number => all.reduce((a, b) => a + b, 0);
  const cpuMs = (tasks: readonly TraceEvent[]): number[] => tasks.map(({ tdur = 0 }) => tdur / 1000);
  const [tasks = []] = [...byThread.values()].sort((a, b) => sum(cpuMs(b)) - sum(cpuMs(a)));
  const at = (all: readonly number[], share: number): number =>
    all.toSorted((a, b) => a - b)[Math.ceil(share * all.length) - 1] ?? 0;
  const durations = tasks.map(({ dur = 0 }) => dur / 1000);
  return {
    tasks: tasks.length,
    taskMsP50: at(durations, 0.5),
    taskMsP99: at(durations, 0.99),
    taskMsMax: at(durations, 1),
    taskCpuMsP99: at(cpuMs(tasks), 0.99),
    taskCpuMsMax: at(cpuMs(tasks), 1),
    busyCpu: sum(cpuMs(tasks)) / ms,
  };
}

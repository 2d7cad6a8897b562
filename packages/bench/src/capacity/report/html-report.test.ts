/** The page as text, and as the installed Chromium shows it. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import type { CapacityResult } from "../capacity-result.js";
import { htmlReport } from "./html-report.js";
import type { ReportSection } from "./report-table.js";
import { capacityFixture, curvesFixture } from "./testing/capacity-fixture.js";

const CHROMIUM = "/usr/bin/chromium";
/** Tests run beside others that take the whole machine. */
const PATIENCE_MS = 120_000;
const HOSTILE = "<img src=x onerror=window.hacked=1></script><script>window.hacked=1</script>";

const ANALYSIS: readonly ReportSection[] = [
  {
    title: "Contention, not crosstalk, ends the growth",
    paragraphs: ["First.", "Second."],
    rows: {
      columns: [{ title: "configuration" }, { title: "σ", align: "right" }],
      rows: [["2 × 4", "0.0092"]],
    },
  },
];

/** The fixture with a hostile text wherever a result holds one. */
function hostileResult(): CapacityResult {
  const result = capacityFixture();
  return {
    ...result,
    machine: HOSTILE,
    startedAt: HOSTILE,
    layouts: result.layouts.map((layout, i) => ({
      ...layout,
      name: `${HOSTILE} ${i}`,
      points: layout.points.map((point) => ({
        ...point,
        tiers: point.tiers.map((usage) => ({ ...usage, tier: `${usage.tier} ${HOSTILE}` })),
      })),
    })),
    failovers: result.failovers.map((failover) => ({ ...failover, layoutName: HOSTILE, killed: HOSTILE })),
  };
}

describe("page as text", () => {
  it("holds machine, date, headings, analysis and figures without running it", () => {
    const html = htmlReport(capacityFixture(), ANALYSIS, curvesFixture());
    for (const text of [
      '<html lang="en">',
      "16 × AMD EPYC 9454P, 64 GiB, Node v22.11.0",
      "14 March 2026, 09:26 UTC",
      "“4 × 4, 3 partitions” takes the most orders: 41,250 a second",
      "Contention, not crosstalk, ends the growth",
      "<p>Second.</p>",
      '<td class="figure">0.0092</td>',
      '<th scope="row">1 × 4</th>',
      "backend killed",
      "Permission is hereby granted",
    ]) {
      assert.ok(html.includes(text), `the page lacks ${text}`);
    }
  });

  it("embeds the run as it was", () => {
    const result = hostileResult();
    const html = htmlReport(result, []);
    const json = /<script type="application\/json" id="capacity-data">(.*?)<\/script>/s.exec(html)?.[1] ?? "";
    assert.deepEqual((JSON.parse(json) as { result: unknown }).result, result);
  });

  it("is a page without any load, too", () => {
    const empty = { ...capacityFixture(), layouts: [], failovers: [] };
    assert.match(htmlReport(empty, []), /No load was measured/);
  });
});

interface Drawn {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  /** Pixels of each colour that was asked for. */
  readonly counts: Readonly<Record<string, number>>;
}

/** In the page: counts pixels of the style sheet's colours on each plot's canvas. */
const COUNT_PIXELS = `(() => {
  const style = getComputedStyle(document.documentElement);
  const names = ["blue", "vermillion", "green", "purple", "orange", "sky", "yellow", "grey", "text"];
  const keys = new Map(names.map((name) => [parseInt(style.getPropertyValue("--" + name).trim().slice(1), 16), name]));
  return [...document.querySelectorAll(".plot")].map(({ id, firstElementChild }) => {
    const canvas = firstElementChild?.querySelector("canvas");
    const { width, height } = canvas ?? { width: 0, height: 0 };
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const counts = Object.fromEntries(names.map((name) => [name, 0]));
    for (let i = 0; i < data.length; i += 4) {
      const name = data[i + 3] === 255 ? keys.get((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]) : undefined;
      if (name !== undefined) counts[name]++;
    }
    return { id, width, height, counts };
  });
})()`;

/** Colours of which each plot shows at least so many pixels. */
const SHOWN: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "plot-throughput": { blue: 3_000, grey: 300 },
  "plot-latency": { blue: 100, vermillion: 100, purple: 100, sky: 50, grey: 50 },
  "plot-cpu": {
    sky: 300,
    blue: 3_000,
    vermillion: 1_000,
    green: 500,
    purple: 500,
    orange: 1_000,
    yellow: 300,
  },
  "plot-connections": { blue: 100, vermillion: 100, green: 100, purple: 100, orange: 100 },
  "plot-failover-1": { blue: 300, vermillion: 100, text: 50 },
};

/** Contrast of two colours as WCAG 2 defines it. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string): number => {
    const linear = [1, 3, 5].map((at) => {
      const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!;
  };
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

const skip = existsSync(CHROMIUM) ? false : `${CHROMIUM} is not installed: apt-get install chromium`;

describe("page in a browser", { skip }, () => {
  let browser: Browser;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "capacity-report-"));
    // Chromium refuses its sandbox to root.
    const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    browser = await chromium.launch({ executablePath: CHROMIUM, args, timeout: PATIENCE_MS });
  });

  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Opens a report from a file; `problems` collects whatever a quiet page does not do. */
  async function open(
    html: string,
    scheme: "light" | "dark",
    width = 1_400,
  ): Promise<{ page: Page; problems: string[] }> {
    const file = join(folder, "report.html");
    await writeFile(file, html);
    const page = await browser.newPage({ colorScheme: scheme, viewport: { width, height: 900 } });
    page.setDefaultTimeout(PATIENCE_MS);
    const problems: string[] = [];
    const url = pathToFileURL(file).href;
    page.on("console", (message) => problems.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
    page.on("request", (request) => {
      if (request.url() !== url) problems.push(`request: ${request.url()}`);
    });
    await page.goto(url, { waitUntil: "load" });
    await settle(page);
    return { page, problems };
  }

  /** uPlot draws in a microtask, after the frame that a change of size or scheme is told in. */
  async function settle(page: Page): Promise<void> {
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  }

  async function assertDrawn(page: Page): Promise<void> {
    const plots = (await page.evaluate(COUNT_PIXELS)) as readonly Drawn[];
    assert.deepEqual(
      plots.map(({ id }) => id),
      Object.keys(SHOWN),
    );
    for (const { id, width, height, counts } of plots) {
      assert.ok(width > 200 && height > 100, `${id} is ${width} × ${height}`);
      for (const [name, least] of Object.entries(SHOWN[id]!)) {
        assert.ok(counts[name]! >= least, `${id} shows ${counts[name]} pixels of ${name}, not ${least}`);
      }
    }
  }

  for (const scheme of ["light", "dark"] as const) {
    it(`draws every plot on a ${scheme} page, quietly and from nothing but itself`, async () => {
      const { page, problems } = await open(htmlReport(capacityFixture(), ANALYSIS, curvesFixture()), scheme);
      await assertDrawn(page);
      assert.deepEqual(problems, []);
      await page.close();
    });

    it(`has text of enough contrast on a ${scheme} page`, async () => {
      const { page } = await open(htmlReport(capacityFixture(), []), scheme);
      const colorOf = async (name: string): Promise<string> =>
        (await page.evaluate(
          `getComputedStyle(document.documentElement).getPropertyValue("--${name}").trim()`,
        )) as string;
      const backs = await Promise.all(["back", "band"].map(colorOf));
      for (const name of ["text", "muted"]) {
        for (const back of backs) {
          assert.ok(contrast(await colorOf(name), back) >= 4.5, `${name} on ${back}`);
        }
      }
      // Outlines carry what a bright fill alone would not.
      assert.ok(contrast(await colorOf("edge"), backs[0]!) >= 3);
      await page.close();
    });
  }

  it("draws again when the scheme changes, and on white paper", async () => {
    const { page, problems } = await open(htmlReport(capacityFixture(), [], curvesFixture()), "light");
    await page.emulateMedia({ colorScheme: "dark" });
    await settle(page);
    await assertDrawn(page);
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    await settle(page);
    await assertDrawn(page);
    const back = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    assert.equal(back, "rgb(255, 255, 255)");
    await page.evaluate('dispatchEvent(new Event("afterprint"))');
    await settle(page);
    await assertDrawn(page);
    assert.deepEqual(problems, []);
    await page.close();
  });

  it("fits a narrow screen, drawn anew when it is turned", async () => {
    const { page, problems } = await open(htmlReport(capacityFixture(), ANALYSIS), "light", 390);
    assert.ok(((await page.evaluate("document.documentElement.scrollWidth")) as number) <= 390);
    const widthOf = (): Promise<number> =>
      page.evaluate('document.querySelector("#plot-cpu canvas").clientWidth') as Promise<number>;
    const narrow = await widthOf();
    await page.setViewportSize({ width: 844, height: 390 });
    await settle(page);
    assert.ok((await widthOf()) > narrow);
    assert.deepEqual(problems, []);
    await page.close();
  });

  it("leaves plots their width, and rows the height of their names, when names are long", async () => {
    const made = capacityFixture();
    const name = (i: number): string => `${i + 1} × 4, 3 partitions on 3 shards, 6 Redis nodes, standbys`;
    const layouts = made.layouts.map((layout, i) => ({ ...layout, name: name(i) }));
    const { page } = await open(htmlReport({ ...made, layouts, failovers: [] }, []), "light", 1_100);
    const sizeOf = (id: string): Promise<{ width: number; height: number }> =>
      page.evaluate(
        `(({ clientWidth: width, clientHeight: height }) => ({ width, height }))(document.querySelector("#${id} canvas"))`,
      ) as Promise<{ width: number; height: number }>;
    for (const id of ["plot-throughput", "plot-latency"]) assert.ok((await sizeOf(id)).width > 700, id);
    await page.setViewportSize({ width: 390, height: 844 });
    await settle(page);
    // Names wrap into four lines of text of 12 px.
    const least = layouts.length * 4 * 12;
    for (const id of ["plot-throughput", "plot-latency"])
      assert.ok((await sizeOf(id)).height > least + 50, id);
    await page.close();
  });

  it("runs no markup of a name, and would run none that had got in", async () => {
    const section = {
      title: HOSTILE,
      paragraphs: [HOSTILE],
      rows: { columns: [{ title: HOSTILE }], rows: [[HOSTILE]] },
    };
    const curves = [{ layoutName: `${HOSTILE} 0`, points: [[1, 100] as const, [256, 9_000] as const] }];
    const { page, problems } = await open(htmlReport(hostileResult(), [section], curves), "light");
    const hacked = (): Promise<unknown> => page.evaluate("window.hacked");
    assert.equal(await hacked(), undefined);
    assert.equal(await page.evaluate('document.querySelectorAll("img").length'), 0);
    assert.equal(await page.evaluate('document.querySelectorAll("script").length'), 3);
    assert.equal(await page.evaluate('document.querySelectorAll("canvas").length'), 5);
    assert.deepEqual(problems, []);
    await page.evaluate(
      'document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=window.hacked=1>")',
    );
    await page.evaluate(
      'document.body.append(Object.assign(document.createElement("script"), { textContent: "window.hacked = 1" }))',
    );
    await settle(page);
    assert.equal(await hacked(), undefined);
    await page.close();
  });
});

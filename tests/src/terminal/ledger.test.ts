/** The ledger's table in a browser, alone on a page: what it shows, its pages, and axe's rules. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { RestClient } from "@buttonwood/client";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { bundle } from "../sdk/bundle.js";
import { PageServer } from "../sdk/page-server.js";
import { Exchange, ROOT } from "../support/exchange.js";
import { launch, NO_BROWSER, PATIENCE_MS } from "./browser-page.js";

const WEB = join(ROOT, "packages", "web");
/** A package as the pages have it, for an import. */
const ofWeb = (name: string): string =>
  JSON.stringify(createRequire(join(WEB, "package.json")).resolve(name));
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const STYLES = ["theme", "terminal", "panels"].map((name) =>
  readFileSync(join(WEB, "src", `${name}.css`), "utf8"),
);
const SYMBOL = "BTCUSDT";
const TRADES = 40;

describe("the ledger's table", { skip: NO_BROWSER }, () => {
  let exchange: Exchange;
  let server: PageServer;
  let browser: Browser;
  let alice: RestClient;

  before(async () => {
    exchange = await Exchange.start();
    alice = new RestClient({ url: exchange.url, credentials: exchange.keys.alice });
    const bob = new RestClient({ url: exchange.url, credentials: exchange.keys.bob });
    const order = { symbol: SYMBOL, type: "LIMIT", timeInForce: "GTC", price: "60000.00" } as const;
    await bob.placeOrder({ ...order, side: "SELL", quantity: "1" });
    for (let i = 0; i < TRADES; i++) await alice.placeOrder({ ...order, side: "BUY", quantity: "0.0100" });
    const { code } = await bundle(`
      import { RestClient } from "@buttonwood/client";
      import { createElement } from ${ofWeb("react")};
      import { createRoot } from ${ofWeb("react-dom/client")};
      import { Ledger } from ${JSON.stringify(join(WEB, "dist", "account-page", "ledger.js"))};
      document.title = "Ledger";
      document.documentElement.lang = "en";
      const main = document.body.appendChild(document.createElement("main"));
      main.appendChild(document.createElement("h1")).textContent = "Account";
      const client = new RestClient({
        url: location.origin,
        credentials: ${JSON.stringify(exchange.keys.alice)},
      });
      const assets = ["BTC", "USDT"];
      createRoot(main.appendChild(document.createElement("div"))).render(
        createElement(Ledger, { client, assets }),
      );`);
    server = await PageServer.start(code, Number(new URL(exchange.url).port));
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
    await exchange?.remove();
  });

  async function open(): Promise<Page> {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    // What a bundler for production would have put in.
    await page.addInitScript("globalThis.process = { env: { NODE_ENV: 'production' } }");
    await page.goto(`${server.url}/page.html`);
    for (const content of STYLES) await page.addStyleTag({ content });
    await page.getByRole("table").waitFor();
    return page;
  }

  const rows = async (page: Page): Promise<string[][]> => {
    await page.getByRole("table").waitFor();
    return page
      .locator("tbody tr")
      .evaluateAll((found) => found.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
  };

  it("shows the newest entries first, and goes page by page to the first deposit and back", async () => {
    const page = await open();
    const entries = await alice.ledger({ startTime: 0, limit: 1000 });
    assert.equal(entries.length, 7 + 3 * TRADES);
    const first = await rows(page);
    assert.equal(first.length, 50);
    assert.deepEqual(first[0]!.slice(1), ["Commission", `${SYMBOL} trade ${TRADES}`, "−0.00001", "BTC"]);
    assert.deepEqual(first[1]!.slice(1), ["Trade", `${SYMBOL} trade ${TRADES}`, "−600.00", "USDT"]);
    assert.deepEqual(first[2]!.slice(1), ["Trade", `${SYMBOL} trade ${TRADES}`, "+0.01", "BTC"]);

    const all = [...first];
    for (const [number, count] of [
      [2, 50],
      [3, 27],
    ] as const) {
      await page.getByRole("button", { name: "Older" }).click();
      await page.getByText(`Page ${number}, ${count} entries`).waitFor();
      all.push(...(await rows(page)));
    }
    assert.equal(await page.getByRole("button", { name: "Older" }).isDisabled(), true);
    assert.equal(all.length, entries.length);
    assert.deepEqual(
      all.map(([, , of]) => of),
      [...entries].reverse().map(({ reference, tradeId }) => reference ?? `${SYMBOL} trade ${tradeId}`),
    );
    await page.getByRole("button", { name: "Newer" }).click();
    await page.getByText("Page 2, 50 entries").waitFor();
    await page.getByRole("button", { name: "Newest" }).click();
    await page.getByText("Page 1, 50 entries").waitFor();
    assert.deepEqual(await rows(page), first);
    await page.close();
  });

  it("shows one asset alone", async () => {
    const page = await open();
    await page.getByLabel("Asset").selectOption("BTC");
    await page.locator("tbody tr:first-child td:last-child", { hasText: "BTC" }).waitFor();
    const shown = await rows(page);
    assert.deepEqual(new Set(shown.map((row) => row.at(-1))), new Set(["BTC"]));
    await page.close();
  });

  it("breaks none of axe's rules, in both colours", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await open();
      await page.emulateMedia({ colorScheme });
      await page.evaluate(AXE);
      const { violations } = (await page.evaluate(() =>
        (globalThis as unknown as { axe: { run: () => unknown } }).axe.run(),
      )) as AxeResults;
      assert.deepEqual(
        violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`)),
        [],
      );
      await page.close();
    }
  });
});

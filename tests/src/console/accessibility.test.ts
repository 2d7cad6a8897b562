/** The console for everybody: axe's rules in both colours, on a desk and on a phone. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { Exchange } from "../support/exchange.js";
import { DESK, launch, NO_BROWSER, openTerminal, PHONE } from "../terminal/browser-page.js";
import { confirm, consoleUrl, makeUsers, show, signIn } from "./console-page.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds wrong with the page as it is now. */
async function violations(page: Page, mustHaveChecked: readonly string[]): Promise<string[]> {
  const { violations, passes } = (await page.evaluate(
    (tags) => (globalThis as unknown as { axe: { run: (o: object) => unknown } }).axe.run({ runOnly: tags }),
    TAGS,
  )) as AxeResults;
  const checked = new Set(passes.map(({ id }) => id));
  for (const id of mustHaveChecked) assert.ok(checked.has(id), `${id} was not checked`);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

const ALL = ["color-contrast", "button-name", "target-size"];
/** Behind a dialog no contrast can be judged. */
const IN_DIALOG = ["button-name"];

describe("the console is for everybody", { skip: NO_BROWSER }, () => {
  let exchange: Exchange;
  let browser: Browser;
  let url: string;
  before(async () => {
    exchange = await Exchange.start();
    await makeUsers(exchange);
    url = await consoleUrl(exchange);
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await exchange?.remove();
  });

  for (const colorScheme of ["dark", "light"] as const) {
    it(`breaks none of axe's rules on a desk, ${colorScheme}`, async () => {
      const door = await openTerminal(browser, url, { ...DESK, colorScheme });
      await door.page.evaluate(AXE);
      await door.page.getByLabel("Login").waitFor();
      assert.deepEqual(await violations(door.page, ALL), [], "signing in");
      await door.page.close();
      const { page } = await signIn(browser, url, "olga", { ...DESK, colorScheme });
      await page.evaluate(AXE);
      await page.getByText("Balanced: every difference is 0").waitFor();
      assert.deepEqual(await violations(page, ALL), [], "now");
      await show(page, "Markets");
      await page.getByRole("button", { name: "Halt BTCUSDT" }).click();
      assert.deepEqual(await violations(page, IN_DIALOG), [], "a dialog that asks");
      await confirm(page, "Halt BTCUSDT", "a drill");
      assert.deepEqual(await violations(page, ALL), [], "markets");
      await page.getByRole("button", { name: "Resume BTCUSDT" }).click();
      await confirm(page, "Resume BTCUSDT", "over");
      await show(page, "Accounts");
      await page.getByRole("button", { name: "alice", exact: true }).click();
      await page.getByRole("button", { name: "Deposit …" }).waitFor();
      assert.deepEqual(await violations(page, ALL), [], "accounts");
      await show(page, "Audit");
      await page.locator("table.audit tbody tr").first().waitFor();
      assert.deepEqual(await violations(page, ALL), [], "audit");
      await show(page, "You");
      for (const tab of ["Password", "One-time codes", "Sessions"]) {
        await page.getByRole("tab", { name: tab }).click();
        assert.deepEqual(await violations(page, ALL), [], tab);
      }
      await page.close();
    });

    it(`breaks none on a phone, ${colorScheme}, and never scrolls sideways`, async () => {
      const { page } = await signIn(browser, url, "olga", { ...PHONE, colorScheme });
      await page.evaluate(AXE);
      for (const view of ["Now", "Markets", "Accounts", "Audit"] as const) {
        await show(page, view);
        await page.locator("main table").first().waitFor();
        assert.deepEqual(await violations(page, ALL), [], view);
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), PHONE.width, view);
      }
      await page.close();
    });
  }
});

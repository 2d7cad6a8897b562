/** The terminal for everybody: axe's rules in both colours, on a desk and on a phone, and the keyboard alone. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { Exchange } from "../support/exchange.js";
import { SignedClient } from "../support/signed-client.js";
import {
  DESK,
  done,
  enterKey,
  fill,
  launch,
  NO_BROWSER,
  openTerminal,
  PHONE,
  refused,
  send,
  show,
  untilLive,
} from "./browser-page.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe finds wrong with the page as it is now. */
async function violations(
  page: Page,
  mustHaveChecked: readonly string[] = ["color-contrast", "button-name", "target-size"],
): Promise<string[]> {
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

describe("the terminal is for everybody", { skip: NO_BROWSER }, () => {
  let exchange: Exchange;
  let browser: Browser;
  let alice: SignedClient;
  before(async () => {
    exchange = await Exchange.start();
    browser = await launch();
    alice = new SignedClient(exchange.url, exchange.keys.alice);
    const bob = new SignedClient(exchange.url, exchange.keys.bob);
    const order = { symbol: "BTCUSDT", type: "LIMIT", timeInForce: "GTC", quantity: "0.5" };
    for (const [side, price] of [
      ["SELL", "60010"],
      ["SELL", "60020"],
      ["BUY", "59990"],
    ] as const) {
      assert.equal((await bob.signed("POST", "/api/v3/order", { ...order, side, price })).status, 200);
    }
    bob.close();
  });
  afterEach(async () => {
    await alice.signed("DELETE", "/api/v3/allOpenOrders");
  });
  after(async () => {
    alice?.close();
    await browser?.close();
    await exchange?.remove();
  });

  for (const colorScheme of ["dark", "light"] as const) {
    it(`breaks none of axe's rules on a desk, ${colorScheme}`, async () => {
      const { page } = await openTerminal(browser, exchange.url, { ...DESK, colorScheme });
      // As a debugger would bring it in: the page's own policy lets nothing in.
      await page.evaluate(AXE);
      await untilLive(page);
      assert.deepEqual(await violations(page), [], "without a key");
      await enterKey(page, exchange.keys.alice);
      await send(page, { price: "60010", quantity: "0.01" });
      await done(page);
      await send(page, { price: "59000", quantity: "0.01" });
      await done(page);
      assert.deepEqual(await violations(page), [], "with an order");
      await page.getByRole("button", { name: /^Edit order/ }).click();
      await page.getByRole("textbox", { name: "Quantity", exact: true }).fill("x");
      await page.keyboard.press("Enter");
      await page.locator(".edit .complaint").waitFor();
      assert.deepEqual(await violations(page), [], "while an order is edited");
      await page.keyboard.press("Escape");
      for (const tab of ["Order history", "Own trades", "Balances"]) {
        await page.getByRole("tab", { name: tab }).click();
        await page.getByRole("tabpanel").getByRole("row").nth(1).waitFor();
        assert.deepEqual(await violations(page), [], tab);
      }
      await send(page, {
        type: "OCO",
        side: "Sell",
        price: "62000",
        stopPrice: "58000",
        quantity: "0.01",
      });
      await done(page);
      await page.getByRole("tab", { name: /^Open orders/ }).click();
      await page.locator(".list-head").waitFor();
      assert.deepEqual(await violations(page), [], "with a list");
      await page.getByRole("button", { name: "Depth", exact: true }).click();
      await page.getByRole("slider", { name: "Price at which the depth is read" }).waitFor();
      assert.deepEqual(await violations(page), [], "with the depth");
      await fill(page, { type: "OTOCO", price: "60000", fields: { "Then: quantity": "1" } });
      assert.deepEqual(await violations(page), [], "with a ticket of three orders");
      await fill(page, { price: "60000", timeInForce: "GTD", fields: { Iceberg: "1", "Good till": "" } });
      assert.deepEqual(await violations(page), [], "with all terms");
      await page.getByRole("radio", { name: "Sell" }).check();
      await send(page, { side: "Sell", timeInForce: "GTC", price: "1.001", quantity: "1" });
      await refused(page);
      assert.deepEqual(await violations(page), [], "with a refusal");
      await page.getByRole("button", { name: "BTC/USDT" }).click();
      await page.getByRole("searchbox").waitFor();
      // Behind a dialog no contrast can be judged.
      assert.deepEqual(await violations(page, ["button-name"]), [], "with the markets");
      await page.close();
    });

    it(`breaks none where people sign in, and on their account's page, ${colorScheme}`, async () => {
      const { page } = await openTerminal(browser, exchange.url, { ...DESK, colorScheme });
      await page.evaluate(AXE);
      await untilLive(page);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Login").fill("alice");
      await dialog.getByLabel("Password").fill("wrong horse battery");
      await page.keyboard.press("Enter");
      await dialog.getByText("Login or password is wrong").waitFor();
      assert.deepEqual(await violations(page, ["button-name", "label"]), [], "refused");
      const { alice: person } = JSON.parse(readFileSync(join(exchange.data, "demo-keys.json"), "utf8"));
      await dialog.getByLabel("Password").fill(person.password);
      await page.keyboard.press("Enter");
      await page.getByText("Signed in as alice.").waitFor({ state: "attached" });
      for (const [view, name] of [
        [PHONE, "on a phone"],
        [DESK, "on a desk"],
      ] as const) {
        await page.setViewportSize(view);
        await page.getByRole("button", { name: "alice" }).click();
        for (const tab of ["Balances", "Ledger", "API keys", "Sessions", "Password", "One-time codes"]) {
          await dialog.getByRole("tab", { name: tab }).click();
          await dialog.getByRole("tab", { name: tab, selected: true }).waitFor();
          if (tab === "API keys")
            await dialog.getByRole("button", { name: "Revoke demo" }).click({ trial: true });
          if (tab === "Sessions") await dialog.getByRole("button", { name: /^End/ }).click({ trial: true });
          assert.deepEqual(await violations(page, ["button-name"]), [], `${tab} ${name}`);
          assert.equal(
            await page.evaluate("document.documentElement.scrollWidth"),
            view.width,
            `${tab} ${name}`,
          );
        }
        if (view === PHONE) await dialog.getByRole("button", { name: "Close" }).click();
      }
      await dialog.getByLabel("Present password").fill(person.password);
      await page.keyboard.press("Enter");
      await dialog.getByRole("img", { name: "QR code of the secret" }).waitFor();
      assert.deepEqual(await violations(page, ["button-name"]), [], "with a secret");
      await page.close();
    });

    it(`breaks none on a phone, ${colorScheme}, and never scrolls sideways`, async () => {
      const { page } = await openTerminal(browser, exchange.url, { ...PHONE, colorScheme });
      await page.evaluate(AXE);
      await untilLive(page);
      for (const panel of ["Chart", "Book", "Trades", "Order", "Account"]) {
        await page.getByRole("button", { name: panel, exact: true }).click();
        assert.deepEqual(await violations(page), [], panel);
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), PHONE.width, panel);
      }
      const isWithinWidth = async (what: string): Promise<void> => {
        assert.deepEqual(await violations(page), [], what);
        assert.equal(await page.evaluate("document.documentElement.scrollWidth"), PHONE.width, what);
      };
      await enterKey(page, exchange.keys.alice);
      await send(page, { type: "OTO", price: "59000", quantity: "0.01", fields: { "Then: price": "62000" } });
      await done(page);
      await isWithinWidth("a list that was placed");
      await show(page, "Account");
      await page
        .getByRole("button", { name: /^Edit order/ })
        .first()
        .click();
      await isWithinWidth("while an order is edited");
      for (const tab of ["Order history", "Own trades", "Balances"]) {
        await page.getByRole("tab", { name: tab }).click();
        await page.getByText("Reading …").waitFor({ state: "hidden" });
        await isWithinWidth(tab);
      }
      await show(page, "Chart");
      await page.getByRole("button", { name: "Depth", exact: true }).click();
      await isWithinWidth("the depth");
      await page.close();
    });
  }

  it("is used by the keyboard alone: from the book to an order that is placed", async () => {
    const { page } = await openTerminal(browser, exchange.url, { ...DESK, colorScheme: "dark" });
    await untilLive(page);
    await enterKey(page, exchange.keys.alice);
    await page.locator('.side[data-side="BID"] button').first().waitFor();
    const focused = () => page.evaluate("document.activeElement.innerText ?? ''") as Promise<string>;
    await page.locator("body").focus();
    for (let i = 0; i < 40 && !/^60,010/.test(await focused()); i++) await page.keyboard.press("Tab");
    assert.match(await focused(), /^60,010/, "the best ask is reached by the tab key");
    await page.keyboard.press("ArrowDown");
    assert.match(await focused(), /^59,990/);
    await page.keyboard.press("Enter");
    const id = () => page.evaluate("document.activeElement.id") as Promise<string>;
    for (let i = 0; i < 40 && (await id()) !== "ticket-quantity"; i++) await page.keyboard.press("Tab");
    await page.keyboard.type("0.01");
    await page.keyboard.press("Enter");
    assert.match(await done(page), /is open/);
    const { body } = await alice.signed("GET", "/api/v3/openOrders", { symbol: "BTCUSDT" });
    assert.ok(body.some(({ price }: { price: string }) => Number(price) === 59_990));
    await page.close();
  });
});

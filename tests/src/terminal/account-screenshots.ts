/**
 * Takes the pictures of signing in and of the account page for docs/start/terminal.md again, on a demo:
 * `node tests/dist/terminal/account-screenshots.js [FOLDER]`. With a folder it takes every tab, to be looked at.
 */
import { join } from "node:path";
import { pause } from "../support/eventually.js";
import { Exchange, ROOT } from "../support/exchange.js";
import { DESK, launch, openTerminal, PHONE, untilLive } from "./browser-page.js";

const TABS = ["Balances", "Ledger", "API keys", "Sessions", "Password", "One-time codes"] as const;
/** Those that the page of the documentation shows. */
const SHOWN: ReadonlySet<string> = new Set(["desk-dark-api-keys", "phone-light-sign-in"]);

const folder = process.argv[2];
const exchange = await Exchange.start({ args: ["--demo"] });
const browser = await launch();
try {
  for (const [name, view, colorScheme] of [
    ["desk-dark", DESK, "dark"],
    ["phone-light", PHONE, "light"],
  ] as const) {
    const { page } = await openTerminal(browser, exchange.url, { ...view, colorScheme });
    const shoot = async (what: string): Promise<void> => {
      const full = `${name}-${what.toLowerCase().replaceAll(" ", "-")}`;
      if (folder === undefined && !SHOWN.has(full)) return;
      await pause(1_000);
      await page.screenshot({ path: join(folder ?? join(ROOT, "docs", "images"), `account-${full}.png`) });
    };
    await untilLive(page);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await shoot("Sign in");
    await page.getByRole("button", { name: "Sign in as demo trader" }).click();
    await page.getByRole("button", { name: "alice" }).click();
    const dialog = page.getByRole("dialog", { name: "Your account" });
    await dialog.getByRole("tab", { name: "API keys" }).click();
    await dialog.getByLabel("Label").fill("Backtest");
    await dialog.getByRole("button", { name: "Make key" }).click();
    await dialog.getByRole("button", { name: "I have kept it" }).click();
    for (const tab of TABS) {
      await dialog.getByRole("tab", { name: tab }).click();
      await shoot(tab);
    }
    await page.close();
  }
} finally {
  await browser.close();
  await exchange.remove();
}

/**
 * Takes the pictures of docs/start/terminal.md again, on an exchange with simulated traders:
 * `node tests/dist/terminal/screenshots.js [SECONDS]`. The market runs so long before, 60 s by default.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { pause } from "../support/eventually.js";
import { Exchange, ROOT } from "../support/exchange.js";
import { done, enterKey, fill, launch, openTerminal, PHONE, send, untilLive } from "./browser-page.js";

const FOLDER = join(ROOT, "docs", "images");
const BYTES_MAX = 250_000;
const SECONDS_DEFAULT = 60;
/** Small enough that pictures stay below their bound. */
const DESK = { width: 1320, height: 820 };

async function shoot(page: Page, name: string): Promise<void> {
  const path = join(FOLDER, `terminal-${name}.png`);
  // Of the last message of the ticket, or the first candles, nothing is moving any more.
  await pause(1_000);
  await page.screenshot({ path });
  const { size } = statSync(path);
  console.log(`${path}: ${size} bytes`);
  if (size > BYTES_MAX) throw new Error(`${path} has more than ${BYTES_MAX} bytes`);
}

async function bestPrice(page: Page, side: "ASK" | "BID"): Promise<string> {
  const text = await page.locator(`.side[data-side="${side}"] .price`).first().textContent();
  return (text ?? "").replaceAll(",", "");
}

const exchange = await Exchange.start({ args: ["--demo"] });
const browser = await launch();
try {
  await pause(1_000 * Number(process.argv[2] ?? SECONDS_DEFAULT));

  const dark = await openTerminal(browser, exchange.url, { ...DESK, colorScheme: "dark" });
  await untilLive(dark.page);
  await enterKey(dark.page, exchange.keys.alice);
  await dark.page.getByRole("button", { name: "1s", exact: true }).click();
  for (const [row, quantity] of [
    [4, "0.05"],
    [8, "0.1"],
  ] as const) {
    await dark.page.locator('.side[data-side="BID"] button').nth(row).click();
    await dark.page.getByRole("textbox", { name: /^Quantity/ }).fill(quantity);
    await dark.page.locator("button.send").click();
    await done(dark.page);
  }
  await send(dark.page, { type: "MARKET", quantity: "0.02" });
  await done(dark.page);
  await dark.page.getByRole("combobox", { name: "Type" }).selectOption("LIMIT");
  await dark.page.getByRole("textbox", { name: /^Quantity/ }).fill("0.25");
  await shoot(dark.page, "desk-dark");
  await dark.page.getByRole("button", { name: "Depth", exact: true }).click();
  await dark.page.getByRole("button", { name: "±0.5 %" }).click();
  await fill(dark.page, {
    type: "OTOCO",
    price: await bestPrice(dark.page, "BID"),
    quantity: "0.1",
  });
  await dark.page.getByRole("tab", { name: "Order history" }).click();
  await shoot(dark.page, "desk-dark-depth");
  await dark.page.close();

  const light = await openTerminal(browser, exchange.url, { ...DESK, colorScheme: "light" });
  await untilLive(light.page);
  await enterKey(light.page, exchange.keys.alice);
  await light.page.getByRole("button", { name: "1s", exact: true }).click();
  await light.page.getByRole("tab", { name: /^Open orders/ }).click();
  await light.page
    .getByRole("button", { name: /^Edit order/ })
    .first()
    .click();
  await send(light.page, { side: "Sell", price: "60000.001", quantity: "0.25" });
  await shoot(light.page, "desk-light");
  await light.page.close();

  const book = await openTerminal(browser, exchange.url, { ...PHONE, colorScheme: "dark" });
  await untilLive(book.page);
  await book.page.getByRole("button", { name: "Book", exact: true }).click();
  await shoot(book.page, "phone-dark-book");
  await book.page.close();

  const ticket = await openTerminal(browser, exchange.url, { ...PHONE, colorScheme: "light" });
  await untilLive(ticket.page);
  await ticket.page.getByRole("button", { name: "Account", exact: true }).click();
  await enterKey(ticket.page, exchange.keys.alice);
  await ticket.page.getByRole("button", { name: "Book", exact: true }).click();
  await ticket.page.locator('.side[data-side="BID"] button').first().click();
  await ticket.page.getByRole("textbox", { name: /^Quantity/ }).fill("0.1");
  await shoot(ticket.page, "phone-light-ticket");
  await ticket.page.getByRole("button", { name: "Account", exact: true }).click();
  await ticket.page.getByRole("tab", { name: "Own trades" }).click();
  await shoot(ticket.page, "phone-light-account");
} finally {
  await browser.close();
  await exchange.remove();
}

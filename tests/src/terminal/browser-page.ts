/** A page of the terminal in the installed Chromium, and what it complains about. */
import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { pause } from "../support/eventually.js";
import type { ApiKey } from "../support/exchange.js";

const CHROMIUM = "/usr/bin/chromium";
/** Tests run beside others that take the whole machine. */
export const PATIENCE_MS = 60_000;
export const NO_BROWSER = existsSync(CHROMIUM)
  ? false
  : `${CHROMIUM} is not installed: apt-get install chromium`;

export const DESK = { width: 1440, height: 900 };
export const PHONE = { width: 390, height: 844 };

export function launch(): Promise<Browser> {
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: CHROMIUM, args, timeout: PATIENCE_MS });
}

export interface OpenPage {
  readonly page: Page;
  /** Faults, breaches of its policy, and requests to anybody else. */
  readonly complaints: string[];
}

export async function openTerminal(
  browser: Browser,
  url: string,
  view: { readonly width: number; readonly height: number; readonly colorScheme: "light" | "dark" },
): Promise<OpenPage> {
  const { width, height, colorScheme } = view;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints: string[] = [];
  page.on("console", (message) => {
    // What the browser itself says of a connection that a test has cut.
    if (message.type() === "error" && !/ERR_|WebSocket connection/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) complaints.push(`asks ${request.url()}`);
  });
  await page.goto(`${url}/`);
  return { page, complaints };
}

export async function untilLive(page: Page): Promise<void> {
  await page.locator('.badge[data-kind="live"]').waitFor();
}

export async function enterKey(page: Page, { apiKey, secretKey }: ApiKey): Promise<void> {
  await page.getByLabel("API key").fill(apiKey);
  await page.getByLabel("Secret").fill(secretKey);
  await page.getByRole("button", { name: "Use key" }).click();
  await page.getByText("Your key is in use in this tab.").waitFor();
}

export interface TicketOrder {
  readonly side?: "Buy" | "Sell";
  readonly type?: "LIMIT" | "MARKET" | "STOP_LOSS_LIMIT" | "LIMIT_MAKER";
  readonly timeInForce?: "GTC" | "IOC" | "FOK";
  readonly price?: string;
  readonly stopPrice?: string;
  readonly quantity: string;
}

/** Fills the ticket and sends it. */
export async function send(page: Page, order: TicketOrder): Promise<void> {
  const ticket = page.getByRole("region", { name: "Order ticket" });
  await ticket.getByRole("radio", { name: order.side ?? "Buy" }).check();
  await ticket.getByRole("combobox", { name: "Type" }).selectOption(order.type ?? "LIMIT");
  if (order.timeInForce !== undefined) {
    await ticket.getByRole("combobox", { name: "Time in force" }).selectOption(order.timeInForce);
  }
  if (order.price !== undefined) await ticket.getByRole("textbox", { name: /^Price/ }).fill(order.price);
  if (order.stopPrice !== undefined) {
    await ticket.getByRole("textbox", { name: /^Stop price/ }).fill(order.stopPrice);
  }
  await ticket.getByRole("textbox", { name: /^Quantity/ }).fill(order.quantity);
  await ticket.getByRole("button", { name: /^(Buy|Sell) / }).click();
}

/** What the ticket says was done. */
export async function done(page: Page): Promise<string> {
  return (await page.locator(".ticket .done:not([data-empty])").textContent()) ?? "";
}

/** What the ticket says was refused. */
export async function refused(page: Page): Promise<string> {
  return (await page.locator(".ticket .refusal:not([data-empty])").textContent()) ?? "";
}

/** Checks again until it holds; then what it last said is wrong is thrown. */
export async function becomesTrue(check: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await pause(50);
    }
  }
}

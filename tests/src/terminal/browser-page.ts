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
  /** Done to the page before it asks for anything. */
  prepare?: (page: Page) => Promise<void>,
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
  await prepare?.(page);
  await page.goto(`${url}/`);
  return { page, complaints };
}

export async function untilLive(page: Page): Promise<void> {
  await page.locator('.badge[data-kind="live"]').waitFor();
}

export async function enterKey(page: Page, { apiKey, secretKey }: ApiKey): Promise<void> {
  await show(page, "Account");
  await page.getByLabel("API key").fill(apiKey);
  await page.getByLabel("Secret").fill(secretKey);
  await page.getByRole("button", { name: "Use key" }).click();
  await page.getByText("Your key is in use in this tab.").waitFor();
}

/** Shows a panel; a desk shows all of them. */
export async function show(
  page: Page,
  panel: "Chart" | "Book" | "Trades" | "Order" | "Account",
): Promise<void> {
  const button = page.getByRole("navigation", { name: "Panels" }).getByRole("button", { name: panel });
  if (await button.isVisible()) await button.click();
}

export interface TicketOrder {
  readonly side?: "Buy" | "Sell";
  /** As the ticket's choice of types has it. */
  readonly type?: string;
  readonly timeInForce?: "GTC" | "GTD" | "IOC" | "FOK";
  readonly price?: string;
  readonly stopPrice?: string;
  readonly quantity?: string;
  /** Other fields, by how their labels begin. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Other choices, by their labels. */
  readonly choices?: Readonly<Record<string, string>>;
}

/** Fills the ticket. */
export async function fill(page: Page, order: TicketOrder): Promise<void> {
  await show(page, "Order");
  const ticket = page.getByRole("region", { name: "Order ticket" });
  const choose = async (label: string, value: string): Promise<void> => {
    const choice = ticket.getByRole("combobox", { name: label, exact: true });
    if (!(await choice.isVisible())) await ticket.getByText("More terms").click();
    await choice.selectOption(value);
  };
  await ticket.getByRole("radio", { name: order.side ?? "Buy" }).check();
  await choose("Type", order.type ?? "LIMIT");
  if (order.timeInForce !== undefined) await choose("Time in force", order.timeInForce);
  for (const [label, value] of Object.entries(order.choices ?? {})) await choose(label, value);
  const { price, stopPrice, quantity } = order;
  const fields = { Price: price, "Stop price": stopPrice, Quantity: quantity, ...order.fields };
  for (const [label, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const field = ticket.getByLabel(new RegExp(`^${label}`));
    // Rare ones stand behind a summary.
    if (!(await field.isVisible())) await ticket.getByText("More terms").click();
    await field.fill(value);
  }
}

/** Fills the ticket and sends it. */
export async function send(page: Page, order: TicketOrder): Promise<void> {
  await fill(page, order);
  const ticket = page.getByRole("region", { name: "Order ticket" });
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

/** What stands beside a field of the ticket that something is wrong with. */
export async function complaint(page: Page, label: string): Promise<string> {
  const field = page.getByRole("region", { name: "Order ticket" }).getByLabel(new RegExp(`^${label}`));
  await field.and(page.locator('[aria-invalid="true"]')).waitFor();
  const id = await field.getAttribute("aria-describedby");
  return (await page.locator(`[id="${id}"]`).textContent()) ?? "";
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

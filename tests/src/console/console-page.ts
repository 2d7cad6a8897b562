/** The operator's console in the installed Chromium. */
import type { Browser, Page } from "playwright-core";
import { operator } from "../support/operator.js";
import { openTerminal } from "../terminal/browser-page.js";

export const PASSWORDS = {
  olga: "correct horse battery staple",
  otto: "another horse without a battery",
} as const;
export type Login = keyof typeof PASSWORDS;

const ROLES: Record<Login, string> = { olga: "OPERATOR", otto: "OBSERVER" };

/** An operator, olga, and an observer, otto. */
export async function makeUsers(venue: { readonly data: string }): Promise<void> {
  for (const [login, password] of Object.entries(PASSWORDS)) {
    await operator(venue, "POST", "/v1/users", { login, role: ROLES[login as Login], password });
  }
}

/** Where the console of an exchange or a cluster is. */
export async function consoleUrl(venue: { readonly data: string }): Promise<string> {
  const { consoleUrl } = await operator(venue, "GET", "/v1/status");
  if (typeof consoleUrl !== "string") throw new Error("there is no console");
  return consoleUrl;
}

export type View = {
  readonly width: number;
  readonly height: number;
  readonly colorScheme: "light" | "dark";
};

export async function signIn(
  browser: Browser,
  url: string,
  login: Login,
  view: View,
): Promise<{ readonly page: Page; readonly complaints: string[] }> {
  const opened = await openTerminal(browser, url, view);
  const { page } = opened;
  await page.getByLabel("Login").fill(login);
  await page.getByLabel("Password").fill(PASSWORDS[login]);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator('.badge[data-kind="live"]').waitFor();
  return opened;
}

export async function show(
  page: Page,
  view: "Now" | "Markets" | "Accounts" | "Audit" | "You",
): Promise<void> {
  await page
    .getByRole("navigation", { name: "Views" })
    .getByRole("button", { name: view, exact: true })
    .click();
}

/** Fills the dialog that asks, does it, and answers what it says was done. */
export async function confirm(
  page: Page,
  action: string,
  reason: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<string> {
  const dialog = page.getByRole("dialog", { name: action });
  for (const [label, value] of Object.entries(fields)) {
    const field = dialog.getByLabel(label);
    if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
  await dialog.getByLabel(/^Reason/).fill(reason);
  await dialog.getByRole("button", { name: action, exact: true }).click();
  const said = (await dialog.locator(".done").textContent()) ?? "";
  await dialog.getByRole("button", { name: "Close" }).click();
  return said;
}

/** Each row of a table as one text, its cells apart. */
export async function rowTexts(page: Page, table: string): Promise<readonly string[]> {
  return page
    .locator(`${table} tbody tr`)
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.children].map((cell) => (cell as { textContent: string | null }).textContent).join(" "),
      ),
    );
}

/** Signing in and the account page in a real browser, against a real exchange. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { buttonwood, buttonwoodReading, Exchange } from "../support/exchange.js";
import { SignedClient } from "../support/signed-client.js";
import {
  becomesTrue,
  DESK,
  done,
  launch,
  NO_BROWSER,
  openTerminal,
  send,
  untilLive,
} from "./browser-page.js";

const VIEW = { ...DESK, colorScheme: "dark" } as const;

describe("signing in to the terminal", { skip: NO_BROWSER }, () => {
  let exchange: Exchange;
  let browser: Browser;
  let password: string;
  const pages: Page[] = [];

  before(async () => {
    exchange = await Exchange.start();
    const access = JSON.parse(await readFile(join(exchange.data, "demo-keys.json"), "utf8"));
    password = access.alice.password;
    browser = await launch();
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
  });
  after(async () => {
    await browser?.close();
    await exchange?.remove();
  });

  async function open(url = exchange.url): Promise<{ page: Page; complaints: string[] }> {
    const opened = await openTerminal(browser, url, VIEW);
    pages.push(opened.page);
    await untilLive(opened.page);
    return opened;
  }

  async function signIn(page: Page, login: string, secret: string, code?: string): Promise<void> {
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Sign in" });
    await dialog.getByLabel("Login").fill(login);
    await dialog.getByLabel("Password").fill(secret);
    await page.keyboard.press("Enter");
    if (code === undefined) return;
    await dialog.getByLabel(/^One-time code/).fill(code);
    await page.keyboard.press("Enter");
  }

  const isSignedIn = (page: Page, login: string) => page.getByText(`Signed in as ${login}.`).waitFor();

  it("with login and password, an order is placed; signing out closes what was open", async () => {
    const { page, complaints } = await open();
    await signIn(page, "alice", password);
    await isSignedIn(page, "alice");
    await send(page, { price: "59000.00", quantity: "0.01" });
    assert.match(await done(page), /^Order \d+ is open\.$/);
    const alice = new SignedClient(exchange.url, exchange.keys.alice);
    const { body } = await alice.signed("GET", "/api/v3/openOrders");
    assert.equal(body.length, 1);
    // The cookie is out of the page's reach, and so is the key.
    assert.equal(await page.evaluate("document.cookie"), "");
    assert.equal(await page.evaluate("sessionStorage.length"), 0);

    // Loading the page again goes on with the session.
    await page.reload();
    await isSignedIn(page, "alice");
    const sockets = page.context();
    await page.getByRole("button", { name: "alice" }).click();
    await page
      .getByRole("dialog", { name: "Your account" })
      .getByRole("button", { name: "Sign out" })
      .click();
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
    await page.getByLabel("API key").waitFor();
    assert.equal(sockets.pages().length, 1);
    await alice.signed("DELETE", "/api/v3/allOpenOrders");
    alice.close();
    assert.deepEqual(complaints, []);
  });

  it("signed out elsewhere, its sockets are closed at once and the page says so", async () => {
    const { page } = await open();
    let closedMs = 0;
    page.on("websocket", (socket) => {
      if (!socket.url().includes("/ws-api/")) return;
      socket.on("close", () => {
        closedMs = Date.now();
      });
    });
    await signIn(page, "alice", password);
    await isSignedIn(page, "alice");
    // As another tab of the same browser does.
    const startMs = Date.now();
    const status = await page.evaluate(`(async () => {
      const { csrfToken } = await (await fetch("/account/v1/session")).json();
      const headers = { "X-CSRF-Token": csrfToken };
      return (await fetch("/account/v1/sign-out", { method: "POST", headers })).status;
    })()`);
    assert.equal(status, 204);
    await page.getByLabel("API key").waitFor();
    assert.ok(closedMs > startMs, "the account's socket is closed");
    // A second is what is promised; the machine may be busy with others.
    console.log(`the socket was closed ${closedMs - startMs} ms after the sign-out was sent`);
    assert.ok(closedMs - startMs < 5_000);
    await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
  });

  it("a wrong password is told, and nobody is signed in", async () => {
    const { page } = await open();
    await signIn(page, "alice", "wrong horse battery");
    const dialog = page.getByRole("dialog", { name: "Sign in" });
    await dialog.getByText("Login or password is wrong").waitFor();
    assert.equal(await page.getByRole("button", { name: "Sign in as demo trader" }).count(), 0);
    await page.keyboard.press("Escape");
    await page.getByLabel("API key").waitFor();
  });

  it("keys are made, shown once and revoked; labels with markup are text", async () => {
    const { page, complaints } = await open();
    await signIn(page, "alice", password);
    await isSignedIn(page, "alice");
    await page.getByRole("button", { name: "alice" }).click();
    const dialog = page.getByRole("dialog", { name: "Your account" });
    await dialog.getByRole("tab", { name: "API keys" }).click();
    const label = "<img src=x onerror=alert(1)>";
    await dialog.getByLabel("Label").fill(label);
    await dialog.getByLabel("What it may").selectOption("true");
    await dialog.getByLabel(/^Addresses/).fill("127.0.0.1, ::1");
    await dialog.getByRole("button", { name: "Make key" }).click();
    const shown = dialog.getByRole("status");
    await shown.locator("dd").nth(1).waitFor();
    const [apiKey, secretKey] = await shown.locator("dd").allTextContents();
    assert.equal(await dialog.getByRole("cell", { name: label, exact: true }).textContent(), label);
    assert.equal(await page.locator("img").count(), 0);
    const client = new SignedClient(exchange.url, { apiKey: apiKey!, secretKey: secretKey! });
    assert.equal((await client.signed("GET", "/api/v3/account")).status, 200);
    await shown.getByRole("button", { name: "I have kept it" }).click();
    assert.ok(!(await dialog.textContent())?.includes(secretKey!));
    await dialog.getByRole("button", { name: `Revoke ${label}` }).click();
    await becomesTrue(async () => assert.equal((await client.signed("GET", "/api/v3/account")).status, 401));
    client.close();
    assert.deepEqual(complaints, []);
  });

  it("one-time codes are set up, asked for, and turned off", async () => {
    const made = await buttonwood("users", "create", "carol", "--account", "bob", "--data", exchange.data);
    assert.equal(made.code, 2, "without a password nobody is made");
    const input = "carols long password\n";
    const name = "<i>carol</i>";
    assert.equal((await buttonwood("accounts", "open", name, "--data", exchange.data)).code, 0);
    const carol = await buttonwoodReading(
      input,
      "users",
      "create",
      "carol",
      "--account",
      name,
      "--data",
      exchange.data,
    );
    assert.equal(carol.code, 0, carol.stderr);
    const { page, complaints } = await open();
    await signIn(page, "carol", "carols long password");
    await isSignedIn(page, "carol");
    await page.getByRole("button", { name: "carol" }).click();
    const dialog = page.getByRole("dialog", { name: "Your account" });
    await dialog.getByText(`trades as ${name}`).waitFor();
    await dialog.getByRole("tab", { name: "One-time codes" }).click();
    await dialog.getByLabel("Present password").fill("carols long password");
    await dialog.getByRole("button", { name: "Set up" }).click();
    await dialog.getByRole("img", { name: "QR code of the secret" }).waitFor();
    const secret = ((await dialog.locator("code").first().textContent()) ?? "").replaceAll(" ", "");
    await dialog.getByLabel("Code", { exact: true }).fill(await codeOf(secret));
    await dialog.getByRole("button", { name: "Turn on" }).click();
    await dialog.locator(".recovery li").first().waitFor();
    const recovery = await dialog.locator(".recovery li").allTextContents();
    assert.equal(recovery.length, 10);
    await dialog.getByRole("button", { name: "Sign out" }).click();
    await signIn(page, "carol", "carols long password", recovery[0]!);
    await isSignedIn(page, "carol");
    await page.getByRole("button", { name: "carol" }).click();
    await dialog.getByRole("tab", { name: "One-time codes" }).click();
    await dialog.getByLabel("Present password").fill("carols long password");
    await dialog.getByRole("button", { name: "Turn off" }).click();
    await dialog.getByRole("button", { name: "Set up" }).waitFor();
    // What the browser itself says of the refusal by which the page learns that a code is needed.
    assert.deepEqual(complaints, [
      "Failed to load resource: the server responded with a status of 401 (Unauthorized)",
    ]);
  });

  it("on a demo one click is enough", async () => {
    const demo = await Exchange.start({ args: ["--demo"] });
    try {
      const { page } = await open(demo.url);
      await page.getByRole("button", { name: "Sign in", exact: true }).click();
      await page.getByRole("button", { name: "Sign in as demo trader" }).click();
      await isSignedIn(page, "alice");
      await send(page, { type: "MARKET", quantity: "0.01" });
      await done(page);
    } finally {
      for (const page of pages.splice(0)) await page.close();
      await demo.remove();
    }
  });
});

/** The code of this moment, as an authenticator computes it (RFC 6238). */
async function codeOf(secret: string): Promise<string> {
  const { createHmac } = await import("node:crypto");
  const bits = [...secret].map((letter) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0"),
  );
  const bytes = (bits.join("").match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac("sha1", Buffer.from(bytes)).update(counter).digest();
  const at = digest[19]! & 15;
  return String((digest.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, "0");
}

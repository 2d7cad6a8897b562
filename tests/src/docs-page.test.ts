/** The page at `/docs`, in the installed Chromium: what it shows, and calls made from it. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { Exchange } from "./support/exchange.js";
import { SignedClient } from "./support/signed-client.js";

const CHROMIUM = "/usr/bin/chromium";
/** Tests run beside others that take the whole machine. */
const PATIENCE_MS = 120_000;

describe("the documents", () => {
  let exchange: Exchange;
  before(async () => {
    exchange = await Exchange.start();
  });
  after(() => exchange?.remove());

  it("are served with a policy under which only the exchange's own scripts run", async () => {
    for (const [path, type] of [
      ["/docs/", "text/html"],
      ["/docs/streams", "text/html"],
      ["/docs/page.css", "text/css"],
      ["/docs/rest-page.js", "javascript"],
      ["/docs/swagger-ui-bundle.js", "javascript"],
      ["/docs/openapi.json", "application/json"],
      ["/docs/asyncapi.json", "application/json"],
    ] as const) {
      const response = await fetch(exchange.url + path);
      assert.equal(response.status, 200, path);
      assert.ok(response.headers.get("content-type")?.includes(type), path);
      const policy = response.headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src 'none'/, path);
      assert.doesNotMatch(policy, /unsafe|https?:|\*/, path);
      assert.ok((await response.text()).length > 100, path);
    }
    const { openapi } = (await (await fetch(`${exchange.url}/docs/openapi.json`)).json()) as {
      openapi: string;
    };
    assert.equal(openapi, "3.1.0");
  });

  it("are all that is served below /docs", async () => {
    for (const path of [
      "/docs/package.json",
      "/docs/..%2fpackage.json",
      "/docs/%2e%2e/index.html",
      "/docs/x",
    ]) {
      const response = await fetch(exchange.url + path);
      assert.ok(response.status === 404 || response.status === 400, `${path}: ${response.status}`);
    }
    const client = new SignedClient(exchange.url, exchange.keys.alice);
    const { headers } = await client.raw("GET", "/docs/page.css");
    const again = await client.raw("GET", "/docs/page.css", {
      headers: { "If-None-Match": String(headers.etag) },
    });
    client.close();
    assert.equal(again.status, 304);
  });
});

describe("the page", { skip: existsSync(CHROMIUM) ? false : `no ${CHROMIUM}` }, () => {
  let exchange: Exchange;
  let browser: Browser;
  before(async () => {
    exchange = await Exchange.start();
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
  });
  after(async () => {
    await browser?.close();
    await exchange?.remove();
  });

  /** Opens a page and keeps what it complains about: faults, refusals of its policy, calls to others. */
  async function open(
    path: string,
    view: { width: number; height: number; colorScheme: "light" | "dark" },
  ): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ viewport: view, colorScheme: view.colorScheme });
    page.setDefaultTimeout(PATIENCE_MS);
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("request", (request) => {
      if (!request.url().startsWith(exchange.url) && !request.url().startsWith("data:")) {
        complaints.push(`asks ${request.url()}`);
      }
    });
    await page.goto(exchange.url + path);
    return { page, complaints };
  }

  /** Tries an operation with its example, and returns the status and the body that the page shows. */
  async function tryOut(page: Page, id: string): Promise<{ status: string; body: string }> {
    const operation: Locator = page.locator(`#operations-${id}`);
    await operation.locator(".opblock-summary").click();
    await operation.locator(".try-out__btn").click();
    await operation.locator(".execute").click();
    const answer = operation.locator(".live-responses-table .response").first();
    await answer.waitFor();
    return {
      status: ((await answer.locator(".response-col_status").textContent()) ?? "").trim(),
      body: (await answer.locator(".response-col_description").textContent()) ?? "",
    };
  }

  const DESKTOP = { width: 1280, height: 900, colorScheme: "light" } as const;
  const PHONE = { width: 390, height: 844, colorScheme: "dark" } as const;

  it("tries a public call", async () => {
    const { page, complaints } = await open("/docs", DESKTOP);
    const { status, body } = await tryOut(page, "public-getAvgPrice");
    assert.equal(status, "200");
    assert.match(body, /"price": "60000\.00000000"/);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it("signs an order in the browser, also on a phone in the dark; the order is there", async () => {
    const { page, complaints } = await open("/docs", PHONE);
    const { apiKey, secretKey } = exchange.keys.alice;
    await page.fill("#api-key", apiKey);
    await page.fill("#secret", secretKey);
    assert.match((await page.locator("#key-state").textContent()) ?? "", /are signed/);
    const requested: string[] = [];
    page.on("request", (request) => requested.push(`${request.url()} ${request.postData() ?? ""}`));
    const { status, body } = await tryOut(page, "orders-postOrder");
    assert.equal(status, "200", body);
    assert.match(body, /"clientOrderId": "example-limit"/);
    assert.ok(
      requested.length > 0 && requested.every((text) => !text.includes(secretKey)),
      "the secret was sent",
    );
    const client = new SignedClient(exchange.url, exchange.keys.alice);
    const found = await client.signed("GET", "/api/v3/openOrders", { symbol: "BTCUSDT" });
    client.close();
    assert.deepEqual(
      found.body.map((order: { clientOrderId: string }) => order.clientOrderId),
      ["example-limit"],
    );
    assert.equal(
      await page.evaluate("document.documentElement.scrollWidth"),
      PHONE.width,
      "it scrolls sideways",
    );
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it("shows the refusal of a call whose secret is wrong", async () => {
    const { page } = await open("/docs", DESKTOP);
    await page.fill("#api-key", exchange.keys.alice.apiKey);
    await page.fill("#secret", "wrong");
    const { status, body } = await tryOut(page, "account-getAccount");
    assert.match(status, /^400/);
    assert.match(body, /-1022/);
    await page.close();
  });

  it("shows streams, methods and events, each with its fields", async () => {
    const { page, complaints } = await open("/docs/streams", PHONE);
    const entry = page.locator("details", { hasText: "{symbol}@kline_{interval}" });
    await entry.locator("summary").click();
    assert.match((await entry.textContent()) ?? "", /k\.odecimalopen/);
    const place = page.locator("details", { has: page.locator("code", { hasText: /^order\.place$/ }) });
    await place.locator("summary").click();
    assert.match((await place.textContent()) ?? "", /"method": "order\.place"/);
    assert.ok((await page.locator("details", { hasText: "executionReport" }).count()) > 0);
    assert.equal(
      await page.evaluate("document.documentElement.scrollWidth"),
      PHONE.width,
      "it scrolls sideways",
    );
    assert.deepEqual(complaints, []);
    await page.close();
  });
});

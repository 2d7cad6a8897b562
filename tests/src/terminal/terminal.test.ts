/** The terminal in a real browser, against a real exchange: what is seen is what the API says. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { Exchange } from "../support/exchange.js";
import { FaultyProxy } from "../support/faulty-proxy.js";
import { operator, stateDigest } from "../support/operator.js";
import { SignedClient } from "../support/signed-client.js";
import {
  becomesTrue,
  complaint,
  DESK,
  done,
  enterKey,
  launch,
  NO_BROWSER,
  openTerminal,
  refused,
  send,
  untilLive,
} from "./browser-page.js";

const VIEW = { ...DESK, colorScheme: "dark" } as const;

describe("the terminal", { skip: NO_BROWSER }, () => {
  let exchange: Exchange;
  let proxy: FaultyProxy;
  let browser: Browser;
  let alice: SignedClient;
  let bob: SignedClient;
  const pages: Page[] = [];

  before(async () => {
    exchange = await Exchange.start();
    proxy = await FaultyProxy.start(exchange.port);
    browser = await launch();
    alice = new SignedClient(exchange.url, exchange.keys.alice);
    bob = new SignedClient(exchange.url, exchange.keys.bob);
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close();
    await alice.signed("DELETE", "/api/v3/allOpenOrders");
    await bob.signed("DELETE", "/api/v3/allOpenOrders");
  });
  after(async () => {
    await browser?.close();
    await proxy?.close();
    alice?.close();
    bob?.close();
    await exchange?.remove();
  });

  async function open(url = exchange.url): Promise<{ page: Page; complaints: string[] }> {
    const opened = await openTerminal(browser, url, VIEW);
    pages.push(opened.page);
    await untilLive(opened.page);
    return opened;
  }

  async function placeAsBob(side: "BUY" | "SELL", price: string, quantity: string): Promise<void> {
    const order = { symbol: "BTCUSDT", side, type: "LIMIT", timeInForce: "GTC", price, quantity };
    const { status, body } = await bob.signed("POST", "/api/v3/order", order);
    assert.equal(status, 200, JSON.stringify(body));
  }

  const openOrders = async (client: SignedClient): Promise<readonly Record<string, string>[]> =>
    (await client.signed("GET", "/api/v3/openOrders")).body;

  /** The rows of a table of the page, by the texts of their cells. */
  const rows = (page: Page, panel: string): Promise<string[][]> =>
    page
      .locator(`${panel} tbody tr`)
      .evaluateAll((all) =>
        all.map((row) =>
          [...row.querySelectorAll("td")].map((cell) => (cell.textContent ?? "").replace(/\s+/g, " ").trim()),
        ),
      );

  const ladder = (page: Page, side: "ASK" | "BID"): Promise<string[]> =>
    page
      .locator(`.side[data-side="${side}"] button`)
      .evaluateAll((all) =>
        all.map((row) =>
          [...row.querySelectorAll("span")]
            .map((cell) => (cell.textContent ?? "").replace(/\s+/g, " ").trim())
            .join(" "),
        ),
      );

  it("shows the book and trades as they happen, and switches to a market that is found by typing", async () => {
    await placeAsBob("SELL", "60010.00", "0.5");
    await placeAsBob("SELL", "60020.00", "0.25");
    await placeAsBob("BUY", "59990.00", "0.1");
    const { page, complaints } = await open();
    await becomesTrue(async () => {
      assert.deepEqual(await ladder(page, "ASK"), ["60,010.00 0.5000 0.5000", "60,020.00 0.2500 0.7500"]);
      assert.deepEqual(await ladder(page, "BID"), ["59,990.00 0.1000 0.1000"]);
    });
    const taken = { symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.2" };
    assert.equal((await alice.signed("POST", "/api/v3/order", taken)).status, 200);
    await becomesTrue(async () => {
      assert.equal((await ladder(page, "ASK"))[0], "60,010.00 0.3000 0.3000");
      const [trade] = await rows(page, ".tape");
      assert.deepEqual(trade?.slice(0, 2), ["▲ 60,010.00 bought", "0.2000"]);
      assert.equal(await page.locator(".day .last dd").textContent(), "60,010.00");
    });
    await becomesTrue(async () => {
      assert.match(
        (await page.locator(".canvas [role=img]").getAttribute("aria-label")) ?? "",
        /close 60010\.00/,
      );
    });

    await page.getByRole("button", { name: "BTC/USDT" }).click();
    await page.getByRole("searchbox", { name: "Search markets" }).fill("eth");
    await becomesTrue(async () => assert.equal(await page.locator(".markets li").count(), 1));
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "ETH/USDT" }).waitFor();
    await untilLive(page);
    await becomesTrue(async () => assert.deepEqual(await ladder(page, "ASK"), []));
    assert.match(page.url(), /#ETHUSDT$/);
    assert.deepEqual(complaints, []);
  });

  it("places orders of each type, shows them, cancels one and then all", async () => {
    await placeAsBob("SELL", "60500.00", "0.5");
    const { page, complaints } = await open();
    await enterKey(page, exchange.keys.alice);
    await send(page, { price: "59000.00", quantity: "0.01" });
    assert.match(await done(page), /^Order \d+ is open\.$/);
    await send(page, { type: "LIMIT_MAKER", price: "59100.00", quantity: "0.02" });
    assert.match(await done(page), /is open/);
    await send(page, {
      side: "Sell",
      type: "STOP_LOSS_LIMIT",
      stopPrice: "58000",
      price: "57900",
      quantity: "0.03",
    });
    assert.match(await done(page), /is open/);
    await page.getByRole("tab", { name: "Open orders (3)" }).waitFor();
    await becomesTrue(async () => {
      const shown = (await rows(page, ".account")).map((cells) => cells.slice(1, 6));
      assert.deepEqual(shown, [
        ["BTCUSDT", "Sell", "stop loss limit GTC", "57,900.00 at 58,000.00", "0.0000 / 0.0300"],
        ["BTCUSDT", "Buy", "limit maker GTC", "59,100.00", "0.0000 / 0.0200"],
        ["BTCUSDT", "Buy", "limit GTC", "59,000.00", "0.0000 / 0.0100"],
      ]);
    });
    assert.equal((await openOrders(alice)).length, 3);

    await page
      .getByRole("button", { name: /^Cancel order/ })
      .last()
      .click();
    await page.getByRole("tab", { name: "Open orders (2)" }).waitFor();
    assert.deepEqual(
      (await openOrders(alice)).map(({ type }) => type),
      ["LIMIT_MAKER", "STOP_LOSS_LIMIT"],
    );
    await page.getByRole("button", { name: "Cancel all" }).click();
    await page.getByRole("tab", { name: "Open orders (0)" }).waitFor();
    assert.deepEqual(await openOrders(alice), []);
    assert.deepEqual(complaints, []);
  });

  it("fills from the ladder and the slider; own trades and balances agree with the API", async () => {
    await placeAsBob("SELL", "60010.00", "0.5");
    const { page, complaints } = await open();
    await enterKey(page, exchange.keys.alice);
    await page.locator('.side[data-side="ASK"] button').first().click();
    const ticket = page.getByRole("region", { name: "Order ticket" });
    assert.equal(await ticket.getByRole("textbox", { name: /^Price/ }).inputValue(), "60010");
    await ticket.getByRole("textbox", { name: /^Quantity/ }).fill("0.2");
    assert.match((await ticket.locator(".preview").textContent()) ?? "", /Total12,002\.00 USDT/);
    await ticket.getByRole("button", { name: "Buy BTC" }).click();
    assert.match(await done(page), /^Filled 0\.2000 BTC/);
    await page.getByRole("tab", { name: "Own trades" }).click();
    const trades = (await alice.signed("GET", "/api/v3/myTrades", { symbol: "BTCUSDT" })).body;
    await becomesTrue(async () => {
      const [newest] = await rows(page, ".account");
      assert.deepEqual(newest?.slice(1, 4), ["Buy", "60,010.00", "0.2000"]);
      assert.equal((await rows(page, ".account")).length, trades.length);
    });
    // All of it, by the slider.
    await send(page, { type: "MARKET", side: "Sell", quantity: "0.0001" });
    assert.match(await done(page), /has ended, 0\.0000 of 0\.0001 BTC filled/);
    await ticket.getByRole("slider").focus();
    await page.keyboard.press("End");
    const { balances } = (await alice.signed("GET", "/api/v3/account")).body;
    const free = balances.find(({ asset }: { asset: string }) => asset === "BTC").free as string;
    await becomesTrue(async () => {
      const quantity = await ticket.getByRole("textbox", { name: /^Quantity/ }).inputValue();
      assert.equal(Number(quantity), Math.floor(Number(free) * 10_000) / 10_000);
    });

    await page.getByRole("tab", { name: "Balances" }).click();
    await becomesTrue(async () => {
      const now = (await alice.signed("GET", "/api/v3/account")).body.balances as Record<string, string>[];
      const shown = (await rows(page, ".account")).map((cells) =>
        cells.map((cell) => cell.replaceAll(",", "")),
      );
      assert.ok(shown.length > 0);
      assert.deepEqual(
        shown.map(([asset, free, locked]) => [asset, Number(free), Number(locked)]),
        now.map(({ asset, free, locked }) => [asset, Number(free), Number(locked)]),
      );
    });
    assert.deepEqual(complaints, []);
  });

  it("shows refusals in the exchange's words, and sends nothing that is no number", async () => {
    const { page } = await open();
    await send(page, { price: "60000", quantity: "0.01" });
    assert.match(await refused(page), /Enter your API key first/);
    await enterKey(page, exchange.keys.alice);
    await send(page, { price: "sixty", quantity: "0.01" });
    assert.equal(await refused(page), "Not sentPrice must be a plain number above zero.");
    assert.equal(await complaint(page, "Price"), "Price must be a plain number above zero.");
    const digest = await stateDigest(exchange);
    await send(page, { price: "60000.001", quantity: "0.00001" });
    assert.match(await refused(page), /^Not sentPrice must be a multiple of 0\.01\. Quantity must be a/);
    assert.equal(await complaint(page, "Price"), "Price must be a multiple of 0.01.");
    assert.equal(await complaint(page, "Quantity"), "Quantity must be a multiple of 0.0001.");
    await send(page, {
      price: "60000",
      quantity: "0.01",
      timeInForce: "GTD",
      fields: { "Good till": "2020-01-01T00:00" },
    });
    assert.equal(await complaint(page, "Good till"), "Good till must lie in the future.");
    assert.equal(await stateDigest(exchange), digest, "something was sent");
    await send(page, { price: "60000", quantity: "500", timeInForce: "GTC" });
    assert.match(await refused(page), /Account has insufficient balance for requested action\. \(-2010\)/);
    assert.equal(await complaint(page, "Quantity"), "Less is free in your account than this order needs.");
    await placeAsBob("SELL", "60010.00", "0.5");
    await send(page, { type: "LIMIT_MAKER", price: "60010", quantity: "0.01" });
    assert.match(await refused(page), /Order would immediately match and take\. \(-2010\)/);
    assert.match(await complaint(page, "Price"), /would trade at once/);
    await send(page, { side: "Sell", type: "STOP_LOSS", stopPrice: "65000", quantity: "0.01" });
    assert.match(await refused(page), /Order would trigger immediately\. \(-2010\)/);
    assert.match(await complaint(page, "Stop price"), /has passed this stop price/);
    assert.deepEqual(await openOrders(alice), []);
  });

  it("refuses while a market is halted and says so, and takes orders again after", async () => {
    const { page } = await open();
    await enterKey(page, exchange.keys.alice);
    const status = (to: string) =>
      operator(exchange, "POST", "/v1/market-status", { symbol: "BTCUSDT", status: to });
    await status("HALT");
    await send(page, { price: "59000", quantity: "0.01" });
    assert.match(await refused(page), /^Refused, nothing was changedMarket is closed\. \(-1013\)$/);
    await page.locator("header .status-mark", { hasText: "Halted" }).waitFor();
    await status("TRADING");
    await send(page, { price: "59000", quantity: "0.01" });
    assert.match(await done(page), /is open/);
  });

  it("says that the connection is lost, and heals: what happened meanwhile is there", async () => {
    await placeAsBob("SELL", "60010.00", "0.5");
    const { page } = await open(proxy.url);
    await enterKey(page, exchange.keys.alice);
    await send(page, { price: "59000", quantity: "0.01" });
    await done(page);
    await page.getByRole("tab", { name: "Open orders (1)" }).waitFor();
    proxy.down();
    await page.locator('.badge[data-kind="down"]', { hasText: "Reconnecting" }).waitFor();
    // Filled and traded while nobody listens.
    await placeAsBob("SELL", "59000.00", "0.01");
    await placeAsBob("SELL", "60005.00", "0.125");
    proxy.restore();
    await untilLive(page);
    await page.getByRole("tab", { name: "Open orders (0)" }).waitFor();
    await becomesTrue(async () => {
      assert.equal((await ladder(page, "ASK"))[0], "60,005.00 0.1250 0.1250");
      const [trade] = await rows(page, ".tape");
      assert.deepEqual(trade?.slice(0, 2), ["▼ 59,000.00 sold", "0.0100"]);
    });
    await page.getByRole("tab", { name: "Own trades" }).click();
    await becomesTrue(async () => {
      const [newest] = await rows(page, ".account");
      assert.deepEqual(newest?.slice(1, 4), ["Buy", "59,000.00", "0.0100"]);
    });
  });

  it("keeps the key for the tab alone, until it is forgotten; says when it is not taken", async () => {
    const { page } = await open();
    const secret = exchange.keys.alice.secretKey;
    const sent: string[] = [];
    page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));
    page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(String(payload))));
    await enterKey(page, exchange.keys.alice);
    assert.ok(sent.length > 0 && sent.every((text) => !text.includes(secret)), "the secret was sent");
    await page.reload();
    await page.getByText("Your key is in use in this tab.").waitFor();
    assert.ok(!((await page.evaluate("JSON.stringify(localStorage)")) as string).includes(secret));
    await page.getByRole("button", { name: "Forget key" }).click();
    await page.getByLabel("Secret").waitFor();
    assert.equal(await page.evaluate("sessionStorage.length"), 0);
    await page.getByLabel("API key").fill(exchange.keys.alice.apiKey);
    await page.getByLabel("Secret").fill("wrong");
    await page.getByRole("button", { name: "Use key" }).click();
    await page
      .getByText("The exchange does not take the key: Signature for this request is not valid. (-1022)")
      .waitFor();
  });
});

/** Every type of order through the ticket, on a desk and on a phone: placed, edited in place, canceled, filled. */
import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { Exchange } from "../support/exchange.js";
import { FaultyProxy } from "../support/faulty-proxy.js";
import { operator } from "../support/operator.js";
import { SignedClient } from "../support/signed-client.js";
import {
  becomesTrue,
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
  type TicketOrder,
  untilLive,
} from "./browser-page.js";

type Row = Readonly<Record<string, string | number | boolean>>;

/** As the reader's own time has it, two days from now, in whole minutes. */
const GOOD_TILL = new Date(Date.now() + 2 * 86_400_000)
  .toLocaleString("sv-SE")
  .slice(0, 16)
  .replace(" ", "T");

interface Case {
  readonly name: string;
  readonly order: TicketOrder;
  /** What the exchange then says of the order. */
  readonly is: Row;
  /** Fields of the open order's row that are changed, and what the exchange says then. */
  readonly edit: Readonly<Record<string, string>>;
  readonly becomes: Row;
  /** Whether it keeps its id, and with it its place in the queue. */
  readonly keepsPlace: boolean;
}

const LESS = { Quantity: "0.005" };
const CASES: readonly Case[] = [
  {
    name: "a limit order, made less",
    order: { price: "59000", quantity: "0.01" },
    is: { type: "LIMIT", side: "BUY", price: "59000", origQty: "0.01", timeInForce: "GTC" },
    edit: LESS,
    becomes: { type: "LIMIT", price: "59000", origQty: "0.005" },
    keepsPlace: true,
  },
  {
    name: "a limit order, at another price",
    order: { price: "59000", quantity: "0.01" },
    is: { type: "LIMIT", price: "59000" },
    edit: { Price: "58900.5", Quantity: "0.02" },
    becomes: { type: "LIMIT", price: "58900.5", origQty: "0.02" },
    keepsPlace: false,
  },
  {
    name: "a limit maker",
    order: { type: "LIMIT_MAKER", side: "Sell", price: "61000", quantity: "0.01" },
    is: { type: "LIMIT_MAKER", side: "SELL", price: "61000" },
    edit: { Price: "61001" },
    becomes: { type: "LIMIT_MAKER", side: "SELL", price: "61001", origQty: "0.01" },
    keepsPlace: false,
  },
  {
    name: "a stop loss",
    order: { type: "STOP_LOSS", side: "Sell", stopPrice: "58000", quantity: "0.01" },
    is: { type: "STOP_LOSS", stopPrice: "58000", isWorking: false },
    edit: { "Stop price": "57000" },
    becomes: { type: "STOP_LOSS", stopPrice: "57000", origQty: "0.01" },
    keepsPlace: false,
  },
  {
    name: "a stop-loss limit",
    order: { type: "STOP_LOSS_LIMIT", side: "Sell", stopPrice: "58000", price: "57900", quantity: "0.01" },
    is: { type: "STOP_LOSS_LIMIT", stopPrice: "58000", price: "57900" },
    edit: LESS,
    becomes: { type: "STOP_LOSS_LIMIT", stopPrice: "58000", price: "57900", origQty: "0.005" },
    keepsPlace: true,
  },
  {
    name: "a take profit",
    order: { type: "TAKE_PROFIT", side: "Sell", stopPrice: "62000", quantity: "0.01" },
    is: { type: "TAKE_PROFIT", stopPrice: "62000" },
    edit: { "Stop price": "63000" },
    becomes: { type: "TAKE_PROFIT", stopPrice: "63000" },
    keepsPlace: false,
  },
  {
    name: "a take-profit limit",
    order: { type: "TAKE_PROFIT_LIMIT", side: "Sell", stopPrice: "62000", price: "61900", quantity: "0.01" },
    is: { type: "TAKE_PROFIT_LIMIT", stopPrice: "62000", price: "61900" },
    edit: { Price: "61800", "Stop price": "62100" },
    becomes: { type: "TAKE_PROFIT_LIMIT", stopPrice: "62100", price: "61800" },
    keepsPlace: false,
  },
  {
    name: "a trailing stop",
    order: { type: "STOP_LOSS", side: "Sell", quantity: "0.01", fields: { "Trailing delta": "150" } },
    is: { type: "STOP_LOSS", trailingDelta: 150 },
    edit: LESS,
    becomes: { type: "STOP_LOSS", trailingDelta: 150, origQty: "0.005" },
    keepsPlace: true,
  },
  {
    name: "an iceberg",
    order: { price: "59000", quantity: "0.1", fields: { Iceberg: "0.02" } },
    is: { type: "LIMIT", icebergQty: "0.02", origQty: "0.1" },
    edit: { Price: "59001" },
    becomes: { type: "LIMIT", price: "59001", icebergQty: "0.02", origQty: "0.1" },
    keepsPlace: false,
  },
  {
    name: "an order till a date, with its own mode of self-trade prevention",
    order: {
      price: "59000",
      quantity: "0.01",
      timeInForce: "GTD",
      fields: { "Good till": GOOD_TILL },
      choices: { "Against an own order": "EXPIRE_MAKER" },
    },
    is: {
      type: "LIMIT",
      goodTillDate: new Date(GOOD_TILL).getTime(),
      selfTradePreventionMode: "EXPIRE_MAKER",
    },
    edit: { Price: "59002" },
    becomes: {
      price: "59002",
      goodTillDate: new Date(GOOD_TILL).getTime(),
      selfTradePreventionMode: "EXPIRE_MAKER",
    },
    keepsPlace: false,
  },
];

/** Amounts by their value, whatever places they are told with. */
function comparable(row: Row, like: Row): Row {
  return Object.fromEntries(
    Object.keys(like).map((key) => [
      key,
      typeof like[key] === "string" && isNumber(row[key]) ? String(Number(row[key])) : row[key]!,
    ]),
  );
}

function isNumber(value: unknown): boolean {
  return typeof value === "string" && /^[\d.]+$/.test(value);
}

for (const [device, view] of Object.entries({ desk: DESK, phone: PHONE })) {
  describe(`every type of order, on a ${device}`, { skip: NO_BROWSER }, () => {
    let exchange: Exchange;
    let proxy: FaultyProxy;
    let browser: Browser;
    let alice: SignedClient;
    let bob: SignedClient;
    let page: Page;
    let complaints: readonly string[];

    before(async () => {
      exchange = await Exchange.start();
      proxy = await FaultyProxy.start(exchange.port);
      await exchange.takeUnlimitedKeys();
      browser = await launch();
      alice = new SignedClient(exchange.url, exchange.keys.alice);
      bob = new SignedClient(exchange.url, exchange.keys.bob);
      await asBob("SELL", "60010");
      await asBob("BUY", "59990");
      ({ page, complaints } = await openTerminal(browser, proxy.url, { ...view, colorScheme: "light" }));
      await untilLive(page);
      await enterKey(page, exchange.keys.alice);
    });
    afterEach(async () => {
      await alice.signed("DELETE", "/api/v3/allOpenOrders");
      await show(page, "Account");
      await page.getByRole("tab", { name: "Open orders (0)" }).waitFor();
      // What one case has chosen is not the next one's.
      await page.reload();
      await untilLive(page);
    });
    after(async () => {
      await browser?.close();
      await proxy?.close();
      alice?.close();
      bob?.close();
      await exchange?.remove();
    });

    async function asBob(side: "BUY" | "SELL", price: string, quantity = "0.5"): Promise<void> {
      const order = { symbol: "BTCUSDT", side, type: "LIMIT", timeInForce: "GTC", price, quantity };
      const { status, body } = await bob.signed("POST", "/api/v3/order", order);
      assert.equal(status, 200, JSON.stringify(body));
    }
    const openOrders = async (): Promise<readonly Row[]> =>
      (await alice.signed("GET", "/api/v3/openOrders", { symbol: "BTCUSDT" })).body;
    const only = async (): Promise<Row> => {
      const orders = await openOrders();
      assert.equal(orders.length, 1, JSON.stringify(orders));
      return orders[0]!;
    };
    const cells = (): Promise<string[][]> =>
      page
        .locator(".account tbody tr:not(.list-head)")
        .evaluateAll((rows) =>
          rows.map((row) =>
            [...row.querySelectorAll("td")].map((cell) =>
              (cell.textContent ?? "").replace(/\s+/g, " ").trim(),
            ),
          ),
        );

    for (const { name, order, is, edit, becomes, keepsPlace } of CASES) {
      it(`places ${name}, edits it in place and cancels it`, async () => {
        await send(page, order);
        assert.match(await done(page), /is open\.$/);
        const placed = await only();
        assert.deepEqual(comparable(placed, is), is);
        await show(page, "Account");
        await page.getByRole("button", { name: `Edit order ${placed.orderId} of BTCUSDT` }).click();
        const row = page.locator("tr.edit");
        for (const [label, value] of Object.entries(edit)) {
          await row.getByLabel(label, { exact: true }).fill(value);
        }
        await row.getByRole("button", { name: "Save" }).click();
        await row.waitFor({ state: "detached" });
        assert.equal(await page.locator(".account .refusal:not([data-empty])").count(), 0);
        const edited = await only();
        assert.deepEqual(comparable(edited, becomes), becomes);
        assert.equal(edited.orderId === placed.orderId, keepsPlace);
        const cancel = page.getByRole("button", { name: `Cancel order ${edited.orderId} of BTCUSDT` });
        await cancel.click();
        await page.getByRole("tab", { name: "Open orders (0)" }).waitFor();
        assert.deepEqual(await openOrders(), []);
        assert.deepEqual(complaints, []);
      });
    }

    const LISTS: readonly (readonly [kind: string, order: TicketOrder, orders: readonly Row[]])[] = [
      [
        "OCO",
        { type: "OCO", side: "Sell", price: "62000", stopPrice: "58000", quantity: "0.01" },
        [
          { type: "LIMIT_MAKER", price: "62000", status: "NEW" },
          { type: "STOP_LOSS", stopPrice: "58000", status: "NEW" },
        ],
      ],
      [
        "OTO",
        { type: "OTO", price: "59000", quantity: "0.01", fields: { "Then: price": "62000" } },
        [
          { type: "LIMIT", side: "BUY", price: "59000", status: "NEW" },
          { type: "LIMIT", side: "SELL", price: "62000", origQty: "0.0099", status: "PENDING_NEW" },
        ],
      ],
      [
        "OTOCO",
        {
          type: "OTOCO",
          price: "59000",
          quantity: "0.01",
          fields: {
            "Then: price": "62000",
            "Then: stop": "57000",
            "Stop limit": "56900",
            "Then: quantity": "0.009",
          },
        },
        [
          { type: "LIMIT", side: "BUY", price: "59000", status: "NEW" },
          { type: "LIMIT_MAKER", price: "62000", origQty: "0.009", status: "PENDING_NEW" },
          { type: "STOP_LOSS_LIMIT", stopPrice: "57000", price: "56900", status: "PENDING_NEW" },
        ],
      ],
    ];
    for (const [kind, order, expected] of LISTS) {
      it(`places an ${kind}, shows its orders together, makes one less and cancels the list`, async () => {
        await send(page, order);
        assert.match(await done(page), /^List \d+ is open\./);
        const placed = (await openOrders()).toSorted((a, b) => Number(a.orderId) - Number(b.orderId));
        const rows = placed.map((each, i) => comparable(each, expected[i] ?? {}));
        const byType = (a: Row, b: Row): number => String(a.type).localeCompare(String(b.type));
        assert.deepEqual(
          kind === "OCO" ? rows.toSorted(byType) : rows,
          kind === "OCO" ? expected.toSorted(byType) : expected,
        );
        await show(page, "Account");
        const { orderListId } = placed[0]!;
        await page.locator(".list-head", { hasText: `${kind} ${orderListId}` }).waitFor();
        assert.equal((await cells()).length, expected.length);
        await page.getByRole("button", { name: `Edit order ${placed[0]!.orderId} of BTCUSDT` }).click();
        const row = page.locator("tr.edit");
        assert.equal(await row.getByLabel("Price", { exact: true }).count(), 0, "it would end the list");
        await row.getByLabel("Quantity").fill("0.005");
        await row.getByLabel("Quantity").press("Enter");
        await row.waitFor({ state: "detached" });
        await becomesTrue(async () => {
          const less = (await openOrders()).filter(({ origQty }) => Number(origQty) === 0.005).length;
          // The orders of a pair have one quantity.
          assert.equal(less, kind === "OCO" ? 2 : 1);
        });
        await page.getByRole("button", { name: `Cancel list ${orderListId} of BTCUSDT` }).click();
        await page.getByRole("tab", { name: "Open orders (0)" }).waitFor();
        assert.deepEqual(await openOrders(), []);
      });
    }

    it("fills market orders by quantity and by amount; history, trades and balances are the API's", async () => {
      await fill(page, { type: "MARKET", quantity: "0.01" });
      await becomesTrue(async () => {
        const preview = (await page.locator(".preview").textContent()) ?? "";
        assert.match(preview, /Total, by the book now≈ 600\.10 USDT/);
        assert.match(preview, /Fee as taker, 0\.1 %0\.00001 BTC/);
        assert.match(preview, /You get at least0\.00999 BTC/);
      });
      await send(page, { type: "MARKET", quantity: "0.01" });
      assert.match(await done(page), /^Filled 0\.0100 BTC/);
      const amount = { choices: { "Counted in": "QUOTE" }, fields: { Amount: "1200.2" } };
      await send(page, { type: "MARKET", ...amount });
      assert.match(await done(page), /^Filled 0\.0200 BTC/);
      await send(page, { price: "59000", quantity: "0.01", timeInForce: "IOC" });
      assert.match(await done(page), /has ended, 0\.0000 of 0\.0100/);
      await send(page, { price: "60010", quantity: "9", timeInForce: "FOK" });
      assert.match(await done(page), /has ended, 0\.0000 of 9\.0000/);

      await show(page, "Account");
      const isWide = device === "desk";
      await page.getByRole("tab", { name: "Order history" }).click();
      const orders = (await alice.signed("GET", "/api/v3/allOrders", { symbol: "BTCUSDT" })).body as Row[];
      await becomesTrue(async () => {
        const rows = await cells();
        assert.equal(rows.length, orders.length);
        assert.deepEqual(
          rows.map((row) => row.at(-1)),
          orders.map(({ orderId }) => String(orderId)).reverse(),
        );
        assert.match(rows[2]!.join(" "), /Buy market .*0\.0200 \/ .* filled/);
      });
      await page.getByRole("combobox", { name: "Markets of this list" }).selectOption("ALL");
      await becomesTrue(async () => {
        const rows = await cells();
        assert.equal(rows.length, orders.length);
        assert.equal(rows[0]![1], "BTCUSDT");
      });
      await page.getByRole("tab", { name: "Own trades" }).click();
      const trades = (await alice.signed("GET", "/api/v3/myTrades", { symbol: "BTCUSDT" })).body as Row[];
      await becomesTrue(async () => {
        const rows = await cells();
        assert.deepEqual(
          rows.map((row) => Number(row[3])),
          trades.map(({ qty }) => Number(qty)).reverse(),
        );
      });
      await page.getByRole("tab", { name: "Balances" }).click();
      await becomesTrue(async () => {
        const { balances } = (await alice.signed("GET", "/api/v3/account")).body as { balances: Row[] };
        const shown = (await cells()).map(([asset, free, locked]) => [
          asset,
          ...[free, locked].map((text) => Number(text!.replaceAll(",", ""))),
        ]);
        assert.deepEqual(
          shown,
          balances.map(({ asset, free, locked }) => [asset, Number(free), Number(locked)]),
        );
      });
      assert.ok(isWide || (await page.locator("th.wide").first().isHidden()));
      assert.deepEqual(complaints, []);
    });

    it("shows an own order's fill while it is open, and marks it in the ladder with what is open of it", async () => {
      await send(page, { price: "59995", quantity: "0.05" });
      await done(page);
      await asBob("SELL", "59995", "0.02");
      await show(page, "Account");
      await becomesTrue(async () => assert.match((await cells())[0]!.join(" "), /0\.0200 \/ 0\.0500/));
      await show(page, "Book");
      const best = page.locator('.side[data-side="BID"] button').first();
      await becomesTrue(async () => assert.match((await best.textContent()) ?? "", /●\s*0\.0300/));
    });

    it("refuses beside the button while the market is halted, and takes orders again after", async () => {
      const status = (to: string) =>
        operator(exchange, "POST", "/v1/market-status", { symbol: "BTCUSDT", status: to });
      await status("HALT");
      try {
        await send(page, { price: "59000", quantity: "0.01" });
        assert.match(await refused(page), /^Refused, nothing was changedMarket is closed\. \(-1013\)$/);
        await page.getByText("The market is closed: it takes no orders now.").waitFor();
      } finally {
        await status("TRADING");
      }
      await send(page, { price: "59000", quantity: "0.01" });
      assert.match(await done(page), /is open/);
    });

    it("says that the connection is lost, and heals: history has what happened meanwhile", async () => {
      await send(page, { price: "59000", quantity: "0.01" });
      await done(page);
      const { orderId } = await only();
      proxy.down();
      await page.locator('.badge[data-kind="down"]', { hasText: "Reconnecting" }).waitFor();
      await alice.signed("DELETE", "/api/v3/order", { symbol: "BTCUSDT", orderId: String(orderId) });
      proxy.restore();
      await untilLive(page);
      await show(page, "Account");
      await page.getByRole("tab", { name: "Open orders (0)" }).waitFor();
      await page.getByRole("tab", { name: "Order history" }).click();
      await becomesTrue(async () => {
        const [newest] = await cells();
        assert.match(newest!.join(" "), new RegExp(`canceled ${orderId}$`));
      });
    });
  });
}

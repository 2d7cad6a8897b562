/** The client in a browser: what a bundle of it holds, and what it does in Chromium against a real exchange. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { Exchange } from "../support/exchange.js";
import { operator } from "../support/operator.js";
import { bundle } from "./bundle.js";
import { PageServer } from "./page-server.js";

const CHROMIUM = "/usr/bin/chromium";
const PATIENCE_MS = 120_000;
const skip = existsSync(CHROMIUM) ? false : `${CHROMIUM} is not installed: apt-get install chromium`;

const ALL = 'import * as client from "@buttonwood/client"; globalThis.client = client;';
const only = (name: string): string =>
  `import { ${name} } from "@buttonwood/client"; globalThis.x = ${name};`;

describe("a bundle for browsers", () => {
  it("holds no module of Node and nothing that is left to import, and stays small", async () => {
    const { code, imports, bytes, gzippedBytes } = await bundle(ALL);
    assert.deepEqual(imports, []);
    assert.doesNotMatch(code, /["'`]node:|require\(|\bprocess\.|\bBuffer\b|__dirname/);
    console.log(`the whole client: ${bytes} bytes, ${gzippedBytes} gzipped`);
    assert.ok(gzippedBytes < 20_000, `${gzippedBytes} bytes`);
  });

  it("leaves out what is not imported", async () => {
    const marks = {
      RestClient: "X-MBX-APIKEY",
      ApiSession: "session.logon",
      MarketStreams: "LIST_SUBSCRIPTIONS",
      UserStream: "eventStreamTerminated",
      OrderBatches: "orders.place",
      LocalOrderBook: "synced",
      OrderBook: "do not follow on",
      compareDecimals: "is no plain decimal",
    } as const;
    /** What each can't do without. */
    const needs: Record<keyof typeof marks, readonly (keyof typeof marks)[]> = {
      RestClient: ["RestClient", "compareDecimals"],
      ApiSession: ["ApiSession", "compareDecimals"],
      MarketStreams: ["MarketStreams"],
      UserStream: ["UserStream", "ApiSession", "compareDecimals"],
      OrderBatches: ["OrderBatches", "ApiSession", "compareDecimals"],
      LocalOrderBook: ["LocalOrderBook", "OrderBook", "compareDecimals"],
      OrderBook: ["OrderBook", "compareDecimals"],
      compareDecimals: ["compareDecimals"],
    };
    for (const [name, needed] of Object.entries(needs)) {
      const { code, bytes, gzippedBytes } = await bundle(only(name));
      for (const [other, mark] of Object.entries(marks)) {
        const isThere = code.includes(mark);
        assert.equal(
          isThere,
          (needed as readonly string[]).includes(other),
          `${other} in a bundle of ${name}`,
        );
      }
      console.log(`${name} alone: ${bytes} bytes, ${gzippedBytes} gzipped`);
    }
    const { bytes } = await bundle(only("compareDecimals"));
    assert.ok(bytes < 1_500, `${bytes} bytes for one function`);
  });
});

describe("the client in Chromium", { skip }, () => {
  let exchange: Exchange;
  let server: PageServer;
  let browser: Browser;
  let page: Page;
  const failures: string[] = [];

  before(async () => {
    exchange = await Exchange.start();
    const { code } = await bundle(ALL);
    server = await PageServer.start(code, exchange.port);
    const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    browser = await chromium.launch({ executablePath: CHROMIUM, args, timeout: PATIENCE_MS });
    page = await browser.newPage();
    page.on("pageerror", (error) => failures.push(String(error)));
    await page.goto(`${server.url}/page.html`, { timeout: PATIENCE_MS });
    await page.waitForFunction(() => "client" in globalThis, undefined, { timeout: PATIENCE_MS });
  });

  after(async () => {
    await browser?.close();
    await server?.close();
    await exchange?.remove();
  });

  it("trades over REST and over a session, listens, and keeps a book that equals the exchange's", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const { apiKey } = await operator(exchange, "POST", "/v1/keys", {
      account: "bob",
      publicKey: publicKey.export({ type: "spki", format: "pem" }),
    });
    const bob = { apiKey, privateKey: privateKey.export({ type: "pkcs8", format: "pem" }) as string };
    const result = await page.evaluate(
      async ({ url, alice, bob }) => {
        const sdk = (globalThis as unknown as { client: typeof import("@buttonwood/client") }).client;
        const rest = new sdk.RestClient({ url, credentials: alice });
        const session = await sdk.ApiSession.open({ url, credentials: bob });
        const user = await sdk.UserStream.open({ session, symbols: ["BTCUSDT"] });
        const streams = await sdk.MarketStreams.open({ url, api: rest });
        const book = await sdk.LocalOrderBook.open({ symbol: "BTCUSDT", streams, api: rest });
        const trades = streams.trades("BTCUSDT");
        await trades.ready;
        const firstTrade = trades.messages().next();
        const order = { symbol: "BTCUSDT", type: "LIMIT", timeInForce: "GTC", quantity: "0.01" } as const;
        const filled = new Promise<string>((resolve) => {
          user.onEvent((event) => {
            if (event.kind === "fill") resolve(event.fill.price);
          });
        });
        await session.placeOrder({ ...order, side: "SELL", price: "60000.00" });
        for (let i = 0; i < 20; i++)
          await rest.placeOrder({ ...order, side: "BUY", price: `${50_000 + i}.00` });
        const taken = await rest.placeOrder({ ...order, side: "BUY", price: "60000.00" });
        const batches = new sdk.OrderBatches(session);
        const [entry] = await batches.place("BTCUSDT", [
          { side: "SELL", price: "61000.00", quantity: "0.01", clientOrderId: "batch-1" },
        ]);
        let depth = await rest.depth({ symbol: "BTCUSDT", limit: 1000 });
        while (book.lastUpdateId !== depth.lastUpdateId) {
          await new Promise((resolve) => setTimeout(resolve, 50));
          depth = await rest.depth({ symbol: "BTCUSDT", limit: 1000 });
        }
        const refused = await rest
          .placeOrder({ ...order, side: "BUY", price: "60000.00", quantity: "500" })
          .catch((error) => (error instanceof sdk.RefusedError ? error.reason : String(error)));
        const done = {
          status: taken.status,
          isBatchTaken: entry!.taken,
          trade: (await firstTrade).value?.p,
          fill: await filled,
          sameBook: sdk.sameBook(book.depth(), depth),
          sameDigest: (await book.digest()) === (await sdk.bookDigest(depth)),
          bids: depth.bids.length,
          refused,
        };
        book.close();
        user.close();
        streams.close();
        session.close();
        return done;
      },
      { url: server.url, alice: exchange.keys.alice, bob },
    );
    assert.deepEqual(failures, []);
    assert.equal(Number(result.trade), 60_000);
    assert.equal(Number(result.fill), 60_000);
    const { trade: _, fill: __, ...rest } = result;
    assert.deepEqual(rest, {
      status: "FILLED",
      isBatchTaken: true,
      sameBook: true,
      sameDigest: true,
      bids: 20,
      refused: "INSUFFICIENT_BALANCE",
    });
  });

  it("takes a lost connection for what it is in a browser: no answer to a command is an unknown outcome", async () => {
    const name = await page.evaluate(async (alice) => {
      const sdk = (globalThis as unknown as { client: typeof import("@buttonwood/client") }).client;
      const rest = new sdk.RestClient({
        url: "http://127.0.0.1:1",
        credentials: alice,
        pursuit: { pursueMs: 0 },
      });
      // Set by hand: the exchange can't be asked.
      rest.clock.observe(Date.now(), Date.now(), Date.now());
      const order = { symbol: "BTCUSDT", side: "BUY", type: "MARKET", quantity: "0.01" } as const;
      return rest.placeOrder(order).catch((error: Error) => error.name);
    }, exchange.keys.alice);
    assert.equal(name, "OutcomeUnknownError");
  });
});

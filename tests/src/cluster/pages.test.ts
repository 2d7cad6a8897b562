/** Pages through the edge: a browser on a real cluster behind its nginx, and the traces that its backends send. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { RestClient } from "@buttonwood/client";
import type { Browser } from "playwright-core";
import { LocalCluster } from "../support/cluster.js";
import { eventually } from "../support/eventually.js";
import {
  DESK,
  done,
  enterKey,
  launch,
  NO_BROWSER,
  openTerminal,
  send,
  untilLive,
} from "../terminal/browser-page.js";

/** What is read of a span in OTLP's JSON. */
interface Span {
  readonly traceId: string;
  readonly name: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

/** A collector of traces, as far as these tests read them. */
class Collector {
  readonly spans: Span[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Collector> {
    const server = createServer();
    const collector = new Collector(server);
    server.on("request", async (request, answer) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      const message = JSON.parse(body) as {
        resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
      };
      for (const { scopeSpans } of message.resourceSpans) {
        for (const { spans } of scopeSpans) collector.spans.push(...spans);
      }
      answer.end("{}");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return collector;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe("a cluster's pages", { skip: NO_BROWSER }, () => {
  let cluster: LocalCluster;
  let browser: Browser;
  let collector: Collector;
  before(async () => {
    collector = await Collector.start();
    process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
    process.env.OTEL_TRACES_SAMPLER_ARG = "0";
    cluster = await LocalCluster.start(
      ...["--partitions", "2", "--shards", "1", "--redis-nodes", "1", "--backends", "2", "--workers", "1"],
    );
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await cluster?.remove();
    await collector?.close();
  });

  it("trade behind nginx as they do without it", async () => {
    const { page, complaints } = await openTerminal(browser, cluster.url, { ...DESK, colorScheme: "light" });
    await untilLive(page);
    await enterKey(page, cluster.keys.alice);
    await send(page, { price: "59000", quantity: "0.01" });
    await done(page);
    const api = new RestClient({ url: cluster.url, credentials: cluster.keys.alice });
    assert.equal((await api.openOrders()).length, 1);
    assert.deepEqual(complaints, []);
    await page.goto(`${cluster.url}/docs`);
    await page.getByText("/api/v3/account/ledger").first().waitFor();
    await page.close();
  });

  it("may be kept as the gateway says, and nothing else", async () => {
    const caching = async (path: string): Promise<string | null> => {
      const answer = await fetch(`${cluster.url}${path}`);
      assert.equal(answer.status, 200, path);
      return answer.headers.get("cache-control");
    };
    const html = await (await fetch(cluster.url)).text();
    const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(html) ?? [];
    assert.ok(script !== undefined, html);
    assert.equal(await caching("/"), "no-cache");
    assert.equal(await caching(script), "public, max-age=31536000, immutable");
    assert.equal(await caching("/docs/page.css"), "no-cache");
    assert.equal(await caching("/api/v3/time"), "no-store");
  });

  it("and an account's ledger adds up over all partitions", async () => {
    const { alice: key, bob: other } = cluster.keys;
    const alice = new RestClient({ url: cluster.url, credentials: key });
    const bob = new RestClient({ url: cluster.url, credentials: other });
    // A market of each partition.
    for (const [symbol, price] of [
      ["BTCUSDT", "60000.00"],
      ["ETHUSDT", "3000.00"],
    ] as const) {
      const order = { symbol, type: "LIMIT", timeInForce: "GTC", price, quantity: "0.5" } as const;
      await bob.placeOrder({ ...order, side: "SELL" });
      assert.equal((await alice.placeOrder({ ...order, side: "BUY" })).status, "FILLED");
    }
    for (const client of [alice, bob]) {
      const entries = await client.ledger({ startTime: 0, limit: 1000 });
      assert.deepEqual(
        entries.map(({ time }) => time),
        entries.map(({ time }) => time).sort((a, b) => a - b),
      );
      assert.equal(new Set(entries.map(({ id }) => id)).size, entries.length);
      const sums = new Map<string, bigint>();
      for (const { asset, amount } of entries) sums.set(asset, (sums.get(asset) ?? 0n) + unitsOf(amount));
      await eventually("no funds under way", async () => {
        const { balances } = await client.account();
        return (
          balances.every(({ asset, free, locked }) => sums.get(asset) === unitsOf(free) + unitsOf(locked)) ||
          undefined
        );
      });
    }
  });

  it("and a followed order shows its engine and its journal, in other processes", async () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const alice = new RestClient({
      url: cluster.url,
      credentials: cluster.keys.alice,
      fetch: (input, init) => {
        const headers = new Headers(init?.headers);
        headers.set("traceparent", `00-${traceId}-b7ad6b7169203331-01`);
        return fetch(input, { ...init, headers });
      },
    } as ConstructorParameters<typeof RestClient>[0]);
    await alice.placeOrder({
      symbol: "ETHUSDT",
      side: "BUY",
      type: "LIMIT",
      timeInForce: "GTC",
      price: "2900.00",
      quantity: "0.1",
    });
    const names = await eventually("the order's trace", () => {
      const spans = collector.spans.filter((span) => span.traceId === traceId);
      return spans.some(({ name }) => name === "journal.commit") ? spans.map(({ name }) => name) : undefined;
    });
    for (const name of ["POST /api/v3/order", "engine.submit", "engine.wait", "engine.apply"]) {
      assert.ok(names.includes(name), `${name} is not among ${names.join(", ")}`);
    }
  });
});

const unitsOf = (text: string): bigint => {
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".");
  const units = BigInt(whole + fraction.padEnd(12, "0"));
  return text.startsWith("-") ? -units : units;
};

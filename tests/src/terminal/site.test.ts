/** The terminal's files, as a gateway serves them: small, hashed, cached, and under a policy that nothing gets around. */
import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Exchange, ROOT } from "../support/exchange.js";
import { SignedClient } from "../support/signed-client.js";

/** Of all scripts together. */
const GZIPPED_BYTES_MAX = 250_000;

describe("the terminal's files", () => {
  let exchange: Exchange;
  let client: SignedClient;
  let names: readonly string[];
  before(async () => {
    exchange = await Exchange.start();
    client = new SignedClient(exchange.url, exchange.keys.alice);
    const html = await (await fetch(`${exchange.url}/`)).text();
    names = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map((match) => match[1]!);
  });
  after(async () => {
    client?.close();
    await exchange?.remove();
  });

  it("are a page without inline scripts or styles, and files with the hash of what they hold in their names", async () => {
    const html = await (await fetch(`${exchange.url}/`)).text();
    assert.doesNotMatch(html, /<style|style=|<script(?![^>]*src=)|javascript:/);
    assert.ok(names.length >= 3, names.join());
    for (const name of names) assert.match(name, /-[\w-]{8}\.(?:js|css|svg)$/);
  });

  it("have their types, a strict policy, and are kept for ever or asked for again", async () => {
    const types = {
      js: "text/javascript; charset=utf-8",
      css: "text/css; charset=utf-8",
      svg: "image/svg+xml",
    };
    for (const name of ["/", ...names]) {
      const response = await fetch(exchange.url + name);
      assert.equal(response.status, 200, name);
      const end = name.split(".").at(-1) as keyof typeof types;
      assert.equal(
        response.headers.get("content-type"),
        name === "/" ? "text/html; charset=utf-8" : types[end],
      );
      assert.equal(
        response.headers.get("cache-control"),
        name === "/" ? "no-cache" : "public, max-age=31536000, immutable",
      );
      const policy = response.headers.get("content-security-policy") ?? "";
      assert.match(policy, /default-src 'none'.*frame-ancestors 'none'.*require-trusted-types-for 'script'/);
      assert.doesNotMatch(policy, /unsafe|https?:|data:|\*/);
      assert.equal(response.headers.get("x-content-type-options"), "nosniff");
      assert.ok((await response.arrayBuffer()).byteLength > 100, name);
    }
  });

  it("are not sent again to who has them", async () => {
    for (const name of ["/", names[0]!]) {
      const { headers } = await client.raw("GET", name);
      const again = await client.raw("GET", name, { headers: { "If-None-Match": String(headers.etag) } });
      assert.equal(again.status, 304, name);
    }
  });

  it("travel compressed to who takes that; all scripts together are small", async () => {
    const script = names.find((name) => name.endsWith(".js"))!;
    const plain = await fetch(exchange.url + script, { headers: { "accept-encoding": "identity" } });
    assert.equal(plain.headers.get("content-encoding"), null);
    const text = await plain.text();
    // Node's fetch would unpack it: the length that was sent is what counts.
    const packed = await client.raw("GET", script, { headers: { "Accept-Encoding": "gzip" } });
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.equal(packed.headers.vary, "Accept-Encoding");
    const refusing = await client.raw("GET", script, { headers: { "Accept-Encoding": "br, gzip;q=0" } });
    assert.equal(refusing.headers["content-encoding"], undefined);
    // All that there are, also those that the page would load later.
    const folder = join(ROOT, "packages", "web", "dist", "site", "assets");
    const scripts = readdirSync(folder).filter((name) => name.endsWith(".js.gz"));
    const bytes = scripts.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    console.log(`scripts: ${bytes} bytes gzipped`);
    assert.ok(bytes > 0 && bytes <= GZIPPED_BYTES_MAX, `${bytes} bytes`);
    assert.doesNotMatch(text, /\bnew Function\(|\beval\(/);
  });

  it("are all that is served", async () => {
    for (const path of [
      "/index.html",
      "/assets/",
      "/assets/..%2fpackage.json",
      "/assets/index.js.gz",
      "/src/main.tsx",
    ]) {
      const response = await fetch(exchange.url + path);
      assert.ok(response.status === 404 || response.status === 400, `${path}: ${response.status}`);
    }
  });
});

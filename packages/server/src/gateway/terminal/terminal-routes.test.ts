import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import fastify, { type FastifyInstance } from "fastify";
import { addTerminal } from "./terminal-routes.js";

describe("the terminal's routes", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "buttonwood-site-"));
    mkdirSync(join(folder, "site", "assets"), { recursive: true });
    mkdirSync(join(folder, "empty"));
    writeFileSync(join(folder, "site", "index.html"), "<!doctype html>");
    writeFileSync(join(folder, "site", "assets", "index-1.js"), "let a;");
    writeFileSync(join(folder, "site", "assets", "index-1.js.gz"), gzipSync("let a;"));
    writeFileSync(join(folder, "site", "assets", "plain-1.css"), "a{}");
    writeFileSync(join(folder, "site", "assets", "notes.txt"), "not for clients");
  });
  after(() => rmSync(folder, { recursive: true }));

  const app = (site: string): FastifyInstance => {
    const built = fastify();
    addTerminal(built, join(folder, site));
    return built;
  };

  it("say what to do when the pages are not built", async () => {
    const { statusCode, body } = await app("empty").inject("/");
    assert.equal(statusCode, 503);
    assert.match(body, /not built.*npm run build/);
  });

  it("serve the page and its files with their types, and nothing else of the folder", async () => {
    const site = app("site");
    const page = await site.inject("/");
    assert.deepEqual(
      [page.statusCode, page.headers["content-type"], page.headers["cache-control"]],
      [200, "text/html; charset=utf-8", "no-cache"],
    );
    const style = await site.inject({ url: "/assets/plain-1.css", headers: { "accept-encoding": "gzip" } });
    assert.equal(style.headers["content-type"], "text/css; charset=utf-8");
    assert.equal(style.headers["content-encoding"], undefined, "there is no compressed one");
    for (const url of ["/assets/notes.txt", "/assets/index-1.js.gz", "/assets", "/index.html"]) {
      assert.equal((await site.inject(url)).statusCode, 404, url);
    }
  });

  it("send the compressed file to who takes it, with an ETag of its own", async () => {
    const site = app("site");
    const get = (encoding: string) =>
      site.inject({ url: "/assets/index-1.js", headers: { "accept-encoding": encoding } });
    for (const encoding of ["gzip", "br, gzip;q=0.5", "deflate,gzip"]) {
      const { headers, rawPayload } = await get(encoding);
      assert.equal(headers["content-encoding"], "gzip", encoding);
      assert.equal(headers["content-type"], "text/javascript; charset=utf-8");
      assert.equal(gunzipSync(rawPayload).toString(), "let a;");
    }
    const plain = await get("");
    for (const encoding of ["identity", "gzip;q=0", "gzip; q=0.0, br", "xgzip"]) {
      const { headers, body } = await get(encoding);
      assert.equal(headers["content-encoding"], undefined, encoding);
      assert.equal(body, "let a;");
    }
    assert.notEqual(plain.headers.etag, (await get("gzip")).headers.etag);
  });

  it("send nothing again to who has it, by the ETag of what they would get", async () => {
    const site = app("site");
    const get = (headers: Record<string, string>) => site.inject({ url: "/assets/index-1.js", headers });
    const etag = String((await get({})).headers.etag);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`]) {
      const { statusCode, headers, body } = await get({ "if-none-match": known });
      assert.deepEqual([statusCode, headers.etag, body], [304, etag, ""], known);
    }
    assert.equal((await get({ "if-none-match": '"other"' })).statusCode, 200);
    assert.equal((await get({ "if-none-match": etag, "accept-encoding": "gzip" })).statusCode, 200);
  });

  it("go on as they were when the pages are built anew beside them", async () => {
    const site = app("site");
    writeFileSync(join(folder, "site", "index.html"), "<!doctype html><title>another</title>");
    assert.equal((await site.inject("/")).body, "<!doctype html>");
  });
});

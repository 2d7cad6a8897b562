/** What `npm start` does before each build leaves the bundled pages whole. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { ROOT } from "./sources.js";

describe("the bundled pages", () => {
  for (const site of ["site", "console-site"]) {
    it(`${site}: its scripts outlive the removal of outputs whose source is gone`, async () => {
      const assets = join(ROOT, "packages", "web", "dist", site, "assets");
      const { removeStale } = await import(pathToFileURL(join(ROOT, "scripts", "prepare.mjs")).href);
      removeStale();
      const compressed = readdirSync(assets).filter((name) => name.endsWith(".js.gz"));
      assert.ok(compressed.length > 0);
      for (const name of compressed) assert.ok(existsSync(join(assets, name.slice(0, -".gz".length))), name);
    });
  }
});

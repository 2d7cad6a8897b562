/**
 * Bundles the schema library, which comes as some 700 modules, into dist/bundled: to find, read and link them took a
 * third of the time in which a gateway starts. `#typebox`, `#typebox/schema` and `#typebox/value` lead there. Does
 * nothing when what it was last made of is unchanged. Part of `npm run build`.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = dirname(fileURLToPath(import.meta.url));
const BUNDLED = join(PACKAGE, "dist", "bundled");
/** What it was made of. Written last, so that a build that was interrupted is made again. */
const MARK = join(BUNDLED, ".made-of");
const ENTRIES = { typebox: "typebox", "typebox-schema": "typebox/schema", "typebox-value": "typebox/value" };

const hash = createHash("sha256");
for (const file of ["package-lock.json", "packages/server/build.mjs"]) {
  hash.update(readFileSync(join(PACKAGE, "..", "..", file)));
}
const now = hash.digest("hex");
const before = existsSync(MARK) ? readFileSync(MARK, "utf8") : "";
if (now !== before) {
  // The bundler takes a fifth of a second to load: only when it has something to do.
  const { build } = await import("vite");
  await build({
    root: PACKAGE,
    configFile: false,
    logLevel: "warn",
    ssr: { noExternal: true },
    build: {
      ssr: true,
      outDir: BUNDLED,
      emptyOutDir: true,
      minify: false,
      rollupOptions: {
        input: ENTRIES,
        output: { entryFileNames: "[name].mjs", chunkFileNames: "[name].mjs" },
      },
    },
  });
  writeFileSync(MARK, now);
}

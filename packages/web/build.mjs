/**
 * Bundles the pages into dist/site and dist/console-site, after `tsc -b` has checked them: hashed names, each file also compressed. Does
 * nothing when what it was last made of is unchanged. Part of `npm run build`.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { constants, gzipSync } from "node:zlib";

const PACKAGE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(dirname(PACKAGE));
/** Each page with its own folder: what the console is made of, the clients' listener does not have. */
const SITES = [
  { page: "index.html", site: join(PACKAGE, "dist", "site") },
  { page: "console.html", site: join(PACKAGE, "dist", "console-site") },
];
/** What the site was made of, as one hash. Beside the site, so that it is not served. */
const MARK = join(PACKAGE, "dist", ".site-inputs");

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

function inputs() {
  const hash = createHash("sha256");
  const files = [
    join(ROOT, "package-lock.json"),
    join(PACKAGE, "build.mjs"),
    ...SITES.map(({ page }) => join(PACKAGE, page)),
    ...filesBelow(join(PACKAGE, "src")).filter((file) => !file.endsWith(".test.ts")),
    ...filesBelow(join(ROOT, "packages", "client", "dist")).filter(
      (file) => file.endsWith(".js") && !file.endsWith(".test.js"),
    ),
  ];
  for (const file of files) hash.update(relative(ROOT, file)).update("\0").update(readFileSync(file));
  return hash.digest("hex");
}

/** Whether a site has its page, and every file that was compressed. */
function isWhole(site) {
  if (!existsSync(join(site, "index.html"))) return false;
  return filesBelow(site).every((file) => !file.endsWith(".gz") || existsSync(file.slice(0, -".gz".length)));
}

const now = inputs();
const before = existsSync(MARK) ? readFileSync(MARK, "utf8") : "";
if (now !== before || !SITES.every(({ site }) => isWhole(site))) {
  // The bundler takes a fifth of a second to load: only when it has something to do.
  const { build } = await import("vite");
  for (const { page, site } of SITES) {
    await build({
      root: PACKAGE,
      configFile: false,
      logLevel: "warn",
      build: {
        outDir: site,
        emptyOutDir: true,
        rollupOptions: { input: join(PACKAGE, page) },
        // Nothing inline: the policy under which the pages are served allows neither scripts nor images in text.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        reportCompressedSize: false,
      },
    });
    if (page !== "index.html") renameSync(join(site, page), join(site, "index.html"));
    for (const file of filesBelow(site)) {
      writeFileSync(`${file}.gz`, gzipSync(readFileSync(file), { level: constants.Z_BEST_COMPRESSION }));
    }
  }
  mkdirSync(dirname(MARK), { recursive: true });
  writeFileSync(MARK, now);
}

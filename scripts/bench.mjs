/**
 * `npm run bench`: from a fresh clone to a capacity report of this machine. Installs, builds, then becomes
 * `buttonwood bench deploy`, in this very process.
 *
 *   npm run bench                          capacity.html, capacity.md and capacity.json
 *   npm run bench -- --only '4 × 4'        only some layouts
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, checkNode, install, ROOT } from "./prepare.mjs";

checkNode();
await install();
if (!(await build())) {
  process.stderr.write(
    "\nerror: the build failed.\n  Nothing was measured; the compiler's words stand above.\n" +
      "  If you changed nothing, remove packages/*/dist and run again; else fix the lines named.\n",
  );
  process.exit(1);
}
const mayInstall = process.getuid?.() === 0 ? ["--install"] : [];
process.argv.splice(
  2,
  0,
  "bench",
  "deploy",
  "--report",
  "capacity.html",
  "--markdown",
  "capacity.md",
  "--out",
  "capacity.json",
  // As long as fits into 20 minutes on two cores.
  ...["--seconds", "6", "--warm-up", "2", "--warm-up-max", "40", "--rate", "1000"],
  ...mayInstall,
);
await import(pathToFileURL(join(ROOT, "packages", "cli", "bin", "buttonwood.js")).href);

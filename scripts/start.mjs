/**
 * `npm start`: from a fresh clone to a running exchange. Installs, builds, then becomes `buttonwood start`, in this
 * very process, so that signals and exit codes need no forwarding.
 *
 *   npm start                          an exchange on port 8080, data in ./data
 *   npm start -- --port 8099 --data DIR
 *   npm run demo                       the same with simulated traders, opened in the browser
 *   npm run demo -- --no-open          … not opened
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, checkNode, install, ROOT } from "./prepare.mjs";

checkNode();
await install();
if (!(await build())) {
  process.stderr.write(
    "\nerror: the build failed.\n  Nothing was started; the compiler's words stand above.\n" +
      "  If you changed nothing, remove packages/*/dist and run again; else fix the lines named.\n",
  );
  process.exit(1);
}
process.argv.splice(2, 0, "start");
await import(pathToFileURL(join(ROOT, "packages", "cli", "bin", "buttonwood.js")).href);

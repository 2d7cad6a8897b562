/**
 * What `npm start` and `npm test` do first on any clone: check Node, install what is missing, remove outputs whose
 * source is gone, build; `npm test` also installs the servers, the browser and the Prometheus that its tests run. Plain
 * JavaScript without dependencies, since it runs before anything is installed.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** `--json` output and pipes stay clean: everything that is said here goes to stderr. */
function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Ends the process with what happened, what it means and what to do. */
function fail(what, meaning, remedy) {
  say(`\nerror: ${what}\n  ${meaning}\n  ${remedy}`);
  process.exit(1);
}

export function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(
    `this is Node ${process.versions.node}.`,
    "Buttonwood needs Node 20.19 or newer: older ones lack parts it is built on.",
    "Install a current Node (20, 22 or 24), for example with `nvm install 22`, then run the same command again.",
  );
}

/**
 * Runs a program and tells how long it has been running once it takes more than two seconds: a moving line on a
 * terminal, else a line every ten seconds. Resolves to its exit code and all it wrote.
 */
export function run(label, file, args, options = {}) {
  return new Promise((resolve) => {
    const startMs = Date.now();
    const child = spawn(file, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"], ...options });
    let output = "";
    child.stdout?.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      output += chunk;
    });
    const terminal = process.stderr.isTTY;
    let saidMs = startMs;
    const timer = setInterval(() => {
      const nowMs = Date.now();
      const seconds = Math.round((nowMs - startMs) / 1000);
      if (terminal) {
        if (nowMs - startMs > 2_000) process.stderr.write(`\r${label} … ${seconds} s`);
      } else if (nowMs - saidMs >= 10_000) {
        saidMs = nowMs;
        say(`${label} … ${seconds} s`);
      }
    }, 500);
    const end = (code) => {
      clearInterval(timer);
      if (terminal) process.stderr.write("\r\u001b[K");
      resolve({ code, output, seconds: (Date.now() - startMs) / 1000 });
    };
    child.on("error", (error) => {
      output += String(error);
      end(1);
    });
    child.on("close", (code) => end(code ?? 1));
  });
}

const QUIET = ["--no-audit", "--no-fund"];
/** Windows knows npm only as npm.cmd, which needs a shell. */
const SHELL = { shell: process.platform === "win32" };

function lockHash() {
  return createHash("sha256")
    .update(readFileSync(join(ROOT, "package-lock.json")))
    .digest("hex");
}

/** Whether node_modules holds what the lock file asks for: by our own mark, or by npm's being younger. */
function isInstalled() {
  const mark = join(ROOT, "node_modules", ".buttonwood-lock");
  if (existsSync(mark) && readFileSync(mark, "utf8") === lockHash()) return true;
  const installed = join(ROOT, "node_modules", ".package-lock.json");
  return (
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(ROOT, "package-lock.json")).mtimeMs
  );
}

export async function install() {
  if (isInstalled()) return;
  const fresh = !existsSync(join(ROOT, "node_modules"));
  const label = fresh
    ? "Installing dependencies (first time, up to a minute)"
    : "The lock file has changed: installing dependencies";
  say(`${label} …`);
  // Exactly what the lock file names, when npm agrees that it is complete; else as near as it gets. Neither writes to it.
  const first = await run(
    label,
    "npm",
    [fresh ? "ci" : "install", ...(fresh ? [] : ["--no-save"]), ...QUIET],
    SHELL,
  );
  const { code, output, seconds } =
    first.code === 0 || !fresh ? first : await run(label, "npm", ["install", "--no-save", ...QUIET], SHELL);
  if (code !== 0) {
    say(output);
    fail(
      "npm could not install the dependencies.",
      "Nothing was started; npm's own words stand above.",
      "Check the network connection and the registry setting (`npm config get registry`), then run again.",
    );
  }
  writeFileSync(join(ROOT, "node_modules", ".buttonwood-lock"), lockHash());
  say(`Installed in ${seconds.toFixed(0)} s.`);
}

/** Every workspace folder that tsc builds from src into dist. */
export function packageFolders() {
  const folders = readdirSync(join(ROOT, "packages")).map((name) => join(ROOT, "packages", name));
  return [...folders, join(ROOT, "tests")].filter((folder) => existsSync(join(folder, "tsconfig.json")));
}

/** All files below a folder; none when it does not exist. */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

/** Where packages/web/build.mjs puts the pages: the terminal's and the console's. */
const SITES = ["site", "console-site"];

/** Removes outputs of sources that are gone, so that no deleted module or test lives on in dist. */
export function removeStale() {
  let removed = 0;
  for (const folder of packageFolders()) {
    const dist = join(folder, "dist");
    for (const file of filesBelow(dist)) {
      const name = relative(dist, file);
      // Bundled pages have names of their own, and are replaced whole.
      if (SITES.some((site) => name.startsWith(site + sep))) continue;
      const stem = name.replace(/(?:\.d\.ts|\.js)(?:\.map)?$/, "");
      if (stem === name) continue;
      if ([".ts", ".tsx"].some((end) => existsSync(join(folder, "src", stem + end)))) continue;
      rmSync(file);
      removed++;
    }
  }
  return removed;
}

/** Removes what a build wrote, when tsc's notes say it is built but an output is missing. */
function removeBroken() {
  for (const folder of packageFolders()) {
    const dist = join(folder, "dist");
    if (!existsSync(join(dist, ".tsbuildinfo"))) continue;
    const missing = filesBelow(join(folder, "src")).some((file) => {
      const name = relative(join(folder, "src"), file);
      // A source younger than the notes is simply not built yet.
      if (!/\.tsx?$/.test(name) || /\.d\.ts$/.test(name) || /\.(?:test|fuzz)\.ts$/.test(name)) return false;
      if (statSync(file).mtimeMs > statSync(join(dist, ".tsbuildinfo")).mtimeMs) return false;
      return !existsSync(join(dist, name.replace(/\.tsx?$/, ".js")));
    });
    if (missing) rmSync(dist, { recursive: true });
  }
}

/** Builds everything that changed. Returns whether it worked; prints the compiler's words when not. */
export async function build() {
  const removed = removeStale();
  removeBroken();
  if (removed > 0) say(`Removed ${removed} built files whose source is gone.`);
  const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
  const fresh = !existsSync(join(ROOT, "packages", "cli", "dist", "index.js"));
  if (fresh) say("Building …");
  const { code, output, seconds } = await run("Building", process.execPath, [tsc, "-b"]);
  if (code !== 0) {
    say(output);
    return false;
  }
  let total = seconds;
  for (const [text, folder] of [
    ["Building the pages", "web"],
    ["Bundling", "server"],
  ]) {
    const bundled = await run(text, process.execPath, [join(ROOT, "packages", folder, "build.mjs")]);
    if (bundled.code !== 0) {
      say(bundled.output);
      return false;
    }
    total += bundled.seconds;
  }
  if (fresh || total > 2) say(`Built in ${total.toFixed(1)} s.`);
  return true;
}

/**
 * Tests of the cluster run real PostgreSQL, Redis and nginx. On Debian as root, installs those that are missing;
 * elsewhere says how: the tests that need them then fail and say it again. Call it after the build.
 */
export async function installServers() {
  const finder = join(ROOT, "packages", "server", "dist", "platform", "servers", "find-binary.js");
  const { missingPackages } = await import(pathToFileURL(finder).href);
  await installPackages(missingPackages(), "tests of the cluster");
}

/** Tests of a report's page look at it in Chromium; where there is none, they are skipped. */
export async function installBrowser() {
  await installPackages(existsSync("/usr/bin/chromium") ? [] : ["chromium"], "tests of a report's page");
}

/** Tests of the alert rules let Prometheus load and evaluate them; where there is none, they are skipped. */
export async function installPrometheus() {
  await installPackages(existsSync("/usr/bin/promtool") ? [] : ["prometheus"], "tests of the alert rules");
}

async function installPackages(missing, purpose) {
  if (missing.length === 0) return;
  const isDebianRoot = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  const command = `apt-get install -y --no-install-recommends ${missing.join(" ")}`;
  if (!isDebianRoot) {
    say(`The ${purpose} need what is not installed here. On Debian, as root: ${command}`);
    return;
  }
  const label = `Installing ${missing.join(", ")} for the ${purpose}`;
  say(`${label} …`);
  // Run level 1: the packages' own servers are not started.
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const { code, output, seconds } = await run(label, "sh", ["-c", `apt-get update && ${command}`], { env });
  say(
    code === 0
      ? `Installed in ${seconds.toFixed(0)} s.`
      : `${output}\n${command} failed; its words stand above.`,
  );
}

/** A path as shown and filtered: from the root, with slashes. */
export function shownPath(file) {
  return relative(ROOT, file).split(sep).join("/");
}

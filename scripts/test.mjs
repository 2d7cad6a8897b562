/**
 * `npm test`: installs (as root on Debian also PostgreSQL, Redis, nginx, Chromium and Prometheus), builds, lints, then
 * runs every test file in a process of its own with the runner of Node.
 *
 *   npm test                 everything
 *   npm test -- journal      only files whose path contains "journal" (several words: any of them)
 *
 * The last line is `N passed, N failed`, summed from the runner's own totals; a failed build or lint, and a test
 * file that ended without totals, count as one failure each. Exits with 1 on any failure.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import {
  build,
  checkNode,
  filesBelow,
  install,
  installBrowser,
  installPrometheus,
  installServers,
  packageFolders,
  ROOT,
  run,
  shownPath,
} from "./prepare.mjs";

/** A file that hangs is ended, so that the others still run. */
const FILE_SECONDS_MAX = 600;
/** All tests together stay below the half hour that CI allows. */
const TOTAL_SECONDS_MAX = 28 * 60;

const startMs = Date.now();
const terminal = process.stdout.isTTY;
let passed = 0;
let failed = 0;

function finish() {
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exit(failed === 0 ? 0 : 1);
}

function status(text) {
  if (terminal) process.stdout.write(`\r\u001b[K${text.slice(0, (process.stdout.columns ?? 80) - 1)}`);
}

function line(text) {
  if (terminal) process.stdout.write("\r\u001b[K");
  process.stdout.write(`${text}\n`);
}

/** A total as the runner prints it at the end, e.g. `ℹ pass 12`. */
function total(output, name) {
  const matches = [...output.matchAll(new RegExp(`^. ${name} (\\d+)$`, "gmu"))];
  return matches.length === 0 ? undefined : Number(matches.at(-1)[1]);
}

/** Runs one file. Its process group is ended with it, so that no started server outlives its test. */
function runFile(file) {
  return new Promise((resolve) => {
    const fileStartMs = Date.now();
    const { NODE_TEST_CONTEXT: _, FORCE_COLOR: __, ...env } = process.env;
    const child = spawn(
      process.execPath,
      // The file alone: `--test` would start a second process for it, whose start costs as much as a small test.
      ["--enable-source-maps", "--test-reporter=spec", "--test-reporter-destination=stdout", file],
      { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"], detached: true },
    );
    running.add(child);
    let output = "";
    const take = (chunk) => {
      output += chunk;
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      end(child);
    }, FILE_SECONDS_MAX * 1000);
    child.on("close", (code) => {
      clearTimeout(timer);
      running.delete(child);
      const pass = total(output, "pass");
      const fail = (total(output, "fail") ?? 0) + (total(output, "cancelled") ?? 0);
      // Exit code and totals must agree: a crash after the last test is a failure too.
      const failures = Math.max(fail, code === 0 && pass !== undefined ? 0 : 1);
      if (late) output += `\nended after ${FILE_SECONDS_MAX} s: a test hangs or leaves a server open\n`;
      resolve({ pass: pass ?? 0, fail: failures, output, seconds: (Date.now() - fileStartMs) / 1000 });
    });
  });
}

const running = new Set();

function end(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    for (const child of running) end(child);
    line(`ended by ${signal}`);
    failed++;
    finish();
  });
}

checkNode();
await install();
if (!(await build())) {
  line("The build failed; no test was run. The compiler's words stand above.");
  failed++;
  finish();
}
await installServers();
await installBrowser();
await installPrometheus();

const filters = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
if (filters.length === 0) {
  const biome = join(ROOT, "node_modules", "@biomejs", "biome", "bin", "biome");
  const lint = await run("Linting", process.execPath, [biome, "check", "."]);
  if (lint.code === 0) line(`lint ok (${lint.seconds.toFixed(1)} s)`);
  else {
    line(`${lint.output}\nlint failed: \`npm run format\` repairs most of it.`);
    failed++;
  }
}

const files = packageFolders()
  .flatMap((folder) => filesBelow(join(folder, "dist")).filter((file) => file.endsWith(".test.js")))
  .filter((file) => existsSync(file.replace(/([\\/])dist[\\/]/, "$1src$1").replace(/\.js$/, ".ts")))
  .filter((file) => filters.length === 0 || filters.some((filter) => shownPath(file).includes(filter)))
  .sort();
if (files.length === 0) {
  line(
    filters.length === 0 ? "There is no test file." : `No test file's path contains ${filters.join(" or ")}.`,
  );
  failed++;
  finish();
}

const failures = [];
let started = 0;
let done = 0;
async function work() {
  while (started < files.length) {
    const file = files[started++];
    if ((Date.now() - startMs) / 1000 > TOTAL_SECONDS_MAX) {
      failed++;
      line(`not run, the time is over: ${shownPath(file)}`);
      continue;
    }
    status(`[${done}/${files.length}] ${shownPath(file)} …`);
    const result = await runFile(file);
    done++;
    passed += result.pass;
    failed += result.fail;
    const mark = result.fail === 0 ? "ok  " : "FAIL";
    const count = `${result.pass} passed${result.fail > 0 ? `, ${result.fail} failed` : ""}`;
    line(`[${done}/${files.length}] ${mark} ${shownPath(file)} (${count}, ${result.seconds.toFixed(1)} s)`);
    if (result.fail > 0) {
      failures.push(shownPath(file));
      line(result.output.trimEnd());
    }
  }
}
const watchdog = setTimeout(() => {
  line(`All tests together took more than ${TOTAL_SECONDS_MAX / 60} minutes; ending those that still run.`);
  for (const child of running) end(child);
}, TOTAL_SECONDS_MAX * 1000);
await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work));
clearTimeout(watchdog);
if (terminal) process.stdout.write("\r\u001b[K");
for (const file of failures) line(`failed: ${file}`);
line(`${files.length} files in ${((Date.now() - startMs) / 1000).toFixed(0)} s`);
finish();

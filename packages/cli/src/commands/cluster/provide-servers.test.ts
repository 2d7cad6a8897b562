import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { CommandFailure } from "../../terminal/failure.js";
import { provideServers } from "./provide-servers.js";

const MISSING = ["redis-server", "nginx"];
const INSTALL = "apt-get install -y --no-install-recommends redis-server nginx";

/** An `apt-get` that notes what it was asked for and fails when it is told to. */
const folder = mkdtempSync(join(tmpdir(), "buttonwood-apt-"));
const asked = join(folder, "asked");
const path = process.env.PATH;
const isAble = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");

before(() => {
  const file = join(folder, "apt-get");
  writeFileSync(file, `#!/bin/sh\necho "apt-get $*" >> '${asked}'\n[ ! -e '${folder}/fails' ]\n`);
  chmodSync(file, 0o755);
  process.env.PATH = `${folder}${delimiter}${path}`;
});

after(() => {
  process.env.PATH = path;
  rmSync(folder, { recursive: true });
});

function refusal(mayInstall: boolean): CommandFailure {
  try {
    provideServers(MISSING, mayInstall);
  } catch (error) {
    assert.ok(error instanceof CommandFailure);
    return error;
  }
  throw new Error("nothing was refused");
}

test("nothing is done when nothing is missing", () => {
  provideServers([], true);
  assert.ok(!existsSync(asked));
});

test("what is missing is named, with the command that installs it", () => {
  const { message, meaning, remedy } = refusal(false);
  assert.equal(message, "redis-server, nginx are not installed on this machine.");
  assert.match(meaning, /nothing was started/);
  assert.ok(remedy.includes(INSTALL) && remedy.includes("--install"), remedy);
  assert.ok(!existsSync(asked));
});

test("it is installed when that is asked for, by whom may do it", () => {
  if (!isAble) {
    const { meaning, remedy } = refusal(true);
    assert.match(meaning, /--install needs root and apt-get; nothing was installed or started/);
    assert.ok(remedy.includes(INSTALL));
    assert.ok(!existsSync(asked));
    return;
  }
  provideServers(MISSING, true);
  assert.deepEqual(readFileSync(asked, "utf8").trim().split("\n"), ["apt-get update", INSTALL]);
  writeFileSync(join(folder, "fails"), "");
  const { message, meaning } = refusal(true);
  assert.equal(message, `${INSTALL} failed.`);
  assert.match(meaning, /nothing was started/);
});

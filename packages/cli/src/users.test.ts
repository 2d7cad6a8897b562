import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { assertThreeParts, type Ran, run, type Started, startCli } from "./testing/run-cli.js";

const BIN = fileURLToPath(new URL("../bin/buttonwood.js", import.meta.url));

/** Runs it to its end with a text on its standard input. */
function runReading(input: string, ...args: string[]): Promise<Ran> {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: "pipe" });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
}

describe("buttonwood users", () => {
  let folder: string;
  let data: string[];
  let exchange: Started;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "buttonwood-users-"));
    data = ["--data", folder];
    exchange = await startCli("--tls-self-signed", "--tls-port", "0", ...data);
  });
  after(async () => {
    await exchange.stop("SIGTERM");
    rmSync(folder, { recursive: true });
  });

  const signIn = (login: string, password: string): Promise<number> =>
    fetch(`${exchange.url}/account/v1/sign-in`, {
      method: "POST",
      headers: { origin: exchange.url, "content-type": "application/json" },
      body: JSON.stringify({ login, password }),
    }).then(({ status }) => status);

  it("makes the demo accounts' users at the first start, with passwords that only the operator can read", async () => {
    const path = join(folder, "demo-keys.json");
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const { alice, bob } = JSON.parse(readFileSync(path, "utf8"));
    assert.deepEqual([await signIn("alice", alice.password), await signIn("bob", bob.password)], [200, 200]);
    assert.equal(await signIn("alice", bob.password), 401);
    const { users } = JSON.parse((await run("users", "--json", ...data)).stdout);
    assert.deepEqual(
      users.map(({ login, role, accountName, demo }: Record<string, unknown>) => [
        login,
        role,
        accountName,
        demo,
      ]),
      [
        ["alice", "TRADER", "alice", true],
        ["bob", "TRADER", "bob", true],
      ],
    );
  });

  it("whose sessions' cookies are kept to TLS and this host where they sign in over TLS", async () => {
    const { url, certificateFile } = exchange.tls!;
    const { alice } = JSON.parse(readFileSync(join(folder, "demo-keys.json"), "utf8"));
    const cookies = await new Promise<string[] | undefined>((resolve, reject) => {
      const sent = request(
        `${url}/account/v1/sign-in`,
        {
          method: "POST",
          ca: readFileSync(certificateFile),
          headers: { origin: url, "content-type": "application/json" },
        },
        (response) => {
          response.resume().on("end", () => resolve(response.headers["set-cookie"]));
        },
      );
      sent.on("error", reject);
      sent.end(JSON.stringify({ login: "alice", password: alice.password }));
    });
    assert.match(cookies?.join() ?? "", /^__Host-buttonwood-session=[\w-]{43}; .*Secure; SameSite=Strict$/);
  });

  it("makes a user, sets a password, disables and enables", async () => {
    const made = await runReading(
      "first long password\n",
      "users",
      "create",
      "carol",
      "--account",
      "bob",
      ...data,
    );
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /^User carol may sign in, and trades with account bob\.$/m);
    assert.equal(await signIn("carol", "first long password"), 200);
    const set = await runReading("other long password", "users", "set-password", "carol", ...data);
    assert.match(set.stdout, /all sessions have ended/);
    assert.deepEqual(
      [await signIn("carol", "first long password"), await signIn("carol", "other long password")],
      [401, 200],
    );
    assert.equal((await run("users", "disable", "carol", ...data)).code, 0);
    assert.equal(await signIn("carol", "other long password"), 401);
    assert.match((await run("users", ...data)).stdout, /^carol +TRADER +bob +no +disabled/m);
    assert.equal((await run("users", "enable", "carol", ...data)).code, 0);
    assert.equal(await signIn("carol", "other long password"), 200);
    assert.equal((await run("users", "reset-totp", "carol", ...data)).code, 0);
  });

  it("makes operators, who are nobody at the terminal", async () => {
    const made = await runReading(
      "olgas long password\n",
      "users",
      "create",
      "olga",
      "--role",
      "OPERATOR",
      ...data,
    );
    assert.match(made.stdout, /User olga may sign in as OPERATOR/);
    assert.equal(await signIn("olga", "olgas long password"), 401);
  });

  it("refuses what can't be, in three parts, and makes nobody", async () => {
    const long = "a long enough password";
    for (const [input, args, text] of [
      ["", ["create", "dave", "--account", "bob"], /stdin holds no password/],
      ["short", ["create", "dave", "--account", "bob"], /it has 5 characters/],
      [long, ["create", "dave"], /not said what the user may/],
      [long, ["create", "dave", "--account", "bob", "--role", "OPERATOR"], /exclude each other/],
      [long, ["create", "dave", "--account", "nobody"], /There is no account nobody/],
      [long, ["create", "<b>", "--account", "bob"], /does not fit: login/],
      [long, ["create", "alice", "--account", "bob"], /There is a user alice already/],
      [long, ["set-password", "nobody"], /There is no user nobody/],
    ] as const) {
      const ran = await runReading(input, "users", ...args, ...data);
      assert.notEqual(ran.code, 0, args.join(" "));
      assertThreeParts(ran.stderr);
      assert.match(ran.stderr, text);
      assert.ok(!ran.stderr.includes(long), "a password is shown");
    }
    assert.ok(!(await run("users", ...data)).stdout.includes("dave"));
  });
});

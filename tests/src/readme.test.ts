/** The README's snippets, taken from its text and run as printed, against an exchange on another port and folder. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readRepositoryFile } from "./house/sources.js";
import { CLI, Exchange, ROOT } from "./support/exchange.js";

let exchange: Exchange;

before(async () => {
  // With TLS, since that has a metric of its own.
  exchange = await Exchange.start({ args: ["--tls-self-signed", "--tls-port", "0"] });
});

after(async () => {
  await exchange?.remove();
});

/** The one code block of a page, of a language and with a word in it; the test's own port and folder put in. */
function snippet(page: string, language: string, word: string): string {
  const blocks = [...readRepositoryFile(page).matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)]
    .filter((match) => match[1] === language && match[2]!.includes(word))
    .map((match) => match[2]!);
  assert.equal(blocks.length, 1, `${page} has ${blocks.length} ${language} blocks with ${word}`);
  return blocks[0]!
    .replaceAll("http://127.0.0.1:8080", exchange.url)
    .replaceAll("./data/", `${exchange.data}/`);
}

function run(file: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.on("close", (code) => resolve({ code, output }));
  });
}

test("the first order by curl, then the one by ccxt that takes it", async () => {
  const curl = await run("bash", ["-e", "-c", snippet("README.md", "sh", "openssl")]);
  assert.equal(curl.code, 0, curl.output);
  const order = JSON.parse(curl.output);
  assert.equal(order.symbol, "BTCUSDT");
  assert.equal(order.status, "NEW");
  assert.equal(Number(order.origQty), 0.1);

  // Beside the README, where ccxt is found; the name is this process's own.
  const file = join(ROOT, `first-order-${process.pid}.mjs`);
  await writeFile(file, snippet("README.md", "js", "ccxt"));
  try {
    const ccxt = await run(process.execPath, [file]);
    assert.equal(ccxt.code, 0, ccxt.output);
    assert.equal(ccxt.output.trim(), `closed 0.1 at ${Number(order.price)}`);
  } finally {
    await rm(file);
  }
});

test("a market, an account, a deposit and a key of one's own, as the first hour shows them", async () => {
  const lines = snippet("docs/start/first-hour.md", "sh", "markets add").trim().split("\n");
  for (const line of lines) {
    const command = line.replace(/^npx buttonwood /, `${process.execPath} ${CLI} `);
    const { code, output } = await run("bash", ["-c", `${command} --data ${exchange.data}`]);
    assert.equal(code, 0, `${line}\n${output}`);
  }
  const answer = await fetch(`${exchange.url}/api/v3/exchangeInfo?symbol=SOLUSDT`);
  assert.match(await answer.text(), /"baseAsset":"SOL"/);
});

test("the metrics that an operator is told to watch are there", async () => {
  const metrics = await (await fetch(`${exchange.url}/metrics`)).text();
  const named = [...readRepositoryFile("docs/operating/README.md").matchAll(/`(buttonwood_\w+)`/g)];
  assert.ok(named.length > 5);
  for (const [, name] of named) assert.match(metrics, new RegExp(`^# HELP ${name} `, "m"));
});

test("the commands that the README names are there", async () => {
  const scripts = JSON.parse(readRepositoryFile("package.json")).scripts;
  for (const match of readRepositoryFile("README.md").matchAll(/`?npm (?:run )?(start|test|demo)\b/g)) {
    assert.ok(match[1]! in scripts, match[0]);
  }
});

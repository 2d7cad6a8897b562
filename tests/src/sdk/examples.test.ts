/** The client's examples, each run against a real exchange as its reader runs it; and the page that shows them. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readRepositoryFile } from "../house/sources.js";
import { Exchange, ROOT } from "../support/exchange.js";

const FOLDER = "packages/client/examples";
const PAGE = "docs/start/sdk.md";
/** What an example must have said, so that it did more than end. */
const SAYS: Record<string, readonly RegExp[]> = {
  "market-data.mjs": [/BTCUSDT TRADING/, /trade \d+: 0\.00100* at 60000/],
  "place-and-cancel.mjs": [/ NEW$/m, /^CANCELED$/m, /-2010 NEW_ORDER_REJECTED INSUFFICIENT_BALANCE/],
  "order-lists.mjs": [/BUY LIMIT NEW/, /SELL STOP_LOSS PENDING_NEW/, /^EXECUTING$/m, /^ALL_DONE$/m],
  "local-book.mjs": [/best \[ '50009/, /the same: true/],
  "user-stream.mjs": [/order \d+ NEW/, /order \d+ CANCELED/, /USDT/],
  "batches.mjs": [/100 of 100 were taken/, /100 are canceled/],
  "unknown-outcome.mjs": [/unknown: \S+ may take effect until/, /asked: \d+ NEW/, /^1 order is open$/m],
};
/** What the others import. */
const SHARED = "demo.mjs";

let exchange: Exchange;

before(async () => {
  exchange = await Exchange.start();
});

after(async () => {
  await exchange?.remove();
});

function run(file: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, EXCHANGE: exchange.url, KEYS: join(exchange.data, "demo-keys.json") };
    const child = spawn(process.execPath, [file], { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    // One that does not end by itself is none to learn from.
    const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}

const files = readdirSync(join(ROOT, FOLDER)).filter((name) => name !== SHARED);

describe("examples of the client", () => {
  for (const name of files) {
    it(`${name} does what it says, and ends`, async () => {
      assert.ok(SAYS[name], `${FOLDER}/${name} has no line in SAYS: say what it must print`);
      const { code, output } = await run(`${FOLDER}/${name}`);
      assert.equal(code, 0, output);
      for (const text of SAYS[name]) assert.match(output, text);
    });
  }

  it("are all shown on the page, and what it shows is theirs", () => {
    const page = readRepositoryFile(PAGE);
    for (const name of files) assert.ok(page.includes(`examples/${name}`), `${PAGE} does not name ${name}`);
    const squeezed = (text: string): string => text.replace(/\s+/g, " ");
    const sources = files.map((name) => squeezed(readRepositoryFile(`${FOLDER}/${name}`)));
    const blocks = [...page.matchAll(/^```js\n([\s\S]*?)^```/gm)].map((match) => squeezed(match[1]!).trim());
    assert.ok(blocks.length >= 5);
    for (const block of blocks) {
      assert.ok(
        sources.some((source) => source.includes(block)),
        `${PAGE} shows what stands in no example: ${block}`,
      );
    }
  });
});

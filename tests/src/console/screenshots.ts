/**
 * Takes the pictures of docs/operating/console.md again, on an exchange with simulated traders and on a cluster whose
 * leader was killed: `node tests/dist/console/screenshots.js [SECONDS]`. The market runs so long before, 20 s by default.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { LocalCluster } from "../support/cluster.js";
import { eventually, pause } from "../support/eventually.js";
import { Exchange, ROOT } from "../support/exchange.js";
import { DESK, launch, PHONE } from "../terminal/browser-page.js";
import { confirm, consoleUrl, makeUsers, show, signIn } from "./console-page.js";

const FOLDER = join(ROOT, "docs", "images");
const BYTES_MAX = 200_000;
const SECONDS_DEFAULT = 20;

async function shoot(page: Page, name: string): Promise<void> {
  const path = join(FOLDER, `console-${name}.png`);
  await pause(1_500);
  await page.screenshot({ path });
  const { size } = statSync(path);
  console.log(`${path}: ${size} bytes`);
  if (size > BYTES_MAX) throw new Error(`${path} has more than ${BYTES_MAX} bytes`);
}

const exchange = await Exchange.start({ args: ["--demo"] });
const browser = await launch();
try {
  await makeUsers(exchange);
  const url = await consoleUrl(exchange);
  await pause(1_000 * Number(process.argv[2] ?? SECONDS_DEFAULT));

  const { page: desk } = await signIn(browser, url, "olga", { ...DESK, colorScheme: "dark" });
  // Rates are those of ten seconds.
  await pause(11_000);
  await shoot(desk, "desk-dark");
  await show(desk, "Accounts");
  await desk.getByRole("button", { name: "alice", exact: true }).click();
  await desk.getByRole("button", { name: "Deposit …" }).click();
  await confirm(desk, "Deposit to alice", "wire 2041", { Asset: "USDT", Amount: "1000" });
  await show(desk, "Markets");
  await desk.getByRole("button", { name: "Halt GOOGUSD" }).click();
  await confirm(desk, "Halt GOOGUSD", "the reference price is wrong");
  await desk.close();

  const { page: light } = await signIn(browser, url, "olga", { ...DESK, colorScheme: "light" });
  await show(light, "Markets");
  await light.getByRole("button", { name: "Resume GOOGUSD" }).click();
  await light
    .getByRole("dialog")
    .getByLabel(/^Reason/)
    .fill("the reference price is right again");
  await shoot(light, "desk-light");
  await light.close();

  const { page: phone } = await signIn(browser, url, "otto", { ...PHONE, colorScheme: "dark" });
  await pause(3_000);
  await shoot(phone, "phone-dark");
  await phone.close();

  const { page: audit } = await signIn(browser, url, "olga", { ...PHONE, colorScheme: "light" });
  await show(audit, "Markets");
  await shoot(audit, "phone-light");
} finally {
  await browser.close();
  await exchange.remove();
}

const cluster = await LocalCluster.start(
  ...["--partitions", "1", "--shards", "1", "--redis-nodes", "1"],
  ...["--backends", "1", "--workers", "2", "--standbys"],
);
const other = await launch();
try {
  await makeUsers(cluster);
  const { page } = await signIn(other, await consoleUrl(cluster), "olga", { ...DESK, colorScheme: "dark" });
  // One that is started again before its lease has lapsed may take it again.
  for (let isOther = false; !isOther; ) {
    const leaderOf = async () => (await cluster.parts()).find(({ leads }) => leads === true);
    const before = (await leaderOf())!;
    await cluster.command("kill", before.name);
    const after = await eventually("a leader", async () => {
      const leader = await leaderOf();
      return leader?.epoch === before.epoch ? undefined : leader;
    });
    isOther = after.name !== before.name;
    await page.getByRole("row", { name: new RegExp(`^${after.name} engine leading`) }).waitFor();
    await page.getByRole("row", { name: / engine standing by/ }).waitFor();
  }
  await shoot(page, "cluster-dark");
} finally {
  await other.close();
  await cluster.remove();
}

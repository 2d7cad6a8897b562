/** The console of a real cluster: an engine is killed, and the page shows who takes over. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { LocalCluster } from "../support/cluster.js";
import { buttonwood } from "../support/exchange.js";
import { SignedClient } from "../support/signed-client.js";
import { becomesTrue, DESK, launch, NO_BROWSER } from "../terminal/browser-page.js";
import { confirm, consoleUrl, makeUsers, rowTexts, show, signIn } from "./console-page.js";

/** What a row of the processes' table says. */
interface Row {
  readonly name: string;
  readonly state: string;
  readonly epoch: number;
  readonly restarts: number;
}

async function rows(page: Page): Promise<ReadonlyMap<string, Row>> {
  const cells = (await page
    .locator(".parts tbody tr")
    .evaluateAll((all) =>
      all.map((row) => [...row.querySelectorAll("th, td")].map((cell) => cell.textContent ?? "")),
    )) as string[][];
  return new Map(
    cells.map(([name, , state, , epoch, , , , , , , , restarts]) => [
      name!,
      { name: name!, state: state!, epoch: Number(epoch), restarts: Number(restarts) },
    ]),
  );
}

const KILLS_MAX = 10;
const otherThan = (name: string): string => (name === "engine-0-a" ? "engine-0-b" : "engine-0-a");

describe("the console of a cluster", { skip: NO_BROWSER }, () => {
  let cluster: LocalCluster;
  let browser: Browser;
  let page: Page;
  let complaints: string[];
  before(async () => {
    cluster = await LocalCluster.start(
      ...["--partitions", "1", "--shards", "1", "--redis-nodes", "1"],
      ...["--backends", "1", "--workers", "2", "--standbys"],
    );
    await makeUsers(cluster);
    browser = await launch();
    ({ page, complaints } = await signIn(browser, await consoleUrl(cluster), "olga", {
      ...DESK,
      colorScheme: "dark",
    }));
  });
  after(async () => {
    await browser?.close();
    await cluster?.remove();
  });

  it("shows every process, and sums that are balanced", async () => {
    await becomesTrue(async () => {
      const shown = await rows(page);
      const names = (await cluster.parts()).map(({ name }) => name);
      for (const name of names) assert.ok(shown.has(name), `${name} is missing among ${[...shown.keys()]}`);
      assert.match((await page.locator("main").textContent()) ?? "", /Balanced: every difference is 0/);
    });
  });

  it("shows a leader that is killed, and who takes over under the next epoch", async () => {
    const leaderOf = async (): Promise<Row | undefined> =>
      [...(await rows(page)).values()].find(({ state }) => state === "leading");
    // One that is started again before its lease has lapsed may take it again: another time the other one is sooner.
    for (let attempt = 1, isOther = false; !isOther; attempt++) {
      assert.ok(attempt <= KILLS_MAX, "the other engine has never led");
      let before: Row | undefined;
      await becomesTrue(async () => {
        before = await leaderOf();
        assert.ok(
          before !== undefined && (await rows(page)).get(otherThan(before.name))?.state === "standing by",
        );
      });
      await cluster.command("kill", before!.name);
      await becomesTrue(async () => {
        const leader = await leaderOf();
        assert.ok(
          leader !== undefined && leader.epoch > before!.epoch,
          `epoch ${leader?.epoch} after ${before!.epoch}`,
        );
        const told = (await cluster.parts()).find(({ leads }) => leads === true);
        assert.deepEqual([leader.name, leader.epoch], [told?.name, told?.epoch], "as the cluster says");
        isOther = leader.name !== before!.name;
      });
      await becomesTrue(async () => {
        const killed = (await rows(page)).get(before!.name)!;
        assert.equal(killed.state, isOther ? "standing by" : "leading");
        assert.equal(killed.restarts, before!.restarts + 1);
      });
    }
  });

  it("hands a partition over, and halts a market: every gateway then refuses", async () => {
    const before = [...(await rows(page)).values()].find(({ state }) => state === "leading")!;
    await page.getByRole("button", { name: "Hand over" }).click();
    const said = await confirm(page, "Hand over partition 0", "an update");
    assert.match(
      said,
      new RegExp(`engine-0-[ab] leads in place of ${before.name}, under epoch ${before.epoch + 1}`),
    );
    await show(page, "Markets");
    await page.getByRole("button", { name: "Halt BTCUSDT" }).click();
    assert.match(await confirm(page, "Halt BTCUSDT", "a drill"), /HALT now\. Journal sequence/);
    await becomesTrue(async () => {
      const alice = new SignedClient(cluster.url, cluster.keys.alice, 1);
      const order = { symbol: "BTCUSDT", side: "BUY", type: "LIMIT", timeInForce: "GTC" };
      const { status } = await alice
        .signed("POST", "/api/v3/order", { ...order, quantity: "0.001", price: "30000" })
        .finally(() => alice.close());
      assert.equal(status, 400);
    });
    await show(page, "Audit");
    await becomesTrue(async () => {
      const [halt, handover] = await rowTexts(page, "table.audit");
      assert.match(halt!, /olga.*SET_MARKET_STATUS.*a drill.*done/s);
      assert.match(handover!, /HAND_OVER.*an update.*done/s);
    });
    assert.deepEqual(complaints, []);
  });

  it("comes back by itself, the same one signed in, when the backend that has it is killed", async () => {
    await show(page, "Now");
    await cluster.command("kill", "backend-0");
    await page.locator('.badge[data-kind="down"]').waitFor();
    await page.locator('.badge[data-kind="live"]').waitFor();
    await becomesTrue(async () => {
      const backend = (await rows(page)).get("backend-0");
      assert.deepEqual([backend?.state, backend?.restarts], ["serving", 1]);
    });
    await show(page, "Markets");
    await page.getByRole("button", { name: "Resume BTCUSDT" }).click();
    assert.match(await confirm(page, "Resume BTCUSDT", "the drill is over"), /TRADING now/);
  });

  it("keeps its audit log in the shard, which verify follows too", async () => {
    const { code, stdout } = await buttonwood("verify", "--data", cluster.data);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /audit log: each entry follows the one before it +ok/);
  });
});

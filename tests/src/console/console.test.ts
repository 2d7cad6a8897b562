/** An operator and an observer in a real browser, at the console of a real exchange. */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { buttonwood, Exchange } from "../support/exchange.js";
import { operator } from "../support/operator.js";
import { SignedClient } from "../support/signed-client.js";
import { becomesTrue, DESK, launch, NO_BROWSER, openTerminal } from "../terminal/browser-page.js";
import { confirm, consoleUrl, makeUsers, PASSWORDS, rowTexts, show, signIn } from "./console-page.js";

const VIEW = { ...DESK, colorScheme: "dark" } as const;

describe("the console", { skip: NO_BROWSER }, () => {
  let exchange: Exchange;
  let browser: Browser;
  let url: string;
  let alice: SignedClient;
  before(async () => {
    exchange = await Exchange.start();
    await makeUsers(exchange);
    url = await consoleUrl(exchange);
    browser = await launch();
    alice = new SignedClient(exchange.url, exchange.keys.alice);
  });
  after(async () => {
    alice?.close();
    await browser?.close();
    await exchange?.remove();
  });

  const place = () =>
    alice.signed("POST", "/api/v3/order", {
      symbol: "BTCUSDT",
      side: "BUY",
      type: "LIMIT",
      timeInForce: "GTC",
      quantity: "0.001",
      price: "30000",
    });

  /** The text of the audit log's rows, the newest first. */
  const auditRows = async (page: Page): Promise<readonly string[]> => {
    await show(page, "Audit");
    await page.locator("table.audit").waitFor();
    return rowTexts(page, "table.audit");
  };

  it("shows rates, the limit, the threads and a reconciliation that is balanced", async () => {
    const { page, complaints } = await signIn(browser, url, "olga", VIEW);
    await place();
    const now = page.locator("main");
    await becomesTrue(async () => {
      const text = (await now.textContent()) ?? "";
      assert.match(text, /Balanced: every difference is 0/);
      assert.match(text, /Nothing is at its limit|is the limit/);
      const [, engine] = await rowTexts(page, ".parts");
      assert.match(engine!, /^engine engine leading 0 1 /);
      assert.match(text, /USDT/);
    });
    const sequence = async (): Promise<number> => {
      const cell = page
        .getByRole("row", { name: /^engine engine/ })
        .locator("td")
        .nth(4);
      return Number(((await cell.textContent()) ?? "").replaceAll(",", ""));
    };
    const before = await sequence();
    await place();
    await becomesTrue(async () => assert.ok((await sequence()) > before, "the sequence moves by itself"));
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it("halts a market, which the API then refuses, and resumes it; both stand in the audit log", async () => {
    const { page, complaints } = await signIn(browser, url, "olga", VIEW);
    await show(page, "Markets");
    await page.getByRole("button", { name: "Halt BTCUSDT" }).click();
    const dialog = page.getByRole("dialog", { name: "Halt BTCUSDT" });
    assert.match((await dialog.textContent()) ?? "", /New orders of BTCUSDT are refused from this moment on/);
    const said = await confirm(page, "Halt BTCUSDT", "a feed is wrong");
    assert.match(said, /BTCUSDT is HALT now\. Journal sequence [\d,]+\./);
    const refused = await place();
    assert.equal(refused.status, 400, JSON.stringify(refused.body));
    await page.getByRole("row", { name: /^BTCUSDT HALT/ }).waitFor();
    await page.getByRole("button", { name: "Resume BTCUSDT" }).click();
    await confirm(page, "Resume BTCUSDT", "the feed is right");
    assert.equal((await place()).status, 200);
    await becomesTrue(async () => {
      const [newest, before] = await auditRows(page);
      assert.match(newest!, /olga.*127\.0\.0\.1.*SET_MARKET_STATUS.*TRADING.*the feed is right.*done/s);
      assert.match(before!, /SET_MARKET_STATUS.*HALT.*a feed is wrong.*done/s);
    });
    await page.getByRole("button", { name: "Check the chain" }).click();
    await page.getByText(/The chain holds/).waitFor();
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it("asks for a word before it halts every market", async () => {
    const { page } = await signIn(browser, url, "olga", VIEW);
    await show(page, "Markets");
    await page.getByRole("button", { name: "Halt all …" }).click();
    const dialog = page.getByRole("dialog", { name: "Halt every market" });
    const button = dialog.getByRole("button", { name: "Halt every market", exact: true });
    await dialog.getByLabel(/^Reason/).fill("a drill");
    assert.equal(await button.isDisabled(), true);
    await dialog.getByLabel(/^Type/).fill("halt");
    await button.click();
    assert.match((await dialog.locator(".done").textContent()) ?? "", /5 markets are HALT now/);
    await page.keyboard.press("Escape");
    assert.equal((await place()).status, 400);
    await page.getByRole("button", { name: "Resume all …" }).click();
    await confirm(page, "Resume every market", "the drill is over", { Type: "resume" });
    assert.equal((await place()).status, 200);
    await page.close();
  });

  it("deposits with a reason, freezes and unfreezes: the account sees it", async () => {
    const { page, complaints } = await signIn(browser, url, "olga", VIEW);
    const free = async (): Promise<number> => {
      const { body } = await alice.signed("GET", "/api/v3/account");
      return Number(body.balances.find(({ asset }: { asset: string }) => asset === "USDT").free);
    };
    const before = await free();
    await show(page, "Accounts");
    await page.getByRole("button", { name: "alice", exact: true }).click();
    await page.getByRole("button", { name: "Deposit …" }).click();
    const said = await confirm(page, "Deposit to alice", "wire 2041", { Asset: "USDT", Amount: "125.5" });
    assert.match(said, /alice has [\d.]+ USDT free.*Journal sequence/);
    assert.equal((await free()) - before, 125.5);
    await page.getByRole("button", { name: "Deposit …" }).click();
    const again = await confirm(page, "Deposit to alice", "wire 2041", { Asset: "USDT", Amount: "125.5" });
    assert.match(again, /done before with this reason; nothing changed/);
    await page.getByRole("button", { name: "Adjust …" }).click();
    await confirm(page, "Adjust alice", "ticket 311", { Asset: "USDT", Amount: "-25.5" });
    assert.equal((await free()) - before, 100);

    await page.getByRole("button", { name: "Freeze …" }).click();
    await confirm(page, "Freeze alice", "asked by its owner");
    assert.notEqual((await place()).status, 200);
    assert.equal((await alice.signed("DELETE", "/api/v3/openOrders", { symbol: "BTCUSDT" })).status, 200);
    await page.getByRole("button", { name: "Unfreeze …" }).click();
    await confirm(page, "Unfreeze alice", "its owner is back");
    assert.equal((await place()).status, 200);
    const rows = await auditRows(page);
    for (const [row, words] of [
      [0, /SET_ACCOUNT_STATUS.*ACTIVE.*its owner is back/s],
      [1, /SET_ACCOUNT_STATUS.*FROZEN.*asked by its owner/s],
      [2, /ADJUST.*-25\.5.*ticket 311/s],
      [4, /DEPOSIT.*125\.5.*wire 2041/s],
    ] as const) {
      assert.match(rows[row]!, words);
    }
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it("shows names and reasons with markup as what they are", async () => {
    const { page, complaints } = await signIn(browser, url, "olga", VIEW);
    const name = '<img src=x onerror="alert(1)">';
    await show(page, "Accounts");
    await page.getByRole("button", { name: "Open …" }).click();
    await confirm(page, "Open an account", "<script>alert(2)</script>", { Name: name });
    await page.getByRole("button", { name, exact: true }).click();
    await page.getByRole("heading", { name }).waitFor();
    await becomesTrue(async () =>
      assert.ok((await auditRows(page))[0]!.includes("<script>alert(2)</script>"), "as it was typed"),
    );
    assert.equal(await page.locator("main img, main script").count(), 0);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it("says what was refused, and that nothing was done", async () => {
    const { page } = await signIn(browser, url, "olga", VIEW);
    await show(page, "Accounts");
    await page.getByRole("button", { name: "bob", exact: true }).click();
    await page.getByRole("button", { name: "Withdraw …" }).click();
    const dialog = page.getByRole("dialog", { name: "Withdraw from bob" });
    await dialog.getByLabel("Asset").selectOption("USDT");
    await dialog.getByLabel("Amount").fill("40000000");
    await dialog.getByLabel(/^Reason/).fill("too much");
    await dialog.getByRole("button", { name: "Withdraw from bob", exact: true }).click();
    await dialog.getByText("free balance is less than the amount; nothing was moved").waitFor();
    await page.keyboard.press("Escape");
    await becomesTrue(async () =>
      assert.match((await auditRows(page))[0]!, /WITHDRAW.*refused: INSUFFICIENT_BALANCE/s),
    );
    await page.close();
  });

  it("lets an observer look at everything and act on nothing", async () => {
    const { page, complaints } = await signIn(browser, url, "otto", VIEW);
    await page.getByText("Balanced: every difference is 0").waitFor();
    for (const view of ["Markets", "Accounts", "Audit"] as const) {
      await show(page, view);
      await page.locator("main table").first().waitFor();
      assert.equal(await page.getByRole("button", { name: /…$|^Halt|^Resume|^Fees/ }).count(), 0, view);
    }
    const { status, text } = await page.evaluate(async () => {
      const session = (await (await fetch("/account/v1/session")).json()) as { csrfToken: string };
      const response = await fetch("/v1/market-status", {
        method: "POST",
        headers: { "content-type": "application/json", "x-csrf-token": session.csrfToken },
        body: JSON.stringify({ status: "HALT", reason: "by hand" }),
      });
      return { status: response.status, text: await response.text() };
    });
    assert.equal(status, 403);
    assert.match(text, /"NOT_ALLOWED".*observer looks and does not act/);
    assert.equal((await place()).status, 200);
    await becomesTrue(async () => assert.match((await auditRows(page))[0]!, /otto.*refused: NOT_ALLOWED/s));
    assert.deepEqual(
      complaints.filter((text) => !/status of 403/.test(text)),
      [],
    );
    await page.close();
  });

  it("lets traders and strangers in nowhere, and asks again after a sign-out", async () => {
    await operator(exchange, "POST", "/v1/users", {
      login: "tess",
      role: "TRADER",
      account: "alice",
      password: PASSWORDS.olga,
    });
    const { page } = await openTerminal(browser, url, VIEW);
    await page.getByLabel("Login").fill("tess");
    await page.getByLabel("Password").fill(PASSWORDS.olga);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Login or password is wrong, or the user may not sign in here.").waitFor();
    await page.close();
    const { page: own } = await signIn(browser, url, "olga", VIEW);
    await own.getByRole("button", { name: "Sign out" }).click();
    await own.getByRole("button", { name: "Sign in" }).waitFor();
    await own.reload();
    await own.getByRole("button", { name: "Sign in" }).waitFor();
    assert.equal((await fetch(`${url}/v1/figures`)).status, 401);
    await own.close();
  });

  it("lets an operator set their own password, and goes on with the session", async () => {
    const { page } = await signIn(browser, url, "olga", VIEW);
    await show(page, "You");
    await page.getByLabel("Present password").fill(PASSWORDS.olga);
    await page.getByLabel("New password, 12").fill("a password for one test");
    await page.getByLabel("New password again").fill("a password for one test");
    await page.getByRole("button", { name: "Set password" }).click();
    await page.getByText("The password is set").waitFor();
    await page.getByLabel("Present password").fill("a password for one test");
    await page.getByLabel("New password, 12").fill(PASSWORDS.olga);
    await page.getByLabel("New password again").fill(PASSWORDS.olga);
    await page.getByRole("button", { name: "Set password" }).click();
    await page.getByText("The password is set").waitFor();
    await show(page, "Markets");
    await page.getByRole("button", { name: "Fees of BTCUSDT" }).click();
    const said = await confirm(page, "Set fees of BTCUSDT", "a new session token", {
      "Maker fee": "0.0005",
      "Taker fee": "0.001",
    });
    assert.match(said, /BTCUSDT has the fees/);
    await page.getByRole("row", { name: /^BTCUSDT.* 0\.05 % 0\.1 %/ }).waitFor();
    await page.close();
  });

  it("is used by the keyboard alone, from the sign-in to a market that is halted", async () => {
    const { page } = await openTerminal(browser, url, VIEW);
    const focused = () =>
      page.evaluate(
        "document.activeElement.ariaLabel ?? document.activeElement.innerText",
      ) as Promise<string>;
    const tabTo = async (name: string): Promise<void> => {
      for (let i = 0; i < 60 && (await focused()) !== name; i++) await page.keyboard.press("Tab");
      assert.equal(await focused(), name);
    };
    await page.getByLabel("Login").focus();
    await page.keyboard.type("olga");
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORDS.olga);
    await page.keyboard.press("Enter");
    await page.locator('.badge[data-kind="live"]').waitFor();
    await tabTo("Markets");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Halt ETHUSDT" }).waitFor();
    await tabTo("Halt ETHUSDT");
    await page.keyboard.press("Enter");
    await page.keyboard.type("by keyboard");
    await page.keyboard.press("Enter");
    await page.getByText(/ETHUSDT is HALT now/).waitFor();
    await page.keyboard.press("Enter");
    await tabTo("Resume ETHUSDT");
    await page.keyboard.press("Enter");
    await page.keyboard.type("by keyboard");
    await page.keyboard.press("Enter");
    await page.getByText(/ETHUSDT is TRADING now/).waitFor();
    await page.close();
  });

  it("is audited over the command line too, and a log that was changed is found", async () => {
    const data = ["--data", exchange.data];
    const fees = await buttonwood(
      ...[
        "markets",
        "fees",
        "GOOGUSD",
        "--maker",
        "0.0002",
        "--taker",
        "0.0004",
        "--reason",
        "a trial",
        ...data,
      ],
    );
    assert.equal(fees.code, 0, fees.stderr);
    assert.match(fees.stdout, /GOOGUSD.*0\.0002.*0\.0004/);
    const list = await buttonwood("audit", "--limit", "2", ...data);
    assert.match(list.stdout, /system:\S+ .*SET_MARKET_FEES.*a trial/);
    const check = await buttonwood("audit", "--check", ...data);
    assert.equal(check.code, 0, check.stderr);
    assert.match(check.stdout, /The chain holds/);
    await exchange.stop();
    const file = join(exchange.data, "audit.jsonl");
    const text = await readFile(file, "utf8");
    const untouched = await buttonwood("verify", ...data);
    assert.equal(untouched.code, 0, untouched.stdout);
    await writeFile(file, text.replace("a feed is wrong", "nothing at all"));
    const verified = await buttonwood("verify", ...data);
    assert.equal(verified.code, 1);
    assert.match(verified.stdout, /FAILED audit log: .*\n.*was changed: its hash is another/);
    assert.match(verified.stdout, /The journal of .* holds/);
    await writeFile(file, text);
  });
});

import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { after, before, describe, it } from "node:test";
import { TestExchange } from "../../main/testing/test-exchange.js";
import { CONSOLE_ROLES } from "../console/console-app.js";
import type { Visitor } from "./people.js";
import { PeopleRefusal } from "./people-errors.js";
import { Role } from "./people-store.js";
import { securelyBehind } from "./session-cookie.js";
import { TestBrowser } from "./testing/test-browser.js";

const PASSWORD = "correct horse battery";
const OTHER_PASSWORD = "another horse battery";

describe("signing in withstands", () => {
  let exchange: TestExchange;
  let addresses = 0;
  before(async () => {
    exchange = await TestExchange.start();
  });
  after(() => exchange.close());

  const visitor = (): Visitor => ({ address: `203.0.113.${++addresses}`, agent: "Test/1" });
  const browser = (): TestBrowser => new TestBrowser(exchange.gateway.app, visitor().address);

  async function trader(login: string): Promise<string> {
    await exchange.people.create({ login, role: Role.TRADER, account: 1, password: PASSWORD });
    return login;
  }

  it("who fails in an operator's name at the clients' listener: the console does not count it", async () => {
    const { people } = exchange;
    await people.create({ login: "olga", role: Role.OPERATOR, password: PASSWORD });
    const codes = [];
    for (let i = 0; i < 8; i++) codes.push((await browser().signIn("olga", `wrong ${i}`)).code);
    assert.deepEqual(codes.slice(-1), ["TOO_MANY_ATTEMPTS"]);
    // Nor the address, which may be that of a proxy before both.
    const place = visitor();
    const crowd = new TestBrowser(exchange.gateway.app, place.address);
    for (let i = 0; i < 22; i++) await crowd.signIn(`nobody${i}`, PASSWORD);
    assert.equal((await crowd.signIn("anybody", PASSWORD)).code, "TOO_MANY_ATTEMPTS");
    const opened = await people.signIn({ login: "olga", password: PASSWORD }, place, CONSOLE_ROLES);
    assert.equal(opened.session.user, "olga");
  });

  it("a password that stops being right while it is looked at", async () => {
    const { people, peopleStore } = exchange;
    const login = await trader("tom");
    const open = peopleStore.openSession;
    peopleStore.openSession = async (session) => {
      peopleStore.openSession = open;
      await people.setPassword(login, OTHER_PASSWORD);
      await open.call(peopleStore, session);
    };
    const answer = await browser().signIn(login, PASSWORD);
    assert.deepEqual([answer.status, answer.code], [401, "WRONG_CREDENTIALS"]);
    assert.deepEqual(await people.sessions.of(login), []);
    assert.equal((await browser().signIn(login, OTHER_PASSWORD)).status, 200);
  });

  it("a change of the password that an operator's change overtakes", async () => {
    const { people } = exchange;
    const login = await trader("tina");
    const { session } = await people.signIn({ login, password: PASSWORD }, visitor(), [Role.TRADER]);
    const change = people.changePassword(session, PASSWORD, "the attacker's choice", visitor());
    // Hashes are made one after the other: that of the reset is ready before that of the change.
    const reset = people.setPassword(login, OTHER_PASSWORD);
    await assert.rejects(change, PeopleRefusal);
    await reset;
    assert.equal((await browser().signIn(login, "the attacker's choice")).code, "WRONG_CREDENTIALS");
    assert.equal((await browser().signIn(login, OTHER_PASSWORD)).status, 200);
  });

  it("logins that no database could look up", async () => {
    const { peopleStore } = exchange;
    const { find } = peopleStore;
    const asked: string[] = [];
    peopleStore.find = (login) => {
      asked.push(login);
      return find.call(peopleStore, login);
    };
    try {
      for (const login of ["a\u0000", "\ud800", "a b"]) {
        assert.equal((await browser().signIn(login, PASSWORD)).code, "WRONG_CREDENTIALS");
      }
      assert.deepEqual(asked, []);
    } finally {
      peopleStore.find = find;
    }
  });

  it("labels that would write into a terminal", async () => {
    const login = await trader("tess");
    const page = browser();
    await page.signIn(login, PASSWORD);
    for (const label of ["\u001b[2J", "a\u0000", "\u009b2J", "\ud800"]) {
      const { status, code } = await page.send("POST", "/account/v1/keys", { label });
      assert.deepEqual([status, code], [400, "INVALID_REQUEST"], JSON.stringify(label));
    }
    const { status, body } = await page.send("POST", "/account/v1/keys", { label: "Zoë's 机器人" });
    assert.equal(status, 201);
    const edited = await page.send("PATCH", `/account/v1/keys/${body.apiKey}`, { label: "\u001b[2J" });
    assert.equal(edited.status, 400);
  });

  it("TLS from this machine, which is TLS though nobody says so", () => {
    const isSecure = securelyBehind([]);
    const request = (encrypted: boolean, proto?: string, remoteAddress = "127.0.0.1"): IncomingMessage =>
      ({
        socket: { encrypted, remoteAddress },
        headers: proto === undefined ? {} : { "x-forwarded-proto": proto },
      }) as unknown as IncomingMessage;
    assert.equal(isSecure(request(true)), true);
    assert.equal(isSecure(request(false)), false);
    assert.equal(isSecure(request(false, "https")), true);
    assert.equal(isSecure(request(false, "https", "203.0.113.1")), false);
  });
});

import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { Secret, TOTP } from "otpauth";
import { hmac, queryOf, TestExchange } from "../../main/testing/test-exchange.js";
import { LocalBans } from "../../platform/bans.js";
import { systemClock } from "../../platform/clock.js";
import { PasswordHasher } from "./passwords.js";
import { Role } from "./people-store.js";
import { SESSION_IDLE_US, SESSION_US } from "./sessions.js";
import { TestBrowser } from "./testing/test-browser.js";

const PASSWORD = "correct horse battery";
const OTHER_PASSWORD = "another horse battery";
const ORDER = {
  symbol: "BTCUSDT",
  side: "BUY",
  type: "LIMIT",
  timeInForce: "GTC",
  price: "50000",
  quantity: "0.01",
};

describe("people sign in", () => {
  let exchange: TestExchange;
  let addresses = 0;
  let logins = 0;
  before(async () => {
    exchange = await TestExchange.start();
  });
  after(() => exchange.close());

  /** A browser at an address of its own: what others have failed there is not held against it. */
  const browser = (): TestBrowser => new TestBrowser(exchange.gateway.app, `203.0.113.${++addresses}`);

  async function trader(account = 1): Promise<string> {
    const login = `trader${++logins}`;
    await exchange.people.create({ login, role: Role.TRADER, account, password: PASSWORD });
    return login;
  }

  async function signedIn(login: string, password = PASSWORD): Promise<TestBrowser> {
    const opened = browser();
    const answer = await opened.signIn(login, password);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return opened;
  }

  /** The status of a signed question of the API. */
  const apiStatus = async (key: { apiKey: string; secretKey: string }): Promise<number> =>
    (await exchange.signed(key, "GET", "/api/v3/account")).status;

  const codeOf = (secret: string, steps = 0): string =>
    new TOTP({ secret: Secret.fromBase32(secret) }).generate({
      timestamp: exchange.clock.nowUs() / 1000 + steps * 30_000,
    });

  it("and trade with a key that ends with the session", async () => {
    const page = browser();
    assert.deepEqual((await page.send("GET", "/account/v1/session")).body, { signedIn: false, demo: false });
    const login = await trader();
    const { body, status } = await page.signIn(login.toUpperCase(), PASSWORD);
    assert.equal(status, 200);
    const { csrfToken, endsMs, ...rest } = body;
    assert.deepEqual(rest, {
      signedIn: true,
      user: login,
      role: "TRADER",
      account: 1,
      accountName: "alice",
      hasTotp: false,
      idleMs: 1_800_000,
    });
    assert.match(csrfToken, /^[\w-]{43}$/);
    assert.ok(Math.abs(endsMs - exchange.nowMs() - SESSION_US / 1000) < 60_000);
    assert.deepEqual((await page.send("GET", "/account/v1/session")).body, body);

    const pair = generateKeyPairSync("ed25519");
    const publicKey = pair.publicKey.export({ type: "spki", format: "pem" }) as string;
    const ed = await page.send("POST", "/account/v1/session-key", { publicKey });
    assert.deepEqual([ed.status, ed.body.kind, ed.body.secretKey], [201, "ED25519", ""]);
    const query = queryOf({ ...ORDER, timestamp: exchange.nowMs() });
    const signature = encodeURIComponent(sign(null, Buffer.from(query), pair.privateKey).toString("base64"));
    const placed = await exchange.raw("POST", `/api/v3/order?${query}&signature=${signature}`, {
      headers: { "x-mbx-apikey": ed.body.apiKey },
    });
    assert.equal(placed.status, 200, JSON.stringify(placed.body));

    const hmacKey = (await page.send("POST", "/account/v1/session-key", {})).body;
    assert.equal(await apiStatus(hmacKey), 200);
    assert.deepEqual(
      (await page.send("GET", "/account/v1/keys")).body.map(({ label }: { label: string }) => label),
      ["test"],
    );
    const out = await page.send("POST", "/account/v1/sign-out", {});
    assert.deepEqual([out.status, out.body], [204, ""]);
    assert.match(
      String(out.headers["set-cookie"]),
      /^buttonwood-session=; Max-Age=0; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    assert.equal(await apiStatus(hmacKey), 401);
    assert.equal(exchange.keyStore.find(ed.body.apiKey), undefined);
    assert.equal((await page.send("POST", "/account/v1/sign-out", {})).code, "NOT_SIGNED_IN");
  });

  it("and get the same answer for a wrong password, an unknown login, and one that may not sign in here", async () => {
    const login = await trader();
    await exchange.people.create({ login: "olga", role: Role.OPERATOR, password: PASSWORD });
    const disabled = await trader();
    await exchange.people.setDisabled(disabled, true);
    const answers = [];
    for (const [who, password] of [
      [login, OTHER_PASSWORD],
      ["nobody", PASSWORD],
      ["olga", PASSWORD],
      [disabled, PASSWORD],
      ["<script>alert(1)</script>", PASSWORD],
    ] as const) {
      const { status, body, headers } = await browser().signIn(who, password);
      assert.equal(headers["set-cookie"], undefined);
      answers.push({ status, body });
    }
    const error = {
      code: "WRONG_CREDENTIALS",
      message: "Login or password is wrong, or the user may not sign in here.",
      hint: "Type both again; an operator can set a new password.",
    };
    for (const answer of answers) assert.deepEqual(answer, { status: 401, body: { error } });
    await exchange.people.setDisabled(disabled, false);
    await signedIn(disabled);
  });

  it("with a cookie that scripts and other sites can't use, over TLS bound to host and TLS", async () => {
    const login = await trader();
    const plain = await browser().signIn(login, PASSWORD);
    assert.match(
      String(plain.headers["set-cookie"]),
      /^buttonwood-session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    for (const [name, value] of [
      ["cache-control", "no-store"],
      ["content-security-policy", "default-src 'none';frame-ancestors 'none'"],
      ["x-content-type-options", "nosniff"],
    ] as const) {
      assert.equal(plain.headers[name], value);
    }
    assert.equal(plain.headers["access-control-allow-origin"], undefined);
    const secure = await TestExchange.start({ isSecure: () => true });
    await secure.people.create({ login, role: Role.TRADER, account: 1, password: PASSWORD });
    const page = new TestBrowser(secure.gateway.app);
    const { headers } = await page.signIn(login, PASSWORD);
    assert.match(
      String(headers["set-cookie"]),
      /^__Host-buttonwood-session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    assert.equal((await page.send("GET", "/account/v1/session")).body.user, login);
    // One that came without TLS is none: it may be somebody else's.
    page.cookie = page.cookie.replace("__Host-", "");
    assert.equal((await page.send("GET", "/account/v1/session")).body.signedIn, false);
    await secure.close();
  });

  it("into a session that nobody knew before: a token that was planted opens nothing", async () => {
    const login = await trader();
    const planted = "A".repeat(43);
    const victim = browser();
    victim.cookie = `buttonwood-session=${planted}`;
    await victim.signIn(login, PASSWORD);
    assert.ok(!victim.cookie.includes(planted));
    const attacker = browser();
    attacker.cookie = `buttonwood-session=${planted}`;
    assert.equal((await attacker.send("GET", "/account/v1/session")).body.signedIn, false);

    // Nor does one that is somebody's own: signing in again ends it.
    const before = victim.cookie;
    await victim.signIn(login, PASSWORD);
    assert.notEqual(victim.cookie, before);
    attacker.cookie = before;
    assert.equal((await attacker.send("GET", "/account/v1/session")).body.signedIn, false);
  });

  it("for half an hour without use and twelve hours at most; then the session's key is none", async () => {
    const login = await trader();
    const [idle, busy] = [await signedIn(login), await signedIn(login)];
    const keys = [];
    for (const page of [idle, busy]) keys.push((await page.send("POST", "/account/v1/session-key", {})).body);
    const [idleKey, busyKey] = keys;
    const isIn = async (page: TestBrowser): Promise<boolean> =>
      (await page.send("GET", "/account/v1/session")).body.signedIn;
    const store = exchange.keyStore;
    try {
      exchange.clock.shiftUs += SESSION_IDLE_US / 2 + 1;
      assert.equal(await isIn(busy), true);
      exchange.clock.shiftUs += SESSION_IDLE_US / 2;
      assert.equal(await isIn(busy), true);
      assert.equal(await isIn(idle), false);
      await exchange.people.sessions.sweep();
      assert.deepEqual([store.find(idleKey.apiKey), store.find(busyKey.apiKey)?.account], [undefined, 1]);
      for (let us = 0; us < SESSION_US; us += SESSION_IDLE_US / 2) {
        exchange.clock.shiftUs += SESSION_IDLE_US / 2;
        await isIn(busy);
      }
      assert.equal(await isIn(busy), false);
      assert.ok(store.find(busyKey.apiKey)!.expiresUs < exchange.clock.nowUs());
      await exchange.people.sessions.sweep();
      assert.equal(store.find(busyKey.apiKey), undefined);
    } finally {
      exchange.clock.shiftUs = 0;
    }
  });

  it("and keys whose session a crash has taken are revoked, and nobody else's", async () => {
    const { entry } = await exchange.keyStore.create({
      account: 1,
      label: `session:${"x".repeat(22)}`,
      scopes: ["READ"],
    });
    const other = await exchange.keyStore.create({ account: 1, label: "session: mine", scopes: ["READ"] });
    const page = await signedIn(await trader());
    const own = (await page.send("POST", "/account/v1/session-key", {})).body;
    await exchange.people.sessions.sweep();
    assert.equal(exchange.keyStore.find(entry.apiKey), undefined);
    assert.notEqual(exchange.keyStore.find(other.entry.apiKey), undefined);
    assert.notEqual(exchange.keyStore.find(own.apiKey), undefined);
    await exchange.keyStore.revoke(other.entry.apiKey);
  });

  it("in as many pages and sessions as people have, not more", async () => {
    const login = await trader();
    const first = await signedIn(login);
    const key = (await first.send("POST", "/account/v1/session-key", {})).body;
    for (let i = 0; i < 15; i++) await first.send("POST", "/account/v1/session-key", {});
    assert.notEqual(exchange.keyStore.find(key.apiKey), undefined);
    await first.send("POST", "/account/v1/session-key", {});
    assert.equal(exchange.keyStore.find(key.apiKey), undefined);
    for (let i = 0; i < 19; i++) await signedIn(login);
    assert.equal((await first.send("GET", "/account/v1/sessions")).body.length, 20);
    await signedIn(login);
    assert.equal((await first.send("GET", "/account/v1/sessions")).code, "NOT_SIGNED_IN");
  });

  it("slower and slower who guess, and are told how long", async () => {
    const login = await trader();
    const page = browser();
    for (let i = 0; i < 6; i++) assert.equal((await page.signIn(login, "wrong")).code, "WRONG_CREDENTIALS");
    const refused = await page.signIn(login, PASSWORD);
    assert.deepEqual([refused.status, refused.headers["retry-after"]], [429, "1"]);
    assert.deepEqual(refused.body.error, {
      code: "TOO_MANY_ATTEMPTS",
      message: "Too many attempts; the next one is looked at in 1 s.",
      hint: "Wait as long as Retry-After says: each further attempt doubles it.",
    });
    try {
      exchange.clock.shiftUs += 1_000_000;
      assert.equal((await page.signIn(login, PASSWORD)).status, 200);
      // All at once are no way around it.
      const other = await trader();
      const many = await Promise.all(Array.from({ length: 30 }, () => browser().signIn(other, "wrong")));
      assert.equal(many.filter(({ code }) => code === "WRONG_CREDENTIALS").length, 6);
      assert.equal(many.filter(({ code }) => code === "TOO_MANY_ATTEMPTS").length, 24);
    } finally {
      exchange.clock.shiftUs = 0;
    }
  });

  it("and set another password with the present one: other sessions end, this one gets another token", async () => {
    const login = await trader();
    const [page, other] = [await signedIn(login), await signedIn(login)];
    const otherKey = (await other.send("POST", "/account/v1/session-key", {})).body;
    const change = (password: string, newPassword: string) =>
      page.send("POST", "/account/v1/password", { password, newPassword });
    assert.equal((await change(OTHER_PASSWORD, OTHER_PASSWORD)).code, "WRONG_PASSWORD");
    const short = await change(PASSWORD, "short");
    assert.equal(short.body.error.message, "The new password is not taken: it has 5 characters.");
    assert.match((await change(PASSWORD, PASSWORD)).body.error.message, /it is the present one/);
    const before = page.cookie;
    assert.equal((await change(PASSWORD, OTHER_PASSWORD)).status, 200);
    assert.notEqual(page.cookie, before);
    assert.equal((await page.send("GET", "/account/v1/session")).body.signedIn, true);
    const thief = browser();
    thief.cookie = before;
    assert.equal((await thief.send("GET", "/account/v1/session")).body.signedIn, false);
    assert.equal((await other.send("GET", "/account/v1/session")).body.signedIn, false);
    assert.equal(await apiStatus(otherKey), 401);
    assert.equal((await browser().signIn(login, PASSWORD)).code, "WRONG_CREDENTIALS");
    await signedIn(login, OTHER_PASSWORD);
  });

  it("whose password's hash is made anew when it costs less than it should", async () => {
    const login = await trader();
    const passwordHash = await new PasswordHasher({ memoryKib: 32, passes: 1, lanes: 1 }).hash(PASSWORD);
    await exchange.peopleStore.edit(login, { passwordHash });
    assert.match((await exchange.people.find(login))!.passwordHash, /m=32,/);
    await signedIn(login);
    assert.match((await exchange.people.find(login))!.passwordHash, /m=64,/);
    await signedIn(login);
  });

  it("with one-time codes, each taken once, and recovery codes", async () => {
    const login = await trader();
    const page = await signedIn(login);
    const wrong = await page.send("POST", "/account/v1/totp", { password: OTHER_PASSWORD });
    assert.equal(wrong.code, "WRONG_PASSWORD");
    assert.equal(
      (await page.send("POST", "/account/v1/totp/off", { password: PASSWORD })).code,
      "TOTP_IS_OFF",
    );
    exchange.clock.stop();
    const begun = await page.send("POST", "/account/v1/totp", { password: PASSWORD });
    const { secret, uri, setup } = begun.body;
    assert.match(secret, /^[A-Z2-7]{32}$/);
    const parameters = new URL(uri).searchParams;
    assert.deepEqual(
      [uri.split("?")[0], parameters.get("secret"), parameters.get("issuer"), parameters.get("digits")],
      [`otpauth://totp/Buttonwood:${login}`, secret, "Buttonwood", "6"],
    );
    // Until it is confirmed nothing has changed.
    await signedIn(login);
    const confirm = (code: string, by = page) => by.send("POST", "/account/v1/totp/confirm", { setup, code });
    assert.equal((await confirm(codeOf(secret, 5))).code, "WRONG_CODE");
    const stranger = await signedIn(await trader());
    assert.equal((await confirm(codeOf(secret), stranger)).code, "SETUP_ENDED");
    const before = page.cookie;
    const on = await confirm(codeOf(secret));
    assert.equal(on.status, 200, JSON.stringify(on.body));
    assert.deepEqual([on.body.hasTotp, on.body.recoveryCodes.length], [true, 10]);
    assert.notEqual(page.cookie, before);
    assert.equal((await confirm(codeOf(secret))).code, "TOTP_IS_ON");

    assert.equal((await browser().signIn(login, PASSWORD)).code, "CODE_NEEDED");
    assert.equal((await browser().signIn(login, OTHER_PASSWORD)).code, "WRONG_CREDENTIALS");
    assert.equal((await browser().signIn(login, PASSWORD, "123456")).code, "WRONG_CODE");
    // The code that confirmed it was used with that.
    assert.equal((await browser().signIn(login, PASSWORD, codeOf(secret))).code, "WRONG_CODE");
    assert.equal((await browser().signIn(login, PASSWORD, codeOf(secret, 2))).code, "WRONG_CODE");
    const next = codeOf(secret, 1);
    assert.equal((await browser().signIn(login, PASSWORD, next)).status, 200);
    assert.equal((await browser().signIn(login, PASSWORD, next)).code, "WRONG_CODE");
    const [recovery] = on.body.recoveryCodes;
    assert.match(recovery, /^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/);
    assert.equal((await browser().signIn(login, PASSWORD, recovery.toLowerCase())).status, 200);
    assert.equal((await browser().signIn(login, PASSWORD, recovery)).code, "WRONG_CODE");

    const off = await page.send("POST", "/account/v1/totp/off", { password: PASSWORD });
    assert.deepEqual([off.status, off.body.hasTotp], [200, false]);
    await signedIn(login);
  });

  it("and set a second factor up within a quarter of an hour", async () => {
    const page = await signedIn(await trader());
    const { secret, setup } = (await page.send("POST", "/account/v1/totp", { password: PASSWORD })).body;
    try {
      exchange.clock.shiftUs += 900_000_001;
      const late = await page.send("POST", "/account/v1/totp/confirm", { setup, code: codeOf(secret) });
      assert.equal(late.code, "SETUP_ENDED");
    } finally {
      exchange.clock.shiftUs = 0;
    }
  });

  it("and see and end their own sessions", async () => {
    const login = await trader();
    const [page, other] = [await signedIn(login), await signedIn(login)];
    await other.send("POST", "/account/v1/session-key", {});
    const { body } = await page.send("GET", "/account/v1/sessions");
    assert.deepEqual(
      body.map(({ isThis, address, agent }: Record<string, unknown>) => [isThis, address, agent]),
      [
        [true, page.address, "Test/1"],
        [false, other.address, "Test/1"],
      ],
    );
    const stranger = await signedIn(await trader());
    assert.equal(
      (await stranger.send("DELETE", `/account/v1/sessions/${body[1].id}`)).code,
      "UNKNOWN_SESSION",
    );
    assert.equal((await page.send("DELETE", `/account/v1/sessions/${body[1].id}`)).status, 204);
    assert.equal((await other.send("GET", "/account/v1/session")).body.signedIn, false);
    assert.equal((await page.send("DELETE", `/account/v1/sessions/${body[1].id}`)).code, "UNKNOWN_SESSION");
    assert.equal((await page.send("DELETE", `/account/v1/sessions/${body[0].id}`)).status, 204);
    assert.equal(page.cookie, "");
  });

  it("and make keys for their account and no other, which say what they may", async () => {
    const page = await signedIn(await trader());
    const label = '<img src=x onerror="alert(1)">';
    const expiresMs = exchange.nowMs() + 86_400_000;
    const made = await page.send("POST", "/account/v1/keys", {
      label,
      scopes: ["READ"],
      addresses: ["203.0.113.0/24", "::ffff:10.0.0.1"],
      expiresMs,
    });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const { secretKey, ...shown } = made.body;
    assert.match(secretKey, /^[A-Za-z0-9]{64}$/);
    assert.deepEqual(shown, {
      apiKey: shown.apiKey,
      kind: "HMAC",
      label,
      scopes: ["READ"],
      createdMs: shown.createdMs,
      expiresMs,
      expired: false,
      addresses: ["203.0.113.0/24", "10.0.0.1"],
    });
    const listed = (await page.send("GET", "/account/v1/keys")).body;
    assert.deepEqual(listed.at(-1), shown);
    assert.deepEqual(exchange.keyStore.find(shown.apiKey)?.rateLimits, "standard");
    const patch = (body: object, by = page) => by.send("PATCH", `/account/v1/keys/${shown.apiKey}`, body);
    assert.deepEqual((await patch({ addresses: [], expiresMs: null })).body, {
      ...shown,
      addresses: [],
      expiresMs: null,
    });
    for (const [body, message] of [
      [{ addresses: ["home"] }, /^The request does not fit: "home" is no address: /],
      [{ expiresMs: 1 }, /expiresMs has passed/],
      [{ label: "session:mine" }, /must not begin with "session:"/],
      [{ rateLimits: "none" }, /does not fit/],
      [{ account: 2 }, /does not fit/],
      [{}, /does not fit/],
    ] as const) {
      const refused = await patch(body);
      assert.deepEqual([refused.status, refused.code], [400, "INVALID_REQUEST"], JSON.stringify(body));
      assert.match(refused.body.error.message, message);
    }
    const stranger = await signedIn(await trader(2));
    assert.equal((await patch({ label: "mine" }, stranger)).code, "UNKNOWN_KEY");
    assert.equal((await stranger.send("DELETE", `/account/v1/keys/${shown.apiKey}`)).code, "UNKNOWN_KEY");
    const sessionKey = (await page.send("POST", "/account/v1/session-key", {})).body;
    assert.equal((await page.send("DELETE", `/account/v1/keys/${sessionKey.apiKey}`)).code, "UNKNOWN_KEY");
    assert.equal((await page.send("DELETE", `/account/v1/keys/${shown.apiKey}`)).status, 204);
    assert.equal(exchange.keyStore.find(shown.apiKey), undefined);
  });

  it("and are refused what does not fit, by name, with nothing changed", async () => {
    const page = await signedIn(await trader());
    const raw = (payload: string, type = "application/json") =>
      exchange.gateway.app.inject({
        method: "POST",
        url: "/account/v1/keys",
        headers: {
          host: "exchange.test:8080",
          origin: "http://exchange.test:8080",
          cookie: page.cookie,
          "x-csrf-token": page.csrfToken,
          "content-type": type,
        },
        payload,
      });
    const before = exchange.keyStore.list().length;
    for (const [payload, type] of [
      ["{", undefined],
      ['{"label":"a","label":"b"}', undefined],
      ['{"label":[[[[[[[[1]]]]]]]]}', undefined],
      ['{"label":7}', undefined],
      ['{"scopes":[]}', undefined],
      ['{"scopes":["ADMIN"]}', undefined],
      ["[]", undefined],
      ["null", undefined],
      ['"text"', undefined],
      [`{"label":"${"x".repeat(17_000)}"}`, undefined],
      ["label=a", "application/x-www-form-urlencoded"],
      ['{"label":"a"}', "text/plain"],
    ] as const) {
      const answer = await raw(payload, type);
      assert.ok([400, 413, 415].includes(answer.statusCode), `${payload.slice(0, 40)}: ${answer.statusCode}`);
      assert.equal(JSON.parse(answer.body).error.code, "INVALID_REQUEST", payload.slice(0, 40));
    }
    assert.equal(exchange.keyStore.list().length, before);
    assert.equal((await raw('{"label":"a"}')).statusCode, 201);
  });

  it("as the demo trader only where the venue is a demo and its trader has no password of their own", async () => {
    const demo = { login: "demo", role: Role.TRADER, account: 1, password: PASSWORD, isDemo: true };
    await exchange.people.create(demo);
    const page = browser();
    const refused = await page.send("POST", "/account/v1/demo-sign-in", {});
    assert.deepEqual([refused.status, page.cookie], [404, ""]);
    assert.equal((await page.send("GET", "/account/v1/session")).body.demo, false);

    const venue = await TestExchange.start({ isDemo: true });
    const visitor = new TestBrowser(venue.gateway.app);
    assert.equal((await visitor.send("GET", "/account/v1/session")).body.demo, false);
    assert.equal((await visitor.send("POST", "/account/v1/demo-sign-in", {})).code, "NO_DEMO");
    await venue.people.create({ ...demo, login: "carol", isDemo: false });
    assert.equal((await visitor.send("POST", "/account/v1/demo-sign-in", {})).code, "NO_DEMO");
    await venue.people.create(demo);
    assert.equal((await visitor.send("GET", "/account/v1/session")).body.demo, true);
    const foreign = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
    assert.equal(
      (await visitor.send("POST", "/account/v1/demo-sign-in", {}, foreign)).code,
      "FOREIGN_ORIGIN",
    );
    assert.equal((await visitor.send("POST", "/account/v1/demo-sign-in", {})).body.user, "demo");
    const key = (await visitor.send("POST", "/account/v1/session-key", {})).body;
    const query = queryOf({ timestamp: venue.nowMs() });
    const account = await venue.raw("GET", `/api/v3/account?${query}&signature=${hmac(key, query)}`, {
      headers: { "x-mbx-apikey": key.apiKey },
    });
    assert.equal(account.status, 200);
    // Visitors don't see where the others come from, nor sign them out.
    const other = new TestBrowser(venue.gateway.app, "203.0.113.99");
    await other.send("POST", "/account/v1/demo-sign-in", {});
    const [own, ...others] = (await other.send("GET", "/account/v1/sessions")).body;
    assert.deepEqual([own.isThis, own.address, others], [true, "203.0.113.99", []]);
    const [theirs] = (await visitor.send("GET", "/account/v1/sessions")).body;
    assert.equal((await other.send("DELETE", `/account/v1/sessions/${theirs.id}`)).code, "UNKNOWN_SESSION");
    for (let i = 0; i < 30; i++) {
      await new TestBrowser(venue.gateway.app).send("POST", "/account/v1/demo-sign-in", {});
    }
    assert.equal((await visitor.send("GET", "/account/v1/session")).body.signedIn, true);
    // Nobody who came in so can lock the others out.
    const change = { password: "guessed guessed", newPassword: OTHER_PASSWORD };
    assert.equal((await visitor.send("POST", "/account/v1/password", change)).code, "WRONG_PASSWORD");
    await venue.people.setPassword("demo", OTHER_PASSWORD);
    assert.equal((await visitor.send("POST", "/account/v1/demo-sign-in", {})).code, "NO_DEMO");
    await venue.close();
  });

  it("too often from one address, as every client who asks too often", async () => {
    const bans = new LocalBans(systemClock);
    const busy = await TestExchange.start({ bans });
    const page = new TestBrowser(busy.gateway.app, "198.51.100.7");
    assert.equal((await page.send("GET", "/account/v1/session")).status, 200);
    bans.ban("198.51.100.7");
    const refused = await page.signIn("alice", PASSWORD);
    assert.deepEqual([refused.status, refused.code], [418, "TOO_MANY_REQUESTS"]);
    assert.ok(Number(refused.headers["retry-after"]) >= 1);
    await busy.close();
  });

  it("and nothing that is secret stands in the log", async () => {
    const login = await trader();
    const page = await signedIn(login);
    const secrets = [PASSWORD, OTHER_PASSWORD, page.cookie.split("=")[1]!, page.csrfToken];
    const typed = "my password in the wrong field";
    await browser().signIn(typed, "x");
    const key = (await page.send("POST", "/account/v1/keys", { label: "a" })).body;
    const own = (await page.send("POST", "/account/v1/session-key", {})).body;
    const begun = (await page.send("POST", "/account/v1/totp", { password: PASSWORD })).body;
    await page.send("POST", "/account/v1/totp/confirm", { setup: begun.setup, code: "000000" });
    await browser().signIn(login, OTHER_PASSWORD);
    secrets.push(typed, key.secretKey, own.secretKey, begun.secret, begun.setup);
    const log = exchange.log.join("\n");
    assert.ok(log.includes(`"user":"${login}"`), "who signed in is logged");
    assert.ok(log.includes("a sign-in was refused"));
    for (const secret of secrets) assert.ok(!log.includes(secret), `${secret} stands in the log`);
  });
});

/** Signing in through the real nginx: cookies are bound to TLS where the edge ends it, whatever a client says. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type IncomingMessage, request as plainRequest, type RequestOptions } from "node:http";
import { request as secureRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, it } from "node:test";
import { nginxConfig } from "../../cluster/edge/nginx-config.js";
import { Role } from "../../gateway/people/people-store.js";
import { securelyBehind } from "../../gateway/people/session-cookie.js";
import { addressBehind } from "../../gateway/session/client-address.js";
import { freePort } from "../../platform/servers/free-port.js";
import { type NginxServer, startNginx } from "../../platform/servers/nginx-server.js";
import { makeCertificate } from "../../platform/testing/certificates.js";
import { TestExchange } from "../testing/test-exchange.js";

const PASSWORD = "correct horse battery staple";
const COOKIE = "buttonwood-session";

let folder: string;
let exchange: TestExchange;
let authority: Buffer;
const edges: NginxServer[] = [];
/** Ports of the edge in clear text and over TLS. */
let plain = 0;
let secure = 0;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "buttonwood-edge-sign-in-"));
  chmodSync(folder, 0o755);
  const { certificateFile, keyFile, authorityFile } = makeCertificate(folder, "edge");
  chmodSync(keyFile, 0o644);
  authority = readFileSync(authorityFile);
  exchange = await TestExchange.start({ addressOf: addressBehind([]), isSecure: securelyBehind([]) });
  await exchange.people.create({ login: "carol", role: Role.TRADER, account: 1, password: PASSWORD });
  const { port: backend } = await exchange.gateway.listen({ host: "127.0.0.1", port: 0 });
  [plain, secure] = [await freePort(), await freePort()];
  for (const [port, tls] of [
    [plain, undefined],
    [secure, { certificateFile, keyFile }],
  ] as const) {
    const host = "127.0.0.1";
    const config = nginxConfig({
      listen: { host, port, tls },
      backends: [{ host, port: backend }],
      symbols: [],
      workers: 1,
    });
    edges.push(await startNginx({ folder: join(folder, `edge-${port}`), config }));
  }
});
after(async () => {
  for (const edge of edges) await edge.stop();
  await exchange?.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly cookies: readonly string[];
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at by the tests.
  readonly body: any;
}

async function ask(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: object,
): Promise<Answer> {
  const isSecure = port === secure;
  const options: RequestOptions = { host: "127.0.0.1", port, method, path, agent: false };
  const sent = isSecure
    ? secureRequest({ ...options, headers: { ...headers, ...json(body) }, ca: authority })
    : plainRequest({ ...options, headers: { ...headers, ...json(body) } });
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response) text += chunk;
  return {
    status: response.statusCode ?? 0,
    cookies: response.headers["set-cookie"] ?? [],
    body: text === "" ? undefined : JSON.parse(text),
  };
}

const json = (body?: object): Record<string, string> =>
  body === undefined ? {} : { "content-type": "application/json" };

function signIn(port: number, headers: Record<string, string> = {}): Promise<Answer> {
  const origin = `${port === secure ? "https" : "http"}://127.0.0.1:${port}`;
  const body = { login: "carol", password: PASSWORD };
  return ask(port, "POST", "/account/v1/sign-in", { origin, ...headers }, body);
}

it("over TLS the cookie is bound to TLS and this host, and signs in", async () => {
  const { status, cookies, body } = await signIn(secure);
  assert.equal(status, 200, JSON.stringify(body));
  assert.match(
    cookies.join(),
    new RegExp(`^__Host-${COOKIE}=[\\w-]{43}; .*HttpOnly; Secure; SameSite=Strict$`),
  );
  const cookie = cookies[0]!.split(";")[0]!;
  assert.equal((await ask(secure, "GET", "/account/v1/session", { cookie })).body.user, "carol");
  assert.equal((await ask(secure, "GET", "/account/v1/session")).body.signedIn, false);
});

it("in clear text it is not, whatever the client says of TLS", async () => {
  const { status, cookies } = await signIn(plain, { "x-forwarded-proto": "https", forwarded: "proto=https" });
  assert.equal(status, 200);
  assert.match(cookies.join(), new RegExp(`^${COOKIE}=[\\w-]{43}; `));
  assert.doesNotMatch(cookies.join(), /Secure/);
});

it("a page of another origin, or of another port of this host, can't sign anybody in", async () => {
  for (const origin of ["https://evil.example", `https://127.0.0.1:${plain}`, "https://127.0.0.1"]) {
    const { status, cookies } = await signIn(secure, { origin });
    assert.deepEqual([status, cookies], [403, []], origin);
  }
});

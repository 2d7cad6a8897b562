/** The whole exchange over TLS: requests, streams and the WebSocket API on its one listener, and its certificate. */
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { connect as connectTls, type SecureVersion, type TLSSocket } from "node:tls";
import { WebSocket } from "ws";
import type { CertificateFiles } from "../platform/server-certificate.js";
import { makeCertificate } from "../platform/testing/certificates.js";
import { RecoveryListener } from "./recovery-listener.js";
import { type RunningExchange, startExchange } from "./start-exchange.js";
import { hmac, queryOf, type TestKey } from "./testing/test-exchange.js";

let folder = "";
let files: CertificateFiles;
let ca: Buffer;
let exchange: RunningExchange;

const host = "127.0.0.1";
const onFatal = (error: Error): never => {
  throw error;
};
const start = (
  dataFolder: string,
  tlsFiles: CertificateFiles | undefined,
  port = 0,
): Promise<RunningExchange> =>
  startExchange({
    dataFolder: join(folder, dataFolder),
    host,
    port: 0,
    tls: { host, port, files: tlsFiles },
    demo: false,
    logLevel: "error",
    version: "0",
    onFatal,
  });

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "buttonwood-tls-"));
  const made = makeCertificate(folder, "first");
  files = { certificateFile: join(folder, "served.crt"), keyFile: join(folder, "served.key") };
  serve("first");
  ca = readFileSync(made.authorityFile);
  exchange = await start("data", files);
});
after(async () => {
  await exchange.close();
  rmSync(folder, { recursive: true });
});

/** Puts a certificate of the folder where the exchange reads it. */
function serve(name: string): void {
  copyFileSync(join(folder, `${name}.crt`), files.certificateFile);
  copyFileSync(join(folder, `${name}.key`), files.keyFile);
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at by the tests.
  readonly body: any;
}

function ask(
  url: string,
  more: { method?: string; headers?: object; ca?: Buffer; agent?: Agent } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method = "GET", headers = {}, agent = false } = more;
    request(url, { method, headers: { ...headers }, ca: more.ca ?? ca, agent }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text) }),
      );
    })
      .on("error", reject)
      .end();
  });
}

function signed(path: string, method: string, key: TestKey, parameters: object): Promise<Answer> {
  const payload = queryOf({ timestamp: Date.now(), ...parameters });
  return ask(`${exchange.tls!.url}${path}?${payload}&signature=${hmac(key, payload)}`, {
    method,
    headers: { "x-mbx-apikey": key.apiKey },
  });
}

/** Opens a TLS connection and returns the name that its certificate has. */
function shown(
  options: { minVersion?: SecureVersion; maxVersion?: SecureVersion; ciphers?: string } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connectTls({ host, port: exchange.tls!.port, ca, ...options }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

function opened(path: string): Promise<WebSocket> {
  const socket = new WebSocket(exchange.tls!.url.replace("https", "wss") + path, { ca });
  return new Promise((resolve, reject) => socket.on("open", () => resolve(socket)).on("error", reject));
}

// biome-ignore lint/suspicious/noExplicitAny: messages are looked at by the tests.
function next(socket: WebSocket): Promise<any> {
  return new Promise((resolve) => socket.once("message", (data) => resolve(JSON.parse(String(data)))));
}

describe("an exchange over TLS", () => {
  it("takes requests, on the plain port too", async () => {
    const { url } = exchange.tls!;
    assert.match(url, /^https:\/\/127\.0\.0\.1:\d+$/);
    assert.match(exchange.url, /^http:/);
    const time = await ask(`${url}/api/v3/time`);
    assert.equal(time.status, 200);
    assert.equal(time.headers["strict-transport-security"], "max-age=31536000");
    const plain = await fetch(`${exchange.url}/api/v3/time`);
    assert.equal(plain.status, 200);
    assert.equal(plain.headers.get("strict-transport-security"), null);
    const ready = await ask(`${url}/health/ready`);
    assert.deepEqual([ready.status, ready.body], [200, { status: "ready" }]);
    const metrics = await (await fetch(`${exchange.url}/metrics`)).text();
    const expiry = Number(/^buttonwood_tls_certificate_expiry_timestamp_seconds (.+)$/m.exec(metrics)?.[1]);
    assert.ok(expiry > Date.now() / 1000 && expiry < Date.now() / 1000 + 3 * 86_400);
  });

  it("carries orders, streams and the WebSocket API", async () => {
    const keys = JSON.parse(readFileSync(exchange.demoKeysFile, "utf8")) as Record<"alice" | "bob", TestKey>;
    const streams = await opened("/ws/btcusdt@trade");
    const api = await opened("/ws-api/v3");
    api.send(JSON.stringify({ id: 1, method: "ping" }));
    assert.equal((await next(api)).status, 200);
    const told = next(streams);
    const order = { symbol: "BTCUSDT", type: "LIMIT", timeInForce: "GTC", price: "60000", quantity: "0.1" };
    assert.equal((await signed("/api/v3/order", "POST", keys.alice, { ...order, side: "SELL" })).status, 200);
    const taken = await signed("/api/v3/order", "POST", keys.bob, { ...order, side: "BUY" });
    assert.equal(taken.body.status, "FILLED");
    const trade = await told;
    assert.deepEqual([trade.e, Number(trade.p), Number(trade.q)], ["trade", 60_000, 0.1]);
    streams.close();
    api.close();
  });

  it("speaks TLS 1.2 and 1.3, nothing older", async () => {
    assert.equal(await shown({ maxVersion: "TLSv1.2" }), "first");
    assert.equal(await shown(), "first");
    // Without a lower security level the client itself would refuse to speak it.
    await assert.rejects(
      shown({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }),
      /protocol version|ECONNRESET/,
    );
  });

  it("shows another certificate when it is told to, and keeps the old one when that can't be used", async () => {
    makeCertificate(folder, "second");
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
    await ask(`${exchange.tls!.url}/api/v3/time`, { agent });
    serve("second");
    assert.equal(await shown(), "first");
    exchange.reloadCertificate();
    assert.equal(await shown(), "second");
    writeFileSync(files.keyFile, "torn");
    exchange.reloadCertificate();
    assert.equal(await shown(), "second");
    assert.equal(
      (await ask(`${exchange.tls!.url}/api/v3/time`, { agent })).status,
      200,
      "an open connection stays",
    );
    agent.destroy();
    serve("first");
  });

  it("makes a certificate of its own, which holds over starts", async (test) => {
    const first = await start("other", undefined);
    test.after(() => first.close());
    const { certificateFile } = first.tls!;
    const made = readFileSync(certificateFile);
    const answer = await ask(`${first.tls!.url}/api/v3/time`, { ca: made });
    assert.equal(answer.status, 200);
    // On `localhost` it would hold for every other program there.
    assert.equal(answer.headers["strict-transport-security"], undefined);
    const closing = performance.now();
    const agent = new Agent({ keepAlive: true, ca: made });
    await ask(`${first.tls!.url}/api/v3/time`, { agent });
    await first.close();
    assert.ok(performance.now() - closing < 8_000, "an idle connection held the end");
    agent.destroy();
    const again = await start("other", undefined);
    test.after(() => again.close());
    assert.equal((await ask(`${again.tls!.url}/api/v3/time`, { ca: made })).status, 200);
    await again.close();
  });

  it("starts nothing with files or a port that it can't use", async () => {
    makeCertificate(folder, "third");
    const wrong = { certificateFile: join(folder, "first.crt"), keyFile: join(folder, "third.key") };
    await assert.rejects(start("none", wrong), { name: "CertificateError", message: /is not that of/ });
    const taken = createServer((socket: Socket) => socket.destroy());
    await new Promise<void>((resolve) => taken.listen(0, host, resolve));
    const { port } = taken.address() as { port: number };
    const right = { ...wrong, keyFile: join(folder, "first.key") };
    await assert.rejects(start("none", right, port), { code: "EADDRINUSE", port });
    await assert.rejects(start("none", undefined, port), { code: "EADDRINUSE", port });
    taken.close();
    assert.equal(existsSync(join(folder, "none")), false, "a folder was made");
  });

  it("tells over TLS too that it recovers", async () => {
    const listener = new RecoveryListener("https");
    const port = await listener.listen({ host, port: 0 });
    await assert.rejects(ask(`https://${host}:${port}/health/live`), "it has no certificate yet");
    const [cert, key] = ["first.crt", "first.key"].map((name) => readFileSync(join(folder, name)));
    listener.showCertificate({ cert: cert!, key: key! });
    const ready = await ask(`https://${host}:${port}/health/ready`);
    assert.deepEqual([ready.status, ready.body], [503, { status: "recovering" }]);
    await listener.close();
  });
});

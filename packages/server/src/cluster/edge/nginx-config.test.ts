import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
} from "node:http";
import { request as secureRequest } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket, WebSocketServer } from "ws";
import { freePort } from "../../platform/servers/free-port.js";
import { type NginxServer, startNginx } from "../../platform/servers/nginx-server.js";
import { makeCertificate } from "../../platform/testing/certificates.js";
import { type EdgeOptions, nginxConfig } from "./nginx-config.js";

/** What a backend saw of a request. */
interface Seen {
  readonly backend: number;
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly bodyBytes: number;
}

/** A backend that answers what it saw. `/hangUp` breaks the connection once the request has arrived. */
class Backend {
  readonly #number: number;
  readonly server: Server;
  readonly #sockets = new Set<Socket>();
  readonly seen: Seen[] = [];
  port = 0;

  constructor(number: number) {
    this.#number = number;
    this.server = createServer((incoming, answer) => {
      let bodyBytes = 0;
      incoming.on("data", (chunk: Buffer) => {
        bodyBytes += chunk.length;
      });
      incoming.on("end", () => {
        const { method = "", url = "", headers } = incoming;
        const seen = { backend: this.#number, method, url, headers, bodyBytes };
        this.seen.push(seen);
        const refused = /^\/refused\/(\d+)/.exec(url);
        if (refused !== null) answer.writeHead(Number(refused[1]), { "Retry-After": "120" });
        if (url.startsWith("/hangUp")) incoming.socket.destroy();
        else answer.end(JSON.stringify(seen));
      });
    });
    this.server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    const webSockets = new WebSocketServer({ server: this.server });
    webSockets.on("connection", (socket, { url }) => {
      socket.on("message", (data) => socket.send(`${this.#number} ${url} ${data}`));
    });
  }

  async listen(): Promise<void> {
    this.server.listen(this.port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Ends as a killed process does: its connections break. */
  die(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  get connections(): number {
    return this.#sockets.size;
  }
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const SYMBOLS = Array.from({ length: 12 }, (_, index) => `COIN${index}USDT`);
const UNKNOWN =
  '{"code":-1007,"msg":"Timeout waiting for response from backend server. Send status unknown; execution status unknown."}';
const UNAVAILABLE =
  '{"code":-1001,"msg":"Internal error; unable to process your request. Please try again."}';

let folder: string;
let backends: Backend[] = [];
let nginx: NginxServer | undefined;
let port = 0;
let runs = 0;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "buttonwood-edge-"));
  chmodSync(folder, 0o755);
});

after(() => rmSync(folder, { recursive: true }));

afterEach(async () => {
  for (const backend of backends) backend.die();
  await nginx?.stop();
  nginx = undefined;
  backends = [];
});

const home = (): string => join(folder, `run-${runs}`);

async function start(options: Partial<EdgeOptions> = {}, count = 3): Promise<void> {
  backends = Array.from({ length: count }, (_, number) => new Backend(number));
  for (const backend of backends) await backend.listen();
  port = await freePort();
  runs++;
  nginx = await startNginx({
    folder: home(),
    config: nginxConfig({
      listen: { host: "127.0.0.1", port, tls: undefined },
      backends: backends.map((backend) => ({ host: "127.0.0.1", port: backend.port })),
      symbols: SYMBOLS,
      workers: 2,
      ...options,
    }),
  });
}

function ask(
  method: string,
  path: string,
  options: { readonly body?: string; readonly headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { body, headers = {} } = options;
    const sent = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

const seenBy = ({ text }: Answer): Seen => JSON.parse(text) as Seen;
const backendOf = async (method: string, path: string): Promise<number> =>
  seenBy(await ask(method, path)).backend;

/** Sends bytes as they are, and answers what comes back until the connection ends. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
    socket.write(text);
  });
}

describe("the edge", () => {
  it("leads a symbol to the same backend, in whatever part and case of a request it is named", async () => {
    await start();
    const used = new Set<number>();
    for (const symbol of SYMBOLS) {
      const backend = await backendOf("GET", `/api/v3/depth?symbol=${symbol}`);
      used.add(backend);
      const lower = symbol.toLowerCase();
      for (const path of [
        `/api/v3/depth?limit=5&symbol=${symbol}`,
        `/api/v3/depth?symbol=${lower}`,
        `/ws/${lower}@depth`,
        `/stream?streams=${lower}@trade/other@depth`,
        `/stream?streams=${lower}%40trade`,
      ]) {
        assert.equal(await backendOf("GET", path), backend, path);
      }
      assert.equal(await backendOf("POST", `/api/v3/order?symbol=${symbol}`), backend);
      assert.equal(await backendOf("DELETE", `/api/v3/order?symbol=${symbol}`), backend);
    }
    // Where a symbol lies depends on the backends' ports: of many, each backend has some.
    for (let i = 0; i < 50; i++) used.add(await backendOf("GET", `/api/v3/depth?symbol=MADEUP${i}`));
    assert.equal(used.size, 3, "all backends have symbols");
  });

  it("leads everything else to the backend with the least to do", async () => {
    await start();
    const used = new Set<number>();
    for (let i = 0; i < 12; i++) used.add(await backendOf("POST", "/api/v3/order"));
    assert.equal(used.size, 3);
    assert.notEqual(
      new Set([
        await backendOf("GET", "/api/v3/ticker/price?symbols=%5B%22A%22%5D"),
        await backendOf("GET", "/api/v3/ticker/price?symbols=%5B%22A%22%5D"),
        await backendOf("GET", "/api/v3/ticker/price?symbols=%5B%22A%22%5D"),
      ]).size,
      1,
    );
  });

  it("leads it to the active backends while one of them lives, and to those that stand by when none does", async () => {
    await start({ activeBackends: 2 }, 4);
    const usedByOrders = async (): Promise<number[]> => {
      const used = new Set<number>();
      for (let i = 0; i < 12; i++) used.add(await backendOf("POST", "/api/v3/order"));
      return [...used].sort();
    };
    assert.deepEqual(await usedByOrders(), [0, 1]);
    backends[0]!.die();
    assert.deepEqual(await usedByOrders(), [1]);
    backends[1]!.die();
    assert.deepEqual(await usedByOrders(), [2, 3]);
    // Symbols keep all of them.
    const used = new Set<number>();
    for (let i = 0; i < 50; i++) used.add(await backendOf("GET", `/api/v3/depth?symbol=MADEUP${i}`));
    assert.deepEqual([...used].sort(), [2, 3]);
    await backends[0]!.listen();
    while ((await backendOf("POST", "/api/v3/order")) !== 0) await sleep(20);
    assert.deepEqual(await usedByOrders(), [0]);
  });

  it("passes a signed request on byte for byte, and keeps its connections to the backends", async () => {
    await start({}, 1);
    const path = "/api/v3/order?a=%2F%2e%2E&symbol=COIN1USDT&b=%20+/../x&signature=ab%3D%3D";
    for (const method of ["GET", "POST", "PUT", "DELETE"]) {
      for (let i = 0; i < 5; i++) {
        const headers = { "Content-Length": "20" };
        const seen = seenBy(await ask(method, path, { body: "quantity=1%2E5&x=%C3", headers }));
        assert.deepEqual([seen.method, seen.url, seen.bodyBytes], [method, path, 20]);
      }
    }
    assert.ok(backends[0]!.connections <= 4, `${backends[0]!.connections} connections`);
  });

  it("passes a gateway's refusals for too much on as they are", async () => {
    await start();
    for (const expected of [429, 418]) {
      const { status, headers, text } = await ask("GET", `/refused/${expected}`);
      assert.deepEqual([status, headers["retry-after"]], [expected, "120"]);
      assert.equal(JSON.parse(text).url, `/refused/${expected}`);
    }
  });

  it("strips what clients say about where they come from, and says it itself", async () => {
    await start();
    const lies = Object.fromEntries(
      [
        "X-Real-IP",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-Forwarded-Host",
        "X-Forwarded-Port",
        "X-Forwarded-Server",
        "X-Client-IP",
        "True-Client-IP",
        "Forwarded",
      ].map((name) => [name, "lie"]),
    );
    const answer = await ask("GET", "/api/v3/time", { headers: { ...lies, "X-MBX-APIKEY": "kept" } });
    const { headers } = seenBy(answer);
    assert.deepEqual(headers, {
      host: `127.0.0.1:${port}`,
      "x-real-ip": "127.0.0.1",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "http",
      "x-mbx-apikey": "kept",
    });
    assert.equal(answer.headers.server, "nginx");
  });

  it("refuses what is too large or no request, in the gateway's words", async () => {
    await start();
    const size = 16 * 1024;
    assert.equal(seenBy(await ask("POST", "/", { body: "x".repeat(size) })).bodyBytes, size);
    for (const headers of [{}, { "Transfer-Encoding": "chunked" }]) {
      const { status, text } = await ask("POST", "/", { body: "x".repeat(size + 1), headers });
      assert.deepEqual(
        [status, text],
        [413, '{"code":-1101,"msg":"Too many parameters sent for this endpoint."}'],
      );
    }
    for (const text of [
      `GET /${"x".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(20_000)}\r\n\r\n`,
      "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
      "nonsense\r\n\r\n",
    ]) {
      const answer = await raw(text);
      assert.match(answer, /^HTTP\/1\.1 400 |^\{/);
      assert.match(answer, /\{"code":-1100,"msg":"Illegal characters found in a parameter\."\}$/);
    }
    const metrics = await ask("GET", "/metrics");
    assert.deepEqual(
      [metrics.status, metrics.text],
      [404, '{"code":-1020,"msg":"This operation is not supported."}'],
    );
    assert.equal(backends.flatMap(({ seen }) => seen).length, 1);
  });

  it("a backend that is gone costs nobody anything: what was not sent goes to another", async () => {
    await start();
    backends[0]!.die();
    for (let i = 0; i < 30; i++) {
      for (const [method, path] of [
        ["GET", `/api/v3/depth?symbol=${SYMBOLS[i % 12]}`],
        ["POST", `/api/v3/order?symbol=${SYMBOLS[i % 12]}`],
        ["POST", "/api/v3/order"],
      ] as const) {
        const answer = await ask(method, path, { body: "x" });
        assert.equal(answer.status, 200, `${method} ${path}: ${answer.text}`);
        assert.notEqual(seenBy(answer).backend, 0);
      }
    }
    // It comes back, and gets its part again.
    await backends[0]!.listen();
    while ((await backendOf("POST", "/api/v3/order")) !== 0) await sleep(20);
  });

  it("row 1: an order that was sent is never sent again: its client is told that the outcome is unknown", async () => {
    await start();
    for (const method of ["POST", "PUT", "DELETE"]) {
      const { status, text } = await ask(method, "/hangUp?signature=s3cret", { body: "x" });
      assert.deepEqual([status, text], [504, UNKNOWN], method);
      assert.equal(backends.flatMap(({ seen }) => seen).length, 1, method);
      for (const { seen } of backends) seen.length = 0;
    }
    // A read has changed nothing, and is tried elsewhere.
    const read = await ask("GET", "/hangUp");
    assert.deepEqual([read.status, read.text], [503, UNAVAILABLE]);
    assert.ok(backends.flatMap(({ seen }) => seen).length > 1);
    const failures = (): string => readFileSync(join(home(), "failures.log"), "utf8");
    // nginx writes its log after it has answered.
    const endMs = performance.now() + 10_000;
    while (failures().split("\n").length <= 4 && performance.now() < endMs) await sleep(20);
    const log = failures();
    assert.deepEqual(
      log
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line))
        .map(({ status, method, path }) => [status, method, path]),
      [
        [504, "POST", "/hangUp"],
        [504, "PUT", "/hangUp"],
        [504, "DELETE", "/hangUp"],
        [503, "GET", "/hangUp"],
      ],
    );
    assert.doesNotMatch(log + readFileSync(join(home(), "nginx.log"), "utf8"), /s3cret/);
  });

  it("without any backend says that nothing was changed", async () => {
    await start({}, 2);
    for (const backend of backends) backend.die();
    for (const method of ["GET", "POST", "DELETE"]) {
      for (let i = 0; i < 3; i++) {
        const { status, text } = await ask(method, "/api/v3/order", { body: "x" });
        assert.deepEqual([status, text], [503, UNAVAILABLE]);
      }
    }
  });

  it("lets WebSockets through, and breaks them when their backend dies", async () => {
    await start();
    const lower = SYMBOLS[3]!.toLowerCase();
    const backend = await backendOf("GET", `/api/v3/depth?symbol=${SYMBOLS[3]}`);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/${lower}@depth`);
    await once(socket, "open");
    socket.send("hello");
    const [message] = (await once(socket, "message")) as [Buffer];
    assert.equal(message.toString(), `${backend} /ws/${lower}@depth hello`);
    backends[backend]!.die();
    await once(socket, "close");
    const again = new WebSocket(`ws://127.0.0.1:${port}/ws/${lower}@depth`);
    await once(again, "open");
    again.terminate();
  });

  it("cuts clients that are slow to say what they want", async () => {
    await start({ clientTimeoutSeconds: 1 });
    // A head that never ends, though a byte of it comes now and then.
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nX: ");
    const drip = setInterval(() => socket.write("x"), 200);
    socket.on("error", () => undefined);
    await new Promise((resolve) => socket.on("close", resolve));
    clearInterval(drip);
    // A body that does not come.
    const answer = await raw("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab").catch(
      (error: NodeJS.ErrnoException) => error.code,
    );
    assert.ok(answer === "" || answer === "ECONNRESET", answer);
    assert.equal(backends.flatMap(({ seen }) => seen).length, 0);
  });

  it("row 21: bounds the requests of an address in a second, and says when to come back", async () => {
    await start({ requestsPerSecondMax: 10 });
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask("GET", "/api/v3/time")));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length > 0 && refused.length < 60, `${refused.length} refused`);
    assert.equal(refused[0]!.text, '{"code":-1003,"msg":"Too many requests."}');
    // A page that is refused must be able to read why, as from the gateway.
    const { headers } = refused[0]!;
    assert.deepEqual(
      ["retry-after", "access-control-allow-origin", "x-content-type-options", "cache-control"].map(
        (name) => headers[name],
      ),
      ["1", "*", "nosniff", "no-store"],
    );
    assert.match(String(headers["content-security-policy"]), /default-src 'none'/);
  });

  it("bounds what an address has open", async () => {
    await start({ openPerAddressMax: 3 });
    const open: WebSocket[] = [];
    for (let i = 0; i < 3; i++) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
      await once(socket, "open");
      open.push(socket);
    }
    assert.equal((await ask("GET", "/api/v3/time")).status, 429);
    open[0]!.terminate();
    while ((await ask("GET", "/api/v3/time")).status !== 200) await sleep(20);
    for (const socket of open) socket.terminate();
  });

  it("speaks TLS with the certificate that it is given", async () => {
    const { certificateFile, keyFile, authorityFile } = makeCertificate(folder, "edge");
    chmodSync(keyFile, 0o644);
    const host = "127.0.0.1";
    const securePort = await freePort();
    await start({ listen: { host, port: securePort, tls: { certificateFile, keyFile } } });
    const sent = secureRequest({
      host,
      port: securePort,
      path: "/api/v3/time",
      ca: readFileSync(authorityFile),
    });
    sent.end();
    const [response] = (await once(sent, "response")) as [IncomingMessage];
    response.resume();
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers["strict-transport-security"], "max-age=31536000");
    assert.equal(
      response.headers["x-content-type-options"],
      undefined,
      "the backend's own headers are enough",
    );
    assert.equal(backends.flatMap(({ seen }) => seen)[0]!.headers["x-forwarded-proto"], "https");
  });
});

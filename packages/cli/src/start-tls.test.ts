/** `start` over TLS, from outside. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { assertThreeParts, run, type Started, startCli } from "./testing/run-cli.js";

let folder = "";
let exchange: Started;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "buttonwood-cli-tls-"));
  exchange = await startCli("--tls-self-signed", "--tls-port", "0", "--data", join(folder, "first"));
});
after(async () => {
  await exchange.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** The certificate that the exchange on this port shows to a client that trusts `ca`. */
function shown(url: string, ca: Buffer): Promise<Buffer> {
  const { hostname: host, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), ca }, () => {
      resolve(socket.getPeerCertificate().raw);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

describe("start over TLS", () => {
  it("names the certificate that clients are to trust", async () => {
    const { url, certificateFile } = exchange.tls!;
    assert.equal(certificateFile, join(folder, "first", "tls", "certificate.pem"));
    assert.ok((await shown(url, readFileSync(certificateFile))).length > 100);
    // As the ready message says it: for programs that know nothing of certificates.
    const program = `fetch(process.argv[1]).then(async (answer) => console.log(await answer.text()))`;
    const asked = [`${url}/health/ready`, url.replace("127.0.0.1", "localhost").concat("/health/ready")];
    for (const address of asked) {
      const trusting = { ...process.env, NODE_EXTRA_CA_CERTS: certificateFile };
      const { stdout } = await promisify(execFile)(process.execPath, ["-e", program, address], {
        env: trusting,
      });
      assert.equal(stdout.trim(), '{"status":"ready"}', address);
    }
  });

  it("has the console over TLS alone, with the same certificate", async () => {
    assert.match(exchange.consoleUrl, /^https:/);
    const ca = readFileSync(exchange.tls!.certificateFile);
    assert.deepEqual(await shown(exchange.consoleUrl, ca), await shown(exchange.tls!.url, ca));
  });

  it("reads its files again on SIGHUP", async () => {
    // Two folders' own certificates stand for one that is renewed.
    const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    const use = (tls: string): Buffer => {
      copyFileSync(join(tls, "key.pem"), key);
      copyFileSync(join(tls, "certificate.pem"), cert);
      return readFileSync(cert);
    };
    const second = await startCli("--tls-self-signed", "--tls-port", "0", "--data", join(folder, "second"));
    await second.stop("SIGTERM");
    const before = use(join(folder, "first", "tls"));
    const files = ["--tls-cert", cert, "--tls-key", key];
    const own = await startCli(...files, "--tls-port", "0", "--data", join(folder, "second"));
    await shown(own.tls!.url, before);
    const renewed = use(join(folder, "second", "tls"));
    process.kill(own.pid, "SIGHUP");
    const deadline = performance.now() + 10_000;
    for (const url of [own.tls!.url, own.consoleUrl]) {
      while (!(await shown(url, renewed).then(Boolean, () => false))) {
        assert.ok(performance.now() < deadline, `the certificate was not read again at ${url}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    const ended = await own.stop("SIGTERM");
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stderr, /the certificate was read again/);
  });

  it("refuses options that don't fit, and files that can't be used, before anything is made", async () => {
    const data = join(folder, "none");
    const { certificateFile } = exchange.tls!;
    const cases: [readonly string[], number, RegExp][] = [
      [["--tls-cert", certificateFile], 2, /--tls-cert was given without --tls-key/],
      [["--tls-key", certificateFile], 2, /--tls-key was given without --tls-cert/],
      [["--tls-self-signed", "--tls-cert", "a", "--tls-key", "b"], 2, /exclude each other/],
      [["--tls-cert", certificateFile, "--tls-key", certificateFile], 1, /holds no private key/],
      [["--console", "0.0.0.0:0"], 1, /console would listen on 0\.0\.0\.0 without TLS/],
      [["--console", "8081"], 2, /must be HOST:PORT/],
      [
        ["--tls-cert", "none.crt", "--tls-key", "none.key"],
        1,
        /certificate for TLS can't be read .*none\.crt/,
      ],
    ];
    for (const [options, code, expected] of cases) {
      const ran = await run("start", "--port", "0", "--data", data, ...options);
      assert.equal(ran.code, code, ran.stderr);
      assertThreeParts(ran.stderr);
      assert.match(ran.stderr, expected);
    }
    const port = new URL(exchange.tls!.url).port;
    const taken = await run("start", "--port", "0", "--tls-port", port, "--tls-self-signed", "--data", data);
    assert.match(taken.stderr, new RegExp(`port ${port} on 127\\.0\\.0\\.1 is taken.*\n.*\n.*--tls-port`));
    assert.equal(existsSync(data), false, "a folder was made");
  });
});

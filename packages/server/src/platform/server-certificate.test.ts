import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { selfSignedFiles } from "./self-signed.js";
import { CertificateError, type CertificateFiles, readServerCertificate } from "./server-certificate.js";
import { makeCertificate } from "./testing/certificates.js";

const DAY_MS = 86_400_000;

let folder = "";
let own: CertificateFiles;
let other: CertificateFiles;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "buttonwood-certificate-"));
  own = makeCertificate(folder, "own");
  other = makeCertificate(folder, "other");
});
after(() => rmSync(folder, { recursive: true }));

/** A file of the folder with this content. */
function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function refused(files: CertificateFiles, expected: RegExp, nowMs = Date.now()): void {
  assert.throws(
    () => readServerCertificate(files, nowMs),
    (error) => {
      assert.ok(error instanceof CertificateError, String(error));
      assert.match(error.message, expected);
      assert.match(error.remedy, /^[A-Z].*\.$/);
      return true;
    },
  );
}

describe("a server's certificate", () => {
  it("is taken with its key, alone and with its chain", () => {
    const taken = readServerCertificate(own, Date.now());
    assert.deepEqual(taken.cert, readFileSync(own.certificateFile));
    assert.ok(taken.expiresMs > Date.now() && taken.expiresMs < Date.now() + 3 * DAY_MS);
    assert.equal(taken.isSelfSigned, false);
    const authority = readFileSync(join(folder, "authority.crt"), "utf8");
    const chain = file("chain.crt", readFileSync(own.certificateFile, "utf8") + authority);
    readServerCertificate({ ...own, certificateFile: chain }, Date.now());
    const reversed = file("reversed.crt", authority + readFileSync(own.certificateFile, "utf8"));
    refused(
      { ...own, certificateFile: reversed },
      /own\.key is not that of the certificate in .*reversed\.crt/,
    );
  });

  it("is refused with what is wrong", () => {
    refused({ ...own, keyFile: other.keyFile }, /other\.key is not that of the certificate in .*own\.crt/);
    refused({ ...own, keyFile: join(folder, "none") }, /private key for TLS can't be read .*none/);
    refused({ ...own, certificateFile: folder }, /certificate for TLS can't be read .*EISDIR/);
    refused({ ...own, certificateFile: file("empty", "") }, /empty holds no certificate in PEM/);
    refused({ ...own, certificateFile: own.keyFile }, /own\.key holds no certificate in PEM/);
    refused({ ...own, keyFile: own.certificateFile }, /own\.crt holds no private key in PEM/);
    const der = file("own.der", new X509Certificate(readFileSync(own.certificateFile)).raw);
    refused({ ...own, certificateFile: der }, /can't be used for TLS/);
    const locked = join(folder, "locked.key");
    execFileSync("openssl", [
      "pkey",
      "-in",
      own.keyFile,
      "-aes256",
      "-passout",
      "pass:secret",
      "-out",
      locked,
    ]);
    refused({ ...own, keyFile: locked }, /locked\.key is encrypted/);
  });

  it("is refused outside its time", () => {
    refused(own, /own\.crt has expired, on \d{4}-\d\d-\d\d/, Date.now() + 3 * DAY_MS);
    refused(own, /own\.crt is valid only from \d{4}-\d\d-\d\d on/, Date.now() - DAY_MS);
  });
});

describe("a self-signed certificate", () => {
  it("is made once, for this machine's names, with a key that is nobody else's", async () => {
    const home = join(folder, "tls");
    const files = await selfSignedFiles(home);
    assert.deepEqual(readdirSync(home).sort(), ["certificate.pem", "key.pem"]);
    assert.equal(statSync(files.keyFile).mode & 0o777, 0o600);
    const certificate = new X509Certificate(readFileSync(files.certificateFile));
    assert.equal(certificate.checkHost("localhost"), "localhost");
    assert.equal(certificate.checkHost("example.org"), undefined);
    assert.equal(certificate.checkIP("127.0.0.1"), "127.0.0.1");
    assert.equal(certificate.checkIP("::1"), "::1");
    assert.equal(readServerCertificate(files, Date.now()).isSelfSigned, true);
    const before = readFileSync(files.certificateFile);
    assert.deepEqual(await selfSignedFiles(home), files);
    assert.deepEqual(readFileSync(files.certificateFile), before);
    // A key without its certificate is what a crash leaves behind.
    rmSync(files.certificateFile);
    readServerCertificate(await selfSignedFiles(home), Date.now());
  });
});

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { addresses, expiry, publicKeyFile, scopes } from "./key-values.js";

const refused = { code: "commander.invalidArgument" };

describe("values of keys on the command line", () => {
  it("a key's end is a span, a date or never", () => {
    const around = (text: string, ms: number): void => {
      const ahead = Number(expiry(text)) - Date.now();
      assert.ok(Math.abs(ahead - ms) < 60_000, text);
    };
    around("90m", 5_400_000);
    around("12h", 43_200_000);
    around("30d", 2_592_000_000);
    around("4w", 2_419_200_000);
    assert.equal(expiry("2100-01-31"), Date.UTC(2100, 0, 31));
    assert.equal(expiry("2100-01-31T12:30Z"), Date.UTC(2100, 0, 31, 12, 30));
    assert.equal(expiry("never"), "never");
    for (const text of ["", "30", "d", "-1d", "0d", "1y", "2100", "2100-13-01", "2020-01-01", "tomorrow"]) {
      assert.throws(() => expiry(text), refused, text);
    }
  });

  it("addresses are gathered, and any takes them away", () => {
    assert.deepEqual(addresses("203.0.113.7", undefined), ["203.0.113.7"]);
    assert.deepEqual(addresses("2001:db8::/32", ["203.0.113.7"]), ["203.0.113.7", "2001:db8::/32"]);
    assert.deepEqual(addresses("any", undefined), []);
    for (const text of ["", "home", "10.0.0", "10.0.0.0/33", "10.0.0.0/8/8", "::1/129", "fe80::1%eth0"]) {
      assert.throws(() => addresses(text, undefined), refused, text);
    }
    assert.throws(() => addresses("any", ["10.0.0.1"]), refused);
  });

  it("scopes are READ, TRADE or both", () => {
    assert.deepEqual(scopes("read,TRADE"), ["READ", "TRADE"]);
    assert.deepEqual(scopes("TRADE"), ["TRADE"]);
    for (const text of ["", "WITHDRAW", "READ,", "READ,READ", "READ TRADE"]) {
      assert.throws(() => scopes(text), refused, text);
    }
  });

  it("a file that holds a private key is not sent", () => {
    const folder = mkdtempSync(join(tmpdir(), "buttonwood-pem-"));
    try {
      const file = join(folder, "key.pem");
      assert.throws(() => publicKeyFile(file), /can't be read/);
      writeFileSync(file, "-----BEGIN PRIVATE KEY-----\n");
      assert.throws(() => publicKeyFile(file), /holds a private key/);
      writeFileSync(file, "nothing");
      assert.throws(() => publicKeyFile(file), /no public key/);
      writeFileSync(file, "-----BEGIN PUBLIC KEY-----\n");
      assert.match(publicKeyFile(file), /PUBLIC/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

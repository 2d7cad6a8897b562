import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAddress, parseAddress } from "./address.js";

test("addresses are read and written", () => {
  const cases = [
    ["127.0.0.1:7000", { host: "127.0.0.1", port: 7000 }],
    ["engine-0.internal:65535", { host: "engine-0.internal", port: 65_535 }],
    ["[::1]:1", { host: "::1", port: 1 }],
    ["unix:/run/buttonwood/engine-0.sock", { path: "/run/buttonwood/engine-0.sock" }],
  ] as const;
  for (const [text, address] of cases) {
    assert.deepEqual(parseAddress(text), address);
    assert.equal(formatAddress(address), text);
  }
});

test("what is no address is refused with what to write", () => {
  for (const text of [
    "",
    "7000",
    ":7000",
    "host:",
    "host:0",
    "host:65536",
    "host:7e3",
    "ho st:1",
    "::1:80",
    "http://host:80",
  ]) {
    assert.throws(() => parseAddress(text), /is no address: write HOST:PORT/, text);
  }
  assert.throws(() => parseAddress("unix:run/x.sock"), /from the root/);
  assert.throws(() => parseAddress(`unix:/${"x".repeat(107)}`), /108 bytes.*107 at most/);
});

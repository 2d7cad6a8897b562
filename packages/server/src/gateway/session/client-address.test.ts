import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { describe, it } from "node:test";
import { addressBehind, connectedAddress } from "./client-address.js";

const request = (remoteAddress: string | undefined, forwarded?: string): IncomingMessage =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { "x-forwarded-for": forwarded },
  }) as unknown as IncomingMessage;

describe("where a request comes from", () => {
  it("is the other end of the connection, whatever it says of itself", () => {
    assert.equal(connectedAddress(request("10.0.0.9", "1.2.3.4")), "10.0.0.9");
  });

  it("is what the edge has seen, behind an edge", () => {
    const addressOf = addressBehind(["10.0.0.1"]);
    for (const edge of [undefined, "127.0.0.1", "::1", "10.0.0.1"]) {
      assert.equal(addressOf(request(edge, "1.2.3.4")), "1.2.3.4");
      // What a client wrote itself stands before what the edge has added.
      assert.equal(addressOf(request(edge, "9.9.9.9, 1.2.3.4")), "1.2.3.4");
    }
    assert.equal(addressOf(request("127.0.0.1")), "127.0.0.1");
    assert.equal(addressOf(request("10.0.0.9", "1.2.3.4")), "10.0.0.9");
  });
});

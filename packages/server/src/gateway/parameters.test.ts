import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ApiError } from "./errors.js";
import { type RawParameters, readForm } from "./parameters.js";
import { ROUTES } from "./routes.js";
import { splitSignature } from "./session/signature.js";

function read(text: string): RawParameters {
  const raw: RawParameters = new Map();
  readForm(text, raw);
  return raw;
}

describe("parameters", () => {
  it("are read as forms are written", () => {
    assert.deepEqual(
      [...read("a=1&b=%20x+y&c&&d=e=f")],
      [
        ["a", "1"],
        ["b", " x y"],
        ["c", ""],
        ["d", "e=f"],
      ],
    );
  });

  it("of any bytes are read or refused, never anything else", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        try {
          for (const [name, value] of read(text)) assert.match(name + value, /^[\x20-\x7e]*$/);
        } catch (error) {
          assert.ok(error instanceof ApiError);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("that are well formed survive any order and encoding", () => {
    const name = fc.stringMatching(/^[a-zA-Z]{1,10}$/);
    const value = fc.stringMatching(/^[ -~]{0,30}$/);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key, maxLength: 20 }),
        (pairs) => {
          const text = pairs.map(([key, content]) => `${key}=${encodeURIComponent(content)}`).join("&");
          assert.deepEqual([...read(text)], pairs);
        },
      ),
    );
  });

  it("of every endpoint: any text is validated or refused", () => {
    const names = [...new Set(ROUTES.flatMap(({ endpoint }) => Object.keys(endpoint.parameters.properties)))];
    const value = fc.oneof(
      fc.string({ maxLength: 40 }),
      fc.constantFrom(
        "BTCUSDT",
        "1",
        "0",
        "-1",
        "true",
        "GTC",
        "BUY",
        "LIMIT",
        "[]",
        '["BTCUSDT"]',
        "1m",
        "9".repeat(20),
      ),
    );
    const raw = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom(...ROUTES), raw, ({ endpoint }, pairs) => {
        const parameters = new Map(pairs);
        assert.ok(Number.isFinite(endpoint.weight(parameters)));
        try {
          endpoint.read(parameters, 0);
        } catch (error) {
          assert.ok(error instanceof ApiError, String(error));
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it("lose exactly their signature", () => {
    assert.deepEqual(splitSignature("a=1&signature=s"), { rest: "a=1", signature: "s" });
    assert.deepEqual(splitSignature("signature=s&a=1"), { rest: "a=1", signature: "s" });
    assert.deepEqual(splitSignature("a=1&signature=s&b=2"), { rest: "a=1&b=2", signature: "s" });
    assert.deepEqual(splitSignature("a=1"), { rest: "a=1", signature: undefined });
    assert.deepEqual(splitSignature("signature=s"), { rest: "", signature: "s" });
    assert.deepEqual(splitSignature("xsignature=s"), { rest: "xsignature=s", signature: undefined });
    assert.throws(() => splitSignature("signature=a&signature=b"), /Duplicate/);
  });
});

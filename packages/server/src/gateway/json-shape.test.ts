import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { jsonFault } from "./json-shape.js";

describe("the shape of JSON", () => {
  it("has no key twice, however it is written", () => {
    for (const [text, fault] of [
      ['{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}', undefined],
      ['{"a":"a","b":["a","a"]}', undefined],
      ['{"a":1,"a":2}', "DUPLICATE_KEY"],
      ['{"a":1,"\\u0061" :2}', "DUPLICATE_KEY"],
      ['{"x":{"a\\"":1,"a\\"":2}}', "DUPLICATE_KEY"],
      ['{"__proto__":1,"constructor":2}', undefined],
      ["[[[[", "TOO_DEEP"],
      ['"[[[["', undefined],
      ['{"', undefined],
      ['"\\', undefined],
    ] as const) {
      assert.equal(jsonFault(text, 3), fault, text);
    }
  });

  it("is found sound in everything that is written from objects", () => {
    fc.assert(fc.property(fc.json({ maxDepth: 6 }), (text) => jsonFault(text, 8) === undefined));
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        jsonFault(text, 8);
      }),
    );
  });
});

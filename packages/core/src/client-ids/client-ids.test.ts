import assert from "node:assert/strict";
import { test } from "node:test";
import { WordBuffer, writeText } from "@buttonwood/protocol";
import fc from "fast-check";
import { IdIndex } from "./id-index.js";
import { isText, LowestByte, paddedLength } from "./text-check.js";

test("the id index finds what a map holds, also among equal hashes, after removals and as it doubles", () => {
  const step = fc.record({ hash: fc.constantFrom(0, 1, 5, 15, 16, -1, -16, 31), remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), fc.constantFrom(12, 60), (steps, most) => {
      const hashes = new Map<number, number>();
      const index = new IdIndex(most, (entry) => hashes.get(entry)!, 16);
      const finds = (hash: number, entry: number): boolean => {
        let place = index.start(hash);
        while (index.entryAt(place) !== 0 && index.entryAt(place) !== entry) place = index.after(hash, place);
        return index.entryAt(place) === entry;
      };
      let next = 1;
      for (const { hash, remove } of steps) {
        const [oldest] = hashes.keys();
        if (remove && oldest !== undefined) {
          index.remove(hashes.get(oldest)!, oldest);
          hashes.delete(oldest);
          assert.equal(finds(hash, oldest), false);
        } else if (hashes.size < most) {
          index.add(hash, next);
          hashes.set(next++, hash);
        }
        for (const [entry, itsHash] of hashes) assert.equal(finds(itsHash, entry), true);
      }
    }),
  );
});

test("text is checked byte by byte: range, length and zeros behind its end", () => {
  const bytes = fc.uint8Array({ minLength: 12, maxLength: 12 });
  const texts = fc.oneof(
    bytes,
    bytes.map((b) => b.map((x) => 0x20 + (x % 0x60))),
  );
  fc.assert(
    fc.property(texts, fc.integer({ min: -1, max: 13 }), fc.boolean(), (given, length, clears) => {
      const words = new WordBuffer(4);
      words.u8.set(given);
      if (clears && length >= 0) words.u8.fill(0, length, 12);
      for (const lowest of [LowestByte.BLANK, LowestByte.NO_BLANK]) {
        const text = [...words.u8.subarray(0, Math.max(0, Math.min(12, length)))];
        const rest = [...words.u8.subarray(Math.max(0, Math.min(12, length)), 12)];
        const expected =
          length >= 1 &&
          length <= 12 &&
          text.every((b) => b >= (lowest & 0xff) && b <= 0x7e) &&
          rest.every((b) => b === 0);
        assert.equal(isText(words.i32, 0, 3, length, lowest), expected);
      }
    }),
    { numRuns: 2000 },
  );
});

test("padded text ends at its first zero", () => {
  const words = new WordBuffer(4);
  for (const text of ["", "a", "abcd", "abcde", "abcdefghijkl"]) {
    writeText(words, 0, 3, text);
    assert.equal(paddedLength(words.i32, 0, 3), text.length);
  }
});

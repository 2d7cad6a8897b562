import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { Reason } from "@buttonwood/protocol";
import { ApiErrors, type ErrorEntry, errorsPage, refusal, refusalOf } from "./errors.js";

const PAGE = new URL("../../../../docs/reference/errors.md", import.meta.url);

describe("errors", () => {
  it("stand in docs/reference/errors.md as in the list", () => {
    // The formatter aligns the table; what it says is compared.
    const plain = (page: string): string => page.replace(/ +/g, " ").replace(/-{3,}/g, "---");
    assert.equal(
      plain(readFileSync(PAGE, "utf8")),
      plain(errorsPage()),
      "write it anew: npm run build && node packages/server/dist/gateway/write-errors-page.js && npm run format",
    );
  });

  it("have a code, a status and a text of their own", () => {
    const seen = new Set<string>();
    for (const entry of Object.values<ErrorEntry>(ApiErrors)) {
      assert.ok(entry.code <= -1000 && entry.code > -3000, String(entry.code));
      assert.ok(entry.status >= 400 && entry.status < 600);
      const both = `${entry.code} ${entry.status} ${entry.message}`;
      assert.ok(!seen.has(both), both);
      seen.add(both);
    }
  });

  it("answer every reason of the core", () => {
    for (const reason of Object.values(Reason)) {
      if (reason === Reason.OK) continue;
      const { code, msg } = JSON.parse(refusalOf(reason).body) as { code: number; msg: string };
      assert.ok(code < 0 && msg.length > 0 && !msg.includes("%s"), msg);
    }
  });

  it("escape what is filled in", () => {
    const error = refusal("ILLEGAL_CHARACTERS", "a", '^"\\$&$');
    assert.deepEqual(JSON.parse(error.body), {
      code: -1100,
      msg: "Illegal characters found in parameter 'a'; legal range is '^\"\\$&$'.",
    });
  });
});

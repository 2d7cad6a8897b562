/** The client knows every refusal of the exchange by name. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { ErrorCode, RefusedError } from "@buttonwood/client";
import { readRepositoryFile } from "../house/sources.js";

it("every code of the page of errors has a name in the client, and no two names share one", () => {
  const rows = [
    ...readRepositoryFile("docs/reference/errors.md").matchAll(/^\| (-\d+)\s*\| (\d+)\s*\| (.+?)\s*\|/gm),
  ];
  assert.ok(rows.length > 40);
  for (const [, code, , message] of rows) {
    assert.ok(
      new RefusedError(Number(code), message!).codeName,
      `the client has no name for ${code} ${message}`,
    );
  }
  const codes = Object.values(ErrorCode);
  assert.equal(new Set(codes).size, codes.length);
});

it("every refusal that shares its code with others has a reason of its own", () => {
  const filled = (message: string): string =>
    message.replace("Filter failure: %s", "Filter failure: LOT_SIZE");
  const rows = [
    ...readRepositoryFile("docs/reference/errors.md").matchAll(/^\| (-\d+)\s*\| \d+\s*\| (.+?)\s*\|/gm),
  ];
  for (const code of [ErrorCode.NEW_ORDER_REJECTED, ErrorCode.CANCEL_REJECTED]) {
    for (const [, found, message] of rows) {
      if (Number(found) !== code) continue;
      assert.ok(
        new RefusedError(code, filled(message!)).reason,
        `the client has no reason for ${code} ${message}`,
      );
    }
  }
});

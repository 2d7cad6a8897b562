/** The page of failures and the tests that show them belong together. */
import assert from "node:assert/strict";
import { posix } from "node:path";
import { test } from "node:test";
import { readRepositoryFile, repositoryFiles } from "./sources.js";

const PAGE = "docs/reference/failures.md";
const ROWS = 24;

/** The rows whose number the name of a test in this file begins with. */
function rowsOf(text: string): Set<number> {
  const names = text.matchAll(/\b(?:it|test)\(\s*["'`]row (\d+): /g);
  return new Set(Array.from(names, ([, row]) => Number(row)));
}

test("every failure has a test, named after its row, in each file that the page links to", () => {
  const problems: string[] = [];
  const files = repositoryFiles();
  const rows = new Set<number>();
  for (const [, number, text] of readRepositoryFile(PAGE).matchAll(/^\| +(\d+) +\|(.*)$/gm)) {
    const row = Number(number);
    rows.add(row);
    const links = Array.from(text!.matchAll(/\]\(([^)]+)\)/g), ([, link]) =>
      posix.normalize(posix.join(posix.dirname(PAGE), link!)),
    );
    if (links.length === 0) problems.push(`row ${row} links to no test`);
    for (const file of links) {
      if (!files.includes(file)) problems.push(`row ${row} links to ${file}, which is gone`);
      else if (!rowsOf(readRepositoryFile(file)).has(row)) {
        problems.push(`row ${row} links to ${file}, where no test's name begins with "row ${row}: "`);
      }
    }
  }
  for (let row = 1; row <= ROWS; row++) if (!rows.has(row)) problems.push(`row ${row} is missing`);
  assert.equal(problems.length, 0, `${PAGE}:\n${problems.join("\n")}\n`);
});

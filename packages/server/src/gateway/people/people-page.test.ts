import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { it } from "node:test";
import { refusalsTable, routesTable } from "./people-page.js";

const PAGE = new URL("../../../../../docs/reference/people.md", import.meta.url);
/** The formatter aligns tables; what they say is compared. */
const plain = (text: string): string => text.replace(/ +/g, " ").replace(/-{3,}/g, "---");

it("routes and refusals stand in docs/reference/people.md as in the code", () => {
  const page = plain(readFileSync(PAGE, "utf8"));
  for (const table of [routesTable(), refusalsTable()]) {
    assert.ok(page.includes(`\n\n${plain(table)}\n`), `put this in its place:\n${table}`);
  }
});

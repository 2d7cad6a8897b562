/** Order lists and terms of orders, as the plain reference and the core carry them out. */
import { test } from "node:test";
import { ORDER_LIST_TABLES } from "./order-list-tables.js";
import { ORDER_TERMS_TABLES } from "./order-terms-tables.js";
import { play } from "./scenario-suite.js";

for (const { title, rows, options } of [...ORDER_LIST_TABLES, ...ORDER_TERMS_TABLES]) {
  test(title, () => play(rows, options));
}

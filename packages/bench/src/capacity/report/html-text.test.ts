import assert from "node:assert/strict";
import { it } from "node:test";
import { escapeHtml, scriptJson } from "./html-text.js";

it("leaves no character that ends text or an attribute", () => {
  assert.equal(escapeHtml(`<a b="c" d='e'>&`), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
});

it("leaves nothing in JSON that ends or opens a script element, and changes no value", () => {
  const value = { "</script>": ["<!--<script>", "a & b", "line\u2028end", "]]>"] };
  const text = scriptJson(value);
  assert.doesNotMatch(text, /[<>&\u2028\u2029]/);
  assert.deepEqual(JSON.parse(text), value);
});

#!/usr/bin/env node
import { existsSync } from "node:fs";

const program = new URL("../dist/index.js", import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  process.stderr.write(
    "error: Buttonwood is not built yet.\n" +
      "  Nothing was started.\n" +
      "  In its folder run `npm install` and `npm run build` first, or `npm start`, which does both.\n",
  );
  process.exitCode = 1;
}

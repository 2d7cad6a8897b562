/** Writes docs/reference/errors.md from the list of errors. Run after a build, from the repository's root. */
import { writeFileSync } from "node:fs";
import { errorsPage } from "./errors.js";

writeFileSync("docs/reference/errors.md", errorsPage());

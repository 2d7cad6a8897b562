/** The repository's files and their imports, as the house tests see them. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root: `tests/dist/house/` lies three folders below. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

const SKIPPED_FOLDERS = new Set(["node_modules", "dist", ".git", "data", "cluster-data", "coverage"]);

/** Every file of the repository, as a path from its root with `/`, without built and installed ones. */
export function repositoryFiles(folder = ROOT): string[] {
  const files: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      if (!SKIPPED_FOLDERS.has(entry.name)) files.push(...repositoryFiles(join(folder, entry.name)));
    } else if (entry.isFile()) {
      files.push(relative(ROOT, join(folder, entry.name)).split(sep).join("/"));
    }
  }
  return files.sort();
}

export function readRepositoryFile(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** One import of a source file. */
export interface Import {
  readonly file: string;
  readonly line: number;
  /** As written. */
  readonly specifier: string;
  /** For a relative import: the path from the root, without its extension; else undefined. */
  readonly path: string | undefined;
}

const IMPORT = /(?:\bfrom|\bimport)\s*\(?\s*"([^"\n]+)"/g;
/** Worker threads are started by URL: that is an import too. */
const WORKER = /new URL\(\s*"(\.[^"\n]+\.js)"\s*,\s*import\.meta\.url/g;

/** The imports of a TypeScript source, found in its text: comments are blanked, lines kept. */
export function importsOf(file: string, text: string): Import[] {
  const code = text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/^\s*\/\/.*$/gm, "");
  const found: Import[] = [];
  for (const pattern of [IMPORT, WORKER]) {
    for (const match of code.matchAll(pattern)) {
      const specifier = match[1]!;
      const line = code.slice(0, match.index).split("\n").length;
      const path = specifier.startsWith(".")
        ? posix.normalize(posix.join(posix.dirname(file), specifier)).replace(/\.[cm]?[jt]s$/, "")
        : undefined;
      found.push({ file, line, specifier, path });
    }
  }
  return found;
}

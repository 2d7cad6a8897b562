/** The repository checks itself: sizes of files, paths of machines, the reason of every dependency, links. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, posix } from "node:path";
import { test } from "node:test";
import { ROOT, readRepositoryFile, repositoryFiles } from "./sources.js";

const LINES_MAX = 600;

/** Files that may be longer, each with its reason. */
const LONGER: Record<string, string> = {
  "packages/protocol/src/command.ts": "the layouts of all commands: one table, read as one",
};

const files = repositoryFiles().filter((file) => !file.startsWith(".") || file.startsWith(".ci/"));
const isText = (file: string): boolean =>
  /\.(tsx?|mts|js|mjs|json|md|svg|sql|sh|yaml|yml|html|css)$/.test(file);

function report(problems: readonly string[]): void {
  assert.equal(problems.length, 0, `\n${problems.join("\n")}\n`);
}

test(`no source file is longer than ${LINES_MAX} lines`, () => {
  const problems: string[] = [];
  for (const file of files) {
    if (!/\.(tsx?|mjs|js)$/.test(file) || file in LONGER) continue;
    const lines = readRepositoryFile(file).split("\n").length;
    if (lines > LINES_MAX) {
      problems.push(`${file} has ${lines} lines: split it by idea, or add it to LONGER with the reason`);
    }
  }
  for (const file of Object.keys(LONGER)) {
    if (!files.includes(file)) problems.push(`LONGER names ${file}, which is gone: take it off the list`);
  }
  report(problems);
});

test("no path of a machine and no home folder stands in a file", () => {
  // Built from parts, so that this file does not find itself.
  const roots = ["home", "root", "Users", "work", "workspace", "mnt"].map((name) => `/${name}/`);
  const pattern = new RegExp(`(?<![\\w.~:/-])(?:${roots.join("|")})[\\w.-]+`);
  const problems: string[] = [];
  for (const file of files) {
    if (!isText(file) || file.endsWith("package-lock.json")) continue;
    readRepositoryFile(file)
      .split("\n")
      .forEach((text, index) => {
        const match = pattern.exec(text);
        if (match)
          problems.push(`${file}:${index + 1} holds ${match[0]}: use a path relative to the repository`);
      });
  }
  report(problems);
});

test("every dependency has its reason in docs/reference/dependencies.md", () => {
  const document = readRepositoryFile("docs/reference/dependencies.md");
  const problems: string[] = [];
  const named = new Set<string>();
  for (const file of files.filter((name) => /(^|\/)package\.json$/.test(name))) {
    const parsed = JSON.parse(readRepositoryFile(file)) as Record<string, Record<string, string> | undefined>;
    for (const field of ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"]) {
      for (const name of Object.keys(parsed[field] ?? {})) {
        if (name.startsWith("@buttonwood/")) continue;
        named.add(name);
        const line = document.split("\n").find((text) => text.includes(`\`${name}\``));
        if (line === undefined) {
          problems.push(
            `${file} depends on ${name}: say why in docs/reference/dependencies.md, or do without it`,
          );
        }
      }
    }
  }
  const listed = new Set<string>();
  for (const match of document.matchAll(/^\| `([^`]+)`/gm)) {
    if (!named.has(match[1]!))
      problems.push(`docs/reference/dependencies.md lists ${match[1]}, on which nothing depends`);
    if (listed.has(match[1]!)) problems.push(`docs/reference/dependencies.md lists ${match[1]} twice`);
    listed.add(match[1]!);
  }
  report(problems);
});

/** GitHub's anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[`*_]/g, "")
    .replace(/[^\p{L}\p{N} -]/gu, "")
    .trim()
    .replace(/ /g, "-");
}

test("every link of every page leads somewhere", () => {
  const problems: string[] = [];
  for (const file of files.filter((name) => name.endsWith(".md"))) {
    const text = readRepositoryFile(file).replace(/```[\s\S]*?```/g, "");
    for (const match of text.matchAll(/\]\(([^)\s]+)\)|<img[^>]+src="([^"]+)"/g)) {
      const link = (match[1] ?? match[2])!;
      if (/^[a-z]+:/.test(link)) continue;
      const [path, anchor] = link.split("#") as [string, string | undefined];
      const target = path === "" ? file : posix.normalize(posix.join(posix.dirname(file), path));
      if (!existsSync(join(ROOT, target))) {
        problems.push(`${file} links to ${link}: there is no ${target}`);
      } else if (anchor !== undefined && target.endsWith(".md")) {
        const headings = [...readRepositoryFile(target).matchAll(/^#+ (.*)$/gm)].map((found) =>
          anchorOf(found[1]!),
        );
        if (!headings.includes(anchor))
          problems.push(`${file} links to ${link}: ${target} has no such heading`);
      }
    }
  }
  report(problems);
});

test("every page under docs/ is reached from README.md or another page", () => {
  const pages = files.filter((name) => name.endsWith(".md"));
  const linked = new Set<string>();
  for (const file of pages) {
    for (const match of readRepositoryFile(file).matchAll(/\]\(([^)#\s]+)/g)) {
      linked.add(posix.normalize(posix.join(posix.dirname(file), match[1]!)));
    }
  }
  report(
    pages
      .filter((file) => file.startsWith("docs/") && !linked.has(file) && !linked.has(posix.dirname(file)))
      .map((file) => `${file} is linked from nowhere: link it from README.md or a page beside it`),
  );
});

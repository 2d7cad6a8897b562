/**
 * The house: which package and which folder may import which. The tables below are the rule; a failure names the
 * file, the import and the better choice.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { importsOf, readRepositoryFile, repositoryFiles } from "./sources.js";

/** Packages of this repository that each package may import. */
const PACKAGES: Record<string, readonly string[]> = {
  protocol: [],
  core: ["protocol"],
  server: ["protocol", "core"],
  // What users of the exchange import: it knows nothing of the exchange's own code.
  client: [],
  // The terminal is one more user of the exchange.
  web: ["client"],
  bench: ["protocol", "core", "client"],
  cli: ["protocol", "core", "server", "bench"],
  // Black box: what the tests know of the exchange is its public API, and the client that users have of it.
  tests: ["client"],
};

/** Bundled when they are built: what they import is needed then, and by no process that runs. */
const BUNDLED_PACKAGES = new Set(["web"]);

/** Run in any JavaScript engine: neither Node's modules nor npm packages. Their tests may. */
const PURE_PACKAGES = new Set(["protocol", "core"]);

const PORTS = [
  "transport/engine-port",
  "transport/history-port",
  "feed/port",
  "feed/market-data-port",
  "feed/user-events-port",
];

/** What each folder of packages/server/src may import: a whole folder, or one file of it. */
const SERVER_FOLDERS: Record<string, readonly string[]> = {
  platform: [],
  journal: ["platform"],
  // Batches of the feed travel in the same message as the answers.
  transport: ["platform", "feed/port"],
  // The intervals and candles of history are those of market data.
  feed: ["platform", "transport/history-port"],
  cluster: ["platform", "journal", "transport", "feed"],
  engine: ["platform", "journal", "transport", "feed", "cluster"],
  projection: ["platform", "journal", "transport", "feed", "cluster"],
  gateway: ["platform", "cluster", ...PORTS],
  simulation: ["platform", "journal", "transport", "feed", "cluster", "engine", "projection", "gateway"],
  main: ["platform", "journal", "transport", "feed", "cluster", "engine", "projection", "gateway"],
  // packages/server/src/index.ts: what other packages see of the server.
  "": ["main", "platform", "journal/port", "journal/row-hash", "simulation", ...PORTS],
};

/** Folders that import @buttonwood/core. */
const CORE_USERS = new Set(["engine", "simulation"]);

/** Ports whose sub-folders are adapters: chosen by `main` (and the simulation) alone. */
const ADAPTED = ["journal", "transport", "feed"];
/** Adapters of a folder that has other sub-folders too. */
const ADAPTERS = new Set(["projection/sqlite", "projection/postgres"]);
const ADAPTER_USERS = new Set(["main", "simulation"]);

const BETTER: Record<string, string> = {
  gateway: "ask through a port: transport/engine-port, transport/history-port or feed/market-data-port",
  projection: "read the journal and the feed through their ports",
  engine: "take it through an interface in the constructor, and wire it in main",
  platform: "pass what it needs as an argument: platform knows no other folder",
  journal: "move what is shared down into platform or @buttonwood/protocol",
  transport: "move what is shared down into platform or @buttonwood/protocol",
  feed: "move what is shared down into platform or @buttonwood/protocol",
  cluster: "turn it round: engine, projection and gateway may use cluster",
  simulation: "only roles are wired in main; build the parts themselves",
  main: "nothing that runs in production imports the simulation",
  "": "export it from main",
};

const isTest = (file: string): boolean => /\.(test|fuzz|bench)\.ts$/.test(file);
const sources = repositoryFiles().filter((file) => /^(packages\/[^/]+|tests)\/src\/.*\.tsx?$/.test(file));
const imports = sources.flatMap((file) => importsOf(file, readRepositoryFile(file)));
const packageOf = (path: string): string => (path.startsWith("tests/") ? "tests" : path.split("/")[1]!);

/** `packages/server/src/journal/sqlite/x` is folder `journal`, inner path `journal/sqlite/x`. */
function serverPlace(path: string): { folder: string; inner: string } {
  const inner = path.replace(/^packages\/server\/src\//, "");
  return { folder: inner.includes("/") ? inner.slice(0, inner.indexOf("/")) : "", inner };
}

function report(problems: readonly string[]): void {
  assert.equal(problems.length, 0, `\n${problems.join("\n")}\n`);
}

test("packages import only the packages below them", () => {
  const problems: string[] = [];
  for (const { file, line, specifier, path } of imports) {
    const own = packageOf(file);
    const allowed = PACKAGES[own];
    assert.ok(
      allowed,
      `packages/${own} has no line in the table of allowed imports: add one, with its reason`,
    );
    const target = specifier.startsWith("@buttonwood/")
      ? specifier.split("/")[1]!
      : path !== undefined
        ? packageOf(path)
        : undefined;
    if (path !== undefined && target !== own) {
      problems.push(`${file}:${line} imports ${specifier}: use the package's name, not its files`);
    } else if (specifier.startsWith("@buttonwood/") && target !== own && !allowed.includes(target!)) {
      problems.push(
        `${file}:${line} imports ${specifier}: ${own} may import ${allowed.join(", ") || "no other package"}; ` +
          "move what both need into the lower one",
      );
    }
  }
  report(problems);
});

test("protocol and core run anywhere: no Node modules, no npm packages", () => {
  const problems: string[] = [];
  for (const { file, line, specifier, path } of imports) {
    if (!PURE_PACKAGES.has(packageOf(file)) || isTest(file) || path !== undefined) continue;
    if (!specifier.startsWith("@buttonwood/")) {
      problems.push(
        `${file}:${line} imports ${specifier}: bring it in through an argument, or do it in packages/server`,
      );
    }
  }
  report(problems);
});

test("npm packages are declared by the package that imports them", () => {
  const problems: string[] = [];
  const root = JSON.parse(readRepositoryFile("package.json")) as { devDependencies: object };
  for (const { file, line, specifier, path } of imports) {
    // A name with # is the package's own: its package.json says for which platform it is which file.
    if (path !== undefined || specifier.startsWith("node:") || specifier.startsWith("#")) continue;
    const name = specifier.startsWith("@")
      ? specifier.split("/").slice(0, 2).join("/")
      : specifier.split("/")[0]!;
    const folder = packageOf(file) === "tests" ? "tests" : `packages/${packageOf(file)}`;
    const own = JSON.parse(readRepositoryFile(`${folder}/package.json`)) as {
      name: string;
      dependencies?: object;
      devDependencies?: object;
    };
    const declared = {
      ...own.dependencies,
      ...(isTest(file) || folder === "tests" || BUNDLED_PACKAGES.has(packageOf(file))
        ? { ...own.devDependencies, ...root.devDependencies }
        : {}),
    };
    if (name !== own.name && !(name in declared)) {
      problems.push(`${file}:${line} imports ${specifier}: declare ${name} in ${folder}/package.json`);
    }
  }
  report(problems);
});

test("inside packages/server/src, folders import only those below them", () => {
  const problems: string[] = [];
  for (const { file, line, specifier, path } of imports) {
    // A test may bring any part together with any other, except what is forbidden to every file.
    if (!file.startsWith("packages/server/src/") || isTest(file)) continue;
    const { folder } = serverPlace(file);
    const allowed = SERVER_FOLDERS[folder];
    assert.ok(allowed, `${file}: folder ${folder} has no line in the table of allowed imports`);
    if (specifier === "@buttonwood/core" && !CORE_USERS.has(folder)) {
      problems.push(
        `${file}:${line} imports ${specifier}: only ${[...CORE_USERS].join(" and ")} do; ${BETTER[folder]}`,
      );
    }
    if (path === undefined) continue;
    const target = serverPlace(path);
    if (target.folder === folder) continue;
    const fits = allowed.some((entry) => target.inner === entry || target.inner.startsWith(`${entry}/`));
    if (!fits) problems.push(`${file}:${line} imports ${specifier}: ${BETTER[folder]}`);
  }
  report(problems);
});

test("adapters never import each other, and only main chooses one", () => {
  const problems: string[] = [];
  for (const { file, line, specifier, path } of imports) {
    if (!file.startsWith("packages/server/src/") || isTest(file) || path === undefined) continue;
    const target = serverPlace(path);
    const own = serverPlace(file);
    const targetParts = target.inner.split("/");
    const isAdapter = ADAPTED.includes(target.folder) || ADAPTERS.has(`${targetParts[0]}/${targetParts[1]}`);
    if (!isAdapter || targetParts.length < 3) continue;
    const sameAdapter = own.inner.startsWith(`${targetParts[0]}/${targetParts[1]}/`);
    if (sameAdapter || ADAPTER_USERS.has(own.folder)) continue;
    problems.push(
      `${file}:${line} imports ${specifier}: depend on the port of ${target.folder}, and let main choose the adapter ` +
        `(what two adapters share stands beside the port, in ${target.folder}/)`,
    );
  }
  report(problems);
});

test("nothing imports main, and nothing but tests imports the simulation", () => {
  const problems: string[] = [];
  for (const { file, line, specifier, path } of imports) {
    if (path === undefined || !path.startsWith("packages/server/src/")) continue;
    const own = serverPlace(file).folder;
    const target = serverPlace(path).folder;
    if (target === "main" && own !== "main" && own !== "" && !isTest(file)) {
      problems.push(`${file}:${line} imports ${specifier}: main only wires; move the part out of it`);
    }
    if (target === "simulation" && own !== "simulation" && own !== "" && !isTest(file)) {
      problems.push(`${file}:${line} imports ${specifier}: ${BETTER.main}`);
    }
  }
  report(problems);
});

test("imports are found in every form", () => {
  // The keyword is put in, so that this file's own imports stay what they are.
  const text = [
    'KEY a, {\n  b,\n} FROM "./a.js";',
    'export * FROM "../b.js";',
    'KEY "c";',
    'const d = await KEY("./d.js");',
    'new Worker(new URL("./e.js", KEY.meta.url));',
    '// KEY "not-this";',
    '/* KEY "nor-this" */',
  ]
    .join("\n")
    .replaceAll("KEY", "import")
    .replaceAll("FROM", "from");
  assert.deepEqual(
    importsOf("packages/x/src/y/z.ts", text)
      .map((found) => `${found.line} ${found.path ?? found.specifier}`)
      .sort(),
    ["3 packages/x/src/y/a", "4 packages/x/src/b", "5 c", "6 packages/x/src/y/d", "7 packages/x/src/y/e"],
  );
});

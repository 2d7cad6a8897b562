import { readFile } from "node:fs/promises";

/** What became of a call: `yes` = driven, with the right results; absent = the client doesn't have it. */
export type Result = "yes" | "pending";

const WORDS: Readonly<Record<Result, string>> = { yes: "✓", pending: "pending" };

/** Which client was driven through which call. */
export class ClientsTable {
  readonly #results = new Map<string, Result>();

  constructor(
    readonly clients: readonly string[],
    readonly groups: readonly { readonly name: string; readonly titles: readonly string[] }[],
  ) {}

  set(group: string, title: string, client: string, result: Result): void {
    this.#results.set([group, title, client].join("\n"), result);
  }

  /** The reference page. */
  async page(): Promise<string> {
    const versions = await Promise.all(
      this.clients.map(
        async (name) => `[${name}](https://www.npmjs.com/package/${name}) ${await versionOf(name)}`,
      ),
    );
    const head = (first: string): string[] => [
      `| ${[first, ...this.clients].join(" | ")} |`,
      `| ${["", ...this.clients].map(() => "---").join(" | ")} |`,
    ];
    const row = (group: string, title: string): string => {
      const cells = this.clients.map((client) => {
        const result = this.#results.get([group, title, client].join("\n"));
        return result === undefined ? "–" : WORDS[result];
      });
      return `| ${[`\`${title}\``, ...cells].join(" | ")} |`;
    };
    return [
      "# Clients",
      "",
      `Stock clients, driven by a [test](../../tests/src/clients/clients.test.ts) against a real exchange through every call that they have: ${versions.join(", ")}. Only URLs and keys are changed; \`@binance/spot\` runs over TLS. ✓: the call was made, and its results were what the exchange itself says. –: the client has no such call. pending: the exchange doesn't have it yet. The test writes this page and fails when it is not true.`,
      ...this.groups.flatMap(({ name, titles }) => [
        "",
        `## ${name}`,
        "",
        ...head("call"),
        ...titles.map((title) => row(name, title)),
      ]),
      "",
    ].join("\n");
  }
}

/** The version of an installed client, as its package says. */
async function versionOf(name: string): Promise<string> {
  const file = new URL(`../../../../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(await readFile(file, "utf8")) as { version: string }).version;
}

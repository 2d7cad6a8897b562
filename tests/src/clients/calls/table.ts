import { readFile } from "node:fs/promises";

/** Which client was driven through which call. */
export class ClientsTable {
  readonly #passed = new Set<string>();

  constructor(
    readonly clients: readonly string[],
    readonly groups: readonly { readonly name: string; readonly titles: readonly string[] }[],
  ) {}

  /** The client has the call, and its results were right. */
  passed(group: string, title: string, client: string): void {
    this.#passed.add([group, title, client].join("\n"));
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
      const cells = this.clients.map((client) =>
        this.#passed.has([group, title, client].join("\n")) ? "✓" : "–",
      );
      return `| ${[`\`${title}\``, ...cells].join(" | ")} |`;
    };
    return [
      "# Clients",
      "",
      `Stock clients, driven by a [test](../../tests/src/clients/clients.test.ts) against a real exchange through every call that they have: ${versions.join(", ")}. Only URLs, keys and [an option or two](../start/first-hour.md#2-the-first-orders) are given; \`@binance/spot\` runs over TLS. ✓: the call was made, and its results were what the exchange itself says. –: the client has no such call. The test writes this page and fails when it is not true.`,
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

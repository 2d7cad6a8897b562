import type { Command } from "commander";
import { AdminClient } from "../admin-client.js";
import { type DataOption, dataOption } from "../terminal/data-option.js";
import { type OutputOptions, printResult } from "../terminal/output.js";
import { tableOf } from "../terminal/table.js";

type Options = DataOption & OutputOptions;

/** `buttonwood keys`. */
export function addKeys(program: Command): void {
  const keys = program
    .command("keys")
    .summary("create, list and revoke API keys")
    .description("API keys of a running exchange. A key belongs to one account; requests are signed with it.")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood keys                            all keys; secrets are never shown again\n" +
        "  buttonwood keys create alice --label bot   a new key; its secret is shown once\n" +
        "  buttonwood keys revoke KEY                 takes effect at once, open sessions included\n",
    );
  keys
    .command("list", { isDefault: true })
    .summary("all keys (the default)")
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .action(async (options: Options) => {
      const list = await new AdminClient(options.data).keys();
      printResult(options, { keys: list }, () =>
        tableOf(
          [
            { title: "key" },
            { title: "account" },
            { title: "label" },
            { title: "may" },
            { title: "created" },
          ],
          list.map((key) => [
            key.apiKey,
            key.accountName,
            key.label,
            key.scopes.join(" "),
            new Date(key.createdMs).toISOString().slice(0, 16).replace("T", " "),
          ]),
        ),
      );
    });
  keys
    .command("create")
    .argument("<ACCOUNT>", "the account's name")
    .summary("a new key for an account")
    .description("Makes a key and its secret. The secret is shown this once and can't be read back.")
    .option("--label <TEXT>", "what it is for", "")
    .option("--read-only", "it may look, not trade")
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExample:\n  buttonwood keys create alice --label bot\n")
    .action(async (account: string, options: Options & { label: string; readOnly?: boolean }) => {
      const scopes = options.readOnly === true ? ["READ"] : ["READ", "TRADE"];
      const key = await new AdminClient(options.data).createKey({ account, label: options.label, scopes });
      printResult(
        options,
        key,
        () =>
          `apiKey     ${key.apiKey}\nsecretKey  ${key.secretKey}\n` +
          `The secret is shown this once: keep it where only ${account}'s programs can read it.`,
      );
    });
  keys
    .command("revoke")
    .argument("<KEY>", "the apiKey")
    .summary("end a key at once")
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .action(async (apiKey: string, options: Options) => {
      await new AdminClient(options.data).revokeKey(apiKey);
      printResult(options, { apiKey, revoked: true }, () => `Key ${apiKey} is revoked.`);
    });
}

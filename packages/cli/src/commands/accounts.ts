import type { Command } from "commander";
import { type AccountReply, AdminClient, type BalancesReply } from "../admin-client.js";
import { type DataOption, dataArgument, dataOption, typed } from "../terminal/data-option.js";
import { reason } from "../terminal/option-values.js";
import { type OutputOptions, printResult } from "../terminal/output.js";
import { tableOf } from "../terminal/table.js";

type Options = DataOption & OutputOptions & { readonly reason?: string };

/** `buttonwood accounts`. */
export function addAccounts(program: Command): void {
  const accounts = program
    .command("accounts")
    .summary("list, open and freeze accounts")
    .description("Accounts of a running exchange: who there is, and what each holds.")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood accounts                       all accounts with their balances\n" +
        "  buttonwood accounts open carol            a new account; then `keys create` and `deposit`\n" +
        "  buttonwood accounts freeze carol          it can cancel, nothing else\n",
    );
  accounts
    .command("list", { isDefault: true })
    .summary("all accounts with their balances (the default)")
    .description("Lists every account and what it holds, free and locked in open orders.")
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .action(listAccounts);
  accounts
    .command("open")
    .argument("<NAME>", "its name, 1 to 36 characters")
    .summary("open an account")
    .description("Opens an account. It begins empty and without keys.")
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExample:\n  buttonwood accounts open carol\n")
    .action(async (name: string, options: Options) => {
      const account = await new AdminClient(options.data).openAccount(name);
      printResult(
        options,
        account,
        () =>
          `Account ${account.account} (${account.name}) is open.\n` +
          `Next: npx buttonwood deposit ${typed(account.name)} USD 1000${dataArgument(options.data)}\n` +
          `  and: npx buttonwood keys create ${typed(account.name)}${dataArgument(options.data)}`,
      );
    });
  for (const [name, status, says] of [
    ["freeze", "FROZEN", "is frozen: it can cancel and reduce orders, nothing else."],
    ["unfreeze", "ACTIVE", "is active again."],
  ] as const) {
    accounts
      .command(name)
      .argument("<ACCOUNT>", "its name")
      .summary(status === "FROZEN" ? "let it cancel only" : "let it trade again")
      .description(
        status === "FROZEN"
          ? "Refuses new orders of an account from now on. Open orders stay, and can be canceled."
          : "Takes orders of a frozen account again.",
      )
      .option("--reason <TEXT>", "why, for the audit log", reason)
      .addOption(dataOption())
      .option("--json", "one JSON object on stdout")
      .action(async (reference: string, options: Options) => {
        const account = await new AdminClient(options.data).setAccountStatus(
          reference,
          status,
          options.reason,
        );
        printResult(options, account, () => `Account ${account.account} (${account.name}) ${says}`);
      });
  }
}

async function listAccounts(options: Options): Promise<void> {
  const admin = new AdminClient(options.data);
  const accounts = await admin.accounts();
  const result: (AccountReply & BalancesReply)[] = [];
  for (const account of accounts) {
    const { balances } = await admin.balances(account.account);
    result.push({ ...account, balances });
  }
  printResult(options, { accounts: result }, () =>
    tableOf(
      [
        { title: "account", align: "right" },
        { title: "name" },
        { title: "status" },
        { title: "asset" },
        { title: "free", align: "right" },
        { title: "locked", align: "right" },
      ],
      result.flatMap(({ account, name, frozen, balances }) => {
        const who = [String(account), name, frozen ? "frozen" : "active"];
        if (balances.length === 0) return [[...who, "", "", ""]];
        return balances.map(({ asset, free, locked }, i) => [
          ...(i === 0 ? who : ["", "", ""]),
          asset,
          free,
          locked,
        ]);
      }),
    ),
  );
}

import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { AdminClient } from "../admin-client.js";
import { type DataOption, dataOption } from "../terminal/data-option.js";
import { amount as amountValue } from "../terminal/option-values.js";
import { type OutputOptions, printResult } from "../terminal/output.js";

type Options = DataOption & OutputOptions & { readonly reference?: string };

/** `buttonwood deposit`. */
export function addDeposit(program: Command): void {
  program
    .command("deposit")
    .argument("<ACCOUNT>", "the account's name")
    .argument("<ASSET>", "the asset's name, e.g. USD")
    .argument("<AMOUNT>", "a plain decimal, e.g. 1000 or 0.25", amountValue)
    .summary("credit an account")
    .description(
      "Credits an account of a running exchange. It is a command in the journal like every other, with a " +
        "reference that says why. The same reference and amount take effect once, however often it is sent.",
    )
    .option("--reference <TEXT>", "why, up to 36 characters; makes a repeat harmless")
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood deposit alice USD 10000\n" +
        '  buttonwood deposit bob BTC 0.5 --reference "wire 2041"\n',
    )
    .action(async (account: string, asset: string, amount: string, options: Options) => {
      const reference = options.reference ?? `cli-${randomBytes(8).toString("hex")}`;
      const reply = await new AdminClient(options.data).deposit({ account, asset, amount, reference });
      printResult(options, { ...reply, reference }, () =>
        reply.repeated
          ? `"${reference}" was credited before; nothing changed. ${account} has ${reply.free} ${asset} free.`
          : `Credited ${amount} ${asset} to ${account}: ${reply.free} free, ${reply.locked} locked. Reference: ${reference}`,
      );
    });
}

import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { AdminClient } from "../admin-client.js";
import { type DataOption, dataOption } from "../terminal/data-option.js";
import { amount as amountValue } from "../terminal/option-values.js";
import { type OutputOptions, printResult } from "../terminal/output.js";

type Options = DataOption & OutputOptions & { readonly reference?: string };

interface Payment {
  readonly name: "deposit" | "withdraw";
  readonly summary: string;
  readonly description: string;
  readonly example: string;
  /** What was done, before the account's name and after the amount. */
  readonly done: readonly [verb: string, preposition: string];
}

const PAYMENTS: readonly Payment[] = [
  {
    name: "deposit",
    summary: "credit an account",
    description: "Credits an account of a running exchange.",
    example: "  buttonwood deposit alice USD 10000\n",
    done: ["Credited", "to"],
  },
  {
    name: "withdraw",
    summary: "debit an account",
    description:
      "Debits an account of a running exchange, by what it has free at most: what open orders lock stays. " +
      "The account `house` holds the fees.",
    example: "  buttonwood withdraw alice USD 10000\n",
    done: ["Debited", "from"],
  },
];

/** `buttonwood deposit` and `buttonwood withdraw`. */
export function addPayments(program: Command): void {
  for (const payment of PAYMENTS) addPayment(program, payment);
}

function addPayment(program: Command, { name, summary, description, example, done }: Payment): void {
  program
    .command(name)
    .argument("<ACCOUNT>", "the account's name")
    .argument("<ASSET>", "the asset's name, e.g. USD")
    .argument("<AMOUNT>", "a plain decimal, e.g. 1000 or 0.25", amountValue)
    .summary(summary)
    .description(
      `${description} It is a command in the journal like every other, with a ` +
        "reference that says why. The same reference and amount take effect once, however often it is sent.",
    )
    .option("--reference <TEXT>", "why, up to 36 characters; makes a repeat harmless")
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", `\nExamples:\n${example}  buttonwood ${name} bob BTC 0.5 --reference "wire 2041"\n`)
    .action(async (account: string, asset: string, amount: string, options: Options) => {
      const reference = options.reference ?? `cli-${randomBytes(8).toString("hex")}`;
      const reply = await new AdminClient(options.data)[name]({ account, asset, amount, reference });
      const [verb, preposition] = done;
      printResult(options, { ...reply, reference }, () =>
        reply.repeated
          ? `"${reference}" was ${verb.toLowerCase()} before; nothing changed. ${account} has ${reply.free} ${asset} free.`
          : `${verb} ${amount} ${asset} ${preposition} ${account}: ${reply.free} free, ${reply.locked} locked. Reference: ${reference}`,
      );
    });
}

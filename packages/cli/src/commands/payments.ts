import { randomBytes } from "node:crypto";
import { type Command, InvalidArgumentError } from "commander";
import { AdminClient } from "../admin-client.js";
import { type DataOption, dataOption } from "../terminal/data-option.js";
import { amount as amountValue, signedAmount } from "../terminal/option-values.js";
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

/** `buttonwood deposit`, `buttonwood withdraw` and `buttonwood adjust`. */
export function addPayments(program: Command): void {
  for (const payment of PAYMENTS) addPayment(program, payment);
  program
    .command("adjust")
    .argument("<ACCOUNT>", "the account's name")
    .argument("<ASSET>", "the asset's name, e.g. USD")
    .argument("<AMOUNT>", "what is added, or with a minus taken off", signedAmount)
    .summary("put a balance right, with a reason")
    .description(
      "Adds to an account's free balance, or with -AMOUNT takes off it. It is a command in the journal like a deposit or " +
        "a withdrawal, with a reference that begins with `adj: `. The same reason and amount take effect once.",
    )
    .requiredOption(
      "--reason <TEXT>",
      "why, up to 31 printable ASCII characters, for the journal",
      adjustmentReason,
    )
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      '\nExamples:\n  buttonwood adjust alice USD 12.5 --reason "ticket 311"\n  buttonwood adjust --reason "ticket 312" -- alice USD -12.5\n',
    )
    .action(
      async (
        account: string,
        asset: string,
        amount: string,
        options: DataOption & OutputOptions & { readonly reason: string },
      ) => {
        const transfer = { account, asset, amount, reference: options.reason };
        const reply = await new AdminClient(options.data).adjust(transfer);
        printResult(options, reply, () =>
          reply.repeated
            ? `"${options.reason}" was adjusted before; nothing changed. ${account} has ${reply.free} ${asset} free.`
            : `Adjusted ${account} by ${amount} ${asset}, sequence ${reply.sequence}: ${reply.free} free, ${reply.locked} locked.`,
        );
      },
    );
}

function adjustmentReason(text: string): string {
  if (!/^[\x20-\x7e]{1,31}$/.test(text)) {
    throw new InvalidArgumentError("It must be 1 to 31 printable ASCII characters.");
  }
  return text;
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

import { type Command, Option } from "commander";
import { AdminClient, type UserReply } from "../admin-client.js";
import { type DataOption, dataOption } from "../terminal/data-option.js";
import { CommandFailure, ExitCode } from "../terminal/failure.js";
import { type OutputOptions, printResult } from "../terminal/output.js";
import { newPassword } from "../terminal/password.js";
import { tableOf } from "../terminal/table.js";

type Options = DataOption & OutputOptions;

/** `buttonwood users`. */
export function addUsers(program: Command): void {
  const users = program
    .command("users")
    .summary("people who sign in with a password")
    .description(
      "People who sign in to a running exchange with a password: traders in the terminal, each with one account, " +
        "observers and operators at the operator's console. Passwords are asked for, or read from stdin; they are no options.",
    )
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood users                                    everybody, and what they may\n" +
        "  buttonwood users create carol --account carol       a trader; the password is asked for\n" +
        "  buttonwood users create olga --role OPERATOR < file the password from a file's first line\n" +
        "  buttonwood users set-password carol                 another password; sessions end\n" +
        "  buttonwood users disable carol                      signs in no more; sessions end\n" +
        "  buttonwood users reset-totp carol                   signs in without a one-time code\n",
    );
  addList(users);
  addCreate(users);
  change(users, "set-password", {
    summary: "set another password",
    description: "Sets another password and ends all sessions of the user, with what they have opened.",
    says: "has another password; all sessions have ended.",
    body: async (login) => ({ password: await newPassword(login) }),
  });
  change(users, "disable", {
    summary: "let a user sign in no more",
    description:
      "Lets a user sign in no more and ends all sessions. API keys of the account go on: see `keys revoke` and `accounts freeze`.",
    says: "may sign in no more; all sessions have ended.",
    body: async () => ({ disabled: true }),
  });
  change(users, "enable", {
    summary: "let a disabled user sign in again",
    description: "Lets a user who was disabled sign in again, with the password as it was.",
    says: "may sign in again.",
    body: async () => ({ disabled: false }),
  });
  change(users, "reset-totp", {
    summary: "ask for no one-time codes any more",
    description:
      "For who has lost authenticator and recovery codes: signs in with the password alone from now on.",
    says: "signs in without a one-time code; all sessions have ended.",
    body: async () => ({ totp: "OFF" }),
  });
}

function addList(users: Command): void {
  users
    .command("list", { isDefault: true })
    .summary("everybody (the default)")
    .description("Lists everybody who may sign in, with role, account and second factor.")
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .action(async (options: Options) => {
      const list = await new AdminClient(options.data).users();
      printResult(options, { users: list }, () =>
        tableOf(
          ["login", "role", "account", "one-time codes", "state", "created"].map((title) => ({ title })),
          list.map((user) => [
            user.login,
            user.role,
            user.accountName,
            user.totp ? "asked for" : "no",
            stateOf(user),
            new Date(user.createdMs).toISOString(),
          ]),
        ),
      );
    });
}

function addCreate(users: Command): void {
  users
    .command("create")
    .argument("<LOGIN>", "1 to 64 of a-z 0-9 . _ @ + -, beginning with a letter or digit")
    .summary("a user")
    .description(
      "Makes a user who signs in with a password: a trader of an account, or with --role somebody at the operator's " +
        "console. The password is asked for twice, or is the first line of stdin.",
    )
    .option("--account <NAME>", "the account that the trader trades with")
    .addOption(new Option("--role <ROLE>", "at the operator's console").choices(["OBSERVER", "OPERATOR"]))
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood users create carol --account carol\n" +
        "  buttonwood users create olga --role OPERATOR\n" +
        "  buttonwood users create carol --account carol < password-file\n",
    )
    .action(async (login: string, options: Options & { account?: string; role?: string }) => {
      const { account, role } = options;
      if ((account === undefined) === (role === undefined)) {
        throw new CommandFailure(
          account === undefined
            ? "it is not said what the user may."
            : "--account and --role exclude each other.",
          "A user trades with an account, or has a role at the console. Nothing was changed.",
          "Name one of --account NAME, --role OPERATOR and --role OBSERVER.",
          ExitCode.USAGE,
        );
      }
      const password = await newPassword(login);
      const user = await new AdminClient(options.data).createUser({
        login,
        role: role ?? "TRADER",
        password,
        ...(account === undefined ? {} : { account }),
      });
      printResult(options, user, () =>
        user.account === null
          ? `User ${user.login} may sign in as ${user.role}.`
          : `User ${user.login} may sign in, and trades with account ${user.accountName}.`,
      );
    });
}

function change(
  users: Command,
  name: string,
  what: {
    readonly summary: string;
    readonly description: string;
    readonly says: string;
    readonly body: (login: string) => Promise<Parameters<AdminClient["editUser"]>[1]>;
  },
): void {
  users
    .command(name)
    .argument("<LOGIN>", "the user's login")
    .summary(what.summary)
    .description(what.description)
    .addOption(dataOption())
    .option("--json", "one JSON object on stdout")
    .action(async (login: string, options: Options) => {
      const body = await what.body(login);
      const user = await new AdminClient(options.data).editUser(login, body);
      printResult(options, user, () => `User ${user.login} ${what.says}`);
    });
}

function stateOf({ disabled, demo }: UserReply): string {
  return disabled ? "disabled" : demo ? "demo" : "active";
}

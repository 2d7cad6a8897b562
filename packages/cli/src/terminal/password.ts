import { read } from "read";
import { CommandFailure, ExitCode } from "./failure.js";

const NOTHING_DONE = "Nothing was sent, and nothing was changed.";

/**
 * A new password: typed twice without being shown, or the first line of stdin where that is no terminal. Never an
 * argument, which every user of the machine could read. Throws CommandFailure.
 */
export async function newPassword(login: string): Promise<string> {
  if (process.stdin.isTTY !== true) return firstLine();
  const ask = (prompt: string): Promise<string> =>
    read({ prompt, silent: true, input: process.stdin, output: process.stderr })
      .catch(() => {
        throw new CommandFailure("no password was typed.", NOTHING_DONE, "Run it again, and type one.");
      })
      // What was typed is not shown, nor the end of its line.
      .finally(() => process.stderr.write("\n"));
  const password = await ask(`Password of ${login}, 12 characters or more: `);
  if ((await ask("The same again: ")) === password) return password;
  throw new CommandFailure(
    "the two passwords differ.",
    NOTHING_DONE,
    "Run it again, and type the same twice.",
  );
}

async function firstLine(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
  const line = text.split(/\r?\n/, 1)[0]!;
  if (line !== "") return line;
  throw new CommandFailure(
    "stdin holds no password.",
    NOTHING_DONE,
    "Run it in a terminal to be asked, or send one on stdin: `… < password-file`.",
    ExitCode.USAGE,
  );
}

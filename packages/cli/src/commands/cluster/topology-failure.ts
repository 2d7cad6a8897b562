import { CommandFailure, ExitCode } from "../../terminal/failure.js";

/** What a command that reads a topology tells when it can't go on; `meaning` is what has not happened. */
export function topologyFailure(error: NodeJS.ErrnoException, file: string, meaning: string): CommandFailure {
  const { message } = error;
  if (error.name === "TopologyError") {
    return new CommandFailure(
      `the topology can't be used.\n  ${message.replaceAll("\n", "\n  ")}`,
      meaning,
      "Correct the file where it says so, then run it again.",
      ExitCode.USAGE,
    );
  }
  if (error.code === "ENOENT" && error.path === file) {
    return new CommandFailure(
      `there is no file ${file}.`,
      meaning,
      "Name the topology with --topology.",
      ExitCode.USAGE,
    );
  }
  return new CommandFailure(message, meaning, "Put right what is named, then run it again.");
}

import { existsSync } from "node:fs";
import { CommandFailure, ExitCode } from "./failure.js";

/** Refuses a path that is no file, before any work. */
export function requireFile(path: string): void {
  if (existsSync(path)) return;
  throw new CommandFailure(
    `there is no file ${path}.`,
    "Nothing was read or sent.",
    "Check the path; it is taken from the folder you are in.",
    ExitCode.USAGE,
  );
}

/** Words an error of reading a flow for an operator; passes every other on. */
export function asFlowFailure(error: Error): Error {
  if (error.name !== "FlowFormatError") return error;
  return new CommandFailure(
    error.message,
    "The flow can't be read, so nothing was done.",
    "Name a file in the OFL1 format; it begins with the four letters OFL1.",
    ExitCode.USAGE,
  );
}

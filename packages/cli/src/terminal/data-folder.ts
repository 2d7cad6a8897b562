import { accessSync, constants, existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { CommandFailure } from "./failure.js";

/** Refuses a folder that is there but closed to this user: it would look like one that is empty or damaged. */
export function requireAccess(data: string, forWhat: "read" | "write"): void {
  try {
    accessSync(data, constants.R_OK | constants.X_OK | (forWhat === "write" ? constants.W_OK : 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") return;
    throw new CommandFailure(
      `this user may not ${forWhat} in ${data}.`,
      "Nothing was checked or changed.",
      "Run the command as the user that runs the exchange.",
    );
  }
}

/** Refuses to make a folder in one that is not there: on a disk that is not mounted it would be a new exchange. */
export function requireParent(data: string): void {
  const parent = dirname(resolve(data));
  if (existsSync(parent)) return;
  throw new CommandFailure(
    `${data} can't be made: there is no folder ${parent}.`,
    "The exchange has not started, and nothing was made: the disk may not be mounted, and a fresh exchange would hide the real one.",
    "Mount the disk, or make the folder yourself if it is to be new.",
  );
}

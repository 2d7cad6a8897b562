import { runProgram } from "./program.js";

// Whoever read along may stop (`| head`, a log collector that is started again). That is no failure of a command,
// and least of all a reason for an exchange to end.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

process.exitCode = await runProgram(process.argv.slice(2));

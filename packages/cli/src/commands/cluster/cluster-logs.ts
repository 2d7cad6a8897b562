import { closeSync, openSync, readSync, statSync } from "node:fs";
import type { Command } from "commander";
import { CommandFailure, ExitCode } from "../../terminal/failure.js";
import { wholeNumber } from "../../terminal/option-values.js";
import { type ClusterDataOption, clusterDataOption } from "./cluster-data.js";

/** Time between two looks for new lines, in ms. */
const FOLLOW_MS = 200;
/** How much of the end of a log is looked at for its last lines. */
const TAIL_BYTES = 262_144;

interface LogsOptions extends ClusterDataOption {
  readonly follow?: true;
  readonly lines: number;
}

/** `buttonwood cluster logs`. */
export function addClusterLogs(cluster: Command): void {
  cluster
    .command("logs")
    .argument("[NAME]", "a process as `cluster status` names it, or `supervisor`; without one, all of them")
    .summary("the last lines of the processes' logs")
    .description(
      "Shows the end of the logs, whether the cluster runs or not. Each line begins with whose it is.",
    )
    .addOption(clusterDataOption())
    .option("--lines <N>", "lines of each log", wholeNumber(0, 10_000), 10)
    .option("--follow", "show new lines as they come, until Ctrl-C")
    .addHelpText(
      "after",
      "\nExamples:\n  buttonwood cluster logs engine-0-a --lines 100\n  buttonwood cluster logs --follow\n",
    )
    .action(showLogs);
}

async function showLogs(name: string | undefined, options: LogsOptions): Promise<void> {
  const { clusterLogFiles } = await import("@buttonwood/server");
  let files: ReadonlyMap<string, string>;
  try {
    files = clusterLogFiles(options.data);
  } catch (error) {
    throw new CommandFailure(
      `${options.data} holds no cluster whose logs could be shown (${(error as Error).message}).`,
      "Nothing was changed.",
      "Name its folder with --data.",
    );
  }
  const names = name === undefined ? [...files.keys()] : [name];
  if (name !== undefined && !files.has(name)) {
    throw new CommandFailure(
      `there is no ${name} in this cluster.`,
      "Nothing was shown.",
      `There are ${[...files.keys()].join(", ")}.`,
      ExitCode.USAGE,
    );
  }
  const width = Math.max(...names.map((each) => each.length));
  const logs = names.map((each) => new LogTail(`${each.padEnd(width)} | `, files.get(each)!));
  for (const log of logs) log.showLast(options.lines);
  if (options.follow !== true) return;
  setInterval(() => {
    for (const log of logs) log.showNew();
  }, FOLLOW_MS);
}

/** The end of a file that grows. */
class LogTail {
  readonly #prefix: string;
  readonly #file: string;
  /** Up to here it was shown. */
  #at = 0;
  /** A line whose end is not written yet. */
  #rest = "";

  constructor(prefix: string, file: string) {
    this.#prefix = prefix;
    this.#file = file;
  }

  showLast(lines: number): void {
    const size = this.#size();
    const from = Math.max(0, size - TAIL_BYTES);
    const all = this.#read(from, size);
    this.#show(lines === 0 ? [] : all.slice(-lines));
  }

  showNew(): void {
    const size = this.#size();
    // A log that was cut by a rotation begins anew.
    if (size < this.#at) this.#at = 0;
    if (size > this.#at) this.#show(this.#read(this.#at, size));
  }

  #size(): number {
    return statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
  }

  #read(from: number, end: number): string[] {
    if (end === from) return [];
    const bytes = Buffer.alloc(end - from);
    const file = openSync(this.#file, "r");
    try {
      readSync(file, bytes, 0, bytes.length, from);
    } finally {
      closeSync(file);
    }
    this.#at = end;
    const lines = (this.#rest + bytes.toString()).split("\n");
    this.#rest = lines.pop()!;
    return lines;
  }

  #show(lines: readonly string[]): void {
    for (const line of lines) process.stdout.write(`${this.#prefix}${line}\n`);
  }
}

import type { ClusterStatusReply } from "@buttonwood/server/ask-cluster";
import type { Command } from "commander";
import { wholeNumber } from "../../terminal/option-values.js";
import { type OutputOptions, printResult } from "../../terminal/output.js";
import { startProgress } from "../../terminal/progress.js";
import { type Column, grouped, tableOf } from "../../terminal/table.js";
import { askFailure, type ClusterDataOption, clusterDataOption } from "./cluster-data.js";

type Options = ClusterDataOption & OutputOptions;

/** `buttonwood cluster status`, `stop`, `kill`, `promote` and `handover`. */
export function addClusterOperate(cluster: Command): void {
  cluster
    .command("status")
    .summary("what runs, and how it is")
    .description("Every process of a running cluster. Rates are those of the second in which it is asked.")
    .addOption(clusterDataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExample:\n  buttonwood cluster status --json\n")
    .action(async (options: Options) => {
      const { askClusterStatus } = await import("@buttonwood/server/ask-cluster");
      const status = await asked(options, "asking", askClusterStatus(options.data));
      printResult(options, status, () => statusText(status));
    });

  cluster
    .command("stop")
    .summary("stop every process, in order")
    .description("Answers what is under way, and stops the processes in reverse of their start.")
    .addOption(clusterDataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExample:\n  buttonwood cluster stop\n")
    .action(async (options: Options) => {
      const { askClusterStop } = await import("@buttonwood/server/ask-cluster");
      await asked(options, "stopping", askClusterStop(options.data));
      printResult(
        options,
        { stopped: true },
        () => "Stopped; everything that was acknowledged is in the shards.",
      );
    });

  cluster
    .command("kill")
    .argument("<NAME>", "a process as `cluster status` names it")
    .summary("end a process as a crash would, to see what happens")
    .description("Ends a process with SIGKILL. The cluster starts it again by itself.")
    .addOption(clusterDataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExamples:\n  buttonwood cluster kill engine-0-a\n  buttonwood cluster kill redis-2\n",
    )
    .action(async (name: string, options: Options) => {
      const { askClusterKill } = await import("@buttonwood/server/ask-cluster");
      const { pid } = await asked(options, "killing", askClusterKill(options.data, name));
      printResult(
        options,
        { name, pid },
        () => `Killed ${name} (process ${pid}); it is being started again.`,
      );
    });

  cluster
    .command("promote")
    .argument("<SHARD>", "its name")
    .summary("make a shard's standby its primary")
    .description(
      "For a primary that is lost, or to be taken out: its standby takes over, and it is made again as a standby. Nothing " +
        "that was acknowledged is lost, because every commit waited for the standby.",
    )
    .addOption(clusterDataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExample:\n  buttonwood cluster promote shard-0\n")
    .action(async (name: string, options: Options) => {
      const { askClusterPromote } = await import("@buttonwood/server/ask-cluster");
      const { primary } = await asked(options, "promoting", askClusterPromote(options.data, name));
      printResult(options, { shard: name, primary }, () => `${primary} is the primary of ${name} now.`);
    });

  cluster
    .command("handover")
    .argument("<PARTITION>", "its number", wholeNumber(0, 65_535))
    .summary("let a partition's other engine lead, without a lost request")
    .description(
      "The leader answers what it has, gives the lease to its standby, and stands by itself. Clients notice a pause of " +
        "some ten milliseconds.",
    )
    .addOption(clusterDataOption())
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExample:\n  buttonwood cluster handover 0\n")
    .action(async (partition: number, options: Options) => {
      const { askClusterHandover } = await import("@buttonwood/server/ask-cluster");
      const reply = await asked(options, "handing over", askClusterHandover(options.data, partition));
      printResult(
        options,
        reply,
        () =>
          `${reply.to} leads partition ${partition} in place of ${reply.from}, under epoch ${reply.epoch}, after ${reply.tookMs} ms.`,
      );
    });
}

/** Waits for an answer with something to look at, and words what goes wrong. */
async function asked<T>(options: Options, label: string, answer: Promise<T>): Promise<T> {
  const progress = startProgress(label, 1);
  const timer = setInterval(() => progress.update(0), 500);
  try {
    return await answer;
  } catch (error) {
    throw askFailure(error as Error, options.data);
  } finally {
    clearInterval(timer);
    progress.stop();
  }
}

const COLUMNS: readonly Column[] = [
  { title: "role" },
  { title: "name" },
  { title: "pid", align: "right" },
  { title: "state" },
  { title: "partition", align: "right" },
  { title: "epoch", align: "right" },
  { title: "sequence", align: "right" },
  { title: "lag", align: "right" },
  { title: "per s", align: "right" },
  { title: "commit ms", align: "right" },
  { title: "CPU %", align: "right" },
  { title: "restarts", align: "right" },
];

function statusText({ name, state, supervisorPid, parts }: ClusterStatusReply): string {
  const shown = (value: number | undefined, digits = 0): string => {
    if (value === undefined) return "";
    return digits === 0 ? grouped(value) : value.toFixed(digits);
  };
  const rows = parts.map((part) => [
    part.role,
    part.name,
    part.pid === undefined ? "" : String(part.pid),
    part.state,
    shown(part.partition),
    shown(part.epoch),
    shown(part.sequence),
    shown(part.lag),
    shown(part.perSecond),
    shown(part.commitMs, 2),
    shown(part.cpuPercent, 1),
    String(part.restarts),
  ]);
  return `Cluster ${name} is ${state}, supervised by process ${supervisorPid}.\n\n${tableOf(COLUMNS, rows)}`;
}

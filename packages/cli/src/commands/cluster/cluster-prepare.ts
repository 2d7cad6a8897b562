import type { Command } from "commander";
import { CommandFailure } from "../../terminal/failure.js";
import { type OutputOptions, printResult } from "../../terminal/output.js";

interface PrepareOptions extends OutputOptions {
  readonly topology: string;
  readonly user: string;
}

/** `buttonwood cluster prepare`. */
export function addClusterPrepare(cluster: Command): void {
  cluster
    .command("prepare")
    .summary("make the shards' databases, roles and tables")
    .description(
      "Makes what is missing in every shard of a topology, and brings older tables to this version. Signs in on each " +
        "primary as a role that may create databases and roles, with the password in PGPASSWORD. `cluster up` does it by " +
        "itself. May be run again at any time.",
    )
    .requiredOption("--topology <FILE>", "the cluster's topology")
    .option("--user <ROLE>", "as whom to sign in", "postgres")
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExample:\n  PGPASSWORD=… buttonwood cluster prepare --topology topology.yaml\n")
    .action(prepare);
}

async function prepare(options: PrepareOptions): Promise<void> {
  const { prepareTopologyShards } = await import("@buttonwood/server");
  let shards: readonly string[];
  try {
    shards = await prepareTopologyShards(options.topology, options.user, process.env.PGPASSWORD);
  } catch (error) {
    const { message, name } = error as Error;
    throw new CommandFailure(
      name === "TopologyError"
        ? `the topology can't be used.\n  ${message.replaceAll("\n", "\n  ")}`
        : message,
      "Shards that were prepared before it stay as they are; nothing was removed.",
      "Put right what is named, then run it again.",
    );
  }
  printResult(options, { shards }, () => `Prepared ${shards.join(", ")}.`);
}

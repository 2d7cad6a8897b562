import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { type OutputOptions, printResult } from "../../terminal/output.js";
import { topologyFailure } from "./topology-failure.js";

interface PrepareOptions extends OutputOptions {
  readonly topology: string;
  readonly user: string;
  readonly passwordFile?: string;
}

/** `buttonwood cluster prepare`. */
export function addClusterPrepare(cluster: Command): void {
  cluster
    .command("prepare")
    .summary("make the shards' databases, roles and tables")
    .description(
      "Makes what is missing in every shard of a topology, and brings older tables to this version. Signs in on each " +
        "primary as a role that may create databases and roles, with the password in PGPASSWORD or in a file. `cluster " +
        "up` does it by itself. May be run again at any time.",
    )
    .requiredOption("--topology <FILE>", "the cluster's topology")
    .option("--user <ROLE>", "as whom to sign in", "postgres")
    .option("--password-file <FILE>", "file with its password")
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExample:\n  PGPASSWORD=… buttonwood cluster prepare --topology topology.yaml\n")
    .action(prepare);
}

async function prepare({ topology, user, passwordFile, ...output }: PrepareOptions): Promise<void> {
  const { prepareTopologyShards } = await import("@buttonwood/server");
  let shards: readonly string[];
  try {
    const password =
      passwordFile === undefined ? process.env.PGPASSWORD : readFileSync(passwordFile, "utf8").trimEnd();
    shards = await prepareTopologyShards(topology, user, password);
  } catch (error) {
    throw topologyFailure(
      error as NodeJS.ErrnoException,
      topology,
      "Shards that were prepared before it stay as they are; nothing was removed.",
    );
  }
  printResult(output, { shards }, () => `Prepared ${shards.join(", ")}.`);
}

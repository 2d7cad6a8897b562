import type { Command } from "commander";
import { CommandFailure } from "../../terminal/failure.js";
import { wholeNumber } from "../../terminal/option-values.js";
import type { OutputOptions } from "../../terminal/output.js";
import { showRebuild } from "../../terminal/rebuild.js";

interface RebuildOptions extends OutputOptions {
  readonly topology: string;
  readonly partition: number;
}

/** `buttonwood cluster rebuild`. */
export function addClusterRebuild(cluster: Command): void {
  cluster
    .command("rebuild")
    .summary("make a partition's query tables again from its journal")
    .description(
      "Drops the query tables (orders, trades, candles) of a partition and fills them again from its journal, while the " +
        "cluster runs: orders are not affected; the partition's history and market data are there again when it is done.",
    )
    .requiredOption("--topology <FILE>", "the cluster's topology")
    .requiredOption("--partition <N>", "which partition, from 0", wholeNumber(0, 9_999))
    .option("--json", "one JSON object on stdout")
    .addHelpText(
      "after",
      "\nExample:\n  buttonwood cluster rebuild --topology ./cluster-data/topology.yaml --partition 0\n",
    )
    .action(rebuild);
}

async function rebuild(options: RebuildOptions): Promise<void> {
  const { rebuildPartition } = await import("@buttonwood/server");
  try {
    await showRebuild(options, (onProgress) =>
      rebuildPartition(options.topology, options.partition, onProgress),
    );
  } catch (error) {
    const { message, name } = error as Error;
    throw new CommandFailure(
      name === "TopologyError"
        ? `the topology can't be used.\n  ${message.replaceAll("\n", "\n  ")}`
        : message,
      "The query tables are not complete; the journal was not changed.",
      "Put right what is named, then run it again. The partition's projection also fills what is missing.",
    );
  }
}

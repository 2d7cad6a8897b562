import type { Command } from "commander";
import { type OutputOptions, printResult } from "../../terminal/output.js";
import { topologyFailure } from "./topology-failure.js";

interface DemoOptions extends OutputOptions {
  readonly topology: string;
}

/** `buttonwood cluster demo`. */
export function addClusterDemo(cluster: Command): void {
  cluster
    .command("demo")
    .summary("list five markets and fund two accounts on a new cluster")
    .description(
      "When nothing is listed yet: lists five markets, opens and funds the accounts alice and bob through the cluster's " +
        "engines, which must run, and writes their keys to demo-keys.json in the topology's folder. Else it changes " +
        "nothing. `cluster up` does it by itself.",
    )
    .requiredOption("--topology <FILE>", "the cluster's topology")
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExample:\n  buttonwood cluster demo --topology topology.yaml\n")
    .action(async (options: DemoOptions) => {
      const { firstStartOfTopology } = await import("@buttonwood/server");
      try {
        const { isNew, demoKeysFile } = await firstStartOfTopology(options.topology);
        printResult(options, { isNew, demoKeysFile }, () =>
          isNew
            ? `Listed the demo markets; the keys of alice and bob are in ${demoKeysFile}.`
            : "Something is listed already: nothing was changed.",
        );
      } catch (error) {
        throw topologyFailure(
          error as NodeJS.ErrnoException,
          options.topology,
          "What was listed before it stays; the next run goes on from there.",
        );
      }
    });
}

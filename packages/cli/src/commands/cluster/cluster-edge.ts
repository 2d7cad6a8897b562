import type { Command } from "commander";
import { topologyFailure } from "./topology-failure.js";

/** `buttonwood cluster edge`. */
export function addClusterEdge(cluster: Command): void {
  cluster
    .command("edge")
    .summary("write the configuration of nginx for a topology")
    .description(
      "Prints the configuration of nginx in front of a topology's backends. Start nginx on it with a folder of its own " +
        "as prefix. `cluster up` does both by itself.",
    )
    .requiredOption("--topology <FILE>", "the cluster's topology")
    .addHelpText(
      "after",
      "\nExample:\n" +
        "  buttonwood cluster edge --topology topology.yaml > nginx.conf\n" +
        "  nginx -p /var/lib/edge -c \"$PWD/nginx.conf\" -e stderr -g 'daemon off;'\n",
    )
    .action(async ({ topology }: { readonly topology: string }) => {
      const { edgeConfig } = await import("@buttonwood/server");
      try {
        process.stdout.write(edgeConfig(topology));
      } catch (error) {
        throw topologyFailure(error as NodeJS.ErrnoException, topology, "No configuration was written.");
      }
    });
}

import type { Command } from "commander";
import { addClusterDemo } from "./cluster/cluster-demo.js";
import { addClusterEdge } from "./cluster/cluster-edge.js";
import { addClusterLogs } from "./cluster/cluster-logs.js";
import { addClusterOperate } from "./cluster/cluster-operate.js";
import { addClusterPrepare } from "./cluster/cluster-prepare.js";
import { addClusterRebuild } from "./cluster/cluster-rebuild.js";
import { addClusterRole } from "./cluster/cluster-role.js";
import { addClusterUp } from "./cluster/cluster-up.js";

/** `buttonwood cluster`. */
export function addCluster(program: Command): void {
  const cluster = program
    .command("cluster")
    .summary("run an exchange as many processes")
    .description(
      "An exchange of many processes: engines that share the symbols, PostgreSQL shards that keep the journals, a Redis " +
        "Cluster that carries the feed, and backends behind nginx.",
    )
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood cluster up                    start one on this machine, data in ./cluster-data\n" +
        "  buttonwood cluster status                every process of it\n" +
        "  buttonwood cluster kill engine-0-a       see how it recovers\n" +
        "  buttonwood cluster stop                  stop all of it\n",
    );
  addClusterUp(cluster);
  addClusterOperate(cluster);
  addClusterLogs(cluster);
  addClusterPrepare(cluster);
  addClusterDemo(cluster);
  addClusterEdge(cluster);
  addClusterRebuild(cluster);
  addClusterRole(cluster);
}

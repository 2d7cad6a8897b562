import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { LocalCluster } from "@buttonwood/server";
import type { Command } from "commander";
import { requireParent } from "../../terminal/data-folder.js";
import { CommandFailure, ExitCode } from "../../terminal/failure.js";
import { oneOf, wholeNumber } from "../../terminal/option-values.js";
import { type OutputOptions, printResult, tell } from "../../terminal/output.js";
import { startProgress } from "../../terminal/progress.js";
import { styleOf } from "../../terminal/style.js";
import { type ClusterDataOption, clusterDataArgument, clusterDataOption } from "./cluster-data.js";

const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

interface UpOptions extends ClusterDataOption, OutputOptions {
  readonly backends?: number;
  readonly workers?: number;
  readonly partitions?: number;
  readonly shards?: number;
  readonly standbys?: true;
  readonly redisNodes?: number;
  readonly port?: number;
  readonly install?: true;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

/** `buttonwood cluster up`. */
export function addClusterUp(cluster: Command): void {
  cluster
    .command("up")
    .summary("run a whole cluster on this machine")
    .description(
      "Starts PostgreSQL shards, a Redis Cluster, engines, projections, backends and nginx on this machine, and keeps " +
        "them running until it is told to stop (Ctrl-C, SIGTERM or `cluster stop`). The first start on an empty folder " +
        "writes DIR/topology.yaml, lists five markets, and opens and funds two demo accounts; later starts take the " +
        "topology as it stands there.",
    )
    .option("--backends <N>", "gateways' groups behind nginx (4)", wholeNumber(1, 64))
    .option("--workers <N>", "processes of each backend (4)", wholeNumber(1, 64))
    .option("--partitions <N>", "engines that share the symbols (3)", wholeNumber(1, 64))
    .option("--shards <N>", "PostgreSQL servers that share the partitions (3)", wholeNumber(1, 64))
    .option("--standbys", "a second engine for every partition, a synchronous standby for every shard")
    .option("--redis-nodes <N>", "1, 3 to 5, or an even number from 6 on (6)", wholeNumber(1, 64))
    .option("--port <N>", "where clients connect (8080)", wholeNumber(1, 65_535))
    .addOption(clusterDataOption())
    .option("--install", "install missing servers with apt-get, as root")
    .option(
      "--log-level <LEVEL>",
      `what goes to the logs: ${LOG_LEVELS.join(", ")}`,
      oneOf(...LOG_LEVELS),
      "info",
    )
    .option("--json", "one JSON object on stdout as soon as orders are taken")
    .addHelpText(
      "after",
      "\nExamples:\n" +
        "  buttonwood cluster up                                   3 partitions, 3 shards, 4 backends of 4\n" +
        "  buttonwood cluster up --standbys                        nothing is lost with any one process\n" +
        "  buttonwood cluster up --backends 1 --workers 2          fitted to two cores\n" +
        "  buttonwood cluster up --port 8099 --data ../mine        somewhere else\n",
    )
    .action(runUp);
}

async function runUp(options: UpOptions): Promise<void> {
  requireParent(options.data);
  const { LOCAL_CLUSTER_DEFAULTS, missingPackages, startLocalCluster } = await import("@buttonwood/server");
  provideServers(missingPackages(), options.install === true);
  const progress = startProgress("starting", 1);
  const bin = fileURLToPath(new URL("../../../bin/buttonwood.js", import.meta.url));
  // Asked to stop before it runs: what was started is stopped by the supervisor's own socket.
  const giveUp = new GiveUp(options.data);
  let cluster: LocalCluster;
  try {
    cluster = await startLocalCluster({
      ...options,
      roleCommand: (role, name, topologyFile) => [
        process.execPath,
        bin,
        "cluster",
        "role",
        role,
        "--topology",
        topologyFile,
        "--name",
        name,
        "--log-level",
        options.logLevel,
        "--supervised",
      ],
      onProgress: (ready, total, part) => progress.update(ready / total, `${part} is ready`),
    });
  } catch (error) {
    if (giveUp.wanted) {
      process.exitCode = giveUp.exitCode;
      return;
    }
    throw failureOf(error as NodeJS.ErrnoException, options, LOCAL_CLUSTER_DEFAULTS.port);
  } finally {
    progress.stop();
  }
  giveUp.onSignal = () => void cluster.stop();
  if (giveUp.wanted) void cluster.stop();
  else {
    const { url, topology, topologyFile, demoKeysFile } = cluster;
    const symbols = topology.partitions.map((partition) => partition.symbols);
    const result = { url, dataFolder: topology.data, topologyFile, demoKeysFile, symbols, pid: process.pid };
    printResult(options, result, () => textOf(cluster, options));
  }
  await cluster.stopped;
  if (process.stderr.isTTY === true) {
    tell("Stopped; everything that was acknowledged is in the shards.");
  }
  process.exitCode = ExitCode.OK;
}

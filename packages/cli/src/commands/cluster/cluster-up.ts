import { fileURLToPath } from "node:url";
import type { LocalCluster } from "@buttonwood/server";
import type { Command } from "commander";
import { requireParent } from "../../terminal/data-folder.js";
import { typed } from "../../terminal/data-option.js";
import { oneOf, wholeNumber } from "../../terminal/option-values.js";
import { type OutputOptions, printResult, tell } from "../../terminal/output.js";
import { startProgress } from "../../terminal/progress.js";
import { styleOf } from "../../terminal/style.js";
import { type ClusterDataOption, clusterDataArgument, clusterDataOption } from "./cluster-data.js";
import { LOG_LEVELS } from "./log-levels.js";
import { provideServers } from "./provide-servers.js";
import { upFailure } from "./up-failure.js";

interface UpOptions extends ClusterDataOption, OutputOptions {
  readonly backends?: number;
  readonly workers?: number;
  readonly partitions?: number;
  readonly shards?: number;
  readonly standbys?: true;
  readonly redisNodes?: number;
  readonly port?: number;
  readonly limits?: "published" | "none";
  readonly preparedIds?: number;
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
    .option("--port <N>", "where clients connect (8080); 0 takes a free one", wholeNumber(0, 65_535))
    .option(
      "--limits <NAME>",
      "rate limits of clients: published (the default), or none",
      oneOf("published", "none"),
    )
    .option(
      "--prepared-ids <N>",
      "client order ids whose memory each engine fetches at its start, about 100 bytes each (0)",
      wholeNumber(0, 2 ** 25 - 1),
    )
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
  const { missingPackages, startLocalCluster } = await import("@buttonwood/server");
  provideServers(missingPackages(), options.install === true);
  const stopping = stopOnSignals();
  const progress = startProgress("starting", 1);
  let cluster: LocalCluster;
  try {
    cluster = await startLocalCluster({
      ...options,
      roleCommand: (role, name, topologyFile) => roleCommand(role, name, topologyFile, options.logLevel),
      signal: stopping.signal,
      onProgress: (ready, total, part) => progress.update(ready / total, `${part} is ready`),
    });
  } catch (error) {
    if (!stopping.signal.aborted) throw upFailure(error as NodeJS.ErrnoException, options);
    tell("Stopped before it was ready; nothing is left running.");
    process.exitCode = 1;
    return;
  } finally {
    progress.stop();
  }
  const { url, topology, topologyFile, demoKeysFile } = cluster;
  const partitions = topology.partitions.map(({ symbols }) => symbols);
  const backends = topology.backends.map(({ listen }) =>
    "path" in listen ? listen.path : `http://${listen.host}:${listen.port}`,
  );
  const result = {
    url,
    backends,
    consoleUrl: consoleUrl(topology),
    dataFolder: topology.data,
    topologyFile,
    demoKeysFile,
    partitions,
    pid: process.pid,
  };
  printResult(options, result, () => textOf(cluster, options));
  await cluster.stopped;
  if (process.stderr.isTTY === true) tell("Stopped; everything that was acknowledged is in the shards.");
}

/** The command line of a role's process. */
function roleCommand(role: string, name: string, topology: string, logLevel: string): [string, ...string[]] {
  const bin = fileURLToPath(new URL("../../../bin/buttonwood.js", import.meta.url));
  const options = ["--topology", topology, "--name", name, "--log-level", logLevel, "--supervised"];
  return [process.execPath, bin, "cluster", "role", role, ...options];
}

/** Aborts on the first SIGINT or SIGTERM; a second one ends the process at once. */
function stopOnSignals(): AbortController {
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(signal === "SIGINT" ? 130 : 143);
      stopping.abort(new Error(`it was asked to stop by ${signal}`));
    });
  }
  return stopping;
}

function textOf({ url, topology, demoKeysFile }: LocalCluster, options: UpOptions): string {
  const style = styleOf(process.stdout);
  const more = clusterDataArgument(options.data);
  const { partitions, shards, engines, backends } = topology;
  const workers = backends.reduce((sum, backend) => sum + backend.workers, 0);
  const symbol = partitions.flatMap(({ symbols }) => symbols).find((name) => name === "BTCUSDT") ?? "BTCUSDT";
  return [
    style.green(`Buttonwood is open: ${style.bold(url)}`),
    "",
    `  API         ${url}/api/v3 (as Binance Spot v3), streams on ${url.replace("http", "ws")}/ws`,
    ...(consoleUrl(topology) === undefined
      ? []
      : [
          `  console     ${consoleUrl(topology)}, for operators: \`npx buttonwood users create NAME --role OPERATOR --data ${typed(options.data)}\``,
        ]),
    `  data        ${topology.data}, described in topology.yaml`,
    `  processes   ${counted(backends.length, "backend")} of ${counted(workers, "gateway")}, ${counted(engines.length, "engine")}, ${counted(shards.length, "shard")}, ${counted(topology.redis.nodes.length, "Redis node")}`,
    ...partitions.map(
      ({ shard, symbols }, number) => `  partition ${number} ${symbols.join(" ")} (${shard})`,
    ),
    `  accounts    alice bob; keys in ${demoKeysFile}`,
    "",
    "Try next, in a second terminal:",
    `  curl '${url}/api/v3/depth?symbol=${symbol}&limit=5'`,
    `  npx buttonwood cluster status${more}`,
    `  npx buttonwood cluster kill ${engines[0]!.name}${more}`,
    `  npx buttonwood cluster logs --follow${more}`,
    "",
    style.dim("Ctrl-C stops all of it; nothing that was acknowledged is lost, however it stops."),
  ].join("\n");
}

/** Where operators sign in; undefined when the topology says nowhere. */
function consoleUrl({ console: address }: LocalCluster["topology"]): string | undefined {
  return address && `http://${address.host}:${address.port}`;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

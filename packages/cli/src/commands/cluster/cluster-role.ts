import type { RoleKind } from "@buttonwood/server/role";
import type { Command } from "commander";
import { ExitCode } from "../../terminal/failure.js";
import { oneOf } from "../../terminal/option-values.js";
import { VERSION } from "../../version.js";
import { LOG_LEVELS } from "./log-levels.js";
import { topologyFailure } from "./topology-failure.js";

const KINDS = ["engine", "projection", "backend"] as const satisfies readonly RoleKind[];

interface RoleOptions {
  readonly topology: string;
  readonly name: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly supervised?: true;
}

/** `buttonwood cluster role`. */
export function addClusterRole(cluster: Command): void {
  cluster
    .command("role")
    .argument("<KIND>", KINDS.join(", "), oneOf(...KINDS))
    .summary("be one process of a cluster, on any machine")
    .description(
      "Runs one process of a topology until SIGTERM, with its log on stderr. `cluster up` starts all of them by itself; " +
        "on machines of their own a service manager does. Of a partition's engines one leads, the others stand by.",
    )
    .requiredOption("--topology <FILE>", "the topology, the same on every machine")
    .requiredOption("--name <NAME>", "which process of the topology to be")
    .option(
      "--log-level <LEVEL>",
      `what goes to the log: ${LOG_LEVELS.join(", ")}`,
      oneOf(...LOG_LEVELS),
      "info",
    )
    .option("--supervised", "end when standard input ends")
    .addHelpText(
      "after",
      "\nExample:\n  buttonwood cluster role engine --topology topology.yaml --name engine-0-a\n",
    )
    .action(run);
}

async function run(kind: RoleKind, options: RoleOptions): Promise<void> {
  const { runRoleOfKind } = await import("@buttonwood/server/role");
  try {
    await runRoleOfKind(kind, {
      topologyFile: options.topology,
      name: options.name,
      logLevel: options.logLevel,
      version: VERSION,
      supervised: options.supervised === true,
      onFatal: (error) => {
        process.stderr.write(
          `error: ${error.message}\n` +
            `  The ${kind} has stopped; what it acknowledged is in its shard's journal.\n` +
            "  Start it again: it goes on from the journal, and says so if it can't.\n",
        );
        process.exit(ExitCode.FAILED);
      },
    });
  } catch (error) {
    throw failureOf(error as NodeJS.ErrnoException, kind, options);
  }
}

/** What each failure of a role's start means, and what to do. */
function failureOf(error: NodeJS.ErrnoException, kind: RoleKind, { topology }: RoleOptions): Error {
  // A bug's trace helps whoever reads the log; what was foreseen says all by itself.
  if (/^(Type|Range|Reference|Syntax)Error$/.test(error.name)) return error;
  return topologyFailure(error, topology, `The ${kind} has not started.`);
}

import { Option } from "commander";
import { typed } from "../../terminal/data-option.js";
import { CommandFailure } from "../../terminal/failure.js";

/** Where a local cluster lives when nothing else is said. */
const CLUSTER_DATA_DEFAULT = "./cluster-data";

export interface ClusterDataOption {
  readonly data: string;
}

/** `--data DIR` of the commands of a cluster. */
export function clusterDataOption(): Option {
  return new Option("--data <DIR>", "the cluster's folder").default(CLUSTER_DATA_DEFAULT);
}

/** ` --data DIR` for a command that is shown to be typed; nothing for the default folder. */
export function clusterDataArgument(data: string): string {
  return data === CLUSTER_DATA_DEFAULT ? "" : ` --data ${typed(data)}`;
}

/** Words a failed question to a supervisor for an operator. */
export function askFailure(error: Error, data: string): Error {
  switch (error.name) {
    case "NobodyListensError":
      return new CommandFailure(
        `no cluster runs on ${data}.`,
        "Operators' commands go to a running cluster; nothing was changed.",
        "Start one with `buttonwood cluster up`, or name its folder with --data.",
      );
    case "ControlRefusedError":
      return new CommandFailure(
        `${error.message}.`,
        "The cluster refused, and nothing was changed.",
        `\`buttonwood cluster status${clusterDataArgument(data)}\` shows what runs.`,
      );
    default:
      return new CommandFailure(
        `the cluster on ${data} did not answer (${error.message}).`,
        "It may or may not have done what was asked.",
        `Look at \`buttonwood cluster logs supervisor${clusterDataArgument(data)}\`, then ask again.`,
      );
  }
}

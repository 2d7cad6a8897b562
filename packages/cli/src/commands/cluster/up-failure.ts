import { CommandFailure } from "../../terminal/failure.js";
import { type ClusterDataOption, clusterDataArgument } from "./cluster-data.js";

interface Options extends ClusterDataOption {
  readonly port?: number;
}

const NOTHING = "The cluster has not started, and nothing was changed.";
const NOTHING_LEFT = "The cluster has not started; what had been started was stopped again.";

/** What each failure of a start means, and what to do. */
export function upFailure(error: NodeJS.ErrnoException, options: Options): Error {
  const { message } = error;
  const topologyFile = `${options.data}/topology.yaml`;
  switch (error.name) {
    case "MissingBinaryError":
      return new CommandFailure(message, NOTHING, "Or let this command install it: --install.");
    case "TopologyError":
      return new CommandFailure(
        `the topology can't be used.\n  ${message.replaceAll("\n", "\n  ")}`,
        NOTHING,
        "Correct the file where it says so, then start again.",
      );
    case "OtherTopologyError":
      return new CommandFailure(
        `${message}.`,
        `${NOTHING} The topology is chosen by the first start; journals depend on it.`,
        "Leave the option out, change what may change (backends, workers, port) in the file, or choose another --data.",
      );
    case "NotLocalError":
      return new CommandFailure(
        `${message}.`,
        `\`cluster up\` starts everything on this machine, and ${topologyFile} describes something else. ${NOTHING}`,
        "Start its roles by `buttonwood cluster role` on their machines, or choose another --data.",
      );
    case "OtherFolderError":
      return new CommandFailure(`${message}.`, NOTHING, "Choose another folder with --data.");
    case "DataFolderLockedError":
      return new CommandFailure(
        message,
        NOTHING,
        `See what runs there: \`buttonwood cluster status${clusterDataArgument(options.data)}\`.`,
      );
    case "PartFailedError":
      if (/is taken by another program/.test(message)) {
        return new CommandFailure(
          message,
          NOTHING_LEFT,
          `Stop that program, or write another port in ${topologyFile}, then start again.`,
        );
      }
      return new CommandFailure(
        message,
        NOTHING_LEFT,
        `Put right what it says, then start again; \`buttonwood cluster logs${clusterDataArgument(options.data)}\` shows more.`,
      );
  }
  if (error.code === "EADDRINUSE") {
    const other = options.port === 8099 ? 8098 : 8099;
    return new CommandFailure(
      `the port for clients is taken by another program (${message}).`,
      NOTHING,
      `Stop that program, or choose another port: --port ${other} for a new cluster, else under edge in ${topologyFile}.`,
    );
  }
  if (error.syscall === "listen" || error.syscall === "getaddrinfo") {
    return new CommandFailure(
      `clients can't be listened for (${message}).`,
      NOTHING,
      `Choose an address of this machine and a port that this user may use, above 1023 for most, under edge in ${topologyFile}.`,
    );
  }
  if (error.syscall !== undefined && /^(EACCES|EEXIST|ENOENT|ENOTDIR|EPERM)$/.test(error.code ?? "")) {
    return new CommandFailure(
      `${options.data} can't be used as a cluster's folder (${message}).`,
      NOTHING_LEFT,
      "Name a folder with --data that this user may write to, on a disk with room.",
    );
  }
  return error;
}

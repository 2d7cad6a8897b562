import { edgeConfigOf } from "../../cluster/edge/nginx-config.js";
import { readTopology } from "../../cluster/topology/local-topology.js";

/** The configuration of nginx for a topology's file. Throws TopologyError, or Node's error when there is no such file. */
export function edgeConfig(topologyFile: string): string {
  return edgeConfigOf(readTopology(topologyFile));
}

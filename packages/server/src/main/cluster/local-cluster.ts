/** What the command line knows of clusters. */
export { LOCAL_CLUSTER_DEFAULTS } from "../../cluster/topology/local-topology.js";
export { missingPackages } from "../../platform/servers/find-binary.js";
export { type ClusterInstruments, clusterInstruments } from "./cluster-instruments.js";
export { edgeConfig } from "./edge-config.js";
export { firstStartOfTopology } from "./first-cluster-start.js";
export { prepareTopologyShards } from "./prepare-shards.js";
export { rebuildPartition } from "./rebuild-partition.js";
export {
  clusterLogFiles,
  type LocalCluster,
  type StartLocalClusterOptions,
  startLocalCluster,
} from "./start-local-cluster.js";

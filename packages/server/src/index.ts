export {
  type ClusterInstruments,
  clusterInstruments,
  clusterLogFiles,
  edgeConfig,
  firstStartOfTopology,
  LOCAL_CLUSTER_DEFAULTS,
  type LocalCluster,
  missingPackages,
  prepareTopologyShards,
  rebuildPartition,
  type StartLocalClusterOptions,
  startLocalCluster,
} from "./main/cluster/local-cluster.js";
export { type RebuildProgress, rebuildDataFolder } from "./main/rebuild-data-folder.js";
export { type RunningExchange, type StartExchangeOptions, startExchange } from "./main/start-exchange.js";
export { type VerifyCheck, VerifyOutcome, type VerifyReport } from "./main/verify/report.js";
export { verifyCluster } from "./main/verify/verify-cluster.js";
export { type VerifyOptions, verifyDataFolder } from "./main/verify/verify-data-folder.js";

/** The smallest cluster in which everything has a second one. */
export const CHAOS_CLUSTER: readonly string[] = [
  ...["--partitions", "3", "--shards", "3", "--standbys"],
  ...["--backends", "2", "--workers", "1", "--redis-nodes", "6"],
];

import { join } from "node:path";

/** The query tables of a data folder. */
export function tablesFile(dataFolder: string): string {
  return join(dataFolder, "tables.db");
}

/** The keys of the accounts that the first start opens. */
export function demoKeysFile(dataFolder: string): string {
  return join(dataFolder, "demo-keys.json");
}

/** The operator's socket, which only the exchange's own user may open. */
export function adminSocketFile(dataFolder: string): string {
  return join(dataFolder, "admin.sock");
}

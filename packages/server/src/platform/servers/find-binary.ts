import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The programs of other servers that a cluster stands on, and the Debian package of each. */
const DEBIAN_PACKAGES = {
  postgres: "postgresql",
  initdb: "postgresql",
  pg_ctl: "postgresql",
  pg_basebackup: "postgresql",
  "redis-server": "redis-server",
  "redis-cli": "redis-server",
  nginx: "nginx",
} as const;

export type ServerBinary = keyof typeof DEBIAN_PACKAGES;

/** A program is missing on this machine: the message names the Debian package to install. */
export class MissingBinaryError extends Error {
  override readonly name = "MissingBinaryError";
}

/** Where Debian keeps PostgreSQL, one folder a version. */
const POSTGRES_VERSIONS = "/usr/lib/postgresql";

/** Where servers lie that an ordinary user's PATH does not list. */
const SERVER_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/usr/local/bin", "/usr/bin"];

/** Where to look; the defaults are this machine's. */
export interface BinaryPlaces {
  readonly path?: string;
  readonly postgresVersions?: string;
}

/**
 * Path of a server's program: PostgreSQL's from its newest installed version, the others from PATH. Throws
 * {@link MissingBinaryError}.
 */
export function findBinary(name: ServerBinary, places: BinaryPlaces = {}): string {
  const versions = places.postgresVersions ?? POSTGRES_VERSIONS;
  const path = places.path ?? [process.env.PATH ?? "", ...SERVER_FOLDERS].join(delimiter);
  // Debian's own /usr/bin/pg_basebackup is a wrapper for Debian's clusters, so the versions' folders come first.
  const isPostgres = DEBIAN_PACKAGES[name] === "postgresql";
  const folders = [...(isPostgres ? newestFirst(versions) : []), ...path.split(delimiter)];
  const found = folders.map((folder) => join(folder, name)).find(isExecutable);
  if (found !== undefined) return found;
  const packageName = DEBIAN_PACKAGES[name];
  throw new MissingBinaryError(
    `${name} is not installed on this machine (looked in PATH${isPostgres ? ` and ${versions}/*/bin` : ""}). ` +
      `Install the Debian package ${packageName}: apt-get install --no-install-recommends ${packageName}`,
  );
}

/** Debian packages to install before every program is there; empty when none is missing. */
export function missingPackages(places: BinaryPlaces = {}): readonly string[] {
  const missing = new Set<string>();
  for (const [name, packageName] of Object.entries(DEBIAN_PACKAGES)) {
    try {
      findBinary(name as ServerBinary, places);
    } catch (error) {
      if (!(error instanceof MissingBinaryError)) throw error;
      missing.add(packageName);
    }
  }
  return [...missing];
}

function newestFirst(versions: string): string[] {
  let names: string[];
  try {
    names = readdirSync(versions);
  } catch {
    return [];
  }
  return names.sort((a, b) => Number(b) - Number(a)).map((version) => join(versions, version, "bin"));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

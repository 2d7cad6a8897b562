import type { StartRole } from "./role-context.js";
import { type RunRoleOptions, runRole } from "./run-role.js";

/** The roles, each loaded only by its own process: dozens of them start at once. */
const ROLES = {
  engine: async (): Promise<StartRole> => (await import("./engine-role.js")).startEngineRole,
  backend: async (): Promise<StartRole> => (await import("./backend-role.js")).startBackendRole,
  projection: async (): Promise<StartRole> => (await import("./projection-role.js")).startProjectionRole,
} as const;

/** What a process of a cluster can be. */
export type RoleKind = keyof typeof ROLES;

/** Runs a role as this process, as {@link runRole} does. */
export async function runRoleOfKind(kind: RoleKind, options: Omit<RunRoleOptions, "start">): Promise<void> {
  await runRole({ ...options, start: await ROLES[kind]() });
}

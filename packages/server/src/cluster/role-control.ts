import { join } from "node:path";
import { askControl, type ControlSocket, serveControl } from "../platform/control-socket.js";
import type { Topology } from "./topology/topology.js";

/** A role that does not answer its socket within this is taken for stuck, in ms. */
const STATUS_MS_MAX = 2_000;
/** A planned hand-over waits for a commit, a standby that has caught up, and a new lease, in ms. */
const HANDOVER_MS_MAX = 15_000;

/** What a process of the cluster tells about itself. Fields that a role does not have are left out. */
export interface RoleStatus {
  readonly role: "engine" | "projection" | "backend";
  readonly name: string;
  readonly pid: number;
  /** What it does, in one or two words: `leading`, `standing by`, `recovering`, `serving`. */
  readonly state: string;
  /** Whether it does what it is there for: it leads or stands by, answers questions, takes requests. */
  readonly ready: boolean;
  /** Whether it leads its partition. */
  readonly leads?: boolean;
  readonly partition?: number;
  readonly epoch?: number;
  /** Last durable sequence that it has applied or stored. */
  readonly sequence?: number;
  /** Commands or requests done since it started. */
  readonly done?: number;
  /** Median time of a commit, in ms. */
  readonly commitMs?: number;
  /** 99th percentile of it, in ms. */
  readonly commitMsP99?: number;
  /** Commands that wait to be sequenced. */
  readonly queued?: number;
  /** Processes that share its work: a backend's workers that take connections. */
  readonly workers?: number;
}

export interface RoleHandlers {
  status(): RoleStatus | Promise<RoleStatus>;
  /**
   * Hands leadership to the partition's other engine and stands by. Resolves when the other may lead; rejects with
   * the reason when this one does not lead or nobody can take over.
   */
  handover?(): Promise<void>;
}

/** Where a role of a topology answers, on its own host. Roles end on SIGTERM, so that there is no `stop` here. */
export function roleControlPath(topology: Topology, name: string): string {
  return join(topology.data, "run", `${name}.control`);
}

/** Opens a role's socket; its folder must be there. */
export function serveRoleControl(path: string, handlers: RoleHandlers): Promise<ControlSocket> {
  return serveControl(path, {
    status: () => handlers.status(),
    handover: () => {
      if (handlers.handover === undefined) throw new Error("only an engine's leadership can be handed over");
      return handlers.handover();
    },
  });
}

/** Asks a role how it is. Rejects as {@link askControl} does. */
export function askRoleStatus(path: string): Promise<RoleStatus> {
  return askControl(path, "status", { timeoutMs: STATUS_MS_MAX });
}

/** Asks an engine to hand its leadership over. Rejects as {@link askControl} does. */
export async function askRoleHandover(path: string): Promise<void> {
  await askControl(path, "handover", { timeoutMs: HANDOVER_MS_MAX });
}

/** What the console shows of the venue, however many processes it is. */
import type { HandoverReply } from "../../cluster/supervisor/ask-cluster.js";

/** What a request passes on its way, from the outside in. */
export const Tier = {
  EDGE: "edge",
  GATEWAY: "gateway",
  ENGINE: "engine",
  PROJECTION: "projection",
  JOURNAL: "journal",
  REDIS: "redis",
} as const;
export type Tier = (typeof Tier)[keyof typeof Tier];

/** A process, or a thread of the one process. What it does not have, or does not tell, is null. */
export interface VenuePart {
  readonly name: string;
  readonly tier: Tier;
  /** In one or two words: `leading`, `standing by`, `starting again`. */
  readonly state: string;
  readonly partition: number | null;
  readonly leads: boolean | null;
  readonly epoch: number | null;
  readonly sequence: number | null;
  /** Commands that its partition's leader is ahead. */
  readonly lagCommands: number | null;
  /** Commands of an engine, requests of a gateway. */
  readonly perSecond: number | null;
  /** Commands that wait to be sequenced. */
  readonly queuedCommands: number | null;
  readonly commitMsP50: number | null;
  readonly commitMsP99: number | null;
  /** Processor time it takes, of one core. */
  readonly cores: number | null;
  /** Threads that share its work, of which none takes more than a core; null: the system spreads it. */
  readonly threads: number | null;
  readonly restarts: number | null;
}

/** Requests that clients had answered. */
export interface Traffic {
  readonly requestsPerSecond: number;
  /** Requests that place or replace orders. */
  readonly ordersPerSecond: number;
  /** Of requests that place or replace orders, from the whole request to its answer, interpolated; null without any. */
  readonly orderMsP50: number | null;
  readonly orderMsP99: number | null;
}

export interface VenueLook {
  readonly kind: "process" | "cluster";
  readonly name: string;
  readonly parts: readonly VenuePart[];
  /** Null when no gateway tells. */
  readonly traffic: Traffic | null;
  /** What can't be seen from here, in a sentence; null when nothing is missing. */
  readonly missing: string | null;
}

/** The venue as it is now, measured over the last second or so. */
export interface VenueSource {
  look(): Promise<VenueLook>;
  /** Hands a partition's leadership to its standby; undefined where there is no cluster. */
  readonly handover: ((partition: number) => Promise<HandoverReply>) | undefined;
}

/** A part of which nothing is known but what is given. */
export function venuePart(given: Pick<VenuePart, "name" | "tier" | "state"> & Partial<VenuePart>): VenuePart {
  return {
    partition: null,
    leads: null,
    epoch: null,
    sequence: null,
    lagCommands: null,
    perSecond: null,
    queuedCommands: null,
    commitMsP50: null,
    commitMsP99: null,
    cores: null,
    threads: null,
    restarts: null,
    ...given,
  };
}

import type { JournalReader, JournalStore, JournalTail } from "./port.js";

/**
 * Who leads a partition. The lease lies beside the journal, so that one statement can check it and write. The
 * epoch alone decides who may write; the time since the last renewal decides only when another process may take
 * over, and for how long the leader may answer reads without asking first. Adapters: `postgres/`, `memory/`; one
 * contract suite, `lease-contract.ts`.
 */
export interface Lease {
  /** Raised by every change of leader; 0 = nobody has led yet. */
  readonly epoch: number;
  /** The leader's name in the topology; "" before the first. */
  readonly owner: string;
  /** Where the leader takes commands, as `host:port` or the path of a socket; "" before the first. */
  readonly address: string;
  /** Hash of the partition map under which the partition was first led; "" before. */
  readonly mapHash: string;
  /** Time since the last commit or renewal, in ms, by the store's own clock: no two machines' clocks are compared. */
  readonly idleMs: number;
  /** The leader gave it up, so nothing more can be written under this epoch. */
  readonly isReleased: boolean;
  /** Whom the leader gave it to: an owner's name, or "" for anyone. */
  readonly successor: string;
}

/** What a process says when it wants to lead. */
export interface LeaseClaim {
  readonly owner: string;
  readonly address: string;
  readonly mapHash: string;
  /** The lease's epoch as the claimant saw it: when it has changed since, somebody else was faster. */
  readonly overEpoch: number;
  /** Time without a renewal, in ms, after which the lease has lapsed. */
  readonly lapsedAfterMs: number;
}

/** The lease is held, or another process took it first: go on as standby. */
export class LeaseHeldError extends Error {
  override readonly name = "LeaseHeldError";
}

/** The partition was led under another partition map: going on would scatter orders and balances. Stop. */
export class PartitionMapDiffersError extends Error {
  override readonly name = "PartitionMapDiffersError";
}

/** Finds the leader: for gateways, standbys and the operator. */
export interface LeaseReader {
  /** The lease as the store's primary has it now. */
  lease(): Promise<Lease>;
}

/**
 * The journal of a partition of a cluster. Calls may overlap; the store does them in order. {@link takeOver},
 * {@link renew} and {@link release} are commits as durable as {@link JournalStore.append}, and fail like it.
 */
export interface LeasedJournal extends JournalStore, LeaseReader {
  /**
   * Takes the partition over when {@link mayTakeOver} holds, checked and done as one statement: raises the epoch and
   * writes owner, address and map hash. What the tail shows is durable. Rejects with {@link LeaseHeldError}, or with
   * {@link PartitionMapDiffersError} when the lease holds another map's hash; both change nothing.
   */
  takeOver(claim: LeaseClaim): Promise<{ readonly epoch: number; readonly tail: JournalTail }>;

  /** Renews this writer's lease, as every `append` does too. Rejects with DeposedError when it is no longer its own. */
  renew(): Promise<void>;

  /**
   * Gives the lease up: later appends and renewals of this writer are refused. `successor` may take over at once
   * ("" = anyone may), others when the lease lapses. Rejects with DeposedError when it is no longer its own.
   */
  release(successor: string): Promise<void>;
}

/** What a standby needs of its partition's journal before it leads. */
export type LeasedReader = JournalReader & LeaseReader;

/** Whether the lease is free for the claimant: never held, released to it, or lapsed. */
export function mayTakeOver(lease: Lease, claim: LeaseClaim): boolean {
  if (lease.epoch !== claim.overEpoch) return false;
  if (lease.epoch === 0 || lease.idleMs >= claim.lapsedAfterMs) return true;
  return lease.isReleased && (lease.successor === "" || lease.successor === claim.owner);
}

/** Throws {@link PartitionMapDiffersError} when a partition's lease was first taken under another map. */
export function checkMapHash(place: string, lease: Pick<Lease, "mapHash">, mapHash: string): void {
  if (lease.mapHash === "" || lease.mapHash === mapHash) return;
  throw new PartitionMapDiffersError(
    `${place}: the partition is led under partition map ${lease.mapHash}, but this process was started with ${mapHash}. ` +
      "Nothing was written. Start every process of the cluster with the same topology file.",
  );
}

import {
  checkMapHash,
  type Lease,
  type LeaseClaim,
  type LeasedJournal,
  LeaseHeldError,
  mayTakeOver,
} from "../lease.js";
import { DeposedError, type JournalRow, type JournalTail } from "../port.js";
import { MemoryJournal, type MemoryJournalFile } from "./memory-journal.js";

/** What the stores of one partition share: its rows, and its lease on one clock. */
export interface MemoryPartition extends MemoryJournalFile {
  owner: string;
  address: string;
  mapHash: string;
  renewedAtMs: number;
  successor: string | undefined;
  /** The store's own clock, in ms. */
  readonly nowMs: () => number;
}

export function memoryPartition(nowMs: () => number): MemoryPartition {
  return {
    epoch: 0,
    rows: [],
    owner: "",
    address: "",
    mapHash: "",
    renewedAtMs: nowMs(),
    successor: undefined,
    nowMs,
  };
}

/** A partition's journal and lease in memory, for tests: "processes" are stores over the same {@link MemoryPartition}. */
export class MemoryLeasedJournal extends MemoryJournal implements LeasedJournal {
  readonly #partition: MemoryPartition;
  #epoch = 0;

  constructor(partition: MemoryPartition) {
    super(partition);
    this.#partition = partition;
  }

  override async acquire(owner: string): Promise<{ readonly epoch: number; readonly tail: JournalTail }> {
    const acquired = await super.acquire(owner);
    this.#epoch = acquired.epoch;
    this.#partition.owner = owner;
    this.#partition.successor = undefined;
    this.#touch();
    return acquired;
  }

  async takeOver(claim: LeaseClaim): Promise<{ readonly epoch: number; readonly tail: JournalTail }> {
    const lease = this.#lease();
    checkMapHash("journal in memory", lease, claim.mapHash);
    if (!mayTakeOver(lease, claim)) {
      throw new LeaseHeldError(`journal in memory: ${lease.owner} leads under epoch ${lease.epoch}`);
    }
    this.#partition.address = claim.address;
    this.#partition.mapHash = claim.mapHash;
    return this.acquire(claim.owner);
  }

  override async append(row: JournalRow): Promise<void> {
    this.#checkHeld();
    this.#touch();
    await super.append(row);
  }

  async renew(): Promise<void> {
    this.#checkHeld();
    this.#touch();
  }

  async release(successor: string): Promise<void> {
    this.#checkHeld();
    this.#partition.successor = successor;
    this.#touch();
  }

  async lease(): Promise<Lease> {
    return this.#lease();
  }

  #lease(): Lease {
    const { epoch, owner, address, mapHash, renewedAtMs, successor, nowMs } = this.#partition;
    const isReleased = successor !== undefined;
    return {
      epoch,
      owner,
      address,
      mapHash,
      idleMs: nowMs() - renewedAtMs,
      isReleased,
      successor: successor ?? "",
    };
  }

  #touch(): void {
    this.#partition.renewedAtMs = this.#partition.nowMs();
  }

  #checkHeld(): void {
    const { epoch, successor } = this.#partition;
    if (this.#epoch === 0 || this.#epoch !== epoch || successor !== undefined) {
      throw new DeposedError(`epoch ${this.#epoch} no longer leads: the lease stands at epoch ${epoch}`);
    }
  }
}

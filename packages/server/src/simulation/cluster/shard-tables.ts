/** The tables of a shard, and what the journal's statements do to them. */

/** A row of the journal, in the order of its columns as they are read. */
export type StoredRow = readonly [
  epoch: number,
  firstSequence: number,
  lastSequence: number,
  mapHash: string | null,
  previousHash: Uint8Array,
  hash: Uint8Array,
  digest: string,
  commands: Uint8Array,
  events: Uint8Array,
];

export interface StoredLease {
  readonly epoch: number;
  readonly owner: string;
  readonly address: string;
  readonly mapHash: string;
  readonly renewedAtUs: number;
  readonly successor: string | null;
}

/** What a commit writes: a log of them is a shard. */
export interface Commit {
  readonly partition: number;
  readonly lease?: StoredLease;
  readonly row?: StoredRow;
}

/** Bugs of the statements that can be planted. */
export interface ShardRules {
  /** A batch is written only under the lease's epoch. */
  readonly checksEpoch: boolean;
  /** The lease's row is locked until the batch is committed. */
  readonly locksLease: boolean;
  /** A reader's barrier waits for the standby. */
  readonly barrierWaits: boolean;
  /** A lease is taken only from one who has lost it. */
  readonly checksLapse: boolean;
}

export const SHARD_RULES: ShardRules = {
  checksEpoch: true,
  locksLease: true,
  barrierWaits: true,
  checksLapse: true,
};

export class DuplicateKeyError extends Error {
  readonly code = "23505";
}

/** What is visible on one server. */
export class ShardTables {
  readonly #leases = new Map<number, StoredLease>();
  readonly #rows = new Map<number, StoredRow[]>();

  lease(partition: number): StoredLease | undefined {
    return this.#leases.get(partition);
  }

  rows(partition: number): readonly StoredRow[] {
    return this.#rows.get(partition) ?? [];
  }

  /** Last sequence of a partition's journal. */
  end(partition: number): number {
    return this.rows(partition).at(-1)?.[2] ?? 0;
  }

  apply({ partition, lease, row }: Commit): void {
    if (lease !== undefined) this.#leases.set(partition, lease);
    if (row === undefined) return;
    const rows = this.#rows.get(partition);
    if (rows === undefined) this.#rows.set(partition, [row]);
    else rows.push(row);
  }
}

type Values = readonly unknown[];

/** What a statement that only reads answers; undefined for one that writes. */
export function readTables(
  tables: ShardTables,
  name: string,
  values: Values,
  nowUs: number,
): readonly (readonly unknown[])[] | undefined {
  const [partition, sequence, below, rowsMax] = values as number[];
  const rows = tables.rows(partition!);
  switch (name) {
    case "lease": {
      const lease = tables.lease(partition!);
      if (lease === undefined) return [];
      const { epoch, owner, address, mapHash, successor, renewedAtUs } = lease;
      return [[epoch, owner, address, mapHash, successor, Math.max(0, (nowUs - renewedAtUs) / 1000)]];
    }
    case "tail": {
      const last = rows.at(-1);
      return last === undefined ? [] : [[last[2], last[5], last[0]]];
    }
    case "hash-at":
      return rows.filter((row) => row[1] === sequence).map((row) => [row[5]]);
    case "seek": {
      const row = rows.findLast((other) => other[1] <= sequence!);
      return row === undefined ? [] : [[row[1]]];
    }
    case "read":
      return rows.filter((row) => row[1] >= sequence! && row[1] < below!).slice(0, rowsMax);
    default:
      return undefined;
  }
}

/** What a statement that writes locks; undefined when it locks nothing. */
export function lockOf(name: string, values: Values, rules: ShardRules): string | undefined {
  if (name === "barrier") return undefined;
  return `${name === "append" && !rules.locksLease ? "journal" : "lease"} ${values[0]}`;
}

/**
 * What a statement that writes has to commit, and the rows it answers; undefined when it writes nothing. `tables` are
 * as they are once its locks are held, `end` is where the journal ended when the statement began: PostgreSQL looks at a
 * locked row anew, and at everything else as it was.
 */
export function writeTables(
  tables: ShardTables,
  name: string,
  values: Values,
  at: { readonly nowUs: number; readonly end: number; readonly epoch: number },
  rules: ShardRules,
): { readonly commit: Commit; readonly rows: readonly (readonly unknown[])[] } | undefined {
  const partition = values[0] as number;
  if (name === "barrier") return { commit: { partition: -1 }, rows: [[]] };
  const found = tables.lease(partition);
  if (name === "create-lease") {
    if (found !== undefined) return undefined;
    const lease = { epoch: 0, owner: "", address: "", mapHash: "", renewedAtUs: at.nowUs, successor: null };
    return { commit: { partition, lease }, rows: [[]] };
  }
  const lease = found!;
  const renewed = { ...lease, renewedAtUs: at.nowUs };
  switch (name) {
    case "append": {
      const [, epoch, first, last, mapHash, previousHash, hash, digest, commands, events] = values;
      const seenEpoch = rules.locksLease ? lease.epoch : at.epoch;
      if (rules.checksEpoch && (seenEpoch !== epoch || lease.successor !== null)) return undefined;
      if (first !== at.end + 1) return undefined;
      if (tables.rows(partition).some((row) => row[1] === first))
        throw new DuplicateKeyError("duplicate key");
      const row = [
        epoch,
        first,
        last,
        mapHash,
        previousHash,
        hash,
        digest,
        commands,
        events,
      ] as unknown as StoredRow;
      return { commit: { partition, row, ...(rules.locksLease && { lease: renewed }) }, rows: [[]] };
    }
    case "renew":
      if (lease.epoch !== values[1] || lease.successor !== null) return undefined;
      return { commit: { partition, lease: renewed }, rows: [[]] };
    case "release":
      if (lease.epoch !== values[1] || lease.successor !== null) return undefined;
      return { commit: { partition, lease: { ...renewed, successor: values[3] as string } }, rows: [[]] };
    case "acquire": {
      const epoch = lease.epoch + 1;
      const taken = { ...renewed, epoch, owner: values[1] as string, successor: null };
      return { commit: { partition, lease: taken }, rows: [[epoch]] };
    }
    case "take-over": {
      const [, owner, address, mapHash, seen, lapsedAfterMs] = values as [
        number,
        string,
        string,
        string,
        number,
        number,
      ];
      if (lease.epoch !== seen || (lease.mapHash !== "" && lease.mapHash !== mapHash)) return undefined;
      const isFree =
        lease.epoch === 0 ||
        lease.renewedAtUs <= at.nowUs - lapsedAfterMs * 1000 ||
        lease.successor === "" ||
        lease.successor === owner;
      if (rules.checksLapse && !isFree) return undefined;
      const epoch = lease.epoch + 1;
      const taken = { epoch, owner, address, mapHash, renewedAtUs: at.nowUs, successor: null };
      return { commit: { partition, lease: taken }, rows: [[epoch]] };
    }
    default:
      throw new Error(`the simulated shard knows no statement ${name}`);
  }
}

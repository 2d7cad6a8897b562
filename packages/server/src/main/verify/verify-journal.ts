import { WordBuffer } from "@buttonwood/protocol";
import { cores } from "../../engine/cores.js";
import type { DeterministicCore } from "../../engine/deterministic-core.js";
import { Replay } from "../../engine/replay.js";
import type { JournalReader, SnapshotStore } from "../../journal/port.js";
import { sameHash, shortHash } from "../../journal/row-hash.js";
import type { TableCounts } from "../../projection/table-counts.js";
import { checkBalances } from "./check-balances.js";
import { EventTally, type HeldCounts } from "./event-tally.js";
import type { CheckList } from "./report.js";

/** How far a verification is. */
export interface VerifyProgress {
  readonly sequence: number;
  readonly target: number;
}

/** A partition's journal with what is derived from it. */
export interface JournalToVerify {
  /** As messages name it: a file, or a partition. */
  readonly name: string;
  readonly journal: JournalReader;
  /** The stores that may hold snapshots of it. */
  readonly snapshots: readonly SnapshotStore[];
  /** What the query tables hold; read before the rows are, so that the journal reaches at least as far. */
  readonly tables: Tables;
  /** Called a few times a second. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/** What query tables hold, or why they can't be read. Neither: there are none. */
export interface Tables {
  readonly counts?: TableCounts | undefined;
  readonly problem?: string;
}

/** What the verification of a journal came to, beside its checks. */
export interface VerifiedJournal {
  readonly rows: number;
  /** The core at the end of what was verified. */
  readonly core: DeterministicCore;
  readonly tally: EventTally;
  /** Whether the replay got to the journal's end. */
  readonly complete: boolean;
  /** Hash of the partition map in the last row; undefined outside of a cluster. */
  readonly mapHash: string | undefined;
}

/** Milliseconds between two reports of progress. */
const PROGRESS_MS = 200;

const ROWS = "journal rows: hashes, links, no gap";
const EVENTS = "every event is derived again, byte for byte";
const DIGESTS = "state digest after every row";
const TABLES = "query tables = the journal as far as they go";
const SNAPSHOTS = "snapshots belong to the journal and restore to its state";

/** A snapshot as the journal must know it. */
interface Expected {
  readonly sequence: number;
  readonly name: string;
  readonly store: SnapshotStore;
  found?: { readonly rowHash: Uint8Array; readonly digest: string };
}

/**
 * Checks a journal from its first row to its end: replays every command through a core and compares events, digests,
 * balances, snapshots and query tables. It only reads, also while an engine writes; then it ends at the last row
 * that is durable when it gets there. The journal is left open.
 */
export async function verifyJournal(parts: JournalToVerify, list: CheckList): Promise<VerifiedJournal> {
  const { snapshots, tables } = parts;
  // Listed before the rows are read, so that every snapshot lies within what is read.
  const expected: Expected[] = [];
  for (const store of snapshots) {
    for (const entry of await store.list()) expected.push({ ...entry, store });
  }
  const core = cores.create();
  const tally = new EventTally(tables.counts?.sequence ?? 0);
  const { complete, rows, firstHash, mapHash } = await replay(parts, core, tally, expected, list);
  if (complete) {
    checkBalances(core, tally, list);
    await checkSnapshots(expected, core.sequence, list);
    checkTables(tables, firstHash, core.sequence, tally, list);
  } else {
    list.skipped(
      "balances, locked funds, snapshots, query tables",
      "the journal could not be replayed to its end",
    );
  }
  return { rows, core, tally, complete, mapHash };
}

interface Replayed {
  readonly complete: boolean;
  readonly rows: number;
  /** Hash of the first row, in hex; "" when there is none. */
  readonly firstHash: string;
  readonly mapHash: string | undefined;
}

async function replay(
  { name, journal, onProgress }: JournalToVerify,
  core: DeterministicCore,
  tally: EventTally,
  expected: readonly Expected[],
  list: CheckList,
): Promise<Replayed> {
  const bySequence = new Map(expected.map((entry) => [entry.sequence, entry]));
  const events = new WordBuffer();
  const replay = new Replay();
  let rows = 0;
  let firstHash = "";
  let mapHash: string | undefined;
  let bytes = 0;
  let toldMs = performance.now();
  let target = 0;
  try {
    target = (await journal.tail()).sequence;
    for await (const row of journal.read(1)) {
      try {
        replay.apply(core, row);
      } catch (error) {
        list.passed(ROWS, `${rows + 1} rows`);
        list.failed(`${EVENTS}, and every digest`, `${name}, ${(error as Error).message}`);
        return { complete: false, rows, firstHash, mapHash };
      }
      events.clear();
      events.reserve(row.events.byteLength >> 2);
      events.u8.set(row.events);
      tally.add(events, 0, events.length);
      if (rows === 0) firstHash = Buffer.from(row.hash).toString("hex");
      mapHash = row.partition?.mapHash;
      rows++;
      bytes += row.commands.byteLength + row.events.byteLength;
      const snapshot = bySequence.get(row.lastSequence);
      if (snapshot !== undefined) {
        snapshot.found = { rowHash: Uint8Array.from(row.hash), digest: row.digest };
      }
      if (performance.now() - toldMs >= PROGRESS_MS) {
        toldMs = performance.now();
        onProgress?.({ sequence: core.sequence, target: Math.max(target, core.sequence) });
      }
    }
  } catch (error) {
    list.failed(ROWS, (error as Error).message);
    return { complete: false, rows, firstHash, mapHash };
  }
  if (core.sequence < target) {
    list.failed(ROWS, `${name}: ends at sequence ${target}, but only ${core.sequence} could be read`);
    return { complete: false, rows, firstHash, mapHash };
  }
  tally.end(core.sequence);
  list.passed(ROWS, `${rows} rows, ${(bytes / 2 ** 20).toFixed(1)} MiB of commands and events`);
  list.passed(EVENTS, `${core.sequence} commands, ${tally.orders} orders, ${tally.trades} trades`);
  list.passed(DIGESTS, `${rows} digests`);
  return { complete: true, rows, firstHash, mapHash };
}

async function checkSnapshots(
  expected: readonly Expected[],
  sequence: number,
  list: CheckList,
): Promise<void> {
  const problems: string[] = [];
  let whole = 0;
  for (const { sequence: at, name, store, found } of expected) {
    try {
      if (at > sequence) {
        throw new Error(`${name}: was taken at sequence ${at}, but the journal ends at ${sequence}`);
      }
      if (found === undefined) throw new Error(`${name}: no row of the journal ends at its sequence ${at}`);
      const snapshot = await store.load(at);
      if (!sameHash(snapshot.rowHash, found.rowHash)) {
        throw new Error(
          `${name}: belongs to a row with hash ${shortHash(snapshot.rowHash)}, the journal's has ${shortHash(found.rowHash)}`,
        );
      }
      const restored = cores.restore(snapshot.state);
      const digest = restored.stateDigest();
      if (restored.sequence !== at || digest !== found.digest || snapshot.digest !== found.digest) {
        throw new Error(
          `${name}: restores to sequence ${restored.sequence} with digest ${digest}, the journal says ${at} and ${found.digest}`,
        );
      }
      whole++;
    } catch (error) {
      // The exchange keeps only its newest snapshots: one that has gone meanwhile is no damage.
      const still = (await store.list()).some((entry) => entry.sequence === at);
      if (still) problems.push((error as Error).message);
    }
  }
  if (problems.length > 0) list.failed(SNAPSHOTS, problems.join("; "));
  else list.passed(SNAPSHOTS, whole === 1 ? "1 snapshot" : `${whole} snapshots`);
}

const REBUILD = "They are derived: `buttonwood rebuild` makes them again.";

function checkTables(
  { counts, problem }: Tables,
  firstHash: string,
  sequence: number,
  tally: EventTally,
  list: CheckList,
): void {
  if (problem !== undefined) {
    list.failed(TABLES, `${problem}. ${REBUILD}`);
  } else if (counts === undefined || counts.sequence === 0) {
    list.passed(TABLES, "there are none yet");
  } else if (counts.sequence > sequence) {
    list.failed(
      TABLES,
      `they stand at sequence ${counts.sequence}, but the journal ends at ${sequence}. ${REBUILD}`,
    );
  } else if (counts.journal !== "" && counts.journal !== firstHash) {
    list.failed(TABLES, `they were filled from another journal. ${REBUILD}`);
  } else {
    const expected = tally.counts ?? { orders: 0, trades: 0, volume: 0, lists: 0 };
    const text = ({ orders, trades, volume, lists }: HeldCounts): string =>
      `${orders} orders, ${trades} trades, ${volume} lots, ${lists} order lists`;
    if (text(counts) === text(expected)) {
      list.passed(TABLES, `${text(counts)}, up to sequence ${counts.sequence} of ${sequence}`);
    } else {
      list.failed(
        TABLES,
        `at sequence ${counts.sequence} they hold ${text(counts)}, the journal ${text(expected)}. ${REBUILD}`,
      );
    }
  }
}

import { WordBuffer } from "@buttonwood/protocol";
import { cores } from "../../engine/cores.js";
import type { DeterministicCore } from "../../engine/deterministic-core.js";
import { Replay } from "../../engine/replay.js";
import type { SnapshotStore } from "../../journal/port.js";
import { sameHash, shortHash } from "../../journal/row-hash.js";
import { FileSnapshotStore } from "../../journal/snapshots/file-snapshot-store.js";
import { JOURNAL_FILE, SqliteJournal } from "../../journal/sqlite/sqlite-journal.js";
import { readTableCounts, type TableCounts } from "../../projection/sqlite/table-counts.js";
import { tablesFile } from "../data-folder.js";
import { checkBalances } from "./check-balances.js";
import { EventTally } from "./event-tally.js";
import { CheckList, type VerifyReport } from "./report.js";

export interface VerifyOptions {
  readonly dataFolder: string;
  /** Called a few times a second. */
  readonly onProgress?:
    | ((progress: { readonly sequence: number; readonly target: number }) => void)
    | undefined;
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
  found?: { readonly rowHash: Uint8Array; readonly digest: string };
}

/**
 * Checks a data folder from its first row to its end: replays every command through the core and compares events,
 * digests, balances and snapshots. It only reads, also while an exchange runs on the folder; then it ends at the
 * last row that is durable when it gets there. Throws when there is no journal to read at all.
 */
export async function verifyDataFolder(options: VerifyOptions): Promise<VerifyReport> {
  const { dataFolder } = options;
  const startMs = performance.now();
  const list = new CheckList();
  // Taken before the rows are read, so that every snapshot lies within what is read.
  const snapshots = new FileSnapshotStore(dataFolder);
  const expected: Expected[] = (await snapshots.list()).map((entry) => ({ ...entry }));
  const tables = readTables(dataFolder);
  const core = cores.create();
  const tally = new EventTally(tables.counts?.sequence ?? 0);
  const replayed = await replay(options, core, tally, expected, list);
  if (replayed.complete) {
    checkBalances(core, tally, list);
    await checkSnapshots(snapshots, expected, core.sequence, list);
    checkTables(tables, replayed.firstHash, core.sequence, tally, list);
  } else {
    list.skipped(
      "balances, locked funds, snapshots, query tables",
      "the journal could not be replayed to its end",
    );
  }
  return {
    dataFolder,
    ok: list.ok,
    rows: replayed.rows,
    commands: core.sequence,
    sequence: core.sequence,
    digest: replayed.complete ? core.stateDigest() : "",
    seconds: (performance.now() - startMs) / 1000,
    checks: list.checks,
  };
}

interface Replayed {
  readonly complete: boolean;
  readonly rows: number;
  /** Hash of the first row, in hex; "" when there is none. */
  readonly firstHash: string;
}

async function replay(
  options: VerifyOptions,
  core: DeterministicCore,
  tally: EventTally,
  expected: readonly Expected[],
  list: CheckList,
): Promise<Replayed> {
  const journal = SqliteJournal.openReader(options.dataFolder);
  const bySequence = new Map(expected.map((entry) => [entry.sequence, entry]));
  const events = new WordBuffer();
  const replay = new Replay();
  let rows = 0;
  let firstHash = "";
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
        list.failed(`${EVENTS}, and every digest`, `${JOURNAL_FILE}, ${(error as Error).message}`);
        return { complete: false, rows, firstHash };
      }
      events.clear();
      events.reserve(row.events.byteLength >> 2);
      events.u8.set(row.events);
      tally.add(events, 0, events.length);
      if (rows === 0) firstHash = Buffer.from(row.hash).toString("hex");
      rows++;
      bytes += row.commands.byteLength + row.events.byteLength;
      const snapshot = bySequence.get(row.lastSequence);
      if (snapshot !== undefined) {
        snapshot.found = { rowHash: Uint8Array.from(row.hash), digest: row.digest };
      }
      if (performance.now() - toldMs >= PROGRESS_MS) {
        toldMs = performance.now();
        options.onProgress?.({ sequence: core.sequence, target: Math.max(target, core.sequence) });
      }
    }
  } catch (error) {
    list.failed(ROWS, (error as Error).message);
    return { complete: false, rows, firstHash };
  } finally {
    await journal.close();
  }
  if (core.sequence < target) {
    list.failed(ROWS, `${JOURNAL_FILE}: ends at sequence ${target}, but only ${core.sequence} could be read`);
    return { complete: false, rows, firstHash };
  }
  tally.end(core.sequence);
  list.passed(ROWS, `${rows} rows, ${(bytes / 2 ** 20).toFixed(1)} MiB of commands and events`);
  list.passed(EVENTS, `${core.sequence} commands, ${tally.orders} orders, ${tally.trades} trades`);
  list.passed(DIGESTS, `${rows} digests`);
  return { complete: true, rows, firstHash };
}

async function checkSnapshots(
  snapshots: SnapshotStore,
  expected: readonly Expected[],
  sequence: number,
  list: CheckList,
): Promise<void> {
  const problems: string[] = [];
  let whole = 0;
  for (const { sequence: at, name, found } of expected) {
    try {
      if (at > sequence) {
        throw new Error(`${name}: was taken at sequence ${at}, but the journal ends at ${sequence}`);
      }
      if (found === undefined) throw new Error(`${name}: no row of the journal ends at its sequence ${at}`);
      const snapshot = await snapshots.load(at);
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
      const still = (await snapshots.list()).some((entry) => entry.sequence === at);
      if (still) problems.push((error as Error).message);
    }
  }
  if (problems.length > 0) list.failed(SNAPSHOTS, problems.join("; "));
  else list.passed(SNAPSHOTS, whole === 1 ? "1 snapshot" : `${whole} snapshots`);
}

interface Tables {
  readonly counts?: TableCounts | undefined;
  readonly problem?: string;
}

/** Read before the rows are, so that the journal reaches at least as far as the tables. */
function readTables(dataFolder: string): Tables {
  try {
    return { counts: readTableCounts(tablesFile(dataFolder)) };
  } catch (error) {
    return { problem: `${tablesFile(dataFolder)}: ${(error as Error).message}` };
  }
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
    const { orders, trades, volume } = tally.counts ?? { orders: 0, trades: 0, volume: 0 };
    const text = (of: { orders: number; trades: number; volume: number }): string =>
      `${of.orders} orders, ${of.trades} trades, ${of.volume} lots`;
    if (counts.orders === orders && counts.trades === trades && counts.volume === volume) {
      list.passed(TABLES, `${text(counts)}, up to sequence ${counts.sequence} of ${sequence}`);
    } else {
      list.failed(
        TABLES,
        `at sequence ${counts.sequence} they hold ${text(counts)}, the journal ${text({ orders, trades, volume })}. ${REBUILD}`,
      );
    }
  }
}

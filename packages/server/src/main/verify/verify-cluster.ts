import { WordBuffer } from "@buttonwood/protocol";
import { readTopology, topologyFile } from "../../cluster/topology/local-topology.js";
import { partitionMapOf, type Topology } from "../../cluster/topology/topology.js";
import { PostgresAuditLog } from "../../gateway/audit/postgres-audit-log.js";
import { PostgresReader } from "../../journal/postgres/postgres-reader.js";
import { FileSnapshotStore } from "../../journal/snapshots/file-snapshot-store.js";
import { systemClock } from "../../platform/clock.js";
import { readShardTableCounts } from "../../projection/postgres/table-counts.js";
import { connectKeyShard } from "../cluster/cluster-keys.js";
import { shardAccess } from "../cluster/shard-access.js";
import { EventTally } from "./event-tally.js";
import { AUDIT_CHECK, judgeAuditLog } from "./judge-audit-log.js";
import { CheckList, type VerifyReport } from "./report.js";
import type { VerifyOptions } from "./verify-data-folder.js";
import { type Tables, type VerifiedJournal, verifyJournal } from "./verify-journal.js";

/** A partition's journal, verified, and its reader. */
interface VerifiedPartition extends VerifiedJournal {
  readonly journal: PostgresReader;
}

/**
 * Checks all shards of the cluster whose folder holds a topology: every partition's journal as
 * {@link verifyJournal}, then what only all of them together can show. It only reads, also while the cluster runs.
 * Throws when a shard can't be reached.
 */
export async function verifyCluster({ dataFolder, onProgress }: VerifyOptions): Promise<VerifyReport> {
  const startMs = performance.now();
  const topology = readTopology(topologyFile(dataFolder));
  const lists: CheckList[] = [];
  const verified: VerifiedPartition[] = [];
  const journals: PostgresReader[] = [];
  try {
    for (let partition = 0; partition < topology.partitions.length; partition++) {
      const list = new CheckList(`partition ${partition}: `);
      lists.push(list);
      const journal = new PostgresReader({ access: shardAccess(topology, partition, "reader"), partition });
      journals.push(journal);
      const done = verified.reduce((sum, { core }) => sum + core.sequence, 0);
      const parts = {
        name: `partition ${partition}`,
        journal,
        snapshots: snapshotsOf(topology, partition),
        tables: await readTables(topology, partition),
        onProgress: ({ sequence, target }: { sequence: number; target: number }): void =>
          onProgress?.({ sequence: done + sequence, target: done + target }),
      };
      verified.push({ ...(await verifyJournal(parts, list)), journal });
    }
    const together = new CheckList("all partitions: ");
    lists.push(together);
    if (verified.every(({ complete }) => complete)) {
      checkMap(topology, verified, together);
      checkListings(verified, together);
      await checkTransfers(verified, together);
    } else {
      together.skipped("maps, listings, transfers", "not every journal could be replayed to its end");
    }
    await checkAuditLog(topology, together);
  } finally {
    for (const journal of journals) await journal.close();
  }
  const commands = verified.reduce((sum, { core }) => sum + core.sequence, 0);
  return {
    dataFolder,
    ok: lists.every((list) => list.ok),
    rows: verified.reduce((sum, { rows }) => sum + rows, 0),
    commands,
    sequence: commands,
    digest: verified.map(({ core, complete }) => (complete ? core.stateDigest() : "")).join(" "),
    seconds: (performance.now() - startMs) / 1000,
    checks: lists.flatMap(({ checks }) => checks),
  };
}

async function checkAuditLog(topology: Topology, list: CheckList): Promise<void> {
  const log = new PostgresAuditLog({
    connect: () => connectKeyShard(topology, "buttonwood verify"),
    clock: systemClock,
  });
  try {
    judgeAuditLog(await log.check(), list);
  } catch (error) {
    list.failed(AUDIT_CHECK, (error as Error).message);
  } finally {
    await log.close();
  }
}

/** Those of the engines whose folders are on this machine. */
function snapshotsOf({ engines }: Topology, partition: number): FileSnapshotStore[] {
  return engines
    .filter((engine) => engine.partition === partition)
    .map(({ data }) => new FileSnapshotStore(data));
}

async function readTables(topology: Topology, partition: number): Promise<Tables> {
  try {
    return { counts: await readShardTableCounts(shardAccess(topology, partition, "projection"), partition) };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

function judge(list: CheckList, name: string, problems: readonly string[], checked: string): void {
  if (problems.length === 0) list.passed(name, checked);
  else list.failed(name, problems.join("; "));
}

function checkMap(topology: Topology, verified: readonly VerifiedPartition[], list: CheckList): void {
  const { hash } = partitionMapOf(topology);
  const problems = verified.flatMap(({ mapHash, rows }, partition) =>
    rows > 0 && mapHash !== hash
      ? [`partition ${partition} was last written under map ${mapHash}, the topology's is ${hash}`]
      : [],
  );
  judge(list, "the journals' partition map is the topology's", problems, `map ${hash}`);
}

function checkListings(verified: readonly VerifiedPartition[], list: CheckList): void {
  const texts = verified.map(({ core }) => {
    const { assets, markets, accounts } = core.catalog();
    return JSON.stringify([
      assets,
      markets.map(
        ({
          status: _s,
          lastPriceTicks: _l,
          makerFeePpm: _m,
          takerFeePpm: _t,
          bandReferenceTicks: _r,
          bidDownPpm: _bd,
          bidUpPpm: _bu,
          askDownPpm: _ad,
          askUpPpm: _au,
          ...fields
        }) => fields,
      ),
      accounts.map(({ account, name }) => ({ account, name })),
    ]);
  });
  const problems = texts.flatMap((text, partition) =>
    text === texts[0]
      ? []
      : [`partition ${partition} lists other assets, markets or accounts than partition 0`],
  );
  const { assets, markets, accounts } = verified[0]!.core.catalog();
  judge(
    list,
    "every partition lists the same",
    problems,
    `${assets.length} assets, ${markets.length} markets, ${accounts.length} accounts`,
  );
}

/**
 * What a partition took from another is what that one sent, once and in order. With what each journal says of its own
 * supply, this shows that no unit was made or lost between partitions: what is sent and not yet taken is under way.
 */
async function checkTransfers(verified: readonly VerifiedPartition[], list: CheckList): Promise<void> {
  const problems: string[] = [];
  let taken = 0;
  let underWay = 0;
  for (const [from, sender] of verified.entries()) {
    // The receivers were read later and may have taken what was sent meanwhile.
    const later = await sentAfter(sender);
    for (const [to, receiver] of verified.entries()) {
      const atVerified = sender.tally.sent.get(to) ?? [];
      const sent = [...atVerified, ...(later.get(to) ?? [])];
      const received = receiver.tally.received.get(from) ?? [];
      taken += received.length;
      underWay += Math.max(0, atVerified.length - received.length);
      for (const [i, transfer] of received.entries()) {
        if (transfer === sent[i]) continue;
        problems.push(
          `transfer ${i + 1} from partition ${from} to ${to}: taken was ${transfer}, sent was ${sent[i] ?? "nothing"}`,
        );
        break;
      }
    }
  }
  judge(
    list,
    "what a partition took is what another sent, once and in order",
    problems,
    `${taken} transfers taken, ${underWay} under way`,
  );
}

/** What a partition has sent since its journal was verified. */
async function sentAfter({
  journal,
  core,
}: VerifiedPartition): Promise<ReadonlyMap<number, readonly string[]>> {
  const tally = new EventTally(-1);
  const events = new WordBuffer();
  for await (const row of journal.read(core.sequence + 1)) {
    events.clear();
    events.reserve(row.events.byteLength >> 2);
    events.u8.set(row.events);
    tally.add(events, 0, events.length);
  }
  return tally.sent;
}

/** Bugs planted on purpose into the cluster, to prove that its simulation finds such bugs. */
import type { Core } from "@buttonwood/core";
import { type Command, CommandType, Reason, TransferIn, WordBuffer } from "@buttonwood/protocol";
import { HeldLease } from "../../cluster/leadership/held-lease.js";
import { DeposedError, JournalFailedError, type JournalRow } from "../../journal/port.js";
import { ConnectionLostError } from "../../journal/postgres/shard-connection.js";
import {
  type AccountFunds,
  type CommandOutcome,
  EngineBusyError,
  type EngineClient,
  OutcomeUnknownError,
} from "../../transport/engine-port.js";
import { simulatedCores } from "../cores.js";
import {
  clockRead,
  dedupeDropped,
  feeRoundedUp,
  holdNotReleased,
  newestFirst,
  snapshotWithoutIds,
} from "../planted-core-bugs.js";
import { identity } from "./answers-check.js";
import type { ClusterPlant } from "./cluster.js";
import type { Focus } from "./run-cluster-seed.js";

export interface PlantedClusterBug extends ClusterPlant {
  /** Faults under which it shows soon: among all faults it takes many seeds. */
  readonly under?: Focus;
  /** The seed that is tried first under them: it was one that finds it. */
  readonly seed?: number;
}

const withCore = (alter: (core: Core, isRestored: boolean) => void): ClusterPlant => ({
  cores: (config) => simulatedCores(config, alter),
});

type Submit = (client: EngineClient, command: Command) => Promise<CommandOutcome>;

/** A client that submits in another way. */
function submitting(client: EngineClient, submit: Submit): EngineClient {
  return {
    get inFlight() {
      return client.inFlight;
    },
    submit: (command) => submit(client, command),
    query: (query) => client.query(query),
    close: () => client.close(),
  };
}

const withSubmit = (submit: Submit): ClusterPlant => ({ client: (client) => submitting(client, submit) });

const withCarrier = (submit: Submit): ClusterPlant => ({
  carrier: (parts) => ({ ...parts, clientOf: (partition) => submitting(parts.clientOf(partition), submit) }),
});

/** The rows' bytes are the engine's own and change with its next batch. */
const kept = (row: JournalRow): JournalRow => ({
  ...row,
  commands: row.commands.slice(),
  events: row.events.slice(),
});

const batchOf = ({ firstSequence, lastSequence, events }: JournalRow) => ({
  firstSequence,
  lastSequence,
  events: WordBuffer.from(events),
});

/** What the receiver of a transfer takes for the last one that it has. */
function receivedAs(core: Core, seen: (received: number, sequence: number) => number): void {
  const { channels } = core.state;
  const received = channels.received.bind(channels);
  const apply = core.apply.bind(core);
  let sequence = 0;
  core.apply = (command, at) => {
    const isTransfer = (command.i32[at]! & 0xff) === CommandType.TRANSFER_IN;
    sequence = isTransfer ? command.f64[(at + TransferIn.CHANNEL_SEQUENCE) >> 1]! : 0;
    apply(command, at);
    sequence = 0;
  };
  channels.received = (partition) =>
    sequence === 0 ? received(partition) : seen(received(partition), sequence);
}

/** An answer that nobody gave. */
const pretended = (): CommandOutcome => ({
  sequence: 0,
  reason: Reason.OK,
  orderId: 0,
  events: new WordBuffer(2),
  at: 0,
  end: 0,
});

function isUnknown(error: unknown): boolean {
  return error instanceof OutcomeUnknownError;
}

/** The journal without its last row, once the epoch is raised. */
const missesLastRow: ClusterPlant["journal"] = (journal) => {
  const takeOver = journal.takeOver.bind(journal);
  const read = journal.read.bind(journal);
  let end = Number.POSITIVE_INFINITY;
  journal.takeOver = async (claim) => {
    const taken = await takeOver(claim);
    let { tail } = taken;
    end = tail.sequence;
    for await (const row of read(1)) {
      if (row.lastSequence !== tail.sequence) continue;
      end = row.firstSequence - 1;
      tail = { sequence: end, hash: row.previousHash };
      break;
    }
    return { ...taken, tail };
  };
  journal.read = async function* (from) {
    for await (const row of read(from)) if (row.lastSequence <= end) yield row;
  };
};

/** Leaders that are replaced while they live, and replace others without beginning at once. */
const TWO_LEADERS: Focus = { strikes: ["pauseLeader", "isolateLeader"], rates: { leaderPaused: 0.5 } };

/** Gateways that ask a leader which was replaced and is idle, while others ask the next one. */
const QUESTIONS: Focus = { strikes: ["isolateLeader"], rates: { asking: 1 }, isCalm: true };

/** Each bug, by the part that it is in, and how it gets into the simulated cluster. */
export const PLANTED_CLUSTER_BUGS: Readonly<Record<string, PlantedClusterBug>> = {
  "engine: acknowledges before the commit": {
    journal(journal) {
      const append = journal.append.bind(journal);
      journal.append = async (row) => void append(kept(row)).catch(() => {});
    },
  },
  "engine: publishes before the commit": {
    journal(journal, outlets) {
      const append = journal.append.bind(journal);
      journal.append = (row) => {
        outlets.publish(batchOf(row));
        return append(row);
      };
    },
  },
  "engine: goes on after a commit that failed": {
    under: { rates: { waitCanceled: 0.03 } },
    journal(journal) {
      const append = journal.append.bind(journal);
      journal.append = (row) =>
        append(row).catch((error) => {
          if (!(error instanceof JournalFailedError)) throw error;
        });
    },
  },
  "engine: goes on when it was deposed": {
    journal(journal) {
      for (const name of ["append", "renew"] as const) {
        const commit = journal[name].bind(journal) as (row: JournalRow) => Promise<void>;
        journal[name] = (row?: JournalRow) =>
          commit(row!).catch((error) => {
            if (!(error instanceof DeposedError)) throw error;
          });
      }
    },
  },
  "core: < for <= in priority": withCore(newestFirst),
  "core: fee rounded up": withCore(feeRoundedUp),
  "core: hold not released by a cancel": withCore(holdNotReleased),
  "core: client order ids not recognised": withCore(dedupeDropped),
  "core: snapshot without the ids": withCore(snapshotWithoutIds),
  "core: reads the clock": {
    cores: (config, host) => simulatedCores(config, (core) => clockRead(core, host.clock.nowUs)),
  },
  "standby: trusts a row without a barrier": {
    seed: 4,
    under: { strikes: ["restartThenReplaceDatabase"] },
    rules: { barrierWaits: false },
  },
  "standby: misses the last row when it takes over": { journal: missesLastRow },
  "lease: taken while it is held": {
    rules: { checksLapse: false },
    journal(journal) {
      const lease = journal.lease.bind(journal);
      journal.lease = async () => ({ ...(await lease()), idleMs: Number.MAX_SAFE_INTEGER });
    },
  },
  "lease: questions answered when it may have lapsed": {
    seed: 20,
    under: QUESTIONS,
    patch() {
      const { isHeld } = HeldLease.prototype;
      HeldLease.prototype.isHeld = () => true;
      return () => {
        HeldLease.prototype.isHeld = isHeld;
      };
    },
  },
  "fencing: epoch not checked": { seed: 19, under: TWO_LEADERS, rules: { checksEpoch: false } },
  "fencing: lease not locked": {
    under: { strikes: ["pauseLeader"], rates: { slow: 0.15 } },
    rules: { locksLease: false },
  },
  "unknown commit: a warning is taken for nothing": {
    seed: 13,
    under: { rates: { waitCanceled: 0.03 } },
    ignoresWarnings: true,
  },
  "unknown commit: taken for done": {
    seed: 6,
    under: { rates: { answerLost: 0.1 } },
    link(link) {
      const write = link.write.bind(link);
      link.write = (...statement) =>
        write(...statement).catch((error) => {
          if (error instanceof ConnectionLostError) return 1;
          throw error;
        });
    },
  },
  "transfers: sent before the debit is durable": {
    journal(journal, outlets) {
      const append = journal.append.bind(journal);
      journal.append = (row) => {
        outlets.carry(batchOf(row));
        return append(row);
      };
    },
  },
  "transfers: credited as often as they come": {
    under: { strikes: ["killLeader"] },
    ...withCore((core) => receivedAs(core, (received, sequence) => Math.min(received, sequence - 1))),
  },
  "transfers: taken in any order": {
    under: { strikes: ["killLeader"] },
    ...withCore((core) => receivedAs(core, (received, sequence) => Math.max(received, sequence - 1))),
    carrier: (parts) => ({
      ...parts,
      clientOf: (partition) =>
        submitting(parts.clientOf(partition), async (client, command) => {
          await new Promise<void>((resolve) => void parts.timers.after(5 * parts.random(), resolve));
          return client.submit(command);
        }),
    }),
  },
  "transfers: forgotten before they have arrived": withCarrier(async (client, command) => {
    client.submit(command).catch(() => {});
    return pretended();
  }),
  "transfers: an answer that is lost is taken for one": {
    under: { strikes: ["killLeader", "isolateLeader"] },
    ...withCarrier((client, command) => client.submit(command).catch(pretended)),
  },
  "transfers: not sent again by the next leader": {
    under: { strikes: ["killLeader"] },
    carrier: (parts) => ({
      ...parts,
      engine: { offer: (message) => parts.engine.offer(message), query: async () => [] as never },
    }),
  },
  "routing: an order is tried again under another id": {
    seed: 5,
    under: TWO_LEADERS,
    ...withSubmit((client, command) =>
      client.submit(command).catch((error) => {
        if (!isUnknown(error) || command.kind !== "NEW_ORDER") throw error;
        const order = { ...command.order, clientOrderId: `${command.order.clientOrderId}-again` };
        return client.submit({ ...command, order });
      }),
    ),
  },
  "routing: what has no id is sent again": {
    under: { strikes: ["killLeader"] },
    ...withSubmit((client, command) =>
      client.submit(command).catch((error) => {
        if (!isUnknown(error) || identity(command) !== undefined) throw error;
        return client.submit(command);
      }),
    ),
  },
  "routing: an unknown outcome is told as a refusal": {
    seed: 9,
    under: TWO_LEADERS,
    ...withSubmit((client, command) =>
      client.submit(command).catch((error) => {
        throw isUnknown(error) ? new EngineBusyError("not taken") : error;
      }),
    ),
  },
  "routing: funds under way are not counted": {
    under: { rates: { asking: 1 } },
    client: (client) => ({
      ...submitting(client, (own, command) => own.submit(command)),
      query: (async (query: Parameters<EngineClient["query"]>[0]) => {
        const answer = await client.query(query);
        return query.kind === "funds" ? { ...(answer as AccountFunds), outbox: [] } : answer;
      }) as EngineClient["query"],
    }),
  },
  "routing: funds of other partitions are not used": withSubmit((client, command) =>
    command.kind === "TRANSFER_OUT" ? Promise.reject(new Error("no")) : client.submit(command),
  ),
  "routing: processes of another map are let in": { ignoresHello: true },
  "feed: accepts a gap": { acceptsFeedGaps: true },
  "projection: position written before the rows": {
    tables(tables) {
      const write = tables.write.bind(tables);
      const none = {
        asset: [],
        market: [],
        orders: [],
        order_list: [],
        trade: [],
        account_trade: [],
        prevented_match: [],
        payment: [],
        level: [],
        resting_order: [],
        candle: [],
        minute: [],
      };
      tables.write = async (changes) => {
        await write({ ...changes, rows: none });
        await write({ ...changes, fromSequence: changes.sequence });
      };
      return tables;
    },
  },
};

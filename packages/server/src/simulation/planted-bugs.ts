/**
 * Bugs planted on purpose, to prove that the simulation finds such bugs. Each wraps or alters a part of the
 * program from outside; nothing in the program itself knows of them.
 */
import type { Core } from "@buttonwood/core";
import { WordBuffer } from "@buttonwood/protocol";
import type { FeedPublisher } from "../feed/port.js";
import { JournalFailedError, type JournalRow, type JournalTail } from "../journal/port.js";
import { NO_HASH } from "../journal/row-hash.js";
import { simulatedCores } from "./cores.js";
import {
  clockRead,
  dedupeDropped,
  feeRoundedUp,
  holdNotReleased,
  newestFirst,
  snapshotWithoutIds,
} from "./planted-core-bugs.js";
import type { Plant } from "./run-seed.js";
import { EPOCH_US } from "./sim-gateway.js";
import { type SimDisk, SimJournal } from "./sim-journal.js";
import type { SimProcess } from "./world.js";

/** Answers leave before the row is durable. */
class EarlyAcknowledgement extends SimJournal {
  override async append(row: JournalRow): Promise<void> {
    super.append(row).catch(() => {});
  }
}

/** The feed runs ahead of the journal. */
class EarlyPublication extends SimJournal {
  readonly #publisher: FeedPublisher;

  constructor(disk: SimDisk, process: SimProcess, publisher: FeedPublisher) {
    super(disk, process);
    this.#publisher = publisher;
  }

  override append(row: JournalRow): Promise<void> {
    const { firstSequence, lastSequence } = row;
    this.#publisher.publish({ firstSequence, lastSequence, events: WordBuffer.from(row.events) });
    return super.append(row);
  }
}

/** A deposed writer goes on writing. */
class UncheckedEpoch extends SimJournal {
  protected override checkEpoch(): void {}
}

/** An interrupted last row is taken for a committed one. */
class TrustedLastRow extends SimJournal {
  protected override repair(): void {
    this.disk.repair(() => true);
  }
}

/** A commit whose outcome is unknown is simply tried again. */
class BlindRetry extends SimJournal {
  override async append(row: JournalRow): Promise<void> {
    try {
      await super.append(row);
    } catch (error) {
      if (!(error instanceof JournalFailedError)) throw error;
      this.disk.write({ ...row, commands: row.commands.slice(), events: row.events.slice() });
    }
  }
}

/** Recovery does not see the journal's last row. */
class ForgottenLastRow extends SimJournal {
  override async acquire(owner: string): Promise<{ readonly epoch: number; readonly tail: JournalTail }> {
    const { epoch } = await super.acquire(owner);
    return { epoch, tail: await this.tail() };
  }

  override async tail(): Promise<JournalTail> {
    const last = this.disk.rows.at(-2);
    return last === undefined
      ? { sequence: 0, hash: NO_HASH }
      : { sequence: last.lastSequence, hash: last.hash };
  }

  override async *read(fromSequence: number): AsyncIterable<JournalRow> {
    const { sequence } = await this.tail();
    for await (const row of super.read(fromSequence)) if (row.lastSequence <= sequence) yield row;
  }
}

const withCore = (alter: (core: Core, isRestored: boolean) => void): Plant => ({
  cores: (config) => simulatedCores(config, alter),
});

/** Each bug, and how it gets into the simulated world. */
export const PLANTED_BUGS: Readonly<Record<string, Plant>> = {
  "acknowledges before the commit": { journal: (disk, process) => new EarlyAcknowledgement(disk, process) },
  "publishes before the commit": {
    journal: (disk, process, publisher) => new EarlyPublication(disk, process, publisher),
  },
  "a deposed writer goes on": { journal: (disk, process) => new UncheckedEpoch(disk, process) },
  "trusts the last row without its hash": { journal: (disk, process) => new TrustedLastRow(disk, process) },
  "tries a commit of unknown outcome again": { journal: (disk, process) => new BlindRetry(disk, process) },
  "replay skips the last row": { journal: (disk, process) => new ForgottenLastRow(disk, process) },
  "accepts a gap in the feed": { acceptsFeedGaps: true },
  "< for <= in priority": withCore(newestFirst),
  "fee rounded up": withCore(feeRoundedUp),
  "hold not released by a cancel": withCore(holdNotReleased),
  "client order ids not recognised": withCore(dedupeDropped),
  "snapshot without the ids": withCore(snapshotWithoutIds),
  "reads the clock in the core": {
    cores: (config, world) =>
      simulatedCores(config, (core) => clockRead(core, () => EPOCH_US + world.scheduler.nowUs)),
  },
};

import { GaplessFeed } from "../feed/gapless-feed.js";
import type { FeedReader } from "../feed/port.js";
import type { JournalReader } from "../journal/port.js";
import type { Clock } from "../platform/clock.js";
import type { Channel, FromProjection, ToProjection } from "./channel.js";
import { journalBatches } from "./journal-batches.js";
import { bindToJournal } from "./journal-identity.js";
import { Projection } from "./projection.js";
import { ProjectionHost } from "./projection-host.js";
import { openTables } from "./schema.js";

export interface ProjectionParts {
  /** The query tables' file; made when there is none. */
  readonly file: string;
  readonly journal: JournalReader;
  readonly feed: FeedReader;
  readonly channel: Channel<ToProjection, FromProjection>;
  readonly clock: Clock;
  /** The projection has failed and has stopped; it can be started again. */
  readonly onFatal: (error: Error) => void;
}

/** A projection that runs. */
export interface RunningProjection {
  /** Writes what was gathered, and stops. */
  close(): Promise<void>;
}

/**
 * Runs a projection: catches up with the journal from where the tables stand, then follows the feed. Questions
 * are answered meanwhile; `ready` is sent when the tables have caught up. Resolves as soon as it runs; throws
 * ProjectionUnusableError when the tables can't be used.
 */
export async function runProjection(parts: ProjectionParts): Promise<RunningProjection> {
  const { journal, channel } = parts;
  const db = openTables(parts.file);
  let host: ProjectionHost | undefined;
  let feed: GaplessFeed | undefined;
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await feed?.close();
    try {
      host?.close();
      // Tables that began with an empty journal can name it only now.
      await bindToJournal(db, journal, parts.file);
    } finally {
      db.close();
      await journal.close();
    }
  };
  const fail = (error: Error): void => {
    if (stopped) return;
    // The store may be what failed: what can't be written now is read from the journal at the next start.
    stop().then(
      () => parts.onFatal(error),
      () => parts.onFatal(error),
    );
  };
  try {
    await bindToJournal(db, journal, parts.file);
    const projection = new Projection(db, parts.clock, (messages) =>
      channel.postMessage({ kind: "market-data", messages }),
    );
    const running = new ProjectionHost(projection, channel, fail);
    host = running;
    feed = new GaplessFeed({
      feed: parts.feed,
      readMissed: (fromSequence) => journalBatches(journal, fromSequence),
      fromSequence: projection.sequence + 1,
      onBatch: (batch) => running.apply(batch),
      onError: fail,
    });
    feed.start().then(() => {
      if (!stopped) running.goLive();
    }, fail);
  } catch (error) {
    await stop();
    throw error;
  }
  return { close: stop };
}

import { GaplessFeed } from "../feed/gapless-feed.js";
import type { FeedReader } from "../feed/port.js";
import type { JournalReader } from "../journal/port.js";
import type { Buckets } from "../platform/bucket-counts.js";
import type { Clock } from "../platform/clock.js";
import type { MessageEnd } from "../platform/message-end.js";
import { journalBatches } from "./journal-batches.js";
import { bindToJournal } from "./journal-identity.js";
import { MarketDataRelay } from "./market-data-relay.js";
import { Projection } from "./projection.js";
import { ProjectionHost } from "./projection-host.js";
import type { Tables } from "./tables.js";

export interface ProjectionParts {
  readonly openTables: () => Promise<Tables>;
  /** Closed with the projection. */
  readonly journal: JournalReader;
  readonly feed: FeedReader;
  readonly clock: Clock;
  /** The projection has failed and has stopped; it can be started again. */
  readonly onFatal: (error: Error) => void;
}

/** For the metrics; counts are since this projection was started. */
export interface ProjectionFigures {
  readonly sequence: number;
  readonly isLive: boolean;
  /** Durable commands that were not taken in yet, and the age of the last one that was, in ms; 0 when none is missing. */
  readonly lagCommands: number;
  readonly lagMs: number;
  readonly unwrittenCommands: number;
  readonly rowsWritten: number;
  readonly writeSeconds: Buckets;
  /** Gaps of the feed that were read from the journal. */
  readonly gaps: number;
}

/** A projection that runs. */
export interface RunningProjection {
  /** Last sequence taken in. */
  readonly sequence: number;
  /** Whether the tables have caught up with the journal: then market data and events are told. */
  readonly isLive: boolean;
  /** Asks the journal how far it reaches. Rejects when it doesn't answer. */
  figures(): Promise<ProjectionFigures>;
  /** Serves a gateway from now on, until its channel closes. A projection that ends closes all of them. */
  attach(gateway: MessageEnd): void;
  /** Writes what was gathered, and stops. */
  close(): Promise<void>;
}

/**
 * Runs a projection: catches up with the journal from where the tables stand, then follows the feed. Questions
 * are answered meanwhile; gateways are told when the tables have caught up. Resolves as soon as it runs; throws
 * ProjectionUnusableError when the tables can't be used.
 */
export async function runProjection(parts: ProjectionParts): Promise<RunningProjection> {
  const { journal } = parts;
  let tables: Tables | undefined;
  let host: ProjectionHost | undefined;
  let feed: GaplessFeed | undefined;
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await feed?.close();
    try {
      await host?.close();
      // Tables that began with an empty journal can name it only now.
      if (tables !== undefined) await bindToJournal(tables, journal);
    } finally {
      await tables?.close();
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
    tables = await parts.openTables();
    await bindToJournal(tables, journal);
    const relay = new MarketDataRelay();
    const projection = await Projection.open({
      tables,
      clock: parts.clock,
      publish: (messages) => relay.publish(messages),
      onFailure: fail,
    });
    const running = new ProjectionHost(projection, relay, fail);
    host = running;
    feed = new GaplessFeed({
      feed: parts.feed,
      readMissed: (fromSequence) => journalBatches(journal, fromSequence),
      fromSequence: projection.sequence + 1,
      onBatch: (batch) => running.apply(batch),
      onError: fail,
    });
    const following = feed;
    feed
      .start()
      .then(() => (stopped ? undefined : running.goLive()))
      .catch(fail);
    return {
      get sequence() {
        return projection.sequence;
      },
      get isLive() {
        return running.isLive;
      },
      async figures() {
        const { sequence: end } = await journal.tail();
        const { sequence, timeUs, unwritten, rowsWritten, writeSeconds } = projection;
        const lagCommands = Math.max(0, end - sequence);
        return {
          sequence,
          isLive: running.isLive,
          lagCommands,
          lagMs: lagCommands === 0 ? 0 : Math.max(0, (parts.clock.nowUs() - timeUs) / 1000),
          unwrittenCommands: unwritten,
          rowsWritten,
          writeSeconds,
          gaps: following.gaps,
        };
      },
      attach: (gateway) => running.attach(gateway),
      close: stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A thread's entry: the engine of one partition, between its journal and its ports. */
import { parentPort, workerData } from "node:worker_threads";
import { compileCoreForSpeed, cores } from "../engine/cores.js";
import { ENGINE_OPTIONS_DEFAULT, Engine, type EngineEvent } from "../engine/engine.js";
import { PortFeedPublisher } from "../feed/in-process/port-feed.js";
import { ThreadedSnapshotStore } from "../journal/snapshots/threaded-snapshot-store.js";
import { readAhead } from "../journal/sqlite/read-ahead.js";
import { SqliteJournal } from "../journal/sqlite/sqlite-journal.js";
import { systemClock } from "../platform/clock.js";
import { toThreadError } from "../platform/thread-error.js";
import { systemTimers } from "../platform/timers.js";
import { InProcessServer } from "../transport/in-process/in-process-server.js";
import type { EngineWorkerData, FromEngineWorker, ToEngineWorker } from "./engine-messages.js";
import { noticeOf } from "./engine-notice.js";
import { LaggingClock } from "./lagging-clock.js";

/** Milliseconds between two reports of recovery's progress. */
const PROGRESS_MS = 200;

compileCoreForSpeed();
const data = workerData as EngineWorkerData;
const parent = parentPort!;
const tell = (message: FromEngineWorker): void => parent.postMessage(message);
let toldMs = 0;

function onEvent(event: EngineEvent): void {
  if (event.kind === "recovering") {
    if (performance.now() - toldMs < PROGRESS_MS && event.progress.sequence < event.progress.target) return;
    toldMs = performance.now();
    tell({ kind: "recovering", progress: event.progress });
  } else if (event.kind === "stopped") tell({ kind: "stopped", error: toThreadError(event.error) });
  const notice = noticeOf(event);
  if (notice !== undefined) tell({ kind: "notice", ...notice });
}

/** Sequenced time may run this far ahead of the clock before an operator is told. */
const AHEAD_US_MAX = 1_000_000;

async function run(): Promise<void> {
  const journal = SqliteJournal.open(data.dataFolder);
  const snapshots = new ThreadedSnapshotStore(data.dataFolder);
  const server = new InProcessServer();
  const feed = new PortFeedPublisher();
  const engine = await Engine.start(
    {
      journal,
      readRows: (from) => readAhead(data.dataFolder, from),
      snapshots,
      cores,
      publisher: {
        publish(batch) {
          server.publish(batch);
          feed.publish(batch);
        },
      },
      clock: data.clockMemory === undefined ? systemClock : new LaggingClock(data.clockMemory),
      timers: systemTimers,
      defer: setImmediate,
      stopwatchMs: () => performance.now(),
      onEvent,
    },
    {
      ...ENGINE_OPTIONS_DEFAULT,
      owner: data.owner,
      snapshotEveryCommands: data.snapshotEveryCommands,
      queuedCommandsMax: data.queuedCommandsMax,
    },
  );
  const aheadUs = engine.timeUs - systemClock.nowUs();
  if (aheadUs > AHEAD_US_MAX) {
    tell({
      kind: "notice",
      level: "warn",
      text:
        `the journal's time is ${Math.ceil(aheadUs / 1_000_000)} s ahead of this machine's clock: until the clock has caught up, ` +
        "signed orders are refused as outside of their recvWindow. See that the clock is right",
    });
  }
  server.attach(data.clientPort, engine);
  feed.attach(data.projectionPort, engine.sequence);
  parent.on("message", (message: ToEngineWorker) => {
    void close(message.snapshot);
  });
  tell({ kind: "started", epoch: engine.epoch, sequence: engine.sequence });

  async function close(snapshot: boolean): Promise<void> {
    await engine.close({ snapshot });
    await snapshots.close();
    await journal.close();
    tell({ kind: "closed" });
    server.close();
    feed.close();
    parent.close();
  }
}

run().catch((error: Error) => {
  tell({ kind: "stopped", error: toThreadError(error) });
  parent.close();
});

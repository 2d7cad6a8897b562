/** A thread's entry: the projection of one partition. It fails and starts again without the engine noticing. */
import { MessageChannel, parentPort, workerData } from "node:worker_threads";
import { openFeedPort } from "../feed/in-process/port-feed.js";
import { SqliteJournal } from "../journal/sqlite/sqlite-journal.js";
import { systemClock } from "../platform/clock.js";
import { toThreadError } from "../platform/thread-error.js";
import { KeptProjection } from "../projection/kept-projection.js";
import { SqliteTables } from "../projection/sqlite/sqlite-tables.js";
import { ProjectionUnusableError } from "../projection/tables.js";
import { tablesFile } from "./data-folder.js";
import type {
  FromProjectionWorker,
  ProjectionWorkerData,
  ToProjectionWorker,
} from "./projection-messages.js";

const data = workerData as ProjectionWorkerData;
const parent = parentPort!;
const tell = (message: FromProjectionWorker): void =>
  parent.postMessage(message, message.kind === "attached" ? [message.port] : []);
const feed = openFeedPort(data.feedPort);
let kept: KeptProjection | undefined;

async function start(): Promise<void> {
  kept = await KeptProjection.start({
    parts: async () => ({
      openTables: async () => SqliteTables.open(tablesFile(data.dataFolder)),
      journal: SqliteJournal.openReader(data.dataFolder),
      feed,
      clock: systemClock,
    }),
    onStarted(projection) {
      // A port of its own for every start: questions to a projection that has failed must not reach the next one.
      const channel = new MessageChannel();
      projection.attach(channel.port1);
      tell({ kind: "attached", port: channel.port2 });
    },
    onFailed: (error) => tell({ kind: "detached", error: toThreadError(error) }),
    isFinal: () => true,
  });
}

parent.on("message", (message: ToProjectionWorker) => {
  if (message.kind === "figures") {
    void Promise.resolve(kept?.figures()).then((figures) => tell({ kind: "figures", figures }));
    return;
  }
  const closed = (): void => {
    feed.close();
    tell({ kind: "closed" });
  };
  (kept?.close() ?? Promise.resolve()).then(closed, closed);
});

/** Says of a damaged file which one it is; SQLite's own words don't. */
function named(error: Error & { readonly code?: string }): Error {
  if (!/^SQLITE_(CORRUPT|NOTADB)/.test(error.code ?? "")) return error;
  return new ProjectionUnusableError(`${tablesFile(data.dataFolder)} is damaged (${error.message})`);
}

start().catch((error: Error) => tell({ kind: "failed", error: toThreadError(named(error)) }));

/** A thread's entry: writes snapshots that the engine's thread has copied into shared memory. */
import { parentPort, workerData } from "node:worker_threads";
import type { Snapshot } from "../port.js";
import { FileSnapshotStore } from "./file-snapshot-store.js";

const store = new FileSnapshotStore((workerData as { readonly dataFolder: string }).dataFolder);

parentPort!.on("message", (snapshot: Snapshot) => {
  store.save(snapshot).then(
    () => parentPort!.postMessage(undefined),
    (error: Error) => parentPort!.postMessage(error),
  );
});

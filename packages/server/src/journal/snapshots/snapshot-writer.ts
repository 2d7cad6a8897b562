/** A thread's entry: writes snapshots that the engine's thread has copied into shared memory. */
import { parentPort, workerData } from "node:worker_threads";
import type { Snapshot } from "../port.js";
import { FileSnapshotStore } from "./file-snapshot-store.js";

export type SnapshotTask =
  | { readonly kind: "save"; readonly snapshot: Snapshot }
  | { readonly kind: "prepare"; readonly memory: Uint8Array };

const PAGE_BYTES = 4096;

const store = new FileSnapshotStore((workerData as { readonly dataFolder: string }).dataFolder);

parentPort!.on("message", (task: SnapshotTask) => {
  switch (task.kind) {
    case "save":
      store.save(task.snapshot).then(
        () => parentPort!.postMessage(undefined),
        (error: Error) => parentPort!.postMessage(error),
      );
      return;
    case "prepare":
      // Memory is mapped at the first write to a page. Adding nothing is such a write, and safe at any time.
      for (let at = 0; at < task.memory.byteLength; at += PAGE_BYTES) Atomics.add(task.memory, at, 0);
      parentPort!.postMessage(undefined);
      return;
  }
});

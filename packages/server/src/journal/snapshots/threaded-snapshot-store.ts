import { Worker } from "node:worker_threads";
import type { Snapshot, SnapshotStore } from "../port.js";
import { FileSnapshotStore } from "./file-snapshot-store.js";
import type { SnapshotTask } from "./snapshot-writer.js";

/** Snapshots as files, hashed and written by another thread; the engine's thread goes on meanwhile. */
export class ThreadedSnapshotStore implements SnapshotStore {
  readonly #dataFolder: string;
  readonly #files: FileSnapshotStore;
  #writer: Worker | undefined;
  #asked: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
    this.#files = new FileSnapshotStore(dataFolder);
  }

  /** One at a time. A state in shared memory must not change until this resolves; any other is given away. */
  save(snapshot: Snapshot): Promise<void> {
    const { buffer } = snapshot.state;
    return this.#ask({ kind: "save", snapshot }, buffer instanceof SharedArrayBuffer ? [] : [buffer]);
  }

  prepare(memory: Uint8Array): Promise<void> {
    return this.#ask({ kind: "prepare", memory });
  }

  list(): ReturnType<SnapshotStore["list"]> {
    return this.#files.list();
  }

  load(sequence: number): Promise<Snapshot> {
    return this.#files.load(sequence);
  }

  async close(): Promise<void> {
    await this.#writer?.terminate();
  }

  #ask(task: SnapshotTask, transfer: ArrayBuffer[] = []): Promise<void> {
    const writer = this.#thread();
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject };
      // The process lives until this is done, and no longer because of this thread.
      writer.ref();
      writer.postMessage(task, transfer);
    });
  }

  #thread(): Worker {
    if (this.#writer !== undefined) return this.#writer;
    const writer = new Worker(new URL("./snapshot-writer.js", import.meta.url), {
      name: "buttonwood-snapshot",
      workerData: { dataFolder: this.#dataFolder },
    });
    const end = (error: Error | undefined): void => {
      const asked = this.#asked;
      this.#asked = undefined;
      writer.unref();
      if (error === undefined) asked?.resolve();
      else asked?.reject(error);
    };
    writer.on("message", end);
    writer.on("error", (error: Error) => {
      this.#writer = undefined;
      end(error);
    });
    writer.unref();
    this.#writer = writer;
    return writer;
  }
}

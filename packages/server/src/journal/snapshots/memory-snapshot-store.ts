import { DamagedJournalError, SNAPSHOTS_KEPT, type Snapshot, type SnapshotStore } from "../port.js";

/** Snapshots in memory, for tests and for exchanges that may forget. */
export class MemorySnapshotStore implements SnapshotStore {
  readonly #snapshots = new Map<number, Snapshot>();

  async save(snapshot: Snapshot): Promise<void> {
    this.#snapshots.set(snapshot.sequence, { ...snapshot, state: snapshot.state.slice() });
    for (const { sequence } of (await this.list()).slice(SNAPSHOTS_KEPT)) this.#snapshots.delete(sequence);
  }

  async list(): Promise<readonly { readonly sequence: number; readonly name: string }[]> {
    return [...this.#snapshots.keys()]
      .sort((a, b) => b - a)
      .map((sequence) => ({ sequence, name: `snapshot ${sequence} in memory` }));
  }

  async load(sequence: number): Promise<Snapshot> {
    const snapshot = this.#snapshots.get(sequence);
    if (snapshot === undefined)
      throw new DamagedJournalError(`snapshot ${sequence} in memory: there is none`);
    return snapshot;
  }
}

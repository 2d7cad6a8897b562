import { DamagedJournalError, SNAPSHOTS_KEPT, type Snapshot, type SnapshotStore } from "../journal/port.js";
import { parseSnapshot, snapshotHeader } from "../journal/snapshots/snapshot-file.js";
import type { SimProcess, World } from "./world.js";

/** How often snapshots go wrong, drawn per seed. Probabilities per snapshot. */
export interface SnapshotRates {
  readonly failed: number;
  /** Cut short, or a bit flipped, after it was saved. */
  readonly damaged: number;
}

/** The folder of snapshots: whole files, some of which go bad. */
export class SimSnapshotFolder {
  readonly world: World;
  readonly rates: SnapshotRates;
  readonly files = new Map<number, Uint8Array>();
  /** Which files a fault has damaged: passing over any other is a failure. */
  readonly damaged = new Set<number>();

  constructor(world: World, rates: SnapshotRates) {
    this.world = world;
    this.rates = rates;
  }
}

/** Snapshots in a simulated folder, for one process, in the real format. */
export class SimSnapshots implements SnapshotStore {
  readonly #folder: SimSnapshotFolder;
  readonly #process: SimProcess;

  constructor(folder: SimSnapshotFolder, process: SimProcess) {
    this.#folder = folder;
    this.#process = process;
  }

  async save(snapshot: Snapshot): Promise<void> {
    const { world, rates, files, damaged } = this.#folder;
    const { random } = world;
    const header = snapshotHeader(snapshot);
    const bytes = new Uint8Array(header.byteLength + snapshot.state.byteLength);
    bytes.set(header);
    bytes.set(snapshot.state, header.byteLength);
    await this.#process.wait(random.integer(100, 20_000));
    if (world.strikes(rates.failed)) throw new Error("simulated: no space for a snapshot");
    files.set(snapshot.sequence, bytes);
    damaged.delete(snapshot.sequence);
    world.trace("snapshot", snapshot.sequence);
    if (world.strikes(rates.damaged)) {
      damaged.add(snapshot.sequence);
      const at = random.integer(0, bytes.byteLength - 1);
      if (random.chance(0.5)) files.set(snapshot.sequence, bytes.subarray(0, at));
      else bytes[at]! ^= 1 << random.integer(0, 7);
    }
    for (const { sequence } of (await this.list()).slice(SNAPSHOTS_KEPT)) files.delete(sequence);
  }

  async list(): Promise<readonly { readonly sequence: number; readonly name: string }[]> {
    return [...this.#folder.files.keys()]
      .sort((a, b) => b - a)
      .map((sequence) => ({ sequence, name: `snapshot ${sequence}` }));
  }

  async load(sequence: number): Promise<Snapshot> {
    const bytes = this.#folder.files.get(sequence);
    if (bytes === undefined) throw new DamagedJournalError(`snapshot ${sequence}: there is none`);
    return parseSnapshot(`snapshot ${sequence}`, bytes.slice());
  }
}

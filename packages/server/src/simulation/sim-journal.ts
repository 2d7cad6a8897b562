import { rowIndexOf } from "../journal/memory/memory-journal.js";
import {
  DeposedError,
  JournalFailedError,
  type JournalRow,
  type JournalStore,
  type JournalTail,
} from "../journal/port.js";
import { RowCheck } from "../journal/row-check.js";
import { NO_HASH, rowHash, sameHash } from "../journal/row-hash.js";
import type { SimProcess, World } from "./world.js";

/** How often the disk fails, drawn per seed. Probabilities per append. */
export interface DiskRates {
  /** Nothing is written, and the writer hears of it. */
  readonly failed: number;
  /** Part of the row is written; the writer hears that it failed. */
  readonly torn: number;
  /** The row is durable, but the writer hears that the commit failed. */
  readonly acknowledgementLost: number;
  /** The commit takes a hundred times as long. */
  readonly slow: number;
}

/** The disk under a journal: what is on it survives every process. */
export class SimDisk {
  readonly world: World;
  readonly rates: DiskRates;
  readonly rows: JournalRow[] = [];
  epoch = 0;
  /** The end of the file after an interrupted write: perhaps a part of a row, perhaps all of it. */
  torn: JournalRow | undefined;
  /** Told of every row the moment it is durable. */
  onDurable: (row: JournalRow) => void = () => {};

  constructor(world: World, rates: DiskRates) {
    this.world = world;
    this.rates = rates;
  }

  get tail(): JournalTail {
    const last = this.rows.at(-1);
    return last === undefined
      ? { sequence: 0, hash: NO_HASH }
      : { sequence: last.lastSequence, hash: last.hash };
  }

  write(row: JournalRow): void {
    this.rows.push(row);
    this.world.trace("durable", row.epoch, row.firstSequence, row.lastSequence, row.digest);
    this.onDurable(row);
  }

  /** An interrupted write leaves a prefix of the row's bytes. */
  tear(row: JournalRow): void {
    const { random } = this.world;
    const cut = random.integer(0, row.events.byteLength);
    const events = row.events.slice();
    events.fill(0, cut);
    this.torn = { ...row, events };
    this.world.trace("torn", row.firstSequence, cut);
  }

  /** What a store does when it opens the file: a whole last row counts, a part of one was never committed. */
  repair(trusts: (row: JournalRow) => boolean = (row) => sameHash(rowHash(row), row.hash)): void {
    const { torn } = this;
    this.torn = undefined;
    if (torn !== undefined && trusts(torn)) this.write(torn);
  }
}

/** A journal on a simulated disk, for one process. */
export class SimJournal implements JournalStore {
  protected readonly disk: SimDisk;
  protected readonly process: SimProcess;
  #arriving: JournalRow | undefined;

  constructor(disk: SimDisk, process: SimProcess) {
    this.disk = disk;
    this.process = process;
    // A write that was on its way when the process died is done, is torn, or never was.
    process.onKill(() => {
      const row = this.#arriving;
      this.#arriving = undefined;
      if (row === undefined || row.epoch !== disk.epoch) return;
      const { random } = disk.world;
      if (random.chance(0.4)) disk.write(row);
      else if (random.chance(0.5)) disk.tear(row);
    });
  }

  async acquire(owner: string): Promise<{ readonly epoch: number; readonly tail: JournalTail }> {
    await this.process.wait(this.disk.world.random.integer(10, 500));
    this.repair();
    const epoch = ++this.disk.epoch;
    this.disk.world.trace("acquire", owner, epoch);
    return { epoch, tail: this.disk.tail };
  }

  async append(row: JournalRow): Promise<void> {
    const { disk, process } = this;
    const { world, rates } = disk;
    const { random } = world;
    const copy = {
      ...row,
      previousHash: row.previousHash.slice(),
      hash: row.hash.slice(),
      commands: row.commands.slice(),
      events: row.events.slice(),
    };
    this.#arriving = copy;
    const slow = world.strikes(rates.slow) ? 100 : 1;
    await process.wait(random.integer(20, 400) * slow);
    this.#arriving = undefined;
    this.checkEpoch(copy);
    if (world.strikes(rates.failed)) throw new JournalFailedError("simulated: the write failed");
    if (world.strikes(rates.torn)) {
      disk.tear(copy);
      throw new JournalFailedError("simulated: the write was torn");
    }
    disk.write(copy);
    if (world.strikes(rates.acknowledgementLost)) {
      throw new JournalFailedError("simulated: the acknowledgement was lost");
    }
    await process.wait(random.integer(1, 200));
  }

  async *read(fromSequence: number): AsyncIterable<JournalRow> {
    const check = new RowCheck("simulated journal");
    // The writer may append meanwhile, and a journal may be read while it is opened: rows are found one by one.
    for (let i = rowIndexOf(this.disk.rows, fromSequence); i < this.disk.rows.length; i++) {
      const row = this.disk.rows[i]!;
      check.check(row);
      if (i % 8 === 7) await this.process.wait(5);
      yield row;
    }
  }

  async tail(): Promise<JournalTail> {
    return this.disk.tail;
  }

  async close(): Promise<void> {}

  protected repair(): void {
    this.disk.repair();
  }

  protected checkEpoch(row: JournalRow): void {
    const { disk } = this;
    if (row.epoch !== disk.epoch || row.firstSequence !== disk.tail.sequence + 1) {
      throw new DeposedError(`simulated: epoch ${disk.epoch} has taken over from ${row.epoch}`);
    }
  }
}

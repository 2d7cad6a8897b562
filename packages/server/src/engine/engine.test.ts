import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Command,
  decodeEvents,
  OrderType,
  Reason,
  ResultEvent,
  SelfTradePrevention,
  Side,
  TimeInForce,
  WordBuffer,
} from "@buttonwood/protocol";
import type { FeedBatch } from "../feed/port.js";
import { MemoryJournal, type MemoryJournalFile } from "../journal/memory/memory-journal.js";
import {
  DamagedJournalError,
  DeposedError,
  JournalFailedError,
  type JournalRow,
  type JournalStore,
  type SnapshotStore,
} from "../journal/port.js";
import { MemorySnapshotStore } from "../journal/snapshots/memory-snapshot-store.js";
import { systemTimers } from "../platform/timers.js";
import type { ReplySink } from "../transport/engine-host.js";
import type { CoreFactory } from "./deterministic-core.js";
import {
  ENGINE_OPTIONS_DEFAULT,
  Engine,
  type EngineEvent,
  type EngineOptions,
  type EngineParts,
} from "./engine.js";
import { recover } from "./recovery.js";
import { ReplayDiffersError } from "./replay.js";
import { commandBytes, depositTo, listAsset, openAccount, SMALL_CORES } from "./testing/small-world.js";

const barrier: Command = { kind: "BARRIER", account: 0 };
const order = (clientOrderId: string): Command => ({
  kind: "NEW_ORDER",
  account: 1,
  order: {
    market: 0,
    side: Side.BUY,
    type: OrderType.LIMIT,
    timeInForce: TimeInForce.GTC,
    selfTradePrevention: SelfTradePrevention.NONE,
    priceTicks: 1,
    stopTicks: 0,
    lots: 1,
    quoteAmount: 0,
    clientOrderId,
  },
});

/** A journal whose commits wait until they are let through, or fail. */
class GatedJournal extends MemoryJournal {
  #gates: {
    readonly row: JournalRow;
    readonly resolve: () => void;
    readonly reject: (error: Error) => void;
  }[] = [];
  gated = true;

  override append(row: JournalRow): Promise<void> {
    if (!this.gated) return super.append(row);
    return new Promise<void>((resolve, reject) => this.#gates.push({ row, resolve, reject })).then(() =>
      super.append(row),
    );
  }

  get waiting(): readonly JournalRow[] {
    return this.#gates.map(({ row }) => row);
  }

  async pass(): Promise<void> {
    this.#gates.shift()!.resolve();
    await turn();
  }

  async fail(error: Error): Promise<void> {
    this.#gates.shift()!.reject(error);
    await turn();
  }
}

const turn = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await new Promise(setImmediate);
};

interface Rig {
  readonly engine: Engine;
  readonly file: MemoryJournalFile;
  readonly events: EngineEvent[];
  /** Message number, sequence and reason of every answer. */
  readonly answers: (readonly [number, number, number])[];
  readonly published: (readonly [number, number])[];
  nowUs: number;
  send(number: number, ...commands: readonly Command[]): string;
}

async function rig(parts: {
  readonly file?: MemoryJournalFile;
  readonly journal?: JournalStore;
  readonly cores?: CoreFactory;
  readonly snapshots?: SnapshotStore;
  readonly options?: Partial<EngineOptions>;
  readonly time?: Pick<EngineParts, "timers" | "stopwatchMs">;
}): Promise<Rig> {
  const file = parts.file ?? { epoch: 0, rows: [] };
  const events: EngineEvent[] = [];
  const answers: (readonly [number, number, number])[] = [];
  const published: (readonly [number, number])[] = [];
  const sink: ReplySink = {
    reply(batch: FeedBatch, runs) {
      const results = decodeEvents(batch.events).filter((event) => event.kind === "RESULT");
      for (let i = 0; i < runs.length; i += 3) {
        for (const result of results.slice(runs[i + 1]!, runs[i + 1]! + runs[i + 2]!)) {
          answers.push([runs[i]!, result.sequence, result.reason]);
        }
      }
    },
  };
  const clock = { nowUs: 1_000_000 };
  const engine = await Engine.start(
    {
      journal: parts.journal ?? new MemoryJournal(file),
      snapshots: parts.snapshots ?? new MemorySnapshotStore(),
      cores: parts.cores ?? SMALL_CORES,
      publisher: { publish: (batch) => published.push([batch.firstSequence, batch.lastSequence]) },
      clock: { nowUs: () => clock.nowUs },
      timers: systemTimers,
      defer: setImmediate,
      stopwatchMs: () => performance.now(),
      ...parts.time,
      onEvent: (event) => {
        if (event.kind !== "recovering") events.push(event);
      },
    },
    { ...ENGINE_OPTIONS_DEFAULT, owner: "test", ...parts.options },
  );
  return {
    engine,
    file,
    events,
    answers,
    published,
    get nowUs() {
      return clock.nowUs;
    },
    set nowUs(value) {
      clock.nowUs = value;
    },
    send: (number, ...commands) => engine.offer({ commands: commandBytes(...commands), number, sink }),
  };
}

describe("engine", () => {
  it("gathers what arrives during a commit into the next batch, and answers only after its commit", async () => {
    const journal = new GatedJournal();
    const { engine, send, answers, published } = await rig({ journal });
    send(1, listAsset);
    await turn();
    send(2, openAccount(1), openAccount(2));
    send(3, depositTo(1, 5, "a"));
    await turn();
    assert.deepEqual(
      journal.waiting.map(({ firstSequence, lastSequence }) => [firstSequence, lastSequence]),
      [[1, 1]],
    );
    assert.deepEqual(answers, []);
    assert.deepEqual(published, []);
    const early = engine.query({ kind: "status" });
    await journal.pass();
    assert.deepEqual(answers, [[1, 1, Reason.OK]]);
    assert.deepEqual(published, [[1, 1]]);
    assert.equal((await early).sequence, 1, "a query waits for the commit, then shows it");
    await turn();
    assert.deepEqual(
      journal.waiting.map(({ firstSequence, lastSequence }) => [firstSequence, lastSequence]),
      [[2, 4]],
    );
    await journal.pass();
    assert.deepEqual(answers.slice(1), [
      [2, 2, Reason.OK],
      [2, 3, Reason.OK],
      [3, 4, Reason.OK],
    ]);
    assert.deepEqual(published, [
      [1, 1],
      [2, 4],
    ]);
  });

  it("rests after a batch as long as its commit took, within bounds, unless the next batch is full already", async () => {
    const journal = new GatedJournal();
    let nowMs = 0;
    let due: { ms: number; run: () => void } | undefined;
    const time = {
      stopwatchMs: () => nowMs,
      timers: {
        after(ms: number, run: () => void) {
          due = { ms, run };
          return () => {};
        },
      },
    };
    const { send } = await rig({ journal, time, options: { restMsMax: 10, batchCommandsMax: 3 } });
    const waiting = () =>
      journal.waiting.map(({ firstSequence, lastSequence }) => [firstSequence, lastSequence]);
    const commit = async (ms: number): Promise<void> => {
      nowMs += ms;
      await journal.pass();
    };

    send(1, listAsset);
    await turn();
    assert.deepEqual(waiting(), [[1, 1]], "the first command after a silence waits for nothing");
    send(2, barrier);
    await commit(4);
    await turn();
    assert.deepEqual(waiting(), []);
    assert.equal(due?.ms, 4);
    send(3, barrier);
    due.run();
    assert.deepEqual(waiting(), [[2, 3]], "what came in the rest is in the batch");

    send(4, barrier);
    nowMs += 4;
    await commit(50);
    assert.equal(due.ms, 10);
    due.run();
    assert.deepEqual(waiting(), [[4, 4]]);

    send(5, barrier, barrier, barrier);
    await commit(50);
    await turn();
    assert.deepEqual(waiting(), [[5, 7]], "a full batch waits for nobody");
  });

  it("cuts a long message into batches and still answers it in order", async () => {
    const { send, answers, published } = await rig({ options: { batchCommandsMax: 2 } });
    send(7, listAsset, openAccount(1), openAccount(2), openAccount(3), barrier);
    for (let i = 0; i < 5; i++) await turn();
    assert.deepEqual(published, [
      [1, 2],
      [3, 4],
      [5, 5],
    ]);
    assert.deepEqual(
      answers.map(([number, sequence]) => [number, sequence]),
      [1, 2, 3, 4, 5].map((sequence) => [7, sequence]),
    );
  });

  it("row 15: stamps a time that never runs backwards", async () => {
    const r = await rig({});
    const times: number[] = [];
    for (const nowUs of [5_000_000, 3_000_000, 6_000_000]) {
      r.nowUs = nowUs;
      r.send(1, barrier);
      await turn();
      const row = r.file.rows.at(-1)!;
      const [result] = decodeEvents(WordBuffer.from(row.events));
      assert.ok(result?.kind === "RESULT");
      times.push(result.timeUs);
    }
    assert.deepEqual(times, [5_000_000, 5_000_000, 6_000_000]);
  });

  it("row 11: refuses before sequencing when too much waits for a slow disk, and what is no whole record", async () => {
    const journal = new GatedJournal();
    const r = await rig({ journal, options: { queuedCommandsMax: 3 } });
    assert.equal(r.send(1, barrier), "taken");
    await turn();
    assert.equal(r.send(2, barrier, barrier), "taken");
    assert.equal(r.send(3, barrier, barrier), "busy");
    assert.equal(r.send(4, barrier), "taken");
    assert.equal(r.send(5, barrier), "busy");
    const cut = commandBytes(barrier, barrier).slice(0, 40);
    assert.equal(r.engine.offer({ commands: cut, number: 6, sink: { reply() {} } }), "malformed");
    await journal.pass();
    await turn();
    await journal.pass();
    assert.deepEqual(
      r.answers.map(([number, sequence]) => [number, sequence]),
      [
        [1, 1],
        [2, 2],
        [2, 3],
        [4, 4],
      ],
    );
  });

  for (const error of [new JournalFailedError("disk full"), new DeposedError("another one")]) {
    it(`stops for good at a ${error.name}: no answer, no event, no retry`, async () => {
      const journal = new GatedJournal();
      const r = await rig({ journal });
      r.send(1, barrier);
      await turn();
      r.send(2, barrier);
      await journal.fail(error);
      assert.deepEqual(r.events, [{ kind: "stopped", error }]);
      assert.equal(r.send(3, barrier), "stopped");
      await turn();
      assert.deepEqual(r.answers, []);
      assert.deepEqual(r.published, []);
      assert.deepEqual(journal.waiting, []);
      await assert.rejects(r.engine.query({ kind: "status" }), error);
      await r.engine.close();
    });
  }

  it("answers what has arrived before it closes", async () => {
    const r = await rig({});
    r.send(1, listAsset, openAccount(1));
    await r.engine.close();
    assert.equal(r.answers.length, 2);
    assert.equal(r.send(2, barrier), "stopped");
  });

  it("finds the journaled group of a sequence", async () => {
    const r = await rig({ options: { batchCommandsMax: 2 } });
    r.send(1, listAsset, openAccount(1), depositTo(1, 50, "x"));
    for (let i = 0; i < 4; i++) await turn();
    for (const [sequence, kinds] of [
      [1, ["RESULT", "ASSET_LISTED"]],
      [2, ["RESULT", "ACCOUNT_OPENED"]],
      [3, ["RESULT", "DEPOSITED", "BALANCE"]],
    ] as const) {
      const group = await r.engine.query({ kind: "group", market: 0, sequence });
      const words = WordBuffer.from(group!);
      assert.deepEqual(
        decodeEvents(words).map(({ kind }) => kind),
        kinds,
      );
      assert.equal(words.f64[ResultEvent.SEQUENCE >> 1], sequence);
    }
    for (const sequence of [0, 4, -1, 1.5, Number.NaN]) {
      assert.equal(await r.engine.query({ kind: "group", market: 0, sequence }), undefined);
    }
  });
});

/** Cores that throw at one client order id, after they changed their state. */
function poisoned(id: string): CoreFactory {
  const alter: CoreFactory["create"] = () => {
    const core = SMALL_CORES.create();
    const apply = core.apply.bind(core);
    core.apply = (commands, at) => {
      apply(commands, at);
      const words = commands.i32[at]! >>> 8;
      if (Buffer.from(commands.copy(at, at + words)).includes(id)) throw new Error("a bug");
    };
    return core;
  };
  return { create: alter, restore: SMALL_CORES.restore };
}

describe("a command that makes the core throw", () => {
  it("row 14: is set aside alone; the others of its batch take effect, and replay skips it", async () => {
    const r = await rig({ cores: poisoned("poison") });
    r.send(1, listAsset, openAccount(1));
    await turn();
    r.send(
      2,
      depositTo(1, 5, "a"),
      depositTo(1, 6, "poison"),
      depositTo(1, 7, "b"),
      order("poison"),
      depositTo(1, 8, "c"),
    );
    for (let i = 0; i < 5; i++) await turn();
    assert.deepEqual(
      r.answers.slice(2).map(([, sequence, reason]) => [sequence, reason]),
      [
        [3, Reason.OK],
        [4, Reason.QUARANTINED],
        [5, Reason.OK],
        [6, Reason.QUARANTINED],
        [7, Reason.OK],
      ],
    );
    assert.deepEqual(await r.engine.query({ kind: "balances", account: 1 }), [
      { asset: 0, free: 20, locked: 0 },
    ]);
    assert.deepEqual(
      r.events.map((event) => event.kind === "quarantined" && event.sequence),
      [4, 6],
    );
    // A core without the bug replays it the same way.
    const { core } = await recover({
      journal: new MemoryJournal(r.file),
      snapshots: new MemorySnapshotStore(),
      cores: SMALL_CORES,
      onDamagedSnapshot: assert.ifError,
    });
    assert.equal(core.stateDigest(), (await r.engine.query({ kind: "status" })).digest);
  });

  it("RELIABILITY row 6: in a leader that was replaced meanwhile, ends it as deposed", async () => {
    const r = await rig({ cores: poisoned("poison") });
    r.send(1, listAsset, openAccount(1));
    await turn();
    const next = await rig({ file: r.file });
    next.send(1, depositTo(1, 5, "a"));
    await turn();
    r.send(2, depositTo(1, 6, "poison"));
    for (let i = 0; i < 5; i++) await turn();
    assert.equal(r.answers.length, 2);
    assert.deepEqual(
      r.events.map((event) => event.kind === "stopped" && event.error.name),
      ["DeposedError"],
    );
  });
});

describe("recovery", () => {
  async function written(snapshots: SnapshotStore): Promise<MemoryJournalFile> {
    const r = await rig({ snapshots, options: { snapshotEveryCommands: 10, batchCommandsMax: 5 } });
    r.send(1, listAsset, openAccount(1));
    await turn();
    for (let i = 0; i < 60; i++) {
      r.send(2 + i, depositTo(1, 1 + i, `deposit ${i}`));
      await turn();
    }
    await r.engine.close();
    return r.file;
  }
  const sequences = async (snapshots: SnapshotStore): Promise<number[]> =>
    (await snapshots.list()).map(({ sequence }) => sequence);

  it("begins at the newest snapshot, and gives the same state as the whole journal", async () => {
    const snapshots = new MemorySnapshotStore();
    const file = await written(snapshots);
    const journal = new MemoryJournal(file);
    const kept = await sequences(snapshots);
    assert.equal(kept.length, 3);
    const fail = (error: Error) => assert.fail(error);
    const fast = await recover({ journal, snapshots, cores: SMALL_CORES, onDamagedSnapshot: fail });
    assert.equal(fast.snapshotSequence, kept[0]);
    const slow = await recover({
      journal,
      snapshots: new MemorySnapshotStore(),
      cores: SMALL_CORES,
      onDamagedSnapshot: fail,
    });
    assert.equal(slow.snapshotSequence, 0);
    assert.equal(fast.core.stateDigest(), slow.core.stateDigest());
    assert.deepEqual(fast.tail, slow.tail);
  });

  it("row 13: falls back to an older snapshot, names the damaged one, and replays more", async () => {
    const snapshots = new MemorySnapshotStore();
    const file = await written(snapshots);
    const [newest, older] = await sequences(snapshots);
    const good = await snapshots.load(newest!);
    const state = good.state.slice();
    state[0]! ^= 1;
    await snapshots.save({ ...good, state });
    const damages: string[] = [];
    const recovered = await recover({
      journal: new MemoryJournal(file),
      snapshots,
      cores: SMALL_CORES,
      onDamagedSnapshot: ({ message }) => damages.push(message),
    });
    assert.equal(recovered.snapshotSequence, older);
    assert.equal(damages.length, 1);
    assert.match(damages[0]!, new RegExp(`^snapshot ${newest} in memory: `));
  });

  it("passes over a snapshot of another journal", async () => {
    const snapshots = new MemorySnapshotStore();
    const file = await written(snapshots);
    const [newest] = await sequences(snapshots);
    await snapshots.save({ ...(await snapshots.load(newest!)), rowHash: new Uint8Array(32).fill(9) });
    const damages: string[] = [];
    await recover({
      journal: new MemoryJournal(file),
      snapshots,
      cores: SMALL_CORES,
      onDamagedSnapshot: ({ message }) => damages.push(message),
    });
    assert.match(damages[0]!, /belongs to a row with hash 090909090909/);
  });

  it("refuses a journal that ends before a snapshot", async () => {
    const snapshots = new MemorySnapshotStore();
    const file = await written(snapshots);
    file.rows.length -= 30;
    await assert.rejects(rig({ file, snapshots }), (error: Error) => {
      assert.ok(error instanceof DamagedJournalError);
      assert.match(error.message, /was taken at sequence \d+, but the journal ends at/);
      return true;
    });
  });

  it("names the sequence and the event when the core derives something else", async () => {
    const file = await written(new MemorySnapshotStore());
    const other: CoreFactory = {
      ...SMALL_CORES,
      create() {
        const core = SMALL_CORES.create();
        const apply = core.apply.bind(core);
        core.apply = (commands, at) => {
          const group = core.events.length;
          apply(commands, at);
          if (core.sequence === 17) core.events.i32[group + ResultEvent.DETAIL] = 1;
        };
        return core;
      },
    };
    await assert.rejects(rig({ file, cores: other }), (error: Error) => {
      assert.ok(error instanceof ReplayDiffersError);
      assert.match(
        error.message,
        /^row 17, sequence 17: the events differ at word 10 of the group: derived \[\{"kind":"RESULT"/,
      );
      return true;
    });
  });
});

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Random } from "@buttonwood/core/reference";
import {
  type Command,
  CommandType,
  decodeEvents,
  encodeCommand,
  type Reason,
  ResultEvent,
  WordBuffer,
} from "@buttonwood/protocol";
import { coresOf } from "../../engine/cores.js";
import { ENGINE_OPTIONS_DEFAULT, Engine } from "../../engine/engine.js";
import { MemoryJournal, type MemoryJournalFile } from "../../journal/memory/memory-journal.js";
import type { JournalRow } from "../../journal/port.js";
import { MemorySnapshotStore } from "../../journal/snapshots/memory-snapshot-store.js";
import { FakeTime } from "../../platform/testing/fake-time.js";
import type { EngineHost } from "../../transport/engine-host.js";
import { type CommandOutcome, type EngineClient, OutcomeUnknownError } from "../../transport/engine-port.js";
import { type CarrierEvent, TransferCarrier } from "./carrier.js";

const ACCOUNTS = 5;
const ASSETS = 2;
const DEPOSIT = 10_000;

/** How often a message meets with what. */
interface Faults {
  /** Never arrives; its sender is told that the outcome is unknown, or nothing. */
  lost: number;
  /** Arrives, and its answer does not. */
  answerLost: number;
  repeated: number;
  /** Arrives later than what is sent after it. */
  delayed: number;
}

const CORES = coresOf({
  accountsMax: ACCOUNTS + 1,
  assetsMax: ASSETS,
  openOrdersMax: 8,
  pricePagesMax: 8,
  rememberedIdsMax: 64,
  outboxMax: 100,
});

/** A journal whose commits take a moment. When its process dies meanwhile, a row may have been written or not. */
class SlowJournal extends MemoryJournal {
  commitMs = 1;
  readonly #time: FakeTime;
  #isDead = false;

  constructor(file: MemoryJournalFile, time: FakeTime) {
    super(file);
    this.#time = time;
  }

  override append(row: JournalRow): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#time.timers.after(this.commitMs, () => {
        if (this.#isDead) return;
        super.append(row).then(resolve, reject);
      });
    });
  }

  die(): void {
    this.#isDead = true;
  }
}

/** A partition: its journal, and the process that leads it at the moment. */
class Partition {
  readonly number: number;
  readonly file: MemoryJournalFile = { epoch: 0, rows: [] };
  readonly events: CarrierEvent[] = [];
  engine: Engine | undefined;
  journal: SlowJournal | undefined;
  #carrier: TransferCarrier | undefined;
  readonly #cluster: Cluster;

  constructor(number: number, cluster: Cluster) {
    this.number = number;
    this.#cluster = cluster;
  }

  async start(): Promise<void> {
    const { time } = this.#cluster;
    const journal = new SlowJournal(this.file, time);
    const engine = await Engine.start(
      {
        journal,
        snapshots: new MemorySnapshotStore(),
        cores: CORES,
        publisher: { publish: (batch) => this.#carrier?.publish(batch) },
        clock: { nowUs: () => time.nowMs * 1000 },
        timers: time.timers,
        defer: setImmediate,
        stopwatchMs: () => time.nowMs,
        onEvent() {},
      },
      { ...ENGINE_OPTIONS_DEFAULT, owner: `partition ${this.number}` },
    );
    this.journal = journal;
    this.engine = engine;
    await this.carryOver(engine);
  }

  /** Carries for this partition, whose engine is reached in this way. */
  async carryOver(engine: EngineHost): Promise<void> {
    const { time, random } = this.#cluster;
    this.#carrier = new TransferCarrier({
      partition: this.number,
      engine,
      clientOf: (to) => this.#cluster.client(to),
      timers: time.timers,
      random: () => random.next(),
      onEvent: (event) => this.events.push(event),
    });
    await this.#carrier.start();
  }

  stopCarrying(): void {
    this.#carrier?.close();
    this.#carrier = undefined;
  }

  /** The process ends without a word. */
  kill(): void {
    this.journal?.die();
    this.stopCarrying();
    this.engine?.fail(new Error("killed"));
    this.engine = undefined;
  }

  /** Hands a command over; the answer never comes when the process dies before. */
  submit(command: Command): Promise<CommandOutcome> {
    return new Promise((resolve) => {
      const words = new WordBuffer(1 << 5);
      encodeCommand(words, command);
      this.engine?.offer({
        commands: words.copy(),
        number: 0,
        sink: {
          reply({ events: batch, firstSequence }, runs) {
            let at = 0;
            for (let group = 0; group < runs[1]!; group++) at += batch.i32[at + ResultEvent.GROUP_WORDS]!;
            const end = at + batch.i32[at + ResultEvent.GROUP_WORDS]!;
            const events = WordBuffer.from(batch.copy(at, end));
            resolve({
              sequence: firstSequence + runs[1]!,
              reason: (events.i32[ResultEvent.REASON]! & 0xffff) as Reason,
              orderId: 0,
              events,
              at: 0,
              end: events.length,
            });
          },
        },
      });
    });
  }

  /** Commands of a kind that were taken, as the journal has them. */
  journaled(kind: "TRANSFER_SENT" | "TRANSFER_RECEIVED", other: number): number[] {
    return this.file.rows
      .flatMap((row) => decodeEvents(WordBuffer.from(row.events)))
      .flatMap((event) => (event.kind === kind && event.partition === other ? [event.channelSequence] : []));
  }
}

class Cluster {
  readonly time = new FakeTime();
  readonly random: Random;
  readonly partitions: Partition[];
  readonly faults: Faults = { lost: 0, answerLost: 0, repeated: 0, delayed: 0 };
  /** What was handed to each partition over its connections. */
  readonly carried: string[] = [];

  constructor(partitions: number, seed = 1) {
    this.random = new Random(seed);
    this.partitions = Array.from({ length: partitions }, (_, number) => new Partition(number, this));
  }

  /** Starts all, lists and opens the same on all, and deposits to every account at its home. */
  async start(): Promise<this> {
    for (const partition of this.partitions) {
      await partition.start();
      const setUp: Command[] = [];
      for (let asset = 0; asset < ASSETS; asset++) {
        setUp.push({ kind: "LIST_ASSET", account: 0, asset, decimals: 0, name: `A${asset}` });
      }
      for (let account = 1; account <= ACCOUNTS; account++) {
        setUp.push({ kind: "OPEN_ACCOUNT", account, name: `account ${account}` });
        if (account % this.partitions.length !== partition.number) continue;
        for (let asset = 0; asset < ASSETS; asset++) {
          setUp.push({ kind: "DEPOSIT", account, asset, amount: DEPOSIT, reference: `begin ${asset}` });
        }
      }
      for (const command of setUp) void partition.submit(command);
    }
    await this.time.pass(10);
    return this;
  }

  /** The way to a partition, over connections that have faults. */
  client(to: number): EngineClient {
    const partition = this.partitions[to];
    if (partition === undefined) throw new Error(`there is no partition ${to}`);
    return {
      inFlight: 0,
      close: async () => {},
      query: (query) => partition.engine!.query(query),
      submit: (command) => this.#carry(partition, command),
    };
  }

  #carry(partition: Partition, command: Command): Promise<CommandOutcome> {
    const { random, time, faults } = this;
    return new Promise((resolve, reject) => {
      // A connection that breaks is noticed sooner or later, or not at all.
      const lose = (): void => {
        if (random.chance(0.5)) return;
        const error = new OutcomeUnknownError("the connection is lost");
        time.timers.after(random.integer(0, 100), () => reject(error));
      };
      const deliver = (): void => {
        const number = command.kind === "TRANSFER_IN" ? command.channelSequence : 0;
        this.carried.push(`${partition.number}: ${command.kind} ${number}`);
        const answer = partition.submit(command);
        if (partition.engine === undefined || random.chance(faults.answerLost)) lose();
        else void answer.then(resolve);
      };
      if (random.chance(faults.lost)) {
        lose();
        return;
      }
      if (random.chance(faults.repeated)) deliver();
      if (random.chance(faults.delayed)) time.timers.after(random.integer(1, 500), deliver);
      else deliver();
    });
  }

  send(from: number, to: number, account: number, amountMax: number, asset = 0): void {
    const amounts = { amountMin: 1, amountMax };
    void this.partitions[from]!.submit({ kind: "TRANSFER_OUT", account, toPartition: to, asset, ...amounts });
  }

  /** What every account has of every asset on all partitions together must be its deposit, once all has arrived. */
  async check(): Promise<void> {
    const engines = this.partitions.map(({ engine }) => engine!);
    for (const [number, engine] of engines.entries()) {
      assert.deepEqual(await engine.query({ kind: "outbox" }), [], `partition ${number}`);
    }
    for (let account = 1; account <= ACCOUNTS; account++) {
      const totals = Array.from({ length: ASSETS }, () => 0);
      for (const engine of engines) {
        for (const { asset, free, locked } of await engine.query({ kind: "balances", account })) {
          assert.ok(free >= 0 && locked === 0);
          totals[asset]! += free;
        }
      }
      assert.deepEqual(totals, [DEPOSIT, DEPOSIT], `account ${account}`);
    }
    for (const one of this.partitions) {
      for (const { number } of this.partitions) {
        const sent = one.journaled("TRANSFER_SENT", number);
        const received = this.partitions[number]!.journaled("TRANSFER_RECEIVED", one.number);
        const channel = `from ${one.number} to ${number}`;
        assert.deepEqual(received, sent, channel);
        assert.deepEqual(
          sent,
          Array.from({ length: sent.length }, (_, i) => i + 1),
          channel,
        );
      }
    }
  }
}

async function free(partition: Partition, account: number, asset = 0): Promise<number> {
  const balances = await partition.engine!.query({ kind: "balances", account });
  return balances.find((balance) => balance.asset === asset)?.free ?? 0;
}

describe("carrier of transfers", () => {
  it("carries what is sent, in batches, and lets the outbox forget it", async () => {
    const cluster = await new Cluster(2).start();
    const [zero, one] = cluster.partitions as [Partition, Partition];
    for (let i = 0; i < 50; i++) cluster.send(1, 0, 1, 10);
    await cluster.time.pass(10);
    assert.equal(await free(one, 1), DEPOSIT - 500);
    assert.equal(await free(zero, 1), 500);
    await cluster.check();
    // One acknowledgement for what was answered together.
    const acknowledgements = one.file.rows.filter((row) =>
      decodeEvents(WordBuffer.from(row.events)).some(
        (event) => event.kind === "RESULT" && event.commandType === CommandType.TRANSFER_ACK,
      ),
    );
    assert.equal(acknowledgements.length, 1);
    assert.deepEqual([...zero.events, ...one.events], []);
  });

  it("keeps the order when a transfer becomes durable while the outbox is being read, and acknowledges to a busy engine", async () => {
    const cluster = await new Cluster(2).start();
    const [zero, one] = cluster.partitions as [Partition, Partition];
    const engine = one.engine!;
    one.stopCarrying();
    for (let i = 1; i <= 2; i++) cluster.send(1, 0, 1, i);
    await cluster.time.pass(10);
    let answer: () => void = () => {};
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let refusals = 3;
    const started = one.carryOver({
      offer: (message) => (refusals-- > 0 ? "busy" : engine.offer(message)),
      async query(query) {
        const outbox = await engine.query(query);
        await answered;
        return outbox;
      },
    });
    await cluster.time.pass(10);
    cluster.send(1, 0, 1, 3);
    await cluster.time.pass(10);
    assert.deepEqual(cluster.carried, []);
    answer();
    await started;
    await cluster.time.pass(100);
    assert.deepEqual(cluster.carried, ["0: TRANSFER_IN 1", "0: TRANSFER_IN 2", "0: TRANSFER_IN 3"]);
    assert.equal(await free(zero, 1), 6);
    await cluster.check();
  });

  it("row 17: nothing is sent before its debit is durable", async () => {
    const cluster = await new Cluster(2).start();
    const [zero, one] = cluster.partitions as [Partition, Partition];
    one.journal!.commitMs = 1_000;
    cluster.send(1, 0, 1, 10);
    await cluster.time.pass(999);
    assert.deepEqual(cluster.carried, []);
    one.kill();
    await cluster.time.pass(10_000);
    await one.start();
    await cluster.time.pass(10_000);
    assert.deepEqual(cluster.carried, [], "the debit was lost with the process, and so is the transfer");
    assert.equal(await free(zero, 1), 0);
    assert.equal(await free(one, 1), DEPOSIT);
    cluster.send(1, 0, 1, 10);
    await cluster.time.pass(100);
    assert.deepEqual(cluster.carried, ["0: TRANSFER_IN 1"]);
    await cluster.check();
  });

  it("row 17: a transfer that was not acknowledged is sent again by the next process", async () => {
    const cluster = await new Cluster(2).start();
    const [zero, one] = cluster.partitions as [Partition, Partition];
    for (const [fault, arrived, after] of [
      ["lost", 0, 20],
      ["answerLost", 40, 40],
    ] as const) {
      cluster.faults[fault] = 1;
      cluster.send(1, 0, 1, 10);
      cluster.send(1, 0, 3, 10);
      await cluster.time.pass(100);
      assert.equal((await free(zero, 1)) + (await free(zero, 3)), arrived, fault);
      assert.equal((await one.engine!.query({ kind: "outbox" })).length, 2, fault);
      one.kill();
      cluster.faults[fault] = 0;
      await one.start();
      await cluster.time.pass(100);
      assert.equal((await free(zero, 1)) + (await free(zero, 3)), after, fault);
      await cluster.check();
    }
  });

  it("row 17: lost, repeated, delayed and reordered messages, and processes that die: each arrives once", async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const cluster = await new Cluster(2 + (seed % 2), seed).start();
      const { random, time, faults, partitions } = cluster;
      for (const name of Object.keys(faults) as (keyof Faults)[]) {
        faults[name] = random.chance(0.3) ? 0 : random.next() * 0.4;
      }
      const killRate = random.next() * 0.05;
      for (let step = 0; step < 60; step++) {
        for (let i = random.integer(0, 4); i > 0; i--) {
          const from = random.integer(0, partitions.length - 1);
          const to = (from + random.integer(1, partitions.length - 1)) % partitions.length;
          cluster.send(
            from,
            to,
            random.integer(1, ACCOUNTS),
            random.integer(1, DEPOSIT),
            random.integer(0, 1),
          );
        }
        const partition = random.pick(partitions);
        if (partition.engine === undefined) await partition.start();
        else if (random.chance(killRate)) partition.kill();
        await time.pass(random.pick([0, 1, 3, 300]));
      }
      Object.assign(faults, { lost: 0, answerLost: 0, repeated: 0, delayed: 0 });
      for (const partition of partitions) if (partition.engine === undefined) await partition.start();
      await time.pass(20_000);
      try {
        await cluster.check();
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
  });

  it("row 18: partitions that send to each other, and one that is down, don't wait on each other", async () => {
    const cluster = await new Cluster(3).start();
    const [zero, one, two] = cluster.partitions as [Partition, Partition, Partition];
    two.kill();
    for (let i = 0; i < 10; i++) {
      cluster.send(0, 2, 3, 10);
      cluster.send(1, 2, 1, 10);
      cluster.send(0, 1, 3, 10);
      cluster.send(1, 0, 1, 10);
    }
    await cluster.time.pass(50);
    assert.equal(await free(zero, 1), 100);
    assert.equal(await free(one, 3), 100);
    await cluster.time.pass(10_000);
    assert.deepEqual(zero.events.map(({ kind, toPartition }) => [kind, toPartition]).slice(0, 1), [
      ["held", 2],
    ]);
    await two.start();
    await cluster.time.pass(10_000);
    assert.equal(await free(two, 1), 100);
    assert.equal(await free(two, 3), 100);
    assert.deepEqual(zero.events.at(-1), { kind: "flowing", toPartition: 2 });
    await cluster.check();
  });

  it("says why transfers are held, and goes on when the reason is gone", async () => {
    const cluster = await new Cluster(2).start();
    const [, one] = cluster.partitions as [Partition, Partition];
    cluster.send(1, 7, 1, 10);
    cluster.send(1, 0, 1, 10);
    await cluster.time.pass(5_000);
    assert.deepEqual(one.events, [{ kind: "held", toPartition: 7, why: "there is no partition 7" }]);
    assert.equal((await one.engine!.query({ kind: "outbox" })).length, 1);
  });
});

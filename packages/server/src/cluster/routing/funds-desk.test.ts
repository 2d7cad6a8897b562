import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Reason, WordBuffer } from "@buttonwood/protocol";
import { systemClock } from "../../platform/clock.js";
import { systemTimers } from "../../platform/timers.js";
import type { AccountFunds, CommandOutcome, OutgoingTransfer } from "../../transport/engine-port.js";
import { createPartitionMap } from "../partition-map.js";
import { FundsDesk, type FundsRequest } from "./funds-desk.js";
import type { PartitionFunds } from "./partition-funds.js";

const ACCOUNT = 1;
const USD = 0;

function outcome(reason: Reason): CommandOutcome {
  return { sequence: 1, reason, orderId: 0, events: new WordBuffer(2), at: 0, end: 0 };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Partitions that hold one asset of one account; transfers take some turns. The account's home is 1. */
class Bank {
  readonly free: number[];
  readonly #channels: { sent: number; acknowledged: number; received: number }[][];
  readonly #outboxes: OutgoingTransfer[][];
  /** [from, to, amount] of every transfer. */
  readonly transfers: [number, number, number][] = [];
  /** Partitions that do not answer. */
  readonly silent = new Set<number>();
  carrying = true;

  constructor(free: readonly number[]) {
    this.free = [...free];
    this.#channels = free.map(() => free.map(() => ({ sent: 0, acknowledged: 0, received: 0 })));
    this.#outboxes = free.map(() => []);
  }

  get partitions(): PartitionFunds[] {
    return this.free.map((_, own) => ({
      of: async () => {
        await this.#answer(own);
        return this.#funds(own);
      },
      send: async ({ toPartition, amountMin, amountMax }) => {
        await this.#answer(own);
        if (this.free[own]! < amountMin) return undefined;
        const amount = Math.min(this.free[own]!, amountMax);
        this.free[own]! -= amount;
        const channelSequence = ++this.#channels[own]![toPartition]!.sent;
        this.#outboxes[own]!.push({ toPartition, channelSequence, account: ACCOUNT, asset: USD, amount });
        this.transfers.push([own, toPartition, amount]);
        void this.#carry(own, toPartition);
        return { channelSequence, amount };
      },
      arrived: async (from, channelSequence) => {
        while (this.#channels[own]![from]!.received < channelSequence) await turn();
        await this.#answer(own);
        return true;
      },
    }));
  }

  async #answer(partition: number): Promise<void> {
    do await turn();
    while (this.silent.has(partition));
  }

  #funds(own: number): AccountFunds {
    return {
      sequence: 1,
      balances: [{ asset: USD, free: this.free[own]!, locked: 0 }],
      channels: this.#channels[own]!.map((channel, partition) => ({ partition, ...channel })),
      outbox: [...this.#outboxes[own]!],
    };
  }

  async #carry(from: number, to: number): Promise<void> {
    do await turn();
    while (!this.carrying);
    const entry = this.#outboxes[from]!.find(
      ({ toPartition, channelSequence }) =>
        toPartition === to && channelSequence === this.#channels[to]![from]!.received + 1,
    )!;
    this.#channels[to]![from]!.received++;
    this.free[to]! += entry.amount;
    await turn();
    this.#channels[from]![to]!.acknowledged = entry.channelSequence;
    this.#outboxes[from]!.splice(this.#outboxes[from]!.indexOf(entry), 1);
  }

  /** What an order costs is gone from its partition when it is taken. */
  async order(partition: number, cost: number): Promise<CommandOutcome> {
    await turn();
    const isFunded = this.free[partition]! >= cost;
    if (isFunded) this.free[partition]! -= cost;
    await turn();
    return outcome(isFunded ? Reason.OK : Reason.INSUFFICIENT_BALANCE);
  }
}

function deskOf(bank: Bank): FundsDesk {
  return new FundsDesk({
    partitions: bank.partitions,
    map: createPartitionMap(bank.free.map(() => ({ shard: "s", symbols: [] }))),
    clock: systemClock,
    timers: systemTimers,
    random: Math.random,
  });
}

function request(
  bank: Bank,
  partition: number,
  cost: number,
  more: Partial<FundsRequest> = {},
): FundsRequest {
  return {
    account: ACCOUNT,
    partition,
    need: { asset: USD, amount: cost, isExact: true },
    deadlineUs: 0,
    refusal: outcome(Reason.INSUFFICIENT_BALANCE),
    submit: () => bank.order(partition, cost),
    isRefused: ({ reason }) => reason === Reason.INSUFFICIENT_BALANCE,
    ...more,
  };
}

const reasonOf = async (answer: Promise<CommandOutcome>): Promise<Reason> => (await answer).reason;
const inMs = (ms: number): number => systemClock.nowUs() + ms * 1000;

describe("funds desk", () => {
  it("sends from home what is missing, and an equal share of the rest beside it", async () => {
    const bank = new Bank([0, 100, 0]);
    assert.equal(await reasonOf(deskOf(bank).fund(request(bank, 0, 10))), Reason.OK);
    assert.deepEqual(bank.transfers, [[1, 0, 40]]);
    assert.deepEqual(bank.free, [30, 60, 0]);
  });

  it("recalls to home what lies idle elsewhere when home is short, the largest part first", async () => {
    const bank = new Bank([60, 5, 35]);
    assert.equal(await reasonOf(deskOf(bank).fund(request(bank, 2, 70))), Reason.OK);
    assert.deepEqual(bank.transfers, [
      [0, 1, 50],
      [1, 2, 45],
    ]);
    assert.deepEqual(bank.free, [10, 10, 10]);
  });

  it("recalls for home itself", async () => {
    const bank = new Bank([60, 5, 35]);
    assert.equal(await reasonOf(deskOf(bank).fund(request(bank, 1, 100))), Reason.OK);
    assert.deepEqual(bank.free, [0, 0, 0]);
  });

  it("refuses when all free funds together do not suffice, and moves nothing for it", async () => {
    const bank = new Bank([60, 5, 35]);
    assert.equal(await reasonOf(deskOf(bank).fund(request(bank, 1, 101))), Reason.INSUFFICIENT_BALANCE);
    assert.deepEqual(bank.transfers, []);
  });

  it("counts what is on its way, and waits for it", async () => {
    const bank = new Bank([100, 0, 0]);
    bank.carrying = false;
    await bank.partitions[0]!.send({
      account: ACCOUNT,
      asset: USD,
      toPartition: 1,
      amountMin: 1,
      amountMax: 90,
    });
    const answer = reasonOf(deskOf(bank).fund(request(bank, 2, 80)));
    for (let i = 0; i < 20; i++) await turn();
    bank.carrying = true;
    assert.equal(await answer, Reason.OK);
  });

  it("lets commands that wait for the same funds share one transfer, in their order", async () => {
    const bank = new Bank([0, 100, 0]);
    const desk = deskOf(bank);
    const reasons = await Promise.all(
      [30, 30, 30, 30].map((cost) => reasonOf(desk.fund(request(bank, 0, cost)))),
    );
    const { OK, INSUFFICIENT_BALANCE } = Reason;
    assert.deepEqual(reasons, [OK, OK, OK, INSUFFICIENT_BALANCE]);
    assert.equal(bank.transfers.length, 1);
    assert.equal(desk.waiting, 0);
  });

  it("gives a market order what it will probably cost, then all that is free, and then its refusal", async () => {
    const bank = new Bank([0, 90, 0]);
    const answers: number[] = [];
    const market = (cost: number, likely: number) =>
      request(bank, 0, cost, {
        need: { asset: USD, amount: likely, isExact: false },
        submit: () => {
          answers.push(bank.free[0]!);
          return bank.order(0, cost);
        },
      });
    assert.equal(await reasonOf(deskOf(bank).fund(market(60, 30))), Reason.OK);
    assert.deepEqual(answers, [50, 90]);
    assert.deepEqual(bank.free, [30, 0, 0]);
    assert.equal(await reasonOf(deskOf(bank).fund(market(31, 10))), Reason.INSUFFICIENT_BALANCE);
    assert.deepEqual(bank.free, [30, 0, 0]);
  });

  it("answers at the deadline, whatever does not answer", async () => {
    const bank = new Bank([0, 10, 90]);
    bank.silent.add(2);
    const desk = deskOf(bank);
    const started = performance.now();
    const late = reasonOf(desk.fund(request(bank, 0, 50, { deadlineUs: inMs(200) })));
    assert.equal(await late, Reason.INSUFFICIENT_BALANCE);
    assert.ok(performance.now() - started >= 190);
    assert.equal(
      await reasonOf(desk.fund(request(bank, 0, 50, { deadlineUs: 1 }))),
      Reason.INSUFFICIENT_BALANCE,
    );
    // What home can give alone needs nobody else.
    assert.equal(await reasonOf(desk.fund(request(bank, 0, 10))), Reason.OK);
    bank.silent.clear();
    assert.equal(await reasonOf(desk.fund(request(bank, 0, 90))), Reason.OK);
  });

  it("passes on what submitting says", async () => {
    const bank = new Bank([0, 100, 0]);
    const desk = deskOf(bank);
    const lost = request(bank, 0, 10, { submit: () => Promise.reject(new Error("lost")) });
    await assert.rejects(desk.fund(lost), /lost/);
    const closed = request(bank, 0, 10, { submit: async () => outcome(Reason.MARKET_CLOSED) });
    assert.equal(await reasonOf(desk.fund(closed)), Reason.MARKET_CLOSED);
    // That its funds came too late is no fault of the command.
    const late = request(bank, 0, 10, { submit: async () => outcome(Reason.DEADLINE_PASSED) });
    assert.equal(await reasonOf(desk.fund(late)), Reason.INSUFFICIENT_BALANCE);
    assert.equal(desk.waiting, 0);
  });

  it("answers all that wait when it closes", async () => {
    const bank = new Bank([0, 100, 0]);
    bank.silent.add(1);
    const desk = deskOf(bank);
    const waits = reasonOf(desk.fund(request(bank, 0, 10)));
    await turn();
    desk.close();
    assert.equal(await waits, Reason.INSUFFICIENT_BALANCE);
    bank.silent.clear();
  });

  it("never loses or spends a unit twice when several desks pull at the same funds", async () => {
    const bank = new Bank([40, 200, 160]);
    const desks = [deskOf(bank), deskOf(bank), deskOf(bank)];
    // 200 orders of 4 at random places, for twice what is there.
    const reasons = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        for (let i = 0; i < index % 17; i++) await turn();
        const partition = (index * 7) % 3;
        const first = await bank.order(partition, 4);
        if (first.reason === Reason.OK) return first.reason;
        return reasonOf(desks[index % desks.length]!.fund(request(bank, partition, 4)));
      }),
    );
    assert.equal(reasons.filter((reason) => reason === Reason.OK).length, 100);
    assert.equal(reasons.filter((reason) => reason === Reason.INSUFFICIENT_BALANCE).length, 100);
    assert.deepEqual(bank.free, [0, 0, 0]);
  });
});

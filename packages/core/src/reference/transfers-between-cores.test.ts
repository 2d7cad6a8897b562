/**
 * Several cores that send each other funds over a network which loses, repeats and reorders: at every moment no unit
 * is made or lost, and in the end every transfer has arrived.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Command,
  decodeEvents,
  encodeCommand,
  NOTIONAL_MAX,
  OrderType,
  Reason,
  SelfTradePrevention,
  Side,
  TimeInForce,
  WordBuffer,
} from "@buttonwood/protocol";
import { Core } from "../core.js";
import { Random } from "./random.js";
import { PLAIN_MARKET } from "./scenario.js";

const ACCOUNTS = 4;
const ASSETS = 2;

interface Message {
  readonly to: number;
  readonly command: Command;
}

class Cluster {
  readonly cores: Core[];
  readonly random: Random;
  /** What comes in and does not go out over all cores, by asset. */
  readonly #deposited = Array.from({ length: ASSETS }, () => 0);
  /** Messages on their way. */
  #network: Message[] = [];
  #references = 0;
  /** How often each reason was met, by command. */
  readonly met = new Map<string, number>();
  readonly #buffer = new WordBuffer(64);

  constructor(seed: number, cores: number) {
    this.random = new Random(seed);
    const outboxMax = this.random.integer(1, 8);
    this.cores = Array.from(
      { length: cores },
      () =>
        new Core({
          accountsMax: ACCOUNTS + 1,
          assetsMax: ASSETS,
          marketsMax: 1,
          openOrdersMax: 100,
          pricePagesMax: 16,
          rememberedIdsMax: 1_000,
          balancesMax: 64,
          accountMarketsMax: 16,
          outboxMax,
        }),
    );
    for (let core = 0; core < cores; core++) {
      for (let asset = 0; asset < ASSETS; asset++) {
        this.#apply(core, { kind: "LIST_ASSET", account: 0, asset, decimals: 0, name: `A${asset}` });
      }
      this.#apply(core, { kind: "LIST_MARKET", account: 0, ...PLAIN_MARKET, notionalMax: NOTIONAL_MAX });
      for (let account = 1; account <= ACCOUNTS; account++) {
        this.#apply(core, { kind: "OPEN_ACCOUNT", account, name: `account ${account}` });
      }
    }
  }

  step(): void {
    const { random, cores } = this;
    const core = random.integer(0, cores.length - 1);
    const account = random.integer(1, ACCOUNTS);
    const asset = random.integer(0, ASSETS - 1);
    switch (
      random.weighted({ pay: 10, order: 20, cancel: 10, send: 40, carry: 30, deliver: 80, restore: 1 })
    ) {
      case "pay": {
        const kind = random.pick(["DEPOSIT", "DEPOSIT", "WITHDRAW"] as const);
        const amount = random.integer(1, 2_000);
        const reference = `${++this.#references}`;
        if (this.#apply(core, { kind, account, asset, amount, reference }) === Reason.OK) {
          this.#deposited[asset]! += kind === "DEPOSIT" ? amount : -amount;
        }
        return;
      }
      case "order":
        this.#apply(core, {
          kind: "NEW_ORDER",
          account,
          order: {
            market: 0,
            side: random.pick([Side.BUY, Side.SELL]),
            type: OrderType.LIMIT,
            timeInForce: TimeInForce.GTC,
            selfTradePrevention: SelfTradePrevention.EXPIRE_TAKER,
            priceTicks: random.integer(1, 20),
            stopTicks: 0,
            lots: random.integer(1, 50),
            quoteAmount: 0,
            clientOrderId: `${++this.#references}`,
          },
        });
        return;
      case "cancel":
        this.#apply(core, { kind: "CANCEL_ALL", account, market: 0, side: -1 });
        return;
      case "send": {
        const toPartition = (core + random.integer(1, cores.length - 1)) % cores.length;
        const amountMin = random.integer(1, 500);
        const amountMax = amountMin + random.integer(0, 2_000);
        this.#apply(core, { kind: "TRANSFER_OUT", account, asset, toPartition, amountMin, amountMax });
        return;
      }
      case "carry":
        this.#carry(core);
        return;
      case "deliver":
        this.#deliver();
        return;
      case "restore":
        this.cores[core] = Core.restore(cores[core]!.snapshot());
        return;
    }
  }

  /** Puts all of a core's outbox on the network, in any order, some of it twice or not at all. */
  #carry(core: number): void {
    const { random } = this;
    for (const transfer of this.cores[core]!.queries.outbox()) {
      const { toPartition, channelSequence, account, asset, amount } = transfer;
      const command = {
        kind: "TRANSFER_IN",
        account,
        fromPartition: core,
        channelSequence,
        asset,
        amount,
      } as const;
      for (let copies = random.pick([0, 1, 1, 1, 2]); copies > 0; copies--) {
        this.#network.push({ to: toPartition, command });
      }
    }
  }

  /** One message arrives, and its acknowledgement goes on its way. */
  #deliver(): void {
    const { random } = this;
    if (this.#network.length === 0) return;
    const [message] = this.#network.splice(random.integer(0, this.#network.length - 1), 1);
    const { to, command } = message!;
    if (random.chance(0.1)) return;
    const reason = this.#apply(to, command);
    if (command.kind !== "TRANSFER_IN" || random.chance(0.1)) return;
    if (reason !== Reason.OK && reason !== Reason.REPEAT) return;
    this.#network.push({
      to: command.fromPartition,
      command: {
        kind: "TRANSFER_ACK",
        account: 0,
        toPartition: to,
        channelSequence: command.channelSequence,
      },
    });
  }

  /** Nothing is lost any more: everything arrives within a few rounds. */
  drain(): void {
    const { cores } = this;
    for (let round = 0; round < 1_000; round++) {
      if (cores.every(({ queries }) => queries.outbox().length === 0)) return;
      for (let core = 0; core < cores.length; core++) this.#carry(core);
      while (this.#network.length > 0) this.#deliver();
      this.check();
    }
    assert.fail("outboxes do not drain");
  }

  /** Nothing is negative; on each core balances sum to the supply; over all cores, no unit too many or too few. */
  check(): void {
    const { cores } = this;
    const total = Array.from({ length: ASSETS }, () => 0);
    for (const [number, { queries }] of cores.entries()) {
      const sums = Array.from({ length: ASSETS }, () => 0);
      for (let account = 0; account <= ACCOUNTS; account++) {
        for (const { asset, free, locked } of queries.balances(account)) {
          assert.ok(free >= 0 && locked >= 0);
          sums[asset]! += free + locked;
        }
      }
      const supplies = queries.assets().map(({ supply }) => supply);
      assert.deepEqual(sums, supplies, `core ${number}`);
      for (let asset = 0; asset < ASSETS; asset++) total[asset]! += supplies[asset]!;
      for (const { toPartition, channelSequence, asset, amount } of queries.outbox()) {
        if (channelSequence > cores[toPartition]!.queries.received(number)) total[asset]! += amount;
      }
      for (const { partition, sent, acknowledged } of queries.channels()) {
        const received = cores[partition]!.queries.received(number);
        assert.ok(acknowledged <= received && received <= sent, `from ${number} to ${partition}`);
      }
    }
    assert.deepEqual(total, this.#deposited);
  }

  #apply(core: number, command: Command): Reason {
    const buffer = this.#buffer;
    const { output } = this.cores[core]!;
    buffer.clear();
    output.clear();
    this.cores[core]!.apply(buffer, encodeCommand(buffer, command));
    const [result] = decodeEvents(output);
    assert.ok(result?.kind === "RESULT");
    const key = `${command.kind} ${result.reason}`;
    this.met.set(key, (this.met.get(key) ?? 0) + 1);
    return result.reason;
  }
}

for (const cores of [2, 3]) {
  test(`${cores} cores: no unit is made or lost on the way, and everything arrives`, () => {
    const met = new Set<string>();
    for (let seed = 1; seed <= 40; seed++) {
      try {
        const cluster = new Cluster(seed, cores);
        for (let step = 0; step < 1_000; step++) {
          cluster.step();
          cluster.check();
        }
        cluster.drain();
        for (const key of cluster.met.keys()) met.add(key);
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error });
      }
    }
    // What the network does to messages has been met with in full.
    for (const reason of [Reason.OK, Reason.REPEAT, Reason.CHANNEL_GAP]) {
      assert.ok(met.has(`TRANSFER_IN ${reason}`), `no transfer with reason ${reason}`);
    }
    for (const reason of [Reason.OK, Reason.INSUFFICIENT_BALANCE, Reason.CAPACITY_REACHED]) {
      assert.ok(met.has(`TRANSFER_OUT ${reason}`), `nothing sent with reason ${reason}`);
    }
    assert.ok(met.has(`TRANSFER_ACK ${Reason.REPEAT}`), "no acknowledgement comes late");
  });
}

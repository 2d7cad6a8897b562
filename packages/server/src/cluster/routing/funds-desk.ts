import { Reason } from "@buttonwood/protocol";
import type { Clock } from "../../platform/clock.js";
import type { Timers } from "../../platform/timers.js";
import { type CommandOutcome, EngineBusyError } from "../../transport/engine-port.js";
import type { PartitionMap } from "../partition-map.js";
import type { Need } from "./funds-need.js";
import { FundsView } from "./funds-view.js";
import type { PartitionFunds } from "./partition-funds.js";

/** A command that a partition refused because too little of an asset is free there. */
export interface FundsRequest {
  readonly account: number;
  readonly partition: number;
  readonly need: Need;
  /** The command's own, µs since 1970; 0 = none. */
  readonly deadlineUs: number;
  /** The refusal, which is the answer when all free funds together do not suffice. */
  readonly refusal: CommandOutcome;
  /** Submits the command again, at once. */
  submit(): Promise<CommandOutcome>;
  /** Whether an outcome is a refusal for want of funds. */
  isRefused(outcome: CommandOutcome): boolean;
}

export interface FundsDeskParts {
  /** By number. */
  readonly partitions: readonly PartitionFunds[];
  readonly map: PartitionMap;
  readonly clock: Clock;
  readonly timers: Timers;
  /** A number from 0 to 1, as Math.random. */
  readonly random: () => number;
}

/** Longest wait for funds, in ms, whatever the command's deadline: its client waits for an answer. */
const WAIT_MS_MAX = 5_000;
/** A partition that does not answer within this many ms is left out of a round: others may have enough. */
const READ_MS_MAX = 300;
/** A transfer that takes longer than this, in ms, is not waited for: the next round sees what came of it. */
const MOVE_MS_MAX = 1_000;
/** Pause after a round that led to nothing, in ms, doubled each time up to the maximum; drawn from 0 to it. */
const PAUSE_MS = 5;
const PAUSE_MS_MAX = 200;
/** Commands that wait for funds, of all accounts; more are turned away as too much load. */
const WAITING_MAX = 20_000;

interface Waiter extends FundsRequest {
  /** The last refusal. */
  refusal: CommandOutcome;
  /** What it took for exact, or for likely, did not suffice: it gets all that is free. */
  wantsAll: boolean;
  /** Whether its next refusal is the answer. */
  isLastTry: boolean;
  /** Not while it is being submitted. */
  isWaiting: boolean;
  stopTimer: () => void;
  readonly resolve: (outcome: CommandOutcome) => void;
  readonly reject: (error: Error) => void;
}

/** The commands of one account that wait for one asset, oldest first. */
interface Pocket {
  readonly account: number;
  readonly asset: number;
  waiting: Waiter[];
}

/**
 * One balance, many engines: brings an account's funds to the partition where they are needed, and submits what
 * was refused for want of them again, until it is taken or all free funds together do not suffice. The last word is
 * always the core's: a repeat of a command that was taken meanwhile learns so.
 *
 * Funds move through the account's home partition alone: home sends to whoever needs, and what lies idle
 * elsewhere is recalled to home first. Nothing can be overspent, whatever goes wrong here: cores decide, and a
 * transfer that nobody waits for any more just lies where it arrived. One round at a time for each account and
 * asset, so that the commands of one gateway never take funds from each other; of several gateways they may, and
 * each then tries again after a pause of random length.
 */
export class FundsDesk {
  readonly #parts: FundsDeskParts;
  readonly #pockets = new Map<string, Pocket>();
  #waiting = 0;
  #isClosed = false;

  constructor(parts: FundsDeskParts) {
    this.#parts = parts;
  }

  /** Commands that wait for funds. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Resolves with the command's outcome once it is funded, or with its refusal. Rejects as submitting it does, and
   * with {@link EngineBusyError} when too many wait.
   */
  fund(request: FundsRequest): Promise<CommandOutcome> {
    if (this.#isClosed) return Promise.resolve(request.refusal);
    if (this.#waiting >= WAITING_MAX) {
      return Promise.reject(new EngineBusyError("too many commands wait for funds; this one was not taken"));
    }
    return new Promise((resolve, reject) => {
      const { account, need, deadlineUs } = request;
      const leftMs =
        deadlineUs === 0 ? WAIT_MS_MAX : Math.ceil((deadlineUs - this.#parts.clock.nowUs()) / 1000);
      const waiter: Waiter = {
        ...request,
        wantsAll: false,
        isLastTry: false,
        isWaiting: true,
        stopTimer: this.#parts.timers.after(Math.min(Math.max(0, leftMs), WAIT_MS_MAX), () => {
          waiter.isLastTry = true;
          void this.#submit(pocket, [waiter]);
        }),
        resolve,
        reject,
      };
      const key = `${account}/${need.asset}`;
      let pocket = this.#pockets.get(key)!;
      const isNew = pocket === undefined;
      if (isNew) {
        pocket = { account, asset: need.asset, waiting: [] };
        this.#pockets.set(key, pocket);
      }
      pocket.waiting.push(waiter);
      this.#waiting++;
      if (isNew) void this.#serve(pocket, key);
    });
  }

  /** Answers all that wait with their refusals. */
  close(): void {
    this.#isClosed = true;
    for (const pocket of this.#pockets.values()) {
      for (const waiter of pocket.waiting.splice(0)) {
        waiter.isWaiting = false;
        this.#answer(waiter, waiter.refusal);
      }
    }
  }

  /** One round after the other, until nobody waits. */
  async #serve(pocket: Pocket, key: string): Promise<void> {
    let pauseMs = PAUSE_MS;
    while (pocket.waiting.length > 0) {
      // A partition that is lost for a moment costs a round; deadlines end the waiting.
      const hasProgressed = await this.#round(pocket).catch(() => false);
      if (hasProgressed) {
        pauseMs = PAUSE_MS;
        continue;
      }
      await this.#pause(pauseMs * this.#parts.random());
      pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
    }
    this.#pockets.delete(key);
  }

  /** Looks at the funds, refuses what can't be, and funds and submits what waits at the oldest one's partition. */
  async #round(pocket: Pocket): Promise<boolean> {
    const view = await this.#view(pocket.account);
    const total = view.freeInAll(pocket.asset);
    if (view.isConsistent) {
      const hopeless = pocket.waiting.filter(({ need }) => need.isExact && need.amount > total);
      for (const waiter of hopeless) waiter.isLastTry = true;
      await this.#submit(pocket, hopeless);
    }
    const partition = pocket.waiting[0]?.partition;
    if (partition === undefined) return true;

    // As many as the funds suffice for, in the order in which they came.
    const batch: Waiter[] = [];
    let need = 0;
    for (const waiter of pocket.waiting) {
      if (waiter.partition !== partition) continue;
      const { isExact, amount } = waiter.need;
      const wanted = waiter.wantsAll ? total : isExact ? amount : Math.min(amount, total);
      if (need + wanted > total) {
        if (batch.length > 0) break;
        continue;
      }
      batch.push(waiter);
      need += wanted;
    }
    if (batch.length === 0) return false;
    if (view.free(partition, pocket.asset) < need) {
      if (!(await this.#bring(pocket, partition, need, total, view))) return false;
    } else if (view.isConsistent && need === total) {
      // All there is lies where it is needed: what is refused now is refused.
      for (const waiter of batch) waiter.isLastTry ||= !waiter.need.isExact;
    }
    return this.#submit(pocket, batch);
  }

  /** Submits those of a batch that still wait, in their order. Returns whether any was answered. */
  async #submit(pocket: Pocket, batch: readonly Waiter[]): Promise<boolean> {
    const submitted = batch.filter(({ isWaiting }) => isWaiting);
    for (const waiter of submitted) waiter.isWaiting = false;
    pocket.waiting = pocket.waiting.filter(({ isWaiting }) => isWaiting);
    let isAnswered = false;
    await Promise.all(
      submitted.map(async (waiter) => {
        try {
          const outcome = await waiter.submit();
          if (waiter.isRefused(outcome) && !waiter.isLastTry && !this.#isClosed) {
            waiter.refusal = outcome;
            waiter.wantsAll = !waiter.need.isExact;
            waiter.isWaiting = true;
            pocket.waiting.push(waiter);
            return;
          }
          // It came too late because its funds did.
          this.#answer(waiter, outcome.reason === Reason.DEADLINE_PASSED ? waiter.refusal : outcome);
        } catch (error) {
          this.#end(waiter);
          waiter.reject(error as Error);
        }
        isAnswered = true;
      }),
    );
    return isAnswered;
  }

  /**
   * Brings what is free on a partition up to `need`, and to an equal share of the rest beside it, so that the next
   * commands there find funds. Returns whether it did as far as it knows.
   */
  async #bring(
    { account, asset }: Pocket,
    partition: number,
    need: number,
    total: number,
    view: FundsView,
  ): Promise<boolean> {
    const { partitions, map } = this.#parts;
    const home = map.homeOf(account);
    const free = partitions.map((_, other) => view.free(other, asset));
    if (free.reduce((sum, amount) => sum + amount, 0) < need) {
      // What is missing is on its way somewhere already. Where it is wanted is seen when it has arrived.
      const underWay = view.underWay.filter((transfer) => transfer.asset === asset);
      await Promise.all(
        underWay.map(({ toPartition, fromPartition, channelSequence }) =>
          this.#arrived(toPartition, fromPartition, channelSequence),
        ),
      );
      return false;
    }
    const share = Math.floor((total - need) / partitions.length);
    const shortfall = need - free[partition]!;
    let atHome = partition === home ? 0 : free[home]!;
    if (atHome < shortfall) {
      const others = [...free.keys()].filter((other) => other !== partition && other !== home);
      others.sort((a, b) => free[b]! - free[a]!);
      const recalls: Promise<number>[] = [];
      let missing = shortfall - atHome;
      for (const other of others) {
        if (missing <= 0) break;
        const amountMax = Math.min(free[other]!, Math.max(missing, free[other]! - share));
        if (amountMax <= 0) break;
        missing -= amountMax;
        recalls.push(this.#move(account, asset, other, home, 1, amountMax));
      }
      for (const amount of await Promise.all(recalls)) atHome += amount;
      if (partition === home || atHome < shortfall) return atHome >= shortfall;
    }
    const amountMax = Math.max(shortfall, Math.min(shortfall + share, atHome - share));
    return (await this.#move(account, asset, home, partition, shortfall, amountMax)) > 0;
  }

  /** Moves funds and waits until they have arrived. Returns how much; 0 when the sender has less than the minimum. */
  async #move(
    account: number,
    asset: number,
    from: number,
    toPartition: number,
    amountMin: number,
    amountMax: number,
  ): Promise<number> {
    const { partitions } = this.#parts;
    const transfer = { account, asset, toPartition, amountMin, amountMax };
    const sent = await this.#within(MOVE_MS_MAX, partitions[from]!.send(transfer));
    if (sent === undefined) return 0;
    await this.#arrived(toPartition, from, sent.channelSequence);
    return sent.amount;
  }

  async #arrived(partition: number, from: number, channelSequence: number): Promise<void> {
    const asked = this.#parts.partitions[partition]!.arrived(from, channelSequence, MOVE_MS_MAX);
    if (!(await this.#within(MOVE_MS_MAX, asked))) throw new Error("funds are still on their way");
  }

  async #view(account: number): Promise<FundsView> {
    const readings = this.#parts.partitions.map((partition) =>
      this.#within(READ_MS_MAX, partition.of(account)).catch(() => undefined),
    );
    return new FundsView(await Promise.all(readings));
  }

  #answer(waiter: Waiter, outcome: CommandOutcome): void {
    this.#end(waiter);
    waiter.resolve(outcome);
  }

  #end(waiter: Waiter): void {
    waiter.stopTimer();
    this.#waiting--;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#parts.timers.after(ms, resolve));
  }

  /** Rejects when a step takes too long. */
  #within<T>(ms: number, step: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = this.#parts.timers.after(ms, () => reject(new Error(`no answer within ${ms} ms`)));
      step.then(resolve, reject).finally(stop);
    });
  }
}

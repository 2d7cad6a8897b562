import type { Event } from "@buttonwood/protocol";

/** A transfer as its sender's journal holds it. */
interface Sent {
  readonly account: number;
  readonly asset: number;
  readonly amount: number;
}

/** What one partition has sent to another, as both journals hold it. */
interface Channel {
  readonly sent: Sent[];
  received: number;
  acknowledged: number;
}

/** The lowest sum of an account's free funds since somebody looked. */
export interface FundsWatch {
  lowest: number;
  stop(): void;
}

/**
 * Conservation over all partitions, from the events alone: what lies on partitions and between them is what was
 * deposited and not withdrawn; what arrives was sent, once and in order; nothing is forgotten before it has arrived.
 */
export class FundsCheck {
  readonly #channels = new Map<string, Channel>();
  /** What came in and did not go out, by asset; and what lies on the partitions. */
  readonly #supply = new Map<number, number>();
  readonly #held = new Map<number, number>();
  readonly #underWay = new Map<number, number>();
  readonly #balances = new Map<string, { readonly free: number; readonly locked: number }>();
  /** Free funds of an account over all partitions, what is under way included. */
  readonly #free = new Map<string, number>();
  readonly #locked = new Map<string, number>();
  readonly #watches = new Map<string, Set<FundsWatch>>();
  /** Changes of an account's funds that no transfer made. */
  readonly #changes = new Map<number, number>();
  transfers = 0;

  /** Takes the events of a partition's next command. Answers what is wrong, or undefined. */
  group(partition: number, events: readonly Event[]): string | undefined {
    let isTransfer = false;
    for (const event of events) {
      switch (event.kind) {
        case "DEPOSITED":
          add(this.#supply, event.asset, event.amount);
          break;
        case "WITHDRAWN":
          add(this.#supply, event.asset, -event.amount);
          break;
        case "TRANSFER_SENT": {
          isTransfer = true;
          const { sent } = this.#channel(partition, event.partition);
          sent.push(event);
          add(this.#underWay, event.asset, event.amount);
          add(this.#free, `${event.account} ${event.asset}`, event.amount);
          if (sent.length !== event.channelSequence) {
            return `transfer ${event.channelSequence} to partition ${event.partition} was sent as number ${sent.length}`;
          }
          break;
        }
        case "TRANSFER_RECEIVED": {
          isTransfer = true;
          this.transfers++;
          const wrong = this.#receive(partition, event);
          if (wrong !== undefined) return wrong;
        }
      }
    }
    for (const event of events) {
      if (event.kind !== "BALANCE") continue;
      const { account, asset, free, locked } = event;
      if (free < 0 || locked < 0) return `account ${account}, asset ${asset}: free ${free}, locked ${locked}`;
      const key = `${partition} ${account} ${asset}`;
      const before = this.#balances.get(key) ?? { free: 0, locked: 0 };
      this.#balances.set(key, event);
      add(this.#held, asset, free + locked - before.free - before.locked);
      add(this.#free, `${account} ${asset}`, free - before.free);
      add(this.#locked, `${account} ${asset}`, locked - before.locked);
      if (!isTransfer) add(this.#changes, account, 1);
    }
    this.#tellWatches();
    for (const [asset, supply] of this.#supply) {
      const held = this.#held.get(asset) ?? 0;
      const underWay = this.#underWay.get(asset) ?? 0;
      if (held + underWay !== supply) {
        return `asset ${asset}: ${held} lie on partitions and ${underWay} between them, but ${supply} came in and did not go out`;
      }
    }
    return undefined;
  }

  /** A sender's outbox forgets its transfers up to a number. Answers what is wrong, or undefined. */
  acknowledged(partition: number, toPartition: number, channelSequence: number): string | undefined {
    const channel = this.#channel(partition, toPartition);
    channel.acknowledged = Math.max(channel.acknowledged, channelSequence);
    return channelSequence <= channel.received
      ? undefined
      : `transfer ${channelSequence} to partition ${toPartition} is forgotten, but only ${channel.received} have arrived`;
  }

  /** Says of each channel with such transfers how far it is. */
  describeUnfinished(): string {
    return [...this.#channels]
      .filter(([, { sent, acknowledged }]) => sent.length > acknowledged)
      .map(
        ([key, { sent, received, acknowledged }]) =>
          `${key}: ${sent.length} sent, ${received} received, ${acknowledged} acknowledged`,
      )
      .join(", ");
  }

  /** Transfers that have not arrived, or that their senders still remember. */
  get unfinished(): number {
    let count = 0;
    for (const { sent, acknowledged } of this.#channels.values()) count += sent.length - acknowledged;
    return count;
  }

  free(account: number, asset: number): number {
    return this.#free.get(`${account} ${asset}`) ?? 0;
  }

  locked(account: number, asset: number): number {
    return this.#locked.get(`${account} ${asset}`) ?? 0;
  }

  freeOn(partition: number, account: number, asset: number): number {
    return this.#balances.get(`${partition} ${account} ${asset}`)?.free ?? 0;
  }

  /** How often an account's funds have changed, transfers aside. */
  changes(account: number): number {
    return this.#changes.get(account) ?? 0;
  }

  watch(account: number, asset: number): FundsWatch {
    const key = `${account} ${asset}`;
    const watches = this.#watches.get(key) ?? new Set();
    this.#watches.set(key, watches);
    const watch = { lowest: this.free(account, asset), stop: () => void watches.delete(watch) };
    watches.add(watch);
    return watch;
  }

  #receive(
    partition: number,
    event: Event & { readonly kind: "TRANSFER_SENT" | "TRANSFER_RECEIVED" },
  ): string | undefined {
    const { account, asset, amount, channelSequence, partition: from } = event;
    const channel = this.#channel(from, partition);
    if (channelSequence !== ++channel.received) {
      return `transfer ${channelSequence} from partition ${from} was taken in as number ${channel.received}`;
    }
    const sent = channel.sent[channelSequence - 1];
    if (sent === undefined)
      return `transfer ${channelSequence} from partition ${from} was taken in before it was sent durably`;
    if (sent.account !== account || sent.asset !== asset || sent.amount !== amount) {
      return `transfer ${channelSequence} from partition ${from} is not what was sent`;
    }
    add(this.#underWay, asset, -amount);
    add(this.#free, `${account} ${asset}`, -amount);
    return undefined;
  }

  #tellWatches(): void {
    for (const [key, watches] of this.#watches) {
      const free = this.#free.get(key) ?? 0;
      for (const watch of watches) watch.lowest = Math.min(watch.lowest, free);
    }
  }

  #channel(from: number, to: number): Channel {
    const key = `${from} ${to}`;
    let channel = this.#channels.get(key);
    if (channel === undefined) {
      channel = { sent: [], received: 0, acknowledged: 0 };
      this.#channels.set(key, channel);
    }
    return channel;
  }
}

function add<K>(sums: Map<K, number>, key: K, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}

import type {
  AccountFunds,
  Balance,
  ChannelPosition,
  OutgoingTransfer,
} from "../../transport/engine-port.js";

/** A transfer that has left one partition and not arrived at the other. */
export interface TransferUnderWay extends OutgoingTransfer {
  readonly fromPartition: number;
}

const UNUSED: ChannelPosition = { partition: -1, sent: 0, acknowledged: 0, received: 0 };

/**
 * An account's funds over all partitions, put together from one reading of each. The readings are of different
 * moments, so a transfer between them may be seen twice or not at all; the channels' numbers tell whether that is
 * possible:
 *
 * 1. A transfer up to `received` is in the receiver's balance.
 * 2. One from there up to `sent` is in the sender's outbox, as long as `acknowledged ≤ received`.
 * 3. One beyond `sent` is still in the sender's balance, as long as `received ≤ sent`.
 *
 * When both hold for every channel the readings are consistent, and each transfer counts exactly once.
 */
export class FundsView {
  /** Whether every partition was read, and no transfer can be counted twice or be missed. */
  readonly isConsistent: boolean;
  readonly underWay: readonly TransferUnderWay[];
  /** One for each partition; undefined for one that could not be read. */
  readonly readings: readonly (AccountFunds | undefined)[];

  constructor(readings: readonly (AccountFunds | undefined)[]) {
    this.readings = readings;
    const underWay: TransferUnderWay[] = [];
    let isConsistent = true;
    for (const [from, sender] of readings.entries()) {
      if (sender === undefined) {
        isConsistent = false;
        continue;
      }
      for (const { partition: to, sent, acknowledged } of sender.channels) {
        const { received } = positionOf(readings[to], from);
        if (received > sent || acknowledged > received) isConsistent = false;
      }
      for (const entry of sender.outbox) {
        if (entry.channelSequence > positionOf(readings[entry.toPartition], from).received) {
          underWay.push({ ...entry, fromPartition: from });
        }
      }
      // What it received from a partition that says it never sent anything.
      for (const { partition: other, received } of sender.channels) {
        if (received > positionOf(readings[other], from).sent) isConsistent = false;
      }
    }
    this.isConsistent = isConsistent;
    this.underWay = underWay;
  }

  /** What is free of an asset on one partition. */
  free(partition: number, asset: number): number {
    const held = this.readings[partition]?.balances.find((balance) => balance.asset === asset);
    return held?.free ?? 0;
  }

  /** What is free of an asset on all partitions that were read and between them. */
  freeInAll(asset: number): number {
    let sum = 0;
    for (const reading of this.readings) {
      for (const balance of reading?.balances ?? []) if (balance.asset === asset) sum += balance.free;
    }
    for (const transfer of this.underWay) if (transfer.asset === asset) sum += transfer.amount;
    return sum;
  }

  /** The account's balances as one, by asset: what is under way is free. */
  balances(): Balance[] {
    const sums = new Map<number, { free: number; locked: number }>();
    const sumOf = (asset: number): { free: number; locked: number } => {
      let sum = sums.get(asset);
      if (sum === undefined) {
        sum = { free: 0, locked: 0 };
        sums.set(asset, sum);
      }
      return sum;
    };
    for (const reading of this.readings) {
      for (const { asset, free, locked } of reading?.balances ?? []) {
        const sum = sumOf(asset);
        sum.free += free;
        sum.locked += locked;
      }
    }
    for (const { asset, amount } of this.underWay) sumOf(asset).free += amount;
    return [...sums].map(([asset, sum]) => ({ asset, ...sum })).sort((a, b) => a.asset - b.asset);
  }
}

function positionOf(reading: AccountFunds | undefined, partition: number): ChannelPosition {
  return reading?.channels.find((channel) => channel.partition === partition) ?? UNUSED;
}

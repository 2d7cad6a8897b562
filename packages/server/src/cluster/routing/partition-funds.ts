import type { Balance } from "../../transport/engine-port.js";

/** A partition as the funds desk needs it: what an account has there, and how funds leave and arrive. */
export interface FundsPartition {
  /** What an account has there, of committed state at one moment. */
  funds(account: number): Promise<PartitionFunds>;

  /**
   * Sends an account's free funds to another partition: between `amountMin` and `amountMax` of them. Resolves
   * when they have durably left, or with undefined when less than the minimum is free.
   */
  send(transfer: {
    readonly account: number;
    readonly asset: number;
    readonly toPartition: number;
    readonly amountMin: number;
    readonly amountMax: number;
  }): Promise<SentTransfer | undefined>;

  /** Resolves when the transfer with this number, or a later one, has arrived there. */
  arrived(fromPartition: number, channelSequence: number): Promise<void>;
}

export interface SentTransfer {
  readonly channelSequence: number;
  readonly amount: number;
}

/** What an account has on one partition, and where the partition's channels stood at that moment. */
export interface PartitionFunds {
  readonly balances: readonly Balance[];
  /** One for each partition that it has exchanged transfers with. */
  readonly channels: readonly ChannelPosition[];
  /** The account's transfers that left and are not acknowledged yet. */
  readonly outbox: readonly OutboxEntry[];
}

/** The two channels between a partition and another one: highest numbers sent, acknowledged and received. */
export interface ChannelPosition {
  readonly partition: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly received: number;
}

export interface OutboxEntry extends SentTransfer {
  readonly toPartition: number;
  readonly asset: number;
}

import { decodeEvents, Reason } from "@buttonwood/protocol";
import type { AccountFunds, EngineClient } from "../../transport/engine-port.js";

/** A partition as the funds desk needs it: what an account has there, and how funds leave and arrive. */
export interface PartitionFunds {
  /** What an account has there, of committed state at one moment. */
  of(account: number): Promise<AccountFunds>;

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

  /** Resolves with yes as soon as the transfer of a number has arrived there, with no after `waitMs`. */
  arrived(fromPartition: number, channelSequence: number, waitMs: number): Promise<boolean>;
}

export interface SentTransfer {
  readonly channelSequence: number;
  readonly amount: number;
}

/** The funds of the partition that an engine leads. */
export function fundsOf(engine: EngineClient): PartitionFunds {
  return {
    of: (account) => engine.query({ kind: "funds", account }),
    async send(transfer) {
      const { reason, events, at, end } = await engine.submit({ kind: "TRANSFER_OUT", ...transfer });
      if (reason === Reason.INSUFFICIENT_BALANCE) return undefined;
      for (const event of decodeEvents(events, at, end)) if (event.kind === "TRANSFER_SENT") return event;
      throw new Error(`a transfer was refused with reason ${reason}`);
    },
    arrived: (fromPartition, channelSequence, waitMs) =>
      engine.query({ kind: "transferArrived", fromPartition, channelSequence, waitMs }),
  };
}

import type {
  Command,
  MarketFields,
  MarketStatus,
  OrderState,
  Reason,
  WordBuffer,
} from "@buttonwood/protocol";
import type { Buckets } from "../platform/bucket-counts.js";

/**
 * What a gateway asks of the engine of one partition. Adapters: `in-process/` (worker thread), `socket/` and `grpc/`
 * (another process); one contract suite. Commands of one event-loop turn travel as one message; an answer comes only
 * after the commit.
 */
export interface EngineClient {
  /**
   * Puts a command on the partition's stream. Resolves after the batch that holds it is durable.
   * Rejects with {@link EngineBusyError} when too much is in flight, or no engine takes it in time (nothing was
   * sent), and with {@link OutcomeUnknownError} when the engine is lost before it answered. An adapter that finds the
   * next engine sends a command with an identity again: its answer is then REPEAT when the first one had worked.
   */
  submit(command: Command): Promise<CommandOutcome>;

  /** Live state as of everything that was acknowledged before the answer. */
  query<Q extends EngineQuery>(query: Q): Promise<EngineAnswer<Q>>;

  /** Commands sent and not yet answered. */
  readonly inFlight: number;

  close(): Promise<void>;
}

/** A command's group of events, as it stands in the journal. */
export interface CommandOutcome {
  readonly sequence: number;
  readonly reason: Reason;
  /** The order created, named, or (for REPEAT) first created; 0 = none. */
  readonly orderId: number;
  /** The buffer in which the group stands, from word `at` to word `end`. */
  readonly events: WordBuffer;
  readonly at: number;
  readonly end: number;
}

/** Too much is in flight; the command was not sent. Try again later. */
export class EngineBusyError extends Error {
  override readonly name = "EngineBusyError";
}

/** The command may or may not have taken effect: ask by client order id, or send it again with the same one. */
export class OutcomeUnknownError extends Error {
  override readonly name = "OutcomeUnknownError";
}

export type EngineQuery =
  /** Open orders of an account on a market (−1 = all), oldest first. */
  | { readonly kind: "openOrders"; readonly account: number; readonly market: number }
  /** One open order by id (0 = not given) or client order id ("" = not given). */
  | {
      readonly kind: "openOrder";
      readonly account: number;
      readonly market: number;
      readonly orderId: number;
      readonly clientOrderId: string;
    }
  | { readonly kind: "balances"; readonly account: number }
  /** What an account has here and what of it is on its way to other partitions, at one moment. */
  | { readonly kind: "funds"; readonly account: number }
  /** Transfers to other partitions that these have not acknowledged, by partition and number. */
  | { readonly kind: "outbox" }
  /**
   * Whether the transfer of a number has come in from another partition. Answered yes as soon as it has, no after
   * `waitMs` (30,000 at most) or when the engine is closing.
   */
  | {
      readonly kind: "transferArrived";
      readonly fromPartition: number;
      readonly channelSequence: number;
      readonly waitMs: number;
    }
  | { readonly kind: "catalog" }
  /** The journaled group of a command on a market, for the answer to a repeat. */
  | { readonly kind: "group"; readonly market: number; readonly sequence: number }
  /** The last durable sequence of the partition that holds a market. */
  | { readonly kind: "sequence"; readonly market: number }
  /** When a command of a market was applied and committed, as long as the engine remembers it: for traces. */
  | { readonly kind: "batchTimes"; readonly market: number; readonly sequence: number }
  /** `figures`: with those for the metrics; `supplies`: with the sums of all balances; where they are told. */
  | { readonly kind: "status"; readonly figures?: boolean; readonly supplies?: boolean };

export interface Balance {
  readonly asset: number;
  readonly free: number;
  readonly locked: number;
}

/** How far the two channels between this partition and another are: numbers of the last transfers, 0 = none. */
export interface ChannelPosition {
  /** The other partition. */
  readonly partition: number;
  /** Sent to it. */
  readonly sent: number;
  /** Of those sent to it, acknowledged by it. */
  readonly acknowledged: number;
  /** Received from it. */
  readonly received: number;
}

/** A transfer that left, and that the other partition has not acknowledged. */
export interface OutgoingTransfer {
  readonly toPartition: number;
  /** The channel's number, from 1, gapless. */
  readonly channelSequence: number;
  readonly account: number;
  readonly asset: number;
  /** Smallest units. */
  readonly amount: number;
}

export interface AccountFunds {
  /** The sequence that they stand at. */
  readonly sequence: number;
  readonly balances: readonly Balance[];
  /** Those that were ever used. */
  readonly channels: readonly ChannelPosition[];
  /** The account's own. */
  readonly outbox: readonly OutgoingTransfer[];
}

export interface AssetEntry {
  readonly asset: number;
  readonly name: string;
  readonly decimals: number;
}

export interface AccountEntry {
  readonly account: number;
  readonly name: string;
  readonly frozen: boolean;
}

/** All that is listed: what a gateway needs to turn names and decimals into numbers. */
export interface Catalog {
  readonly assets: readonly AssetEntry[];
  readonly markets: readonly (MarketFields & {
    readonly status: MarketStatus;
    readonly lastPriceTicks: number;
    /** The price that its bands are around, 0: that of the last trade. */
    readonly bandReferenceTicks: number;
  })[];
  readonly accounts: readonly AccountEntry[];
  /** The sequence that the catalog stands at. */
  readonly sequence: number;
}

export interface EngineStatus {
  readonly epoch: number;
  readonly sequence: number;
  readonly digest: string;
  readonly openOrders: number;
  readonly queuedCommands: number;
  readonly batches: number;
  readonly commands: number;
  /** Median and 99th percentile of commits since the start, in ms, and the largest pause for a snapshot. */
  readonly commitMsP50: number;
  readonly commitMsP99: number;
  readonly snapshotPauseMsMax: number;
  /** When asked for; told by the engine's own process alone: not of several engines, nor over gRPC. */
  readonly figures?: EngineFigures;
  /** When asked for, of each partition; at most five seconds old. Not told by a standby, nor over gRPC. */
  readonly supplies?: readonly Supplies[];
}

/** What all accounts of a partition hold, and what came in and did not go out. */
export interface Supplies {
  /** The sequence after which it was so. */
  readonly sequence: number;
  readonly assets: readonly AssetSupply[];
}

/** An asset's sums in smallest units: free + locked + fees = supply, or funds were made or lost. */
export interface AssetSupply {
  readonly asset: number;
  /** Free, of all accounts but the house. */
  readonly free: number;
  /** Held for open orders. */
  readonly locked: number;
  /** What the house holds. */
  readonly fees: number;
  /** Deposits − withdrawals + received from other partitions − sent to them. */
  readonly supply: number;
}

/** For the metrics. */
export interface EngineFigures {
  /** Commits of this time of leading, in seconds. */
  readonly commitSeconds: Buckets;
  /** Commands of a batch. */
  readonly batchCommands: Buckets;
  /** Snapshots saved by this process, and those that failed. */
  readonly snapshots: number;
  readonly snapshotsFailed: number;
  /** Commands since the newest snapshot: what a start has to replay. */
  readonly snapshotLagCommands: number;
  /** Time since this process saved a snapshot, or since it has recovered; in ms. */
  readonly snapshotAgeMs: number;
  /** Age of the oldest order's client id that is remembered, in ms: a repeat of any younger order is recognised. */
  readonly oldestIdAgeMs: number;
  /** By how much balances and supplies differ, in smallest units; looked at once a minute. Undefined for a standby. */
  readonly supplyDifference?: number;
}

/** When the batch of some commands went through the engine, in µs since 1970 by the engine's own clock. */
export interface BatchTimes {
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** It was gathered, and its commands were sequenced. */
  readonly beganUs: number;
  /** The core had applied all of it, and the commit began. */
  readonly appliedUs: number;
  /** It was durable. */
  readonly committedUs: number;
}

export interface EngineAnswers {
  readonly openOrders: readonly OrderState[];
  readonly openOrder: OrderState | undefined;
  readonly balances: readonly Balance[];
  readonly funds: AccountFunds;
  readonly outbox: readonly OutgoingTransfer[];
  readonly transferArrived: boolean;
  readonly catalog: Catalog;
  /** The group's words, or undefined when no such sequence is durable. */
  readonly group: Uint8Array | undefined;
  readonly sequence: number;
  /** Undefined when it is not remembered. */
  readonly batchTimes: BatchTimes | undefined;
  readonly status: EngineStatus;
}

export type EngineAnswer<Q extends EngineQuery> = EngineAnswers[Q["kind"]];

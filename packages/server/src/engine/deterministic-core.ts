import type { OrderState, WordBuffer } from "@buttonwood/protocol";
import type {
  AccountFunds,
  AssetSupply,
  Balance,
  Catalog,
  OutgoingTransfer,
} from "../transport/engine-port.js";

/** What the engine needs of a core: the whole of it is deterministic, and nothing here waits. */
export interface DeterministicCore {
  /** Groups of events, appended by every {@link apply}. The engine empties it before a batch. */
  readonly events: WordBuffer;
  /** Commands applied so far. */
  readonly sequence: number;
  /** Time of the last command, µs since 1970. */
  readonly timeUs: number;
  readonly openOrderCount: number;
  /** Age of the oldest order's client id that is remembered, by the last command's time, in µs; 0 when there is none. */
  readonly oldestIdAgeUs: number;
  /** When a TICK has something to do next, µs since 1970; 0: never, as things are. */
  readonly nextDueUs: number;

  /** Applies the command at a word, and appends its group of events. A throw is a bug: the state is then lost. */
  apply(commands: WordBuffer, at: number): void;

  /**
   * Reads what the commands from a word on will need, and returns the word where those that were looked at end.
   * Changes nothing: the commands are then applied sooner.
   */
  lookAhead(commands: WordBuffer, from: number): number;

  /**
   * Has the memory ready that the next `orders` new orders will take, and the next `ids` client order ids (as many,
   * when left out). Changes nothing else.
   */
  prepare(orders: number, ids?: number): void;

  /** 16 hex digits. */
  stateDigest(): string;

  /** Bytes that {@link snapshot} would write if so many more ids were remembered. */
  snapshotBytesWith(ids: number): number;

  /** Bytes that it writes of a full core, transfers on their way to other partitions left aside. */
  readonly snapshotBytesMax: number;

  /**
   * A copy of the whole state. The bytes of an earlier snapshot that is no longer needed are used again when
   * they are large enough.
   */
  snapshot(reuse?: Uint8Array): Uint8Array;

  openOrders(account: number, market: number): OrderState[];
  openOrder(account: number, market: number, orderId: number, clientOrderId: string): OrderState | undefined;
  balances(account: number): Balance[];
  funds(account: number): AccountFunds;
  outbox(): OutgoingTransfer[];
  /** Number of the last transfer received from another partition, 0 = none. */
  received(fromPartition: number): number;
  catalog(): Catalog;
  /** By how much balances and supplies differ, in smallest units: 0, or funds were made or lost. Reads every balance. */
  supplyDifference(): number;
  /** All balances of each asset together, and its supply. Reads every balance. */
  supplies(): AssetSupply[];
}

/** Makes cores: empty ones, and ones that go on from a snapshot. */
export interface CoreFactory {
  create(): DeterministicCore;
  /** Throws when the bytes are no snapshot of a core of this version. */
  restore(snapshot: Uint8Array): DeterministicCore;
}

import {
  BalanceEvent,
  decodeEvent,
  type Event,
  EventHeader,
  EventType,
  eventWords,
  ListStatus,
  OrderFilled,
  OrderListEvent,
  ResultEvent,
  type WordBuffer,
} from "@buttonwood/protocol";

/** Accounts and assets fit 22 and 10 bits. */
const ASSETS = 1024;

/** What query tables hold too. */
export interface HeldCounts {
  readonly orders: number;
  readonly trades: number;
  readonly volume: number;
  readonly lists: number;
}

/**
 * Sums up journaled events by themselves, without the core: what came in and went out, and each balance as it was
 * last reported. What the core holds at the end must be the same.
 */
export class EventTally {
  /** Deposits − withdrawals + received − sent of each asset, in its smallest unit. */
  readonly supply = new Map<number, bigint>();
  /** Key: account × 1024 + asset. */
  readonly balances = new Map<number, { readonly free: number; readonly locked: number }>();
  /** Transfers to other partitions and from them. */
  transfers = 0;
  /** What each other partition was sent, and what came from it, in order: account, asset and amount. */
  readonly sent = new Map<number, string[]>();
  readonly received = new Map<number, string[]>();
  /** Transfers whose number does not follow the one before of its channel. */
  readonly gaps: string[] = [];
  orders = 0;
  trades = 0;
  /** Lots of all trades. */
  volume = 0;
  /** Order lists that began. */
  lists = 0;
  /** The counts as they were after the sequence that `countsAt` was told. */
  counts: HeldCounts | undefined;
  readonly #countsAt: number;

  constructor(countsAt: number) {
    this.#countsAt = countsAt;
    this.#countAfter(0);
  }

  /** Takes whole groups from `start` to `end`. */
  add(events: WordBuffer, start: number, end: number): void {
    const { i32, f64 } = events;
    for (let at = start; at < end; at += eventWords(events, at)) {
      switch (i32[at]! & 0xff) {
        case EventType.ORDER_ACCEPTED:
          this.orders++;
          break;
        case EventType.ORDER_LIST:
          if ((i32[at + OrderListEvent.STATUS]! & 0xff) === ListStatus.EXECUTING) this.lists++;
          break;
        case EventType.RESULT:
          this.#countAfter(f64[(at + ResultEvent.SEQUENCE) >> 1]! - 1);
          break;
        case EventType.ORDER_FILLED:
          if (i32[at + OrderFilled.IS_MAKER] !== 1) break;
          this.trades++;
          this.volume += i32[at + OrderFilled.LOTS]!;
          break;
        case EventType.BALANCE:
          this.balances.set(i32[at + EventHeader.ACCOUNT]! * ASSETS + i32[at + BalanceEvent.ASSET]!, {
            free: f64[(at + BalanceEvent.FREE) >> 1]!,
            locked: f64[(at + BalanceEvent.LOCKED) >> 1]!,
          });
          break;
        case EventType.DEPOSITED:
        case EventType.WITHDRAWN:
        case EventType.TRANSFER_SENT:
        case EventType.TRANSFER_RECEIVED:
          this.#move(decodeEvent(events, at));
          break;
      }
    }
  }

  /** Tells that the last group ends at this sequence. */
  end(sequence: number): void {
    this.#countAfter(sequence);
  }

  /** A balance as last reported. */
  balance(account: number, asset: number): { readonly free: number; readonly locked: number } {
    return this.balances.get(account * ASSETS + asset) ?? { free: 0, locked: 0 };
  }

  /** Called when all events up to a sequence have been taken. */
  #countAfter(sequence: number): void {
    if (sequence !== this.#countsAt) return;
    const { orders, trades, volume, lists } = this;
    this.counts = { orders, trades, volume, lists };
  }

  #move(event: Event): void {
    switch (event.kind) {
      case "DEPOSITED":
        this.#addSupply(event.asset, BigInt(event.amount));
        break;
      case "WITHDRAWN":
        this.#addSupply(event.asset, -BigInt(event.amount));
        break;
      case "TRANSFER_SENT":
        this.#addSupply(event.asset, -BigInt(event.amount));
        this.#count(this.sent, "to", event);
        break;
      case "TRANSFER_RECEIVED":
        this.#addSupply(event.asset, BigInt(event.amount));
        this.#count(this.received, "from", event);
        break;
    }
  }

  #addSupply(asset: number, amount: bigint): void {
    this.supply.set(asset, (this.supply.get(asset) ?? 0n) + amount);
  }

  #count(
    channels: Map<number, string[]>,
    direction: string,
    event: Event & { readonly kind: "TRANSFER_SENT" | "TRANSFER_RECEIVED" },
  ): void {
    const { partition, channelSequence, account, asset, amount } = event;
    const channel = channels.get(partition) ?? [];
    channels.set(partition, channel);
    if (channelSequence !== channel.length + 1) {
      this.gaps.push(`${direction} partition ${partition}: ${channelSequence} follows ${channel.length}`);
    }
    channel.push(`account ${account}, asset ${asset}, ${amount} units`);
    this.transfers++;
  }
}

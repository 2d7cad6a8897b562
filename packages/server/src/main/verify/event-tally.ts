import {
  BalanceEvent,
  decodeEvent,
  EventHeader,
  EventType,
  eventWords,
  OrderFilled,
  ResultEvent,
  Transferred,
  type WordBuffer,
} from "@buttonwood/protocol";

/** Accounts and assets fit 22 and 10 bits. */
const ASSETS = 1024;

/**
 * Sums up journaled events by themselves, without the core: what was paid in and out, and each balance as it was
 * last reported. What the core holds at the end must be the same.
 */
export class EventTally {
  /** Deposits − withdrawals of each asset, in its smallest unit. */
  readonly supply = new Map<number, bigint>();
  /** Key: account × 1024 + asset. */
  readonly balances = new Map<number, { readonly free: number; readonly locked: number }>();
  orders = 0;
  trades = 0;
  /** Lots of all trades. */
  volume = 0;
  /** The counts as they were after the sequence that `countsAt` was told. */
  counts: { readonly orders: number; readonly trades: number; readonly volume: number } | undefined;
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
          this.#transfer(events, at);
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
    this.counts = { orders: this.orders, trades: this.trades, volume: this.volume };
  }

  #transfer(events: WordBuffer, at: number): void {
    const event = decodeEvent(events, at);
    if (event.kind !== "DEPOSITED" && event.kind !== "WITHDRAWN") return;
    const asset = events.i32[at + Transferred.ASSET]!;
    const amount = BigInt(event.amount);
    const sum = this.supply.get(asset) ?? 0n;
    this.supply.set(asset, event.kind === "DEPOSITED" ? sum + amount : sum - amount);
  }
}

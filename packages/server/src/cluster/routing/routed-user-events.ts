import {
  BalanceEvent,
  CommandType,
  decodeEvents,
  type Event,
  EventHeader,
  EventType,
  eventWords,
  ResultEvent,
  WordBuffer,
} from "@buttonwood/protocol";
import type { UserEvents, UserEventsListener } from "../../feed/user-events-port.js";
import type { Timers } from "../../platform/timers.js";
import type { EngineClient } from "../../transport/engine-port.js";
import { readFunds } from "./read-funds.js";
import { WholeBalances } from "./whole-balances.js";

export interface RoutedUserEventsParts {
  /** Each partition's events, by number. */
  readonly events: readonly UserEvents[];
  readonly engines: readonly EngineClient[];
  /** Learns of every listing before the listener does. */
  readonly onListed: (event: Event) => void;
  /** The partition that takes a market's orders; undefined when it is not known yet. */
  readonly partitionOf: (market: number) => number | undefined;
  readonly timers: Timers;
  readonly random: () => number;
}

interface Watched {
  /** Undefined until they have been read. */
  balances: WholeBalances | undefined;
  /** Groups that came before. */
  readonly early: (readonly [partition: number, events: WordBuffer, at: number, end: number])[];
}

/**
 * The events of all partitions as those of one exchange: balances are whole, transfers between partitions are no
 * events of the account, and how a market stands is said by its own partition alone.
 */
export class RoutedUserEvents implements UserEvents {
  readonly #parts: RoutedUserEventsParts;
  readonly #watched = new Map<number, Watched>();

  constructor(parts: RoutedUserEventsParts) {
    this.#parts = parts;
  }

  follow(listener: UserEventsListener): () => void {
    const stops = this.#parts.events.map((events, partition) =>
      events.follow({
        onGroups: (groups) => {
          const kept = this.#read(partition, groups);
          if (kept.length > 0) listener.onGroups(kept);
        },
        onGap: (why) => listener.onGap(`partition ${partition}: ${why}`),
      }),
    );
    return () => {
      for (const stop of stops) stop();
    };
  }

  async watch(account: number): Promise<void> {
    const { events, engines } = this.#parts;
    const watched: Watched = { balances: undefined, early: [] };
    this.#watched.set(account, watched);
    try {
      await Promise.all(events.map((partition) => partition.watch(account)));
      const balances = new WholeBalances(await readFunds(engines, account, this.#parts));
      for (const [partition, groups, at, end] of watched.early.splice(0)) {
        take(balances, account, partition, groups, at, end);
      }
      watched.balances = balances;
    } catch (error) {
      if (this.#watched.get(account) === watched) this.unwatch(account);
      throw error;
    }
  }

  unwatch(account: number): void {
    this.#watched.delete(account);
    for (const partition of this.#parts.events) partition.unwatch(account);
  }

  /** Takes a partition's groups, and returns what concerns clients, as it is for the whole. */
  #read(partition: number, events: WordBuffer): WordBuffer {
    const kept = new WordBuffer(Math.max(2, events.length));
    for (let at = 0; at < events.length; ) {
      const end = at + events.i32[at + ResultEvent.GROUP_WORDS]!;
      this.#readGroup(partition, events, at, end, kept);
      at = end;
    }
    return kept;
  }

  #readGroup(partition: number, events: WordBuffer, at: number, end: number, kept: WordBuffer): void {
    const touched = this.#touched(events, at, end);
    for (const account of touched) {
      const { balances, early } = this.#watched.get(account)!;
      if (balances === undefined) early.push([partition, events, at, end]);
      else take(balances, account, partition, events, at, end);
    }
    switch ((events.i32[at + ResultEvent.REASON]! >>> 16) as CommandType) {
      case CommandType.TRANSFER_OUT:
      case CommandType.TRANSFER_IN:
        return;
      case CommandType.LIST_ASSET:
      case CommandType.LIST_MARKET:
        for (const event of decodeEvents(events, at, end)) this.#parts.onListed(event);
        append(kept, events, at, end);
        return;
      case CommandType.SET_MARKET_STATUS:
      case CommandType.SET_MARKET_FEES:
      case CommandType.SET_MARKET_BANDS:
        this.#keepOwn(partition, events, at, end, kept);
        return;
      default: {
        const start = kept.length;
        append(kept, events, at, end);
        if (touched.size > 0) this.#makeWhole(kept, start);
      }
    }
  }

  /** Watched accounts with a balance in a group. */
  #touched(events: WordBuffer, start: number, end: number): Set<number> {
    const touched = new Set<number>();
    if (this.#watched.size === 0) return touched;
    for (let at = start; at < end; at += eventWords(events, at)) {
      if ((events.i32[at]! & 0xff) !== EventType.BALANCE) continue;
      const account = events.i32[at + EventHeader.ACCOUNT]!;
      if (this.#watched.has(account)) touched.add(account);
    }
    return touched;
  }

  /** Keeps what a group says of the partition's own markets. */
  #keepOwn(partition: number, events: WordBuffer, at: number, end: number, kept: WordBuffer): void {
    const start = kept.length;
    append(kept, events, at, at + ResultEvent.WORDS);
    for (let event = at + ResultEvent.WORDS; event < end; event += eventWords(events, event)) {
      const market = events.i32[event + EventHeader.ACCOUNT]!;
      if ((this.#parts.partitionOf(market) ?? partition) !== partition) continue;
      append(kept, events, event, event + eventWords(events, event));
    }
    kept.i32[start + ResultEvent.GROUP_WORDS] = kept.length - start;
  }

  /** Puts whole balances in the place of the partition's. */
  #makeWhole(kept: WordBuffer, start: number): void {
    for (let at = start; at < kept.length; at += eventWords(kept, at)) {
      if ((kept.i32[at]! & 0xff) !== EventType.BALANCE) continue;
      const balances = this.#watched.get(kept.i32[at + EventHeader.ACCOUNT]!)?.balances;
      if (balances === undefined) continue;
      const { free, locked } = balances.of(kept.i32[at + BalanceEvent.ASSET]!);
      kept.f64[(at + BalanceEvent.FREE) >> 1] = free;
      kept.f64[(at + BalanceEvent.LOCKED) >> 1] = locked;
    }
  }
}

/** Gives an account's balances what a group says of them. */
function take(
  balances: WholeBalances,
  account: number,
  partition: number,
  events: WordBuffer,
  at: number,
  end: number,
): void {
  const sequence = events.f64[(at + ResultEvent.SEQUENCE) >> 1]!;
  for (const event of decodeEvents(events, at, end)) {
    if (!("account" in event) || event.account !== account) continue;
    if (event.kind === "BALANCE") {
      const { asset, free, locked } = event;
      balances.set(partition, sequence, { asset, free, locked });
    } else if (event.kind === "TRANSFER_SENT") {
      balances.sent(partition, sequence, event.asset, event.amount);
    } else if (event.kind === "TRANSFER_RECEIVED") {
      balances.received(partition, sequence, event.asset, event.amount);
    }
  }
}

function append(to: WordBuffer, from: WordBuffer, start: number, end: number): void {
  const at = to.reserve(end - start);
  to.i32.set(from.i32.subarray(start, end), at);
}

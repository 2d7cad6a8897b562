/**
 * The gateway's way through the events. One pass over them: listings go to the catalog, touched accounts to
 * the read fence, and the events of accounts that someone watches to those who watch.
 */
import {
  CommandType,
  decodeEvent,
  type Event,
  EventHeader,
  EventType,
  eventWords,
  isOrderEvent,
  type PreventedMatch,
  ResultEvent,
  readPreventedMatches,
  type WordBuffer,
} from "@buttonwood/protocol";
import type { UserEvents } from "../feed/user-events-port.js";
import { HistoryLagsError } from "../transport/history-port.js";
import type { GatewayContext } from "./endpoint.js";
import { listStatusJson } from "./order-list-report.js";
import {
  accountPositionJson,
  balanceJson,
  balanceUpdateJson,
  executionReportJson,
  type OrderEvent,
} from "./websocket/user-events.js";

type OrderListEvent = Extract<Event, { readonly kind: "ORDER_LIST" }>;

/** Takes an account's event, as JSON. */
export type OnUserEvent = (json: string) => void;

interface Watched {
  readonly watchers: Set<OnUserEvent>;
  /** Resolves when its events come. */
  readonly begun: Promise<void>;
  /** Watchers, and those that wait to be. */
  users: number;
}

export class UserFeed {
  readonly #context: GatewayContext;
  readonly #events: UserEvents;
  readonly #watched = new Map<number, Watched>();
  readonly #stop: () => void;
  /** How often events may have been missed. */
  #gaps = 0;

  /** `onGap` is called when events may have been missed: what was built from them is out of date. */
  constructor(context: GatewayContext, events: UserEvents, onGap: (why: string) => void) {
    this.#context = context;
    this.#events = events;
    this.#stop = events.follow({
      onGroups: (groups) => this.#read(groups),
      onGap: (why) => {
        this.#gaps++;
        onGap(why);
      },
    });
  }

  /**
   * Watches an account: whatever happens after the promise has resolved is told. Resolves to how to stop; rejects
   * with HistoryLagsError when it can't be watched now.
   */
  async watch(account: number, onEvent: OnUserEvent): Promise<() => void> {
    const watched = this.#watched.get(account) ?? this.#begin(account);
    const release = (): void => {
      if (--watched.users > 0) return;
      this.#watched.delete(account);
      this.#events.unwatch(account);
    };
    watched.users++;
    try {
      await watched.begun;
    } catch (error) {
      release();
      throw error;
    }
    watched.watchers.add(onEvent);
    return () => {
      if (watched.watchers.delete(onEvent)) release();
    };
  }

  #begin(account: number): Watched {
    const gaps = this.#gaps;
    const begun = this.#events.watch(account).then(() => {
      // Whoever told the events may have changed since it was asked, and the new one knows of no watcher.
      if (this.#gaps !== gaps)
        throw new HistoryLagsError("events may have been missed while the watch began");
    });
    const watched = { watchers: new Set<OnUserEvent>(), begun, users: 0 };
    this.#watched.set(account, watched);
    return watched;
  }

  close(): void {
    this.#stop();
    this.#watched.clear();
  }

  #read(events: WordBuffer): void {
    for (let at = 0; at < events.length; ) {
      const end = at + events.i32[at + ResultEvent.GROUP_WORDS]!;
      this.#readGroup(events, at, end);
      at = end;
    }
  }

  #readGroup(events: WordBuffer, start: number, end: number): void {
    const { catalog, fence } = this.#context;
    // A transfer between partitions leaves what its owner has as it was.
    if (isTransfer(events.i32[start + ResultEvent.REASON]! >>> 16)) return;
    const sequence = events.f64[(start + ResultEvent.SEQUENCE) >> 1]!;
    const timeUs = events.f64[(start + ResultEvent.TIME_US) >> 1]!;
    let positions: Map<number, string[]> | undefined;
    let prevented: ReadonlyMap<number, PreventedMatch> | undefined;
    let index = 0;
    for (let at = start + eventWords(events, start); at < end; at += eventWords(events, at)) {
      index++;
      const type = events.i32[at]! & 0xff;
      if (type === EventType.LEVEL) continue;
      const account = events.i32[at + EventHeader.ACCOUNT]!;
      if (isOrderEvent(type) || type === EventType.ORDER_LIST) {
        fence.heard(account, sequence);
        const watchers = this.#watched.get(account)?.watchers;
        if (watchers === undefined) continue;
        const event = decodeEvent(events, at) as OrderEvent | OrderListEvent;
        const market = catalog.markets["order" in event ? event.order.market : event.market];
        if (market === undefined) continue;
        if (event.kind === "ORDER_LIST") {
          tell(watchers, listStatusJson(market, event, timeUs));
          continue;
        }
        if (event.kind === "ORDER_PREVENTED") prevented ??= readPreventedMatches(events, start);
        const matchId = prevented?.get(at)?.id;
        tell(watchers, executionReportJson(catalog, market, event, sequence, index, timeUs, matchId));
      } else if (type === EventType.BALANCE) {
        fence.heard(account, sequence);
        if (!this.#watched.has(account)) continue;
        const event = decodeEvent(events, at);
        if (event.kind !== "BALANCE") continue;
        positions ??= new Map();
        const list = positions.get(account);
        if (list === undefined) positions.set(account, [balanceJson(catalog, event)]);
        else list.push(balanceJson(catalog, event));
      } else {
        const event = decodeEvent(events, at);
        if (event.kind === "DEPOSITED" || event.kind === "WITHDRAWN") {
          fence.heard(account, sequence);
          const watchers = this.#watched.get(account)?.watchers;
          if (watchers !== undefined) tell(watchers, balanceUpdateJson(catalog, event, timeUs));
        } else {
          catalog.apply(event);
        }
      }
    }
    if (positions === undefined) return;
    for (const [account, balances] of positions) {
      const watchers = this.#watched.get(account)?.watchers;
      if (watchers !== undefined) tell(watchers, accountPositionJson(balances, timeUs));
    }
  }
}

function isTransfer(commandType: number): boolean {
  return commandType >= CommandType.TRANSFER_OUT && commandType <= CommandType.TRANSFER_ACK;
}

function tell(watchers: ReadonlySet<OnUserEvent>, json: string): void {
  for (const watcher of watchers) watcher(json);
}

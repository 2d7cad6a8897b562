/**
 * The gateway's way through the feed. One pass over each batch: listings go to the catalog, touched accounts to
 * the read fence, and the events of accounts that someone watches to those who watch.
 */
import {
  CommandType,
  decodeEvent,
  EventHeader,
  EventType,
  eventWords,
  ResultEvent,
  type WordBuffer,
} from "@buttonwood/protocol";
import type { FeedBatch, FeedReader } from "../feed/port.js";
import type { GatewayContext } from "./endpoint.js";
import {
  accountPositionJson,
  balanceJson,
  balanceUpdateJson,
  executionReportJson,
  type OrderEvent,
} from "./websocket/user-events.js";

/** Takes an account's event, as JSON. */
export type OnUserEvent = (json: string) => void;

export class UserFeed {
  readonly #context: GatewayContext;
  readonly #watchers = new Map<number, Set<OnUserEvent>>();
  readonly #onGap: () => void;
  readonly #stop: () => void;
  #lastSequence = 0;

  /** `onGap` is called when events were missed: what was built from the feed is out of date. */
  constructor(context: GatewayContext, feed: FeedReader, onGap: () => void) {
    this.#context = context;
    this.#onGap = onGap;
    this.#stop = feed.subscribe((batch) => this.#read(batch));
  }

  /** Watches an account from now on. Returns how to stop. */
  watch(account: number, onEvent: OnUserEvent): () => void {
    let watchers = this.#watchers.get(account);
    if (watchers === undefined) {
      watchers = new Set();
      this.#watchers.set(account, watchers);
    }
    watchers.add(onEvent);
    return () => {
      watchers.delete(onEvent);
      if (watchers.size === 0 && this.#watchers.get(account) === watchers) this.#watchers.delete(account);
    };
  }

  close(): void {
    this.#stop();
    this.#watchers.clear();
  }

  #read(batch: FeedBatch): void {
    if (this.#lastSequence > 0 && batch.firstSequence > this.#lastSequence + 1) this.#onGap();
    this.#lastSequence = batch.lastSequence;
    const { events } = batch;
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
    let index = 0;
    for (let at = start + eventWords(events, start); at < end; at += eventWords(events, at)) {
      index++;
      const type = events.i32[at]! & 0xff;
      if (type === EventType.LEVEL) continue;
      const account = events.i32[at + EventHeader.ACCOUNT]!;
      if (type <= EventType.ORDER_PREVENTED) {
        fence.heard(account, sequence);
        const watchers = this.#watchers.get(account);
        if (watchers === undefined) continue;
        const event = decodeEvent(events, at) as OrderEvent;
        const market = catalog.markets[event.order.market];
        if (market === undefined) continue;
        tell(watchers, executionReportJson(catalog, market, event, sequence, index, timeUs));
      } else if (type === EventType.BALANCE) {
        fence.heard(account, sequence);
        if (!this.#watchers.has(account)) continue;
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
          const watchers = this.#watchers.get(account);
          if (watchers !== undefined) tell(watchers, balanceUpdateJson(catalog, event, timeUs));
        } else {
          catalog.apply(event);
        }
      }
    }
    if (positions === undefined) return;
    for (const [account, balances] of positions) {
      const watchers = this.#watchers.get(account);
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

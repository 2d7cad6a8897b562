import { EventHeader, EventType, eventWords, ResultEvent, type WordBuffer } from "@buttonwood/protocol";
import type { FeedBatch } from "../feed/port.js";
import type { MessageEnd } from "../platform/message-end.js";
import type { FromProjection } from "./channel.js";

/** Passes on to each gateway the groups that list something or touch an account that its clients watch. */
export class EventRelay {
  readonly #followers = new Set<MessageEnd>();
  readonly #watchers = new Map<number, Set<MessageEnd>>();
  /** Of the batch at hand, for each gateway: where its groups begin and end, in words. */
  readonly #ranges = new Map<MessageEnd, number[]>();

  follow(gateway: MessageEnd): void {
    this.#followers.add(gateway);
  }

  watch(gateway: MessageEnd, account: number): void {
    const watchers = this.#watchers.get(account);
    if (watchers === undefined) this.#watchers.set(account, new Set([gateway]));
    else watchers.add(gateway);
  }

  unwatch(gateway: MessageEnd, account: number): void {
    const watchers = this.#watchers.get(account);
    if (watchers?.delete(gateway) === true && watchers.size === 0) this.#watchers.delete(account);
  }

  /** A gateway is gone. */
  leave(gateway: MessageEnd): void {
    this.#followers.delete(gateway);
    for (const account of this.#watchers.keys()) this.unwatch(gateway, account);
  }

  /** Passes a batch on, beginning with the group of a sequence. */
  relay({ events, firstSequence }: FeedBatch, fromSequence: number): void {
    if (this.#followers.size === 0 && this.#watchers.size === 0) return;
    let sequence = firstSequence;
    for (let at = 0; at < events.length; sequence++) {
      const end = at + events.i32[at + ResultEvent.GROUP_WORDS]!;
      if (sequence >= fromSequence) this.#readGroup(events, at, end);
      at = end;
    }
    for (const [gateway, ranges] of this.#ranges) {
      gateway.postMessage({ kind: "events", groups: cut(events, ranges) } satisfies FromProjection);
    }
    this.#ranges.clear();
  }

  #readGroup(events: WordBuffer, start: number, end: number): void {
    const { i32 } = events;
    let last = -1;
    for (let at = start + eventWords(events, start); at < end; at += eventWords(events, at)) {
      const type = (i32[at]! & 0xff) as EventType;
      const subject = i32[at + EventHeader.ACCOUNT]!;
      switch (type) {
        case EventType.ASSET_LISTED:
        case EventType.MARKET_LISTED:
        case EventType.MARKET_STATUS_SET:
        case EventType.MARKET_FEES_SET:
        case EventType.MARKET_BANDS_SET:
        case EventType.ACCOUNT_OPENED:
        case EventType.ACCOUNT_STATUS_SET:
          for (const gateway of this.#followers) this.#add(gateway, start, end);
          break;
        case EventType.ORDER_ACCEPTED:
        case EventType.ORDER_TRIGGERED:
        case EventType.ORDER_RELEASED:
        case EventType.ORDER_LIST:
        case EventType.ORDER_FILLED:
        case EventType.ORDER_CANCELED:
        case EventType.ORDER_EXPIRED:
        case EventType.ORDER_AMENDED:
        case EventType.ORDER_PREVENTED:
        case EventType.BALANCE:
        case EventType.DEPOSITED:
        case EventType.WITHDRAWN:
        case EventType.TRANSFER_SENT:
        case EventType.TRANSFER_RECEIVED: {
          if (subject === last) break;
          last = subject;
          const watchers = this.#watchers.get(subject);
          if (watchers !== undefined) for (const gateway of watchers) this.#add(gateway, start, end);
          break;
        }
        case EventType.LEVEL:
        case EventType.COUNTDOWN_SET:
        case EventType.RESULT:
          break;
      }
    }
  }

  #add(gateway: MessageEnd, start: number, end: number): void {
    const ranges = this.#ranges.get(gateway);
    if (ranges === undefined) this.#ranges.set(gateway, [start, end]);
    else if (ranges.at(-1) === start) ranges[ranges.length - 1] = end;
    else if (ranges.at(-1) !== end) ranges.push(start, end);
  }
}

function cut(events: WordBuffer, ranges: readonly number[]): Uint8Array {
  let words = 0;
  for (let i = 0; i < ranges.length; i += 2) words += ranges[i + 1]! - ranges[i]!;
  const groups = new Uint8Array(words * 4);
  let at = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    const part = events.u8.subarray(ranges[i]! * 4, ranges[i + 1]! * 4);
    groups.set(part, at);
    at += part.length;
  }
  return groups;
}

/** Listens to an account's user stream, and judges by the journals whether it told everything, once and in order. */
import type { JournalState, OrderEvent } from "../durability/journal-checker.js";
import type { Target } from "../durability/load.js";
import { sign } from "../support/signed-client.js";
import type { Journey } from "./paced-load.js";
import { ReconnectingSocket } from "./reconnecting-socket.js";

/** An execution id is the sequence of its command times this, and its place among the command's events. */
const EVENTS_PER_COMMAND = 4_096;

/** What was decided at least so long before a subscription ended must have been told on it, in ms. */
const TOLD_WITHIN_MS = 5_000;

/** What was heard on one subscription, by symbol's partition. */
interface Subscription {
  /** In ms since the process began. */
  readonly sinceMs: number;
  /** When it ended; undefined while it goes on. */
  endMs: number | undefined;
  readonly heard: Map<number, OrderEvent[]>;
}

export class UserStream {
  readonly #account: "alice" | "bob";
  readonly #partitionOf: (symbol: string) => number;
  readonly #subscriptions: Subscription[] = [];
  readonly #socket: ReconnectingSocket;
  /** Undefined while it is not subscribed. */
  #current: Subscription | undefined;

  constructor(
    target: Target & { readonly webSocketUrl: string },
    account: "alice" | "bob",
    partitionOf: (symbol: string) => number,
  ) {
    this.#account = account;
    this.#partitionOf = partitionOf;
    const { apiKey, secretKey } = target.keys[account];
    const subscribe = (socket: { send(text: string): void }): void => {
      const timestamp = Date.now();
      const signature = sign(secretKey, `apiKey=${apiKey}&recvWindow=60000&timestamp=${timestamp}`);
      const params = { apiKey, recvWindow: 60_000, timestamp, signature };
      socket.send(JSON.stringify({ id: 1, method: "userDataStream.subscribe.signature", params }));
    };
    this.#socket = new ReconnectingSocket(`${target.webSocketUrl}/ws-api/v3`, {
      onOpen: subscribe,
      onMessage: (message, socket) => {
        if (message.id === 1) {
          if (message.status === 200) this.#begin();
          // Refused while a part of the exchange is away.
          else setTimeout(() => subscribe(socket), 200);
          return;
        }
        const event = message.event ?? message;
        if (event.e === "executionReport") this.#hear(event);
        if (event.e === "eventStreamTerminated") {
          this.#end();
          subscribe(socket);
        }
      },
      onClose: () => this.#end(),
    });
  }

  get isSubscribed(): boolean {
    return this.#current !== undefined;
  }

  /** Whether something was heard of every partition since it is subscribed. */
  hearsAll(partitions: number): boolean {
    return this.#current?.heard.size === partitions;
  }

  get subscriptions(): number {
    return this.#subscriptions.length;
  }

  /** Reports heard on all subscriptions. */
  get reports(): number {
    let sum = 0;
    for (const { heard } of this.#subscriptions) for (const events of heard.values()) sum += events.length;
    return sum;
  }

  close(): void {
    this.#socket.close();
  }

  #begin(): void {
    this.#current = { sinceMs: performance.now(), endMs: undefined, heard: new Map() };
    this.#subscriptions.push(this.#current);
  }

  #end(): void {
    if (this.#current !== undefined) this.#current.endMs = performance.now();
    this.#current = undefined;
  }

  // biome-ignore lint/suspicious/noExplicitAny: what the exchange tells is what is under test.
  #hear(report: any): void {
    if (this.#current === undefined) throw new Error("a report came on no subscription");
    const partition = this.#partitionOf(report.s);
    const events = this.#current.heard.get(partition) ?? [];
    events.push({
      sequence: Math.floor(report.I / EVENTS_PER_COMMAND),
      orderId: report.i,
      status: report.X,
      tradeId: report.t,
    });
    this.#current.heard.set(partition, events);
  }

  /** Whether the last that happened on every partition was heard, if on a subscription that has ended since. */
  isUpToDate(partitions: readonly JournalState[]): boolean {
    return partitions.every((journal, partition) => {
      const last = this.#expected(journal).at(-1);
      const heard = this.#subscriptions
        .findLast((one) => one.heard.has(partition))
        ?.heard.get(partition)
        ?.at(-1);
      return last === undefined || (heard !== undefined && keyOf(heard) === keyOf(last));
    });
  }

  /** What it did not tell as the journals have it. */
  problems(partitions: readonly JournalState[], journeys: readonly Journey[]): string[] {
    return partitions.flatMap((journal, partition) => {
      const expected = this.#expected(journal);
      const places = new Map(expected.map((event, place) => [keyOf(event), place]));
      const own = journeys.filter(
        ({ request }) =>
          request.account === this.#account &&
          request.kind === "place" &&
          request.answer?.status === 200 &&
          this.#partitionOf(String(request.parameters.symbol)) === partition,
      );
      const problems: string[] = [];
      let end = 0;
      for (const subscription of this.#subscriptions) {
        const heard = subscription.heard.get(partition) ?? [];
        const where = `${this.#account}'s user stream, partition ${partition}`;
        // Whatever is sent once it is subscribed is told on it.
        const { sinceMs, endMs = Number.POSITIVE_INFINITY } = subscription;
        const from = heard[0]?.sequence ?? Number.POSITIVE_INFINITY;
        const to = heard.at(-1)?.sequence ?? 0;
        const missed = own.find(({ firstSentMs, decidedMs, repeats, request }) => {
          if (firstSentMs <= sinceMs || repeats > 0) return false;
          const sequence = Number(request.answer?.orderId) / ORDER_IDS_PER_COMMAND;
          if (sequence >= from) return sequence > to && decidedMs! < endMs - TOLD_WITHIN_MS;
          return decidedMs! < endMs - (heard.length === 0 ? TOLD_WITHIN_MS : 0);
        });
        if (missed !== undefined) {
          problems.push(
            `${where}: order ${missed.request.clientOrderId}, sent once subscribed, was not told`,
          );
        }
        if (heard.length === 0) continue;
        const first = places.get(keyOf(heard[0]!));
        if (first === undefined || first < end) {
          problems.push(
            `${where}: ${keyOf(heard[0]!)} is told ${first === undefined ? "and never was" : "again"}`,
          );
          continue;
        }
        const wrong = heard.findIndex((event, index) => keyOf(event) !== keyOfMaybe(expected[first + index]));
        if (wrong >= 0) {
          problems.push(
            `${where}: after ${keyOf(heard[wrong - 1]!)} came ${keyOfMaybe(expected[first + wrong])}, told was ${keyOf(heard[wrong]!)}`,
          );
        }
        end = first + heard.length;
      }
      return problems;
    });
  }

  #expected(journal: JournalState): readonly OrderEvent[] {
    return journal.orderEvents.get(journal.accounts.get(this.#account) ?? 0) ?? [];
  }
}

/** An order's id is the sequence of the command that made it times this. */
const ORDER_IDS_PER_COMMAND = 4;

const keyOf = ({ sequence, orderId, status, tradeId }: OrderEvent): string =>
  `${sequence}: order ${orderId} ${status} trade ${tradeId}`;

const keyOfMaybe = (event: OrderEvent | undefined): string =>
  event === undefined ? "nothing" : keyOf(event);

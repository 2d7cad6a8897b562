import { type Command, encodeCommand, type Reason, ResultEvent, WordBuffer } from "@buttonwood/protocol";
import type { FeedBatch, FeedReader } from "../../feed/port.js";
import type { MessageEnd } from "../../platform/message-end.js";
import type { Offered } from "../engine-host.js";
import {
  type CommandOutcome,
  type EngineAnswer,
  EngineBusyError,
  type EngineClient,
  type EngineQuery,
  OutcomeUnknownError,
} from "../engine-port.js";
import type { ToClient, ToEngine } from "./messages.js";

/** Commands sent and not yet answered, at most. */
export const IN_FLIGHT_MAX_DEFAULT = 32_768;

/** The callbacks of one command. */
interface Pending {
  readonly resolve: (outcome: CommandOutcome) => void;
  readonly reject: (error: Error) => void;
}

/** The commands of one turn, and how many of them are answered. */
interface Turn {
  readonly pending: Pending[];
  answered: number;
}

/**
 * A gateway's way to an engine in another thread of the process. Commands of one event-loop turn travel as one
 * message; the committed batch that comes back answers them and is the feed as well.
 */
export class InProcessClient implements EngineClient, FeedReader {
  readonly #port: MessageEnd;
  readonly #inFlightMax: number;
  readonly #defer: (task: () => void) => void;
  readonly #turns = new Map<number, Turn>();
  readonly #queries = new Map<
    number,
    { readonly resolve: (answer: never) => void; readonly reject: (error: Error) => void }
  >();
  readonly #readers = new Set<(batch: FeedBatch) => void>();
  readonly #out = new WordBuffer(1 << 12);
  #turn: Turn = { pending: [], answered: 0 };
  #turnNumber = 0;
  #queryId = 0;
  #inFlight = 0;
  #scheduled = false;
  #lost: Error | undefined;

  constructor(
    port: MessageEnd,
    options: {
      readonly inFlightMax?: number;
      /** Runs a task at the end of the event-loop turn. */
      readonly defer?: (task: () => void) => void;
    } = {},
  ) {
    this.#port = port;
    this.#inFlightMax = options.inFlightMax ?? IN_FLIGHT_MAX_DEFAULT;
    this.#defer = options.defer ?? setImmediate;
    port.on("message", (message: ToClient) => this.#receive(message));
    port.on("close", () => this.lose("the engine's thread has ended"));
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  submit(command: Command): Promise<CommandOutcome> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    if (this.#inFlight >= this.#inFlightMax) {
      return Promise.reject(
        new EngineBusyError(`${this.#inFlight} commands wait for their answers; this one was not sent`),
      );
    }
    const start = this.#out.length;
    try {
      encodeCommand(this.#out, command);
    } catch (error) {
      this.#out.length = start;
      return Promise.reject(error as Error);
    }
    this.#inFlight++;
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#defer(() => this.#flush());
    }
    return new Promise((resolve, reject) => {
      this.#turn.pending.push({ resolve, reject });
    });
  }

  query<Q extends EngineQuery>(query: Q): Promise<EngineAnswer<Q>> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    const id = ++this.#queryId;
    this.#post({ kind: "query", id, query });
    return new Promise((resolve, reject) => {
      this.#queries.set(id, { resolve, reject });
    });
  }

  subscribe(onBatch: (batch: FeedBatch) => void): () => void {
    this.#readers.add(onBatch);
    return () => this.#readers.delete(onBatch);
  }

  /** The engine is gone: what is in flight has an unknown outcome, and nothing more is sent. */
  lose(why: string): void {
    if (this.#lost !== undefined) return;
    const error = new OutcomeUnknownError(`${why}; the command may or may not have taken effect`);
    this.#lost = error;
    for (const turn of [...this.#turns.values(), this.#turn]) {
      for (let i = turn.answered; i < turn.pending.length; i++) turn.pending[i]!.reject(error);
    }
    this.#turns.clear();
    this.#inFlight = 0;
    for (const { reject } of this.#queries.values()) reject(error);
    this.#queries.clear();
  }

  async close(): Promise<void> {
    this.lose("the connection to the engine was closed");
    this.#port.close();
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#lost !== undefined || this.#out.length === 0) return;
    const number = ++this.#turnNumber;
    this.#turns.set(number, this.#turn);
    this.#turn = { pending: [], answered: 0 };
    const commands = this.#out.copy();
    this.#out.clear();
    this.#post({ kind: "commands", number, commands }, [commands.buffer as ArrayBuffer]);
  }

  #receive(message: ToClient): void {
    switch (message.kind) {
      case "batch":
        this.#onBatch(message);
        return;
      case "refused":
        this.#onRefused(message.number, message.reason);
        return;
      case "answer": {
        const query = this.#queries.get(message.id);
        this.#queries.delete(message.id);
        query?.resolve(message.answer as never);
        return;
      }
      case "queryFailed": {
        const query = this.#queries.get(message.id);
        this.#queries.delete(message.id);
        query?.reject(new OutcomeUnknownError(message.message));
        return;
      }
    }
  }

  #onBatch(message: ToClient & { readonly kind: "batch" }): void {
    const events = WordBuffer.over(message.events);
    const { firstSequence, lastSequence, runs } = message;
    const batch: FeedBatch = { firstSequence, lastSequence, events };
    // Readers first: who has an answer finds that the feed has been there already.
    for (const reader of this.#readers) reader(batch);
    let at = 0;
    let group = 0;
    for (let i = 0; i < runs.length; i += 3) {
      const number = runs[i]!;
      const turn = this.#turns.get(number);
      for (; group < runs[i + 1]!; group++) at += events.i32[at + ResultEvent.GROUP_WORDS]!;
      for (const end = group + runs[i + 2]!; group < end; group++) {
        const next = at + events.i32[at + ResultEvent.GROUP_WORDS]!;
        this.#inFlight--;
        turn?.pending[turn.answered++]?.resolve({
          sequence: firstSequence + group,
          reason: (events.i32[at + ResultEvent.REASON]! & 0xffff) as Reason,
          orderId: events.f64[(at + ResultEvent.ORDER_ID) >> 1]!,
          events,
          at,
          end: next,
        });
        at = next;
      }
      if (turn !== undefined && turn.answered === turn.pending.length) this.#turns.delete(number);
    }
  }

  #onRefused(number: number, reason: Exclude<Offered, "taken">): void {
    const turn = this.#turns.get(number);
    if (turn === undefined) return;
    this.#turns.delete(number);
    this.#inFlight -= turn.pending.length;
    const error =
      reason === "malformed"
        ? new RangeError("the engine refused a message of commands as malformed; nothing of it was taken")
        : new EngineBusyError(
            reason === "busy"
              ? "too many commands wait to be sequenced; this one was not taken"
              : "the engine is stopping; this command was not taken",
          );
    for (const { reject } of turn.pending) reject(error);
  }

  #post(message: ToEngine, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

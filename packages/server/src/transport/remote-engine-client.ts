import {
  type Command,
  CommandHeader,
  encodeCommand,
  type Reason,
  ResultEvent,
  WordBuffer,
} from "@buttonwood/protocol";
import { Redialer } from "../platform/redial.js";
import { systemTimers, type Timers } from "../platform/timers.js";
import type { EngineLink, Refusal } from "./engine-link.js";
import {
  type CommandOutcome,
  type EngineAnswer,
  EngineBusyError,
  type EngineClient,
  type EngineQuery,
  OutcomeUnknownError,
} from "./engine-port.js";
import { isDefinite, isResendable } from "./resend.js";

/** Commands without an answer, at most. */
export const IN_FLIGHT_MAX_DEFAULT = 32_768;

/**
 * How long an answer may take, in ms: a client must hear something before it gives up by itself. Covers a takeover, so
 * that what is sent again finds the next leader.
 */
export const ANSWER_MS_MAX_DEFAULT = 10_000;

/** Parts in which time is counted: an answer is given up after all of them, and one more at most. */
const TICKS = 20;

export interface RemoteEngineClientOptions {
  readonly inFlightMax?: number | undefined;
  readonly answerMsMax?: number | undefined;
  /** Connected, for the first time or again. */
  readonly onConnect?: (() => void) | undefined;
  /** The connection is lost; another follows. */
  readonly onDisconnect?: ((reason: string) => void) | undefined;
  /** An attempt to connect has failed; another follows. */
  readonly onFailed?: ((error: Error) => void) | undefined;
  /** Runs a task at the end of the event-loop turn. */
  readonly defer?: ((task: () => void) => void) | undefined;
  readonly timers?: Timers | undefined;
  readonly random?: (() => number) | undefined;
}

interface Pending {
  readonly resolve: (outcome: CommandOutcome) => void;
  readonly reject: (error: Error) => void;
}

/** The commands of one event-loop turn. */
interface Turn {
  /** Those that are not answered, and perhaps some that are: the first `answered` of them. */
  commands: Uint8Array;
  pending: Pending[];
  answered: number;
  /** Lies with the engine of the present connection. */
  isSent: boolean;
  /** May have taken effect over a connection that broke. */
  isRepeat: boolean;
  /** When the turn began. */
  readonly tick: number;
}

interface Question {
  readonly query: EngineQuery;
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
  readonly tick: number;
}

/**
 * A gateway's way to the engine of a partition in another process, whatever carries it. Keeps one connection to the
 * partition's leader and finds the next leader when it is lost: commands that carry an identity are then sent again,
 * so that they are answered once, with REPEAT when the first one has worked; others have an unknown outcome. What is
 * submitted while there is no connection waits for the next one, until its answer would come too late.
 */
export class RemoteEngineClient implements EngineClient {
  readonly #options: RemoteEngineClientOptions;
  readonly #inFlightMax: number;
  readonly #answerMsMax: number;
  readonly #defer: (task: () => void) => void;
  readonly #timers: Timers;
  readonly #redialer: Redialer<EngineLink>;
  /** By number, oldest first. */
  readonly #turns = new Map<number, Turn>();
  readonly #questions = new Map<number, Question>();
  readonly #out = new WordBuffer(1 << 12);
  #gathering: Pending[] = [];
  #link: EngineLink | undefined;
  /** Why there is no connection. */
  #failure = "no connection yet";
  #turnNumber = 0;
  #questionId = 0;
  #inFlight = 0;
  #scheduled = false;
  #tick = 0;
  #isTicking = false;
  #cancelTick: () => void = () => {};
  #closed = false;

  constructor(connect: () => Promise<EngineLink>, options: RemoteEngineClientOptions) {
    this.#options = options;
    this.#inFlightMax = options.inFlightMax ?? IN_FLIGHT_MAX_DEFAULT;
    this.#answerMsMax = options.answerMsMax ?? ANSWER_MS_MAX_DEFAULT;
    this.#defer = options.defer ?? setImmediate;
    this.#timers = options.timers ?? systemTimers;
    this.#redialer = new Redialer({
      dial: connect,
      onLink: (link, onLost) => this.#onLink(link, onLost),
      onFailed: (error) => {
        this.#failure = error.message;
        options.onFailed?.(error);
      },
      timers: options.timers,
      random: options.random,
    });
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether there is a connection to the leader now. */
  get isConnected(): boolean {
    return this.#link !== undefined;
  }

  submit(command: Command): Promise<CommandOutcome> {
    if (this.#closed) return Promise.reject(closedError());
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
      this.#gathering.push({ resolve, reject });
    });
  }

  query<Q extends EngineQuery>(query: Q): Promise<EngineAnswer<Q>> {
    if (this.#closed) return Promise.reject(closedError());
    this.#questionId = following(this.#questionId);
    const id = this.#questionId;
    return new Promise((resolve, reject) => {
      this.#questions.set(id, { query, resolve, reject, tick: this.#tick });
      this.#link?.sendQuery(id, query);
      this.#startTicks();
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTick();
    this.#redialer.close("the client has stopped");
    this.#flush();
    for (const turn of this.#turns.values()) this.#giveUp(turn, closedError());
    this.#turns.clear();
    for (const { reject } of this.#questions.values()) reject(closedError());
    this.#questions.clear();
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#out.length === 0) return;
    this.#turnNumber = following(this.#turnNumber);
    const number = this.#turnNumber;
    const turn: Turn = {
      commands: this.#out.copy(),
      pending: this.#gathering,
      answered: 0,
      isSent: false,
      isRepeat: false,
      tick: this.#tick,
    };
    this.#out.clear();
    this.#gathering = [];
    this.#turns.set(number, turn);
    this.#send(number, turn);
    this.#startTicks();
  }

  #send(number: number, turn: Turn): void {
    if (this.#link === undefined) return;
    turn.isSent = true;
    this.#link.sendCommands(number, turn.commands);
  }

  #onLink(link: EngineLink, onLost: () => void): void {
    this.#link = link;
    link.listen({
      replied: (runs, events, at) => this.#onReply(runs, events, at),
      refused: (number, reason) => this.#onRefused(number, reason),
      answered: (id, answer) => this.#takeQuestion(id)?.resolve(answer as never),
      failed: (id, message) => this.#takeQuestion(id)?.reject(new OutcomeUnknownError(message)),
      settled: () => {
        // What is sent from here on would not be read any more.
        this.#link = undefined;
        for (const turn of this.#turns.values()) turn.isSent = false;
      },
      closed: (reason) => {
        this.#link = undefined;
        this.#failure = reason;
        this.#onDisconnect();
        onLost();
        this.#options.onDisconnect?.(reason);
      },
    });
    for (const [number, turn] of this.#turns) this.#send(number, turn);
    for (const [id, { query }] of this.#questions) link.sendQuery(id, query);
    this.#options.onConnect?.();
  }

  #onReply(runs: ArrayLike<number>, events: WordBuffer, start: number): void {
    const { i32, f64 } = events;
    let at = start;
    for (let i = 0; i < runs.length; i += 2) {
      const number = runs[i]!;
      const count = runs[i + 1]!;
      // A turn that was given up is no longer there: what it is answered leads nowhere.
      const turn = this.#turns.get(number);
      if (turn !== undefined && turn.answered + count > turn.pending.length) {
        throw new RangeError("more commands are answered than were sent");
      }
      for (let k = 0; k < count; k++) {
        const end = at + (i32[at + ResultEvent.GROUP_WORDS] ?? 0);
        if (end < at + ResultEvent.WORDS || end > events.length) {
          throw new RangeError("the groups of an answer are not whole");
        }
        if (turn !== undefined) {
          const reasonAndType = i32[at + ResultEvent.REASON]!;
          const reason = (reasonAndType & 0xffff) as Reason;
          const pending = turn.pending[turn.answered++]!;
          this.#inFlight--;
          if (turn.isRepeat && !isDefinite(reasonAndType >>> 16, reason)) {
            pending.reject(unknownError("the connection broke, and the answer to its repeat does not tell"));
          } else {
            pending.resolve({
              sequence: f64[(at + ResultEvent.SEQUENCE) >> 1]!,
              reason,
              orderId: f64[(at + ResultEvent.ORDER_ID) >> 1]!,
              events,
              at,
              end,
            });
          }
        }
        at = end;
      }
      if (turn !== undefined && turn.answered === turn.pending.length) this.#turns.delete(number);
    }
  }

  #onRefused(number: number, reason: Refusal): void {
    const turn = this.#turns.get(number);
    if (turn === undefined) return;
    switch (reason) {
      case "stopped":
        // Nothing was taken, and the connection will end: the next leader takes it.
        turn.isSent = false;
        return;
      case "malformed":
        this.#turns.delete(number);
        this.#giveUp(
          turn,
          new RangeError("the engine refused a message of commands as malformed; nothing of it was taken"),
        );
        return;
      case "busy":
        this.#turns.delete(number);
        this.#giveUp(
          turn,
          turn.isRepeat
            ? unknownError("the connection broke, and the engine had no room for its repeat")
            : new EngineBusyError("too many commands wait to be sequenced; this one was not taken"),
        );
        return;
    }
  }

  /** Keeps what can be sent again, and tells the others that their outcome is unknown. */
  #onDisconnect(): void {
    for (const [number, turn] of this.#turns) {
      if (!turn.isSent) continue;
      const commands = WordBuffer.over(turn.commands as Uint8Array<ArrayBuffer>);
      const kept = new WordBuffer(Math.max(2, commands.length));
      const pending: Pending[] = [];
      for (let at = 0, i = 0; at < commands.length; i++) {
        const words = commands.i32[at + CommandHeader.TYPE_AND_SIZE]! >>> 8;
        const type = commands.i32[at + CommandHeader.TYPE_AND_SIZE]! & 0xff;
        if (i >= turn.answered) {
          if (isResendable(type)) {
            pending.push(turn.pending[i]!);
            kept.i32.set(commands.i32.subarray(at, at + words), kept.reserve(words));
          } else {
            this.#inFlight--;
            turn.pending[i]!.reject(unknownError(`the connection to the engine broke (${this.#failure})`));
          }
        }
        at += words;
      }
      turn.commands = kept.copy();
      turn.pending = pending;
      turn.answered = 0;
      turn.isSent = false;
      turn.isRepeat = true;
      if (pending.length === 0) this.#turns.delete(number);
    }
  }

  #takeQuestion(id: number): Question | undefined {
    const question = this.#questions.get(id);
    this.#questions.delete(id);
    return question;
  }

  #startTicks(): void {
    if (this.#isTicking || this.#closed) return;
    this.#isTicking = true;
    this.#cancelTick = this.#timers.after(this.#answerMsMax / TICKS, () => this.#onTick());
  }

  /** Counts ticks and not the time, so that a process that was stopped does not give up what it could still hear. */
  #onTick(): void {
    this.#isTicking = false;
    const oldest = ++this.#tick - TICKS;
    for (const [number, turn] of this.#turns) {
      if (turn.tick >= oldest) break;
      this.#turns.delete(number);
      this.#giveUp(turn, this.#lateError(turn.isSent || turn.isRepeat));
    }
    for (const [id, question] of this.#questions) {
      if (question.tick >= oldest) break;
      this.#questions.delete(id);
      question.reject(unknownError(`no answer came within ${this.#answerMsMax} ms (${this.#state()})`));
    }
    if (this.#turns.size > 0 || this.#questions.size > 0) this.#startTicks();
  }

  #lateError(mayHaveTakenEffect: boolean): Error {
    return mayHaveTakenEffect
      ? unknownError(`no answer came within ${this.#answerMsMax} ms (${this.#state()})`)
      : new EngineBusyError(`no engine took the command within ${this.#answerMsMax} ms (${this.#state()})`);
  }

  #state(): string {
    return this.#link === undefined ? this.#failure : "the engine is connected";
  }

  #giveUp(turn: Turn, error: Error): void {
    for (let i = turn.answered; i < turn.pending.length; i++) {
      this.#inFlight--;
      turn.pending[i]!.reject(error);
    }
  }
}

/** Numbers start again long after those in use are done. */
function following(number: number): number {
  return (number + 1) & 0x7fffffff;
}

function unknownError(why: string): OutcomeUnknownError {
  return new OutcomeUnknownError(`${why}; the command may or may not have taken effect`);
}

function closedError(): OutcomeUnknownError {
  return unknownError("the connection to the engine was closed");
}

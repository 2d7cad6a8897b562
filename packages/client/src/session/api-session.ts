/** The exchange over one WebSocket: requests as messages, many under way at once, and the account's own events. */
import { errorOfAnswer } from "../api/answers.js";
import type { Endpoint } from "../api/endpoints.js";
import { ExchangeApi } from "../api/exchange-api.js";
import { type Parameters, type ParameterValue, sortedText } from "../api/parameters.js";
import { type CommandPursuit, PURSUIT_TIMES, type PursuitTimes } from "../api/pursue.js";
import type { UnknownOutcome } from "../errors.js";
import { ConnectionEndedError, NetworkError, OutcomeUnknownError, RefusedError } from "../errors.js";
import { Listeners } from "../listeners.js";
import { ServerClock } from "../server-clock.js";
import { type Credentials, type Identity, identityOf } from "../signing/signer.js";
import { RECONNECT_TIMES, ReconnectingSocket, type ReconnectTimes } from "../socket/reconnecting-socket.js";
import type { WebSocketClass } from "../socket/web-socket.js";
import type { SubscribedEvent } from "./user-events.js";

const RECV_WINDOW_MS_DEFAULT = 5_000;

/** SESSION: the connection logs on once. REQUEST: each request carries a signature. */
export const Authentication = { SESSION: "SESSION", REQUEST: "REQUEST" } as const;
export type Authentication = (typeof Authentication)[keyof typeof Authentication];

export interface ApiSessionOptions {
  /** Of the exchange, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Left out: public calls alone. */
  readonly credentials?: Credentials;
  /** Default: SESSION for an Ed25519 key, REQUEST for an HMAC key. This exchange also logs HMAC keys on. */
  readonly authentication?: Authentication;
  /** How long a signed request may travel, in ms; default 5,000, at most 60,000. */
  readonly recvWindowMs?: number;
  /** Shared with other clients of the same exchange; default: one of its own. */
  readonly clock?: ServerClock;
  readonly pursuit?: Partial<PursuitTimes>;
  /** False: the session ends with its first connection. */
  readonly reconnect?: Partial<ReconnectTimes> | false;
  /** Default: the browser's; in Node that of the package `ws`, or Node's own where that is not installed. */
  readonly webSocket?: WebSocketClass;
}

/** How a session's connection is. */
export type SessionState =
  | { readonly kind: "open" }
  | { readonly kind: "down"; readonly reason: string }
  /** For good: closed, or the exchange no longer takes the key. */
  | { readonly kind: "ended"; readonly error: Error };

interface UnderWay {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly isCommand: boolean;
  readonly outcome: UnknownOutcome;
  readonly timer: ReturnType<typeof setTimeout>;
}

interface Answer {
  readonly id?: number | null;
  readonly status?: number;
  readonly result?: unknown;
  readonly error?: unknown;
  readonly event?: unknown;
  readonly subscriptionId?: number;
}

/** One message to be sent, and what is to be thought of a missing answer. */
interface Message {
  readonly method: string;
  /** The parameters, as JSON. */
  readonly json: string;
  readonly isCommand: boolean;
  readonly outcome: UnknownOutcome;
  readonly attemptMs: number;
}

/**
 * A session of the WebSocket API. When its connection ends another one is made; requests wait for it within their
 * time. Reads under way are asked again, orders sent again under their ids: see {@link ExchangeApi}.
 */
export class ApiSession extends ExchangeApi {
  readonly #identity: Identity | undefined;
  readonly #authentication: Authentication;
  readonly #recvWindowMs: number;
  readonly #attemptMs: number;
  readonly #socket: ReconnectingSocket;
  readonly #underWay = new Map<number, UnderWay>();
  readonly #waiting = new Set<() => void>();
  readonly #states = new Listeners<SessionState>();
  readonly #events = new Listeners<SubscribedEvent>();
  #lastId = 0;
  #isReady = false;
  #ended: Error | undefined;
  /** Resolves when all requests that were signed before have been sent: they keep their order. */
  #turn: Promise<void> = Promise.resolve();

  private constructor(options: ApiSessionOptions) {
    const times = { ...PURSUIT_TIMES, ...options.pursuit };
    super(options.clock ?? new ServerClock(), times);
    this.#attemptMs = times.attemptMs;
    this.#identity = options.credentials === undefined ? undefined : identityOf(options.credentials);
    this.#authentication =
      options.authentication ??
      (this.#identity?.signer.kind === "ED25519" ? Authentication.SESSION : Authentication.REQUEST);
    this.#recvWindowMs = options.recvWindowMs ?? RECV_WINDOW_MS_DEFAULT;
    this.#socket = new ReconnectingSocket({
      url: `${options.url.replace(/^http/, "ws").replace(/\/+$/, "")}/ws-api/v3?returnRateLimits=false`,
      times: { ...RECONNECT_TIMES, ...(options.reconnect === false ? {} : options.reconnect) },
      webSocket: options.webSocket,
      reconnects: options.reconnect !== false,
      probe: () => `{"id":${++this.#lastId},"method":"ping"}`,
      onOpen: () => this.#greet(),
      onMessage: (text) => this.#take(JSON.parse(text) as Answer),
      onDown: (reason) => this.#down(reason),
      onEnd: (error) => this.#end(error),
      isFinal: isFinalRefusal,
    });
  }

  /** Opens a session. Rejects with a {@link RefusedError} of the key, or a {@link NetworkError}. */
  static async open(options: ApiSessionOptions): Promise<ApiSession> {
    const session = new ApiSession(options);
    await session.#socket.open();
    return session;
  }

  get isOpen(): boolean {
    return this.#isReady;
  }

  /** Tells of every change of the connection. Returns how to stop. */
  onState(listener: (state: SessionState) => void): () => void {
    return this.#states.add(listener);
  }

  /**
   * Tells the account's events of subscriptions made with {@link subscribeUserData}. They end with the connection;
   * `UserStream` begins them again and repairs what was missed. Returns how to stop.
   */
  onUserEvent(listener: (event: SubscribedEvent) => void): () => void {
    return this.#events.add(listener);
  }

  /** Subscribes this connection to the account's events and resolves to the subscription's id. */
  async subscribeUserData(): Promise<number> {
    const identity = this.#signer();
    const { method, json } =
      this.#authentication === Authentication.SESSION
        ? { method: "userDataStream.subscribe", json: "{}" }
        : { method: "userDataStream.subscribe.signature", json: await this.#signed(identity, {}) };
    const answer = await this.#ask({
      method,
      json,
      isCommand: false,
      outcome: {},
      attemptMs: this.#attemptMs,
    });
    return (answer as { readonly subscriptionId: number }).subscriptionId;
  }

  /** Ends one subscription, or all. */
  async unsubscribeUserData(subscriptionId?: number): Promise<void> {
    await this.#ask({
      method: "userDataStream.unsubscribe",
      json: JSON.stringify({ subscriptionId }),
      isCommand: false,
      outcome: {},
      attemptMs: this.#attemptMs,
    });
  }

  /** Sends a command by its method name, once, and as it is pursued. @internal */
  command<T>(
    method: string,
    parameters: Parameters | (() => string),
    known: Omit<CommandPursuit<T>, "attempt">,
  ): Promise<T> {
    return this.pursue<T>({
      ...known,
      attempt: () => this.#attemptMethod(method, true, parameters, {}, this.#attemptMs) as Promise<T>,
    });
  }

  /** Ends the session. Commands under way then have an unknown outcome. */
  close(): void {
    this.#socket.close();
  }

  protected override attempt(
    endpoint: Endpoint,
    parameters: Parameters,
    attemptMs: number,
  ): Promise<unknown> {
    const { wsMethod, isCommand, security, path } = endpoint;
    if (wsMethod === undefined)
      throw new TypeError(`${path} is no method of the WebSocket API: use RestClient`);
    if (security === "NONE") {
      const json = JSON.stringify(parameters);
      return this.#askWhenReady({ method: wsMethod, json, isCommand, outcome: {}, attemptMs });
    }
    const outcome = {
      symbol: textOf(parameters.symbol),
      clientOrderId: textOf(parameters.newClientOrderId),
    };
    return this.#attemptMethod(wsMethod, isCommand, parameters, outcome, attemptMs);
  }

  /** A request that speaks for the account. */
  async #attemptMethod(
    method: string,
    isCommand: boolean,
    parameters: Parameters | (() => string),
    known: UnknownOutcome,
    attemptMs: number,
  ): Promise<unknown> {
    const identity = this.#signer();
    const endMs = performance.now() + attemptMs;
    if (!this.#isReady) await this.#whenReady(attemptMs);
    if (!this.clock.isSet) await this.#setClock(endMs - performance.now());
    const timestamp = this.clock.nowMs();
    const outcome = { ...known, validUntilMs: timestamp + this.#recvWindowMs };
    const message = { method, isCommand, outcome, attemptMs: endMs - performance.now() };
    if (this.#authentication === Authentication.SESSION) {
      const window =
        this.#recvWindowMs === RECV_WINDOW_MS_DEFAULT ? "" : `,"recvWindow":${this.#recvWindowMs}`;
      const times = `"timestamp":${timestamp}${window}`;
      const json = typeof parameters === "function" ? parameters() : JSON.stringify(parameters);
      return this.#ask({ ...message, json: json === "{}" ? `{${times}}` : `${json.slice(0, -1)},${times}}` });
    }
    const plain = typeof parameters === "function" ? (JSON.parse(parameters()) as Parameters) : parameters;
    const signing = this.#signed(identity, plain, timestamp);
    const before = this.#turn;
    const sending = (async () => {
      const json = await signing;
      await before;
      return { answer: this.#ask({ ...message, json }) };
    })();
    this.#turn = sending.then(
      () => undefined,
      () => undefined,
    );
    const { answer } = await sending;
    return answer;
  }

  #signer(): Identity {
    if (this.#identity === undefined)
      throw new TypeError("the call is signed: the session has no credentials");
    return this.#identity;
  }

  /** Parameters with key, time and signature, as JSON. */
  async #signed(
    { apiKey, signer }: Identity,
    parameters: Parameters,
    timestamp = this.clock.nowMs(),
  ): Promise<string> {
    const all = { ...plainLists(parameters), apiKey, timestamp, recvWindow: this.#recvWindowMs };
    return JSON.stringify({ ...all, signature: await signer.sign(sortedText(all)) });
  }

  async #setClock(attemptMs: number): Promise<void> {
    await this.clock.ensure(async () => {
      const message = { method: "time", json: "{}", isCommand: false, outcome: {}, attemptMs };
      return ((await this.#ask(message)) as { readonly serverTime: number }).serverTime;
    });
  }

  /** The first words of a connection. */
  async #greet(): Promise<void> {
    if (this.#identity !== undefined) {
      if (this.#authentication === Authentication.REQUEST) await this.#setClock(this.#attemptMs);
      else await this.#logOnAtRightTime(this.#identity);
    }
    this.#isReady = true;
    for (const go of this.#waiting) go();
    this.#waiting.clear();
    this.#states.tell({ kind: "open" });
  }

  /** Logs on, and sets the clock first only when this machine's is refused: the answer sets it anyway. */
  async #logOnAtRightTime(identity: Identity): Promise<void> {
    try {
      await this.#logOn(identity);
    } catch (error) {
      if (!(error instanceof RefusedError) || error.codeName !== "INVALID_TIMESTAMP") throw error;
      this.clock.unset();
      await this.#setClock(this.#attemptMs);
      await this.#logOn(identity);
    }
  }

  async #logOn(identity: Identity): Promise<void> {
    const { apiKey, signer } = identity;
    const all = { apiKey, timestamp: this.clock.nowMs() };
    const signature = await signer.sign(sortedText(all));
    const sentMs = Date.now();
    const answer = (await this.#ask({
      method: "session.logon",
      json: JSON.stringify({ ...all, signature }),
      isCommand: false,
      outcome: {},
      attemptMs: this.#attemptMs,
    })) as { readonly serverTime?: number };
    // An exchange that does not say has at least taken the time that was sent.
    this.clock.observe(answer.serverTime ?? all.timestamp, sentMs, Date.now());
  }

  async #askWhenReady(message: Message): Promise<unknown> {
    const endMs = performance.now() + message.attemptMs;
    if (!this.#isReady) await this.#whenReady(message.attemptMs);
    return this.#ask({ ...message, attemptMs: endMs - performance.now() });
  }

  /** Resolves when there is a connection to send on. */
  async #whenReady(withinMs: number): Promise<void> {
    const endMs = performance.now() + withinMs;
    while (!this.#isReady) {
      if (this.#ended !== undefined) throw this.#ended;
      await new Promise<void>((resolve, reject) => {
        const go = (): void => {
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(() => {
          this.#waiting.delete(go);
          reject(new NetworkError("there was no connection within the time; nothing was sent"));
        }, endMs - performance.now());
        this.#waiting.add(go);
      });
    }
  }

  /** Sends a message and waits for its answer. */
  #ask({ method, json, isCommand, outcome, attemptMs }: Message): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (!this.#socket.send(`{"id":${id},"method":"${method}","params":${json}}`)) {
        reject(this.#ended ?? new NetworkError("the connection has just ended; nothing was sent"));
        return;
      }
      const timer = setTimeout(() => {
        this.#underWay.delete(id);
        reject(noAnswer(isCommand, outcome, `no answer to ${method} within its time`));
      }, attemptMs);
      this.#underWay.set(id, { resolve, reject, isCommand, outcome, timer });
    });
  }

  #take(answer: Answer): void {
    const { id, status, result, error, event, subscriptionId } = answer;
    if (event !== undefined) {
      if (subscriptionId !== undefined) this.#events.tell(answer as SubscribedEvent);
      return;
    }
    if (typeof id !== "number") return;
    const asked = this.#underWay.get(id);
    if (asked === undefined) return;
    this.#underWay.delete(id);
    clearTimeout(asked.timer);
    if (status === 200) asked.resolve(result);
    else {
      const { isCommand, outcome } = asked;
      const retryAfterMs = this.#retryAfterMs(error);
      asked.reject(errorOfAnswer({ status: status ?? 0, body: error, retryAfterMs, isCommand, outcome }));
    }
  }

  /** The WebSocket API says at which time to come back. */
  #retryAfterMs(error: unknown): number | undefined {
    const at = (error as { data?: { retryAfter?: unknown } } | undefined)?.data?.retryAfter;
    return typeof at === "number" ? Math.max(0, at - this.clock.nowMs()) : undefined;
  }

  #down(reason: string): void {
    this.#isReady = false;
    const lost = [...this.#underWay.values()];
    this.#underWay.clear();
    for (const { reject, isCommand, outcome, timer } of lost) {
      clearTimeout(timer);
      reject(noAnswer(isCommand, outcome, `the connection ended before the answer: ${reason}`));
    }
    if (!this.#socket.isClosed) this.#states.tell({ kind: "down", reason });
  }

  #end(error: Error): void {
    this.#isReady = false;
    this.#ended = error instanceof RefusedError ? error : new ConnectionEndedError(error.message);
    for (const go of this.#waiting) go();
    this.#waiting.clear();
    this.#states.tell({ kind: "ended", error: this.#ended });
  }
}

function noAnswer(isCommand: boolean, outcome: UnknownOutcome, message: string): Error {
  return isCommand ? new OutcomeUnknownError(message, outcome) : new NetworkError(message);
}

/** Refusals of the key itself; anything else may pass. */
function isFinalRefusal(error: unknown): boolean {
  if (!(error instanceof RefusedError)) return false;
  const { codeName } = error;
  return (
    codeName === "BAD_API_KEY_FORMAT" || codeName === "REJECTED_API_KEY" || codeName === "INVALID_SIGNATURE"
  );
}

function textOf(value: ParameterValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Without what is undefined: what is signed must be what is sent. */
function plainLists(parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined));
}

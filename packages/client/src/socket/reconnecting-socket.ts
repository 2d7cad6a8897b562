/** A WebSocket that is opened again whenever it ends, and that notices when it has died silently. */
import { platformWebSocket } from "#websocket";
import { type BackoffTimes, backoffMs, pause } from "../backoff.js";
import { ConnectionEndedError, NetworkError } from "../errors.js";
import { type ClientWebSocket, OPEN, type WebSocketClass } from "./web-socket.js";

export interface ReconnectTimes extends BackoffTimes {
  /** A connection that is not made and greeted within this is given up, in ms. */
  readonly connectMs: number;
  /** When nothing was heard for this long, the other side is asked to say something, in ms. */
  readonly silenceMs: number;
  /** When it then says nothing for this long, the connection is given up, in ms. */
  readonly answerMs: number;
}
/** Half a minute to notice a dead connection; the first try again at once, later ones at most every 10 s. */
export const RECONNECT_TIMES: ReconnectTimes = {
  connectMs: 10_000,
  silenceMs: 20_000,
  answerMs: 10_000,
  minMs: 100,
  maxMs: 10_000,
};

export interface SocketParts {
  readonly url: string;
  readonly times: ReconnectTimes;
  /** Default: the platform's. */
  readonly webSocket?: WebSocketClass | undefined;
  /** False: the first end is the last. */
  readonly reconnects: boolean;
  /** A message that is answered whatever happens. */
  readonly probe: () => string;
  /** A connection is made: greets the other side. When it rejects, the connection is given up. */
  readonly onOpen: () => Promise<void>;
  readonly onMessage: (text: string) => void;
  /** A connection that was made has ended. */
  readonly onDown: (reason: string) => void;
  /** There will be no other connection. */
  readonly onEnd: (error: Error) => void;
  /** Whether a failure to greet is one that another try will meet again. */
  readonly isFinal: (error: unknown) => boolean;
}

/** A connection that was made. */
interface Connection {
  /** Resolves when it has ended. */
  readonly gone: Promise<void>;
}

export class ReconnectingSocket {
  readonly #parts: SocketParts;
  #socket: ClientWebSocket | undefined;
  #isGreeted = false;
  #isClosed = false;
  #heardMs = 0;
  #timer: ReturnType<typeof setInterval> | undefined;
  #onGone: () => void = () => {};

  constructor(parts: SocketParts) {
    this.#parts = parts;
  }

  /** Whether a connection is there and greeted. */
  get isOpen(): boolean {
    return this.#isGreeted;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Makes the first connection. Rejects when it can't be made; after it, connections are made again until closed. */
  async open(): Promise<void> {
    let connection: Connection;
    try {
      connection = await this.#connect();
    } catch (error) {
      this.close();
      throw error;
    }
    void this.#keep(connection);
  }

  /** Sends a message; false when there is no connection that takes it. */
  send(text: string): boolean {
    const socket = this.#socket;
    if (socket === undefined || socket.readyState !== OPEN) return false;
    socket.send(text);
    return true;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#drop("closed by this client");
    this.#parts.onEnd(new ConnectionEndedError("closed by this client; nothing was sent"));
  }

  /** Makes the next connection whenever one has ended. */
  async #keep(first: Connection): Promise<void> {
    let tries = 0;
    for (let connection: Connection | undefined = first; ; ) {
      if (connection !== undefined) await connection.gone;
      if (this.#isClosed) return;
      if (!this.#parts.reconnects) {
        this.#end(new ConnectionEndedError("the connection has ended; nothing was sent"));
        return;
      }
      // The first try comes at once but for the random part: a process that moved on is there already.
      await pause(backoffMs(this.#parts.times, tries));
      if (this.#isClosed) return;
      try {
        connection = await this.#connect();
        tries = 0;
      } catch (error) {
        connection = undefined;
        tries++;
        if (this.#parts.isFinal(error)) {
          this.#end(error as Error);
          return;
        }
      }
    }
  }

  #end(error: Error): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts.onEnd(error);
  }

  /** Resolves when a connection is made and greeted. */
  async #connect(): Promise<Connection> {
    const { url, times, webSocket, onOpen } = this.#parts;
    const WebSocketOf = webSocket ?? (await platformWebSocket());
    const socket = new WebSocketOf(url);
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        timer = setTimeout(
          () => reject(new NetworkError(`no connection to ${url} in time`)),
          times.connectMs,
        );
        socket.onopen = () => resolve();
        socket.onerror = (event) => reject(new NetworkError(messageOf(event, url)));
        socket.onclose = () => reject(new NetworkError(`${url} closed the connection at once`));
      });
    } catch (error) {
      discard(socket);
      throw error;
    } finally {
      clearTimeout(timer);
    }
    if (this.#isClosed) {
      discard(socket);
      throw new ConnectionEndedError("closed by this client");
    }
    const gone = new Promise<void>((resolve) => {
      this.#onGone = resolve;
    });
    this.#socket = socket;
    this.#heardMs = performance.now();
    socket.onmessage = (event: { readonly data: unknown }) => {
      this.#heardMs = performance.now();
      this.#parts.onMessage(String(event.data));
    };
    socket.onerror = () => {};
    socket.onclose = (event: { readonly code?: number; readonly reason?: string }) => {
      if (this.#socket === socket) this.#drop(`closed with ${event.code} ${event.reason ?? ""}`.trim());
    };
    this.#watch(socket);
    const greeting = setTimeout(() => this.#drop("the greeting was not answered in time"), times.connectMs);
    try {
      await onOpen();
      if (this.#socket !== socket) throw new NetworkError("the connection ended while it was greeted");
      this.#isGreeted = true;
    } catch (error) {
      if (this.#socket === socket) this.#drop("the greeting failed");
      throw error;
    } finally {
      clearTimeout(greeting);
    }
    return { gone };
  }

  /** Asks a silent connection to say something, and gives it up when it does not. */
  #watch(socket: ClientWebSocket): void {
    const { silenceMs, answerMs } = this.#parts.times;
    let askedMs: number | undefined;
    this.#timer = setInterval(
      () => {
        const nowMs = performance.now();
        if (askedMs !== undefined && this.#heardMs >= askedMs) askedMs = undefined;
        if (askedMs !== undefined) {
          // Nobody is there to say goodbye to.
          if (nowMs - askedMs >= answerMs) this.#drop("the connection is silent", true);
        } else if (nowMs - this.#heardMs >= silenceMs && socket.readyState === OPEN) {
          askedMs = nowMs;
          socket.send(this.#parts.probe());
        }
      },
      Math.max(10, Math.min(silenceMs, answerMs) / 4),
    );
  }

  #drop(reason: string, isDead = false): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#socket = undefined;
    this.#isGreeted = false;
    clearInterval(this.#timer);
    discard(socket, isDead);
    this.#parts.onDown(reason);
    this.#onGone();
  }
}

/** Ends a socket without waiting for the other side; of one that is dead nothing is left. */
function discard(socket: ClientWebSocket, isDead = false): void {
  socket.onopen = null;
  socket.onmessage = null;
  socket.onclose = null;
  socket.onerror = () => {};
  const isOpen = socket.readyState === OPEN;
  // A connection that was never made ends with an error of its own, which is no news.
  try {
    socket.close();
  } catch {
    socket.terminate?.();
  }
  if (!isOpen || isDead) socket.terminate?.();
}

function messageOf(event: { readonly message?: unknown }, url: string): string {
  return typeof event.message === "string" && event.message !== ""
    ? event.message
    : `no connection to ${url}`;
}

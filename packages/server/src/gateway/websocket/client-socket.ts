/** One WebSocket connection: bounded buffer, bounded input, liveness. */
import type { Duplex } from "node:stream";
import { WebSocket } from "ws";
import type { Clock } from "../../platform/clock.js";
import { countedAs } from "../session/address-list.js";
import { traffic } from "./socket-metrics.js";
import { textFrame } from "./text-frame.js";
import { WriteQueue, type Writer } from "./write-queue.js";

/** Bytes that may wait for a slow client. Then it is cut: a stream with holes would be worse than none. */
export const BUFFERED_BYTES_MAX = 4 * 1024 * 1024;
/** 5 messages a second, counted over ten seconds so that a client may subscribe in a burst when it starts. */
const MESSAGES_MAX = 50;
const MESSAGE_WINDOW_US = 10_000_000;

/** Reasons that a client is told when it is cut. */
export const CloseReason = {
  SLOW: "client is too slow: more than 4 MiB wait to be read",
  SILENT: "no pong",
  OLD: "connection is 24 hours old",
  TOO_MANY_MESSAGES: "too many messages",
  NOT_TEXT: "only text is taken",
  REVOKED: "key revoked",
  ENDED: "key expired, or not allowed from this address",
  BANNED: "address is banned for too many requests",
  MISSED: "messages were missed: connect again",
  SHUTDOWN: "server shutdown",
} as const;
export type CloseReason = (typeof CloseReason)[keyof typeof CloseReason];

/** Reasons that do not lie with the client. */
const NO_FAULT: ReadonlySet<CloseReason> = new Set([
  CloseReason.OLD,
  CloseReason.MISSED,
  CloseReason.SHUTDOWN,
]);

const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;

/** Of this process. */
const writes = new WriteQueue();

export class ClientSocket implements Writer {
  readonly openedUs: number;
  /** Whom its requests are counted as. */
  readonly source: string;
  /** When the client was last heard of, in µs. */
  heardUs: number;
  #closed = false;
  #closedWith: number | undefined;
  #windowStartUs: number;
  #messages = 0;
  /** Frames that wait for the end of the turn. */
  #frames: Buffer[] = [];
  #frameBytes = 0;

  constructor(
    readonly socket: WebSocket,
    /** What the messages go out on. */
    readonly carrier: Duplex,
    readonly address: string,
    readonly clock: Clock,
    /** Messages that the client may send in ten seconds. */
    readonly messagesMax = MESSAGES_MAX,
  ) {
    this.openedUs = clock.nowUs();
    this.source = countedAs(address);
    this.heardUs = this.openedUs;
    this.#windowStartUs = this.openedUs;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** The code that the client was told when it was closed from here. */
  get closedWith(): number | undefined {
    return this.#closedWith;
  }

  /** Sends a text to this client alone. What one turn of the event loop sends goes out together. */
  send(text: string): void {
    this.#add(textFrame(text), true);
  }

  /** Sends a text that was framed once for everyone, by {@link textFrame}. */
  sendFrame(frame: Buffer): void {
    this.#add(frame, false);
  }

  #add(frame: Buffer, isAnswer: boolean): void {
    if (this.#closed) return;
    if (this.#frameBytes + this.carrier.writableLength > BUFFERED_BYTES_MAX) {
      this.close(CloseReason.SLOW);
      return;
    }
    this.#frames.push(frame);
    this.#frameBytes += frame.length;
    if (this.#frames.length === 1) writes.add(this, isAnswer);
  }

  /**
   * Writes the frames past `ws`, which would make each anew for every client. It keeps nothing back itself, since there
   * is no compression, so that its own frames (pings, the closing one) come between these and never inside.
   */
  flush(): void {
    const frames = this.#frames;
    if (frames.length === 0) return;
    const bytes = this.#frameBytes;
    this.#frames = [];
    this.#frameBytes = 0;
    if (this.socket.readyState !== WebSocket.OPEN) return;
    traffic.messages += frames.length;
    traffic.bytes += bytes;
    this.carrier.write(frames.length === 1 ? frames[0] : Buffer.concat(frames));
  }

  /** Counts a message of the client; false when it has sent too many and was cut. */
  takesMessage(): boolean {
    const nowUs = this.clock.nowUs();
    this.heardUs = nowUs;
    if (nowUs - this.#windowStartUs >= MESSAGE_WINDOW_US) {
      this.#windowStartUs = nowUs;
      this.#messages = 0;
    }
    if (++this.#messages <= this.messagesMax) return true;
    this.close(CloseReason.TOO_MANY_MESSAGES);
    return false;
  }

  close(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = true;
    if (reason !== CloseReason.SLOW) this.flush();
    const code = NO_FAULT.has(reason) ? GOING_AWAY : POLICY_VIOLATION;
    this.#closedWith = code;
    this.socket.close(code, reason);
    // A client that does not answer the closing handshake must not hold its buffer.
    if (reason === CloseReason.SLOW || reason === CloseReason.SILENT) this.socket.terminate();
  }

  /** The connection is gone, whoever closed it. */
  markClosed(): void {
    this.#closed = true;
  }
}

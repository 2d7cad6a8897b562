import type { Socket } from "node:net";

/**
 * Messages over a byte stream. A frame is eight bytes (size of the payload and tag, both unsigned 32-bit little
 * endian) and the payload. Eight, so that a payload read in place has its doubles where they belong.
 */
export const FRAME_HEADER_BYTES = 8;

/** Tags below {@link FIRST_FREE_TAG} are the link's own. */
export const FrameTag = {
  /** The last frame; its payload says in UTF-8 why the connection ends. */
  CLOSE: 0,
  /** Nothing, but the sender is alive. */
  HEARTBEAT: 1,
  /** The first frame of either side; see `hello.ts`. */
  HELLO: 2,
} as const;

/** Users of a link number their kinds of frames from here. */
export const FIRST_FREE_TAG = 16;

/** Largest payload unless the user of a link says otherwise, in bytes. */
export const FRAME_BYTES_MAX = 16 * 1024 * 1024;

/** Bytes that wait for a reader that is slower than we, at most; then it is cut, and costs no more memory. */
export const UNSENT_BYTES_MAX = 64 * 1024 * 1024;

/** An idle side says this often that it is alive, in ms. */
const HEARTBEAT_MS = 1_000;

/** Heartbeats of the other side that may be missing before it is taken for dead: a cut cable says nothing. */
const MISSED_HEARTBEATS_MAX = 4;

/** How long the other side may take to read our last words, in ms. */
const CLOSE_MS_MAX = 1_000;

/** A frame whose payload is to be written from {@link FRAME_HEADER_BYTES} on; its bytes are not cleared. */
export function newFrame(tag: number, payloadBytes: number): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + payloadBytes);
  frame.writeUInt32LE(payloadBytes, 0);
  frame.writeUInt32LE(tag, 4);
  return frame;
}

/** What a user of a link hears. */
export interface FrameListener {
  /** A frame has come. The payload is the listener's to keep; it starts at a multiple of eight bytes. */
  frame(tag: number, payload: Uint8Array): void;
  /** The connection is over, whoever ended it: called once, and last. */
  closed(reason: string): void;
}

/** One side of a connection that carries frames. */
export interface FrameLink {
  /** The other side, for messages to people. */
  readonly remote: string;
  /** Bytes that were given to {@link send} and have not left this process. */
  readonly unsentBytes: number;
  /** Sets who hears; what came before is given to it at once, so that nothing is lost. */
  listen(listener: FrameListener): void;
  /** Nobody hears until the next {@link listen}: what comes is kept. */
  pause(): void;
  /** Sends a copy of a payload as {@link post} does. */
  send(tag: number, payload: Uint8Array): void;
  /**
   * Sends a frame made by {@link newFrame}, which must not change any more. Never waits, and does nothing on a link
   * that is closed. Throws RangeError when the frame is larger than the other side takes.
   */
  post(frame: Buffer): void;
  /** Tells the other side why and closes. */
  close(reason: string): void;
}

export interface LinkLimits {
  readonly frameBytesMax?: number;
  readonly unsentBytesMax?: number;
}

/** Makes links beat. All of a process do in the same turn of its event loop: an idle one wakes up once for them. */
class Heart {
  readonly #beats = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  start(beat: () => void): void {
    this.#beats.add(beat);
    this.#timer ??= setInterval(() => {
      for (const each of this.#beats) each();
    }, HEARTBEAT_MS).unref();
  }

  stop(beat: () => void): void {
    this.#beats.delete(beat);
    if (this.#beats.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

const heart = new Heart();

/** Frames over a socket of `node:net` or `node:tls` that is connected. */
export class SocketLink implements FrameLink {
  readonly remote: string;
  readonly #socket: Socket;
  readonly #frameBytesMax: number;
  readonly #unsentBytesMax: number;
  readonly #beats = (): void => this.#beat();
  readonly #early: { readonly tag: number; readonly payload: Uint8Array }[] = [];
  #listener: FrameListener | undefined;
  #closed: string | undefined;
  /** The frame that has come in part: its header, then its payload. */
  readonly #header = Buffer.alloc(FRAME_HEADER_BYTES);
  #headerBytes = 0;
  #payload: Buffer | undefined;
  #payloadBytes = 0;
  #hasSent = false;
  #missedHeartbeats = 0;

  constructor(socket: Socket, remote: string, limits: LinkLimits = {}) {
    this.remote = remote;
    this.#socket = socket;
    this.#frameBytesMax = limits.frameBytesMax ?? FRAME_BYTES_MAX;
    this.#unsentBytesMax = limits.unsentBytesMax ?? UNSENT_BYTES_MAX;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.#missedHeartbeats = 0;
      this.#take(chunk);
    });
    socket.on("error", (error) => this.#end(error.message));
    socket.on("end", () => this.#end("the other side has ended the connection"));
    socket.on("close", () => this.#end("the connection was closed"));
    heart.start(this.#beats);
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  listen(listener: FrameListener): void {
    this.#listener = listener;
    for (const { tag, payload } of this.#early.splice(0)) listener.frame(tag, payload);
    if (this.#closed !== undefined) listener.closed(this.#closed);
  }

  pause(): void {
    this.#listener = undefined;
  }

  send(tag: number, payload: Uint8Array): void {
    this.post(frameOf(tag, payload));
  }

  post(frame: Buffer): void {
    const size = frame.length - FRAME_HEADER_BYTES;
    if (size > this.#frameBytesMax) {
      throw new RangeError(
        `a frame of ${size} bytes is larger than the ${this.#frameBytesMax} that may be sent`,
      );
    }
    if (this.#closed !== undefined) return;
    if (this.#socket.writableLength > this.#unsentBytesMax) {
      this.#cut(`it does not read what it is sent: ${this.#socket.writableLength} bytes wait for it`);
      return;
    }
    this.#write(frame);
  }

  close(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#write(frameOf(FrameTag.CLOSE, Buffer.from(reason)));
    const socket = this.#socket;
    socket.end();
    const timer = setTimeout(() => socket.destroy(), CLOSE_MS_MAX);
    socket.once("close", () => clearTimeout(timer));
    this.#end(reason);
  }

  #write(frame: Buffer): void {
    this.#hasSent = true;
    this.#socket.write(frame);
  }

  #take(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#closed === undefined) {
      if (this.#payload === undefined) {
        const bytes = Math.min(FRAME_HEADER_BYTES - this.#headerBytes, chunk.length - at);
        chunk.copy(this.#header, this.#headerBytes, at, at + bytes);
        this.#headerBytes += bytes;
        at += bytes;
        if (this.#headerBytes < FRAME_HEADER_BYTES) return;
        const size = this.#header.readUInt32LE(0);
        if (size > this.#frameBytesMax) {
          this.close(
            `a frame of ${size} bytes is larger than the ${this.#frameBytesMax} that may come: is the other side no Buttonwood process?`,
          );
          return;
        }
        // Node's buffers start at a multiple of eight, also those that share memory.
        this.#payload = Buffer.allocUnsafe(size);
        this.#payloadBytes = 0;
      }
      const payload = this.#payload;
      const bytes = Math.min(payload.length - this.#payloadBytes, chunk.length - at);
      chunk.copy(payload, this.#payloadBytes, at, at + bytes);
      this.#payloadBytes += bytes;
      at += bytes;
      if (this.#payloadBytes < payload.length) return;
      this.#payload = undefined;
      this.#headerBytes = 0;
      this.#deliver(this.#header.readUInt32LE(4), payload);
    }
  }

  #deliver(tag: number, payload: Buffer): void {
    switch (tag) {
      case FrameTag.HEARTBEAT:
        return;
      case FrameTag.CLOSE:
        this.#cut(`the other side has closed the connection: ${payload.toString()}`);
        return;
      default:
        if (this.#listener === undefined) this.#early.push({ tag, payload });
        else this.#listener.frame(tag, payload);
    }
  }

  /** Counts beats, not time: a process that was stopped itself does not take the other side for dead. */
  #beat(): void {
    if (!this.#hasSent) this.#write(newFrame(FrameTag.HEARTBEAT, 0));
    this.#hasSent = false;
    if (++this.#missedHeartbeats > MISSED_HEARTBEATS_MAX) {
      this.#cut(`nothing was heard for ${(MISSED_HEARTBEATS_MAX * HEARTBEAT_MS) / 1000} s`);
    }
  }

  #cut(reason: string): void {
    this.#end(reason);
    this.#socket.destroy();
  }

  #end(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    heart.stop(this.#beats);
    this.#listener?.closed(reason);
  }
}

function frameOf(tag: number, payload: Uint8Array): Buffer {
  const frame = newFrame(tag, payload.byteLength);
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}

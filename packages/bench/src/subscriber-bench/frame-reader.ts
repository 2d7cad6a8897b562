/** Kinds of WebSocket frames (RFC 6455). */
export const Opcode = { TEXT: 1, CLOSE: 8, PING: 9, PONG: 10 } as const;

/** Takes a frame's payload: it lies from `start` to `end`, until the call returns. */
export type OnFrame = (opcode: number, bytes: Buffer, start: number, end: number) => void;

/**
 * Reads what a server sends: whole, unmasked frames. A WebSocket library spends more on a message than the gateway that
 * is measured, so that it would be the limit; thousands of subscribers in one process need a reader that does nothing
 * but find where a message lies.
 */
export class FrameReader {
  readonly #onFrame: OnFrame;
  #rest: Buffer | undefined;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Reads what has arrived; keeps a copy of a frame that is not whole yet. */
  read(chunk: Buffer): void {
    const bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const start = payloadStart(bytes, at);
      if (start < 0) break;
      const end = start + payloadLength(bytes, at);
      if (end > bytes.length) break;
      if ((bytes[at]! & 0x80) === 0) throw new Error("the server has sent a message in parts");
      this.#onFrame(bytes[at]! & 0x0f, bytes, start, end);
      at = end;
    }
    this.#rest = at === bytes.length ? undefined : Buffer.from(bytes.subarray(at));
  }
}

/** Where a frame's payload begins, or −1 when its head is not whole. */
function payloadStart(bytes: Buffer, at: number): number {
  if (bytes.length - at < 2) return -1;
  const short = bytes[at + 1]!;
  if (short > 127) throw new Error("the server has masked a frame");
  const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
  return start <= bytes.length ? start : -1;
}

function payloadLength(bytes: Buffer, at: number): number {
  const short = bytes[at + 1]!;
  if (short < 126) return short;
  return short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
}

/** A pong without payload, masked by zeros, as clients must mask. */
export const PONG: Buffer = Buffer.from([0x80 | Opcode.PONG, 0x80, 0, 0, 0, 0]);

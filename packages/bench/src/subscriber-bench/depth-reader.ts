const ZERO = 48;
const NINE = 57;

/** What is read of a depth message. */
export interface DepthHead {
  /** Time of the last change that it tells, in ms since 1970. */
  eventMs: number;
  firstUpdateId: number;
  lastUpdateId: number;
}

/** Reads the head of the depth messages of one symbol where they stand in a buffer, without making a text of it. */
export class DepthReader {
  readonly #beforeTime = '{"e":"depthUpdate","E":'.length;
  readonly #beforeFirst: number;
  readonly #beforeLast = ',"u":'.length;
  readonly head: DepthHead = { eventMs: 0, firstUpdateId: 0, lastUpdateId: 0 };
  #at = 0;

  constructor(symbol: string) {
    this.#beforeFirst = `,"s":"${symbol}","U":`.length;
  }

  /** Reads into {@link head}. Throws when the message is of another form. */
  read(bytes: Buffer, start: number, end: number): void {
    const { head } = this;
    this.#at = start;
    head.eventMs = this.#number(bytes, this.#beforeTime);
    head.firstUpdateId = this.#number(bytes, this.#beforeFirst);
    head.lastUpdateId = this.#number(bytes, this.#beforeLast);
    if (this.#at >= end) throw new Error("a depth message is cut off");
  }

  #number(bytes: Buffer, before: number): number {
    let at = this.#at + before;
    let value = 0;
    for (let digit = bytes[at]!; digit >= ZERO && digit <= NINE; digit = bytes[++at]!) {
      value = value * 10 + digit - ZERO;
    }
    if (at === this.#at + before) {
      throw new Error(`not a depth message: ${bytes.toString("latin1", this.#at, this.#at + 100)}`);
    }
    this.#at = at;
    return value;
  }
}

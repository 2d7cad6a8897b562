/** What has frames to write. */
export interface Writer {
  /** Writes all of them. */
  flush(): void;
}

/**
 * Sockets that a turn of the event loop writes to beside answers. A book told to ten thousand takes a tenth of a
 * second: in between, others' requests are read and answered.
 */
const WRITES_PER_TURN = 256;

/**
 * Sockets that have something to be written at the end of this turn of the event loop: what one turn sends to a socket
 * goes out together. Those that were asked something go before those that only listen.
 */
export class WriteQueue {
  #answering: Writer[] = [];
  #listening: Writer[] = [];
  #at = 0;
  #scheduled = false;

  add(writer: Writer, isAnswer: boolean): void {
    (isAnswer ? this.#answering : this.#listening).push(writer);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#run);
  }

  readonly #run = (): void => {
    const answering = this.#answering;
    this.#answering = [];
    for (const writer of answering) writer.flush();
    const listening = this.#listening;
    const end = Math.min(listening.length, this.#at + WRITES_PER_TURN);
    while (this.#at < end) listening[this.#at++]!.flush();
    if (this.#at === listening.length) {
      this.#listening = [];
      this.#at = 0;
    }
    this.#scheduled = this.#listening.length > 0 || this.#answering.length > 0;
    if (this.#scheduled) setImmediate(this.#run);
  };
}

/** Messages between a source that can't wait and a reader that takes its time. */
import { ClientError } from "../errors.js";

/** A reader took its messages so slowly that too many waited; it has missed none, and gets no more. */
export class SlowReaderError extends ClientError {
  override readonly name = "SlowReaderError";
}

export interface QueueOptions {
  /** Messages that may wait; default 10,000. */
  readonly waitingMax?: number;
  /** True: only the newest message counts, and one that waits is replaced. For messages that are whole in themselves. */
  readonly latestOnly?: boolean;
}

const WAITING_MAX_DEFAULT = 10_000;

interface Reader<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A queue that is read with `for await`. When more than `waitingMax` messages wait, it ends with
 * {@link SlowReaderError} after them: a stream with a silent hole would be worse than none.
 */
export class MessageQueue<T> implements AsyncIterableIterator<T, undefined> {
  readonly #waitingMax: number;
  readonly #latestOnly: boolean;
  readonly #onEnd: () => void;
  #waiting: T[] = [];
  readonly #readers: Reader<T>[] = [];
  #isEnded = false;
  #error: Error | undefined;

  /** `onEnd` is told when nobody will read any more. */
  constructor({ waitingMax = WAITING_MAX_DEFAULT, latestOnly = false }: QueueOptions, onEnd: () => void) {
    this.#waitingMax = waitingMax;
    this.#latestOnly = latestOnly;
    this.#onEnd = onEnd;
  }

  push(message: T): void {
    if (this.#isEnded) return;
    const reader = this.#readers.shift();
    if (reader !== undefined) {
      reader.resolve({ value: message, done: false });
      return;
    }
    if (this.#latestOnly) this.#waiting.length = 0;
    if (this.#waiting.length >= this.#waitingMax) {
      this.end(new SlowReaderError(`more than ${this.#waitingMax} messages wait to be read`));
      return;
    }
    this.#waiting.push(message);
  }

  /** No more messages come. Those that wait are still read; then the error, when there is one. */
  end(error?: Error): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#error = error;
    for (const { resolve, reject } of this.#readers.splice(0)) {
      if (error === undefined) resolve({ value: undefined, done: true });
      else reject(error);
    }
    this.#onEnd();
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const message = this.#waiting.shift();
    if (message !== undefined) return Promise.resolve({ value: message, done: false });
    if (this.#isEnded) {
      const error = this.#error;
      this.#error = undefined;
      return error === undefined ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#readers.push({ resolve, reject });
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#waiting = [];
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

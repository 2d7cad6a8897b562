/** What a user holds of a stream: listeners, iterators, and notices of gaps. */
import { Listeners } from "../listeners.js";
import { MessageQueue, type QueueOptions } from "./message-queue.js";
import type { StreamGap } from "./stream-types.js";

/**
 * One user's share of a stream. Read it with listeners, which are called at once, or with `for await`, which queues
 * what comes meanwhile. Close it when done: the last one to close ends the stream.
 */
export class Subscription<T> implements AsyncIterable<T> {
  /** The stream's name, e.g. `btcusdt@trade`. */
  readonly name: string;
  /** Resolves when the exchange has confirmed the stream; rejects when it is closed before. */
  readonly ready: Promise<void>;
  readonly #latestOnly: boolean;
  readonly #messages = new Listeners<T>();
  readonly #gaps = new Listeners<StreamGap>();
  readonly #queues = new Set<MessageQueue<T>>();
  readonly #onClose: () => void;
  #isClosed = false;

  constructor(name: string, ready: Promise<void>, latestOnly: boolean, onClose: () => void) {
    this.name = name;
    this.ready = ready;
    // Whoever does not wait for it must not be told by an unhandled rejection.
    ready.catch(() => {});
    this.#latestOnly = latestOnly;
    this.#onClose = onClose;
  }

  /** Calls a listener with each message. Returns how to stop. */
  onMessage(listener: (message: T) => void): () => void {
    return this.#messages.add(listener);
  }

  /** Calls a listener when messages may be missing, and when the stream goes on. Returns how to stop. */
  onGap(listener: (gap: StreamGap) => void): () => void {
    return this.#gaps.add(listener);
  }

  /**
   * The messages from now on. Those that come faster than they are read wait; of streams whose messages are whole in
   * themselves (tickers, best prices, partial books) only the newest waits. See {@link MessageQueue}.
   */
  messages(options: QueueOptions = {}): AsyncIterableIterator<T, undefined> {
    const queue = new MessageQueue<T>({ latestOnly: this.#latestOnly, ...options }, () => {
      this.#queues.delete(queue);
    });
    if (this.#isClosed) queue.end();
    else this.#queues.add(queue);
    return queue;
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<T, undefined> {
    return this.messages();
  }

  close(): void {
    if (this.#isClosed) return;
    this.end();
    this.#onClose();
  }

  /** @internal */
  deliver(message: T): void {
    this.#messages.tell(message);
    for (const queue of this.#queues) queue.push(message);
  }

  /** @internal */
  notice(gap: StreamGap): void {
    this.#gaps.tell(gap);
  }

  /** @internal */
  end(error?: Error): void {
    this.#isClosed = true;
    for (const queue of this.#queues) queue.end(error);
  }
}

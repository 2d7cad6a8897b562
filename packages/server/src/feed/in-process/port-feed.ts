import { WordBuffer } from "@buttonwood/protocol";
import type { MessageEnd } from "../../platform/message-end.js";
import type { FeedBatch, FeedPublisher, FeedReader } from "../port.js";

/** Bytes of events on their way to one reader, at most: a slow reader costs this much memory and no more. */
const UNREAD_BYTES_MAX = 64 * 1024 * 1024;

/** What a batch costs beside its events. */
const MESSAGE_BYTES = 128;

type FeedMessage =
  | { readonly kind: "open"; readonly readBytes: Int32Array }
  | {
      readonly kind: "batch";
      readonly firstSequence: number;
      readonly lastSequence: number;
      readonly events: ArrayBuffer;
    }
  /** Batches up to here were not sent: the reader is too far behind. */
  | { readonly kind: "skipped"; readonly lastSequence: number };

/**
 * The engine's end of message ports to readers of the feed in other threads. Never waits: a reader that lets
 * too much pile up is told where the journal stands instead of what happened.
 */
export class PortFeedPublisher implements FeedPublisher {
  readonly #readers = new Set<PortReader>();
  readonly #unreadBytesMax: number;

  constructor(unreadBytesMax: number = UNREAD_BYTES_MAX) {
    this.#unreadBytesMax = unreadBytesMax;
  }

  /** Serves a reader behind a port, and tells it how far the journal reaches: it may have missed something. */
  attach(port: MessageEnd, lastSequence: number): void {
    const reader = new PortReader(port, this.#unreadBytesMax, lastSequence);
    this.#readers.add(reader);
    port.on("close", () => this.#readers.delete(reader));
  }

  publish(batch: FeedBatch): void {
    for (const reader of this.#readers) reader.send(batch);
  }

  close(): void {
    for (const reader of this.#readers) reader.close();
  }
}

class PortReader {
  readonly #port: MessageEnd;
  readonly #unreadBytesMax: number;
  /** Counts what the other thread has read; both counters wrap at 2^32, their difference does not. */
  readonly #readBytes = new Int32Array(new SharedArrayBuffer(4));
  #sentBytes = 0;

  constructor(port: MessageEnd, unreadBytesMax: number, lastSequence: number) {
    this.#port = port;
    this.#unreadBytesMax = unreadBytesMax;
    this.#post({ kind: "open", readBytes: this.#readBytes });
    this.#post({ kind: "skipped", lastSequence });
  }

  send(batch: FeedBatch): void {
    const { firstSequence, lastSequence } = batch;
    const unread = (this.#sentBytes - Atomics.load(this.#readBytes, 0)) | 0;
    if (unread > this.#unreadBytesMax) {
      this.#post({ kind: "skipped", lastSequence });
      return;
    }
    const events = batch.events.copy().buffer as ArrayBuffer;
    this.#sentBytes = (this.#sentBytes + events.byteLength + MESSAGE_BYTES) | 0;
    this.#post({ kind: "batch", firstSequence, lastSequence, events }, [events]);
  }

  close(): void {
    this.#port.close();
  }

  #post(message: FeedMessage, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}

/** Opens the reading end of a feed's port, in the thread that the port was transferred to. */
export function openFeedPort(port: MessageEnd): FeedReader & { close(): void } {
  const readers = new Set<(batch: FeedBatch) => void>();
  let readBytes: Int32Array | undefined;
  port.on("message", (message: FeedMessage) => {
    switch (message.kind) {
      case "open":
        readBytes = message.readBytes;
        return;
      case "batch": {
        const { firstSequence, lastSequence } = message;
        const batch = { firstSequence, lastSequence, events: WordBuffer.over(message.events) };
        for (const reader of readers) reader(batch);
        if (readBytes !== undefined) Atomics.add(readBytes, 0, message.events.byteLength + MESSAGE_BYTES);
        return;
      }
      case "skipped": {
        const { lastSequence } = message;
        for (const reader of readers) {
          reader({ firstSequence: lastSequence + 1, lastSequence, events: new WordBuffer(2) });
        }
        return;
      }
    }
  });
  return {
    subscribe(onBatch) {
      readers.add(onBatch);
      return () => readers.delete(onBatch);
    },
    close: () => port.close(),
  };
}

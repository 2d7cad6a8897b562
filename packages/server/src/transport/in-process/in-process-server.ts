import type { FeedBatch, FeedPublisher } from "../../feed/port.js";
import type { MessageEnd } from "../../platform/message-end.js";
import type { EngineHost, ReplySink } from "../engine-host.js";
import type { ToClient, ToEngine } from "./messages.js";

/**
 * The engine's end of message ports to clients in other threads of the process. Each client gets every batch
 * once: its answers and the feed travel in the same message.
 */
export class InProcessServer implements FeedPublisher {
  readonly #clients = new Set<Client>();

  /** Serves a client behind a port. Call before the port's first message is taken. */
  attach(port: MessageEnd, host: EngineHost): void {
    const client = new Client(port);
    this.#clients.add(client);
    port.on("message", (message: ToEngine) => {
      switch (message.kind) {
        case "commands": {
          const { number, commands } = message;
          const taken = host.offer({ number, commands, sink: client });
          if (taken !== "taken") client.post({ kind: "refused", number, reason: taken });
          return;
        }
        case "query":
          host.query(message.query).then(
            (answer) => client.post({ kind: "answer", id: message.id, answer }),
            (error: Error) => client.post({ kind: "queryFailed", id: message.id, message: error.message }),
          );
          return;
      }
    });
    port.on("close", () => this.#clients.delete(client));
  }

  publish(batch: FeedBatch): void {
    for (const client of this.#clients) {
      if (client.sentSequence < batch.lastSequence) client.send(batch, []);
    }
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }
}

class Client implements ReplySink {
  /** Last sequence that was sent. */
  sentSequence = 0;
  readonly #port: MessageEnd;

  constructor(port: MessageEnd) {
    this.#port = port;
  }

  reply(batch: FeedBatch, runs: readonly number[]): void {
    this.send(batch, runs);
  }

  send(batch: FeedBatch, runs: readonly number[]): void {
    const events = batch.events.copy().buffer as ArrayBuffer;
    const { firstSequence, lastSequence } = batch;
    this.sentSequence = lastSequence;
    this.post({ kind: "batch", firstSequence, lastSequence, events, runs }, [events]);
  }

  post(message: ToClient, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  close(): void {
    this.#port.close();
  }
}

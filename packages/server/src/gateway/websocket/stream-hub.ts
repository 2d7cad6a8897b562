/** Who listens to which stream. Each message is written and framed once, whatever the number of listeners. */
import type { GatewayContext } from "../endpoint.js";
import { type ClientSocket, CloseReason } from "./client-socket.js";
import { openStream, type Stop } from "./stream-sources.js";
import { textFrame } from "./text-frame.js";

/** How a connection wants its messages: bare, or wrapped with the stream's name. */
export const Wrapping = { RAW: "RAW", COMBINED: "COMBINED" } as const;
export type Wrapping = (typeof Wrapping)[keyof typeof Wrapping];

interface Channel {
  readonly raw: Set<ClientSocket>;
  readonly combined: Set<ClientSocket>;
  readonly stop: Stop | undefined;
}

export class StreamHub {
  readonly #context: GatewayContext;
  readonly #channels = new Map<string, Channel>();

  constructor(context: GatewayContext) {
    this.#context = context;
  }

  /** Streams that someone listens to. */
  get streams(): number {
    return this.#channels.size;
  }

  add(name: string, socket: ClientSocket, wrapping: Wrapping): void {
    let channel = this.#channels.get(name);
    if (channel === undefined) {
      const raw = new Set<ClientSocket>();
      const combined = new Set<ClientSocket>();
      const wrapper = `{"stream":${JSON.stringify(name)},"data":`;
      const publish = (json: string): void => {
        if (raw.size > 0) {
          const frame = textFrame(json);
          for (const listener of raw) listener.sendFrame(frame);
        }
        if (combined.size > 0) {
          const frame = textFrame(`${wrapper}${json}}`);
          for (const listener of combined) listener.sendFrame(frame);
        }
      };
      const stop = openStream(this.#context, name, publish, () => {
        for (const listener of [...raw, ...combined]) listener.close(CloseReason.MISSED);
      });
      // A name that means nothing has no source and so no messages; it is no error to listen to it.
      channel = { raw, combined, stop };
      this.#channels.set(name, channel);
    }
    (wrapping === Wrapping.RAW ? channel.raw : channel.combined).add(socket);
  }

  /** Changes how a listener wants its messages, without a pause in them. */
  rewrap(name: string, socket: ClientSocket, wrapping: Wrapping): void {
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    channel.raw.delete(socket);
    channel.combined.delete(socket);
    (wrapping === Wrapping.RAW ? channel.raw : channel.combined).add(socket);
  }

  remove(name: string, socket: ClientSocket): void {
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    channel.raw.delete(socket);
    channel.combined.delete(socket);
    if (channel.raw.size > 0 || channel.combined.size > 0) return;
    this.#channels.delete(name);
    channel.stop?.();
  }

  close(): void {
    for (const channel of this.#channels.values()) channel.stop?.();
    this.#channels.clear();
  }
}

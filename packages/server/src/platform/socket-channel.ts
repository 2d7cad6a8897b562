import { deserialize, serialize } from "node:v8";
import { dialFrames } from "./frame-dial.js";
import { FrameServer, type FrameServerOptions } from "./frame-server.js";
import { FIRST_FREE_TAG, type FrameLink, type FrameListener, type LinkLimits } from "./framing.js";
import type { Hello } from "./hello.js";
import type { MessageEnd } from "./message-end.js";
import { Redialer } from "./redial.js";
import type { TlsCredentials } from "./tls-credentials.js";

const MESSAGE_TAG = FIRST_FREE_TAG;

/**
 * One end of a connection between processes that carries whatever structured cloning can: a MessagePort across
 * sockets. Messages come in order; what was under way when the connection breaks is lost. Only for processes that
 * trust each other: what arrives is deserialized as it is.
 */
export interface SocketChannel extends MessageEnd {
  /** The other side, for messages to people. */
  readonly remote: string;
  /** Bytes that wait to leave: a sender of what can be conflated looks here first. */
  readonly unsentBytes: number;
  postMessage(message: unknown): void;
}

export interface ChannelServerOptions extends Omit<FrameServerOptions, "onLink"> {
  /** A client has connected. Must set the channel's listeners before it returns. */
  readonly onChannel: (channel: SocketChannel) => void;
}

/** Listens for channels. A client that lets more than `limits.unsentBytesMax` pile up is cut. */
export function listenChannels(options: ChannelServerOptions): Promise<FrameServer> {
  return FrameServer.listen({
    ...options,
    onLink(link) {
      const end = new ChannelEnd(link);
      options.onChannel(end);
      link.listen(end);
    },
  });
}

export interface ChannelClientOptions {
  /** Where the server is now, as `parseAddress` reads it: asked before each attempt. */
  readonly findAddress: () => Promise<string>;
  readonly hello: Hello;
  readonly tls?: TlsCredentials | undefined;
  readonly limits?: LinkLimits;
  /** Connected, for the first time or again. Must set the channel's listeners before it returns. */
  readonly onConnect: (channel: SocketChannel) => void;
  /** The connection is lost; another follows. */
  readonly onDisconnect?: (reason: string) => void;
  /** An attempt has failed; another follows. */
  readonly onFailed?: (error: Error) => void;
}

/** Keeps a channel to a server: connects again, with jittered back-off, until it is closed. */
export class ChannelClient {
  readonly #redialer: Redialer<FrameLink>;

  constructor(options: ChannelClientOptions) {
    this.#redialer = new Redialer({
      dial: async () => dialFrames(await options.findAddress(), options),
      onLink(link, onLost) {
        const end = new ChannelEnd(link);
        options.onConnect(end);
        link.listen({
          frame: (tag, payload) => end.frame(tag, payload),
          closed(reason) {
            end.closed();
            onLost();
            options.onDisconnect?.(reason);
          },
        });
      },
      onFailed: options.onFailed,
    });
  }

  close(): void {
    this.#redialer.close("the client has stopped");
  }
}

class ChannelEnd implements SocketChannel, FrameListener {
  readonly remote: string;
  readonly #link: FrameLink;
  readonly #onMessage: ((message: unknown) => void)[] = [];
  readonly #onClose: (() => void)[] = [];

  constructor(link: FrameLink) {
    this.#link = link;
    this.remote = link.remote;
  }

  get unsentBytes(): number {
    return this.#link.unsentBytes;
  }

  postMessage(message: unknown): void {
    this.#link.send(MESSAGE_TAG, serialize(message));
  }

  // biome-ignore lint/suspicious/noExplicitAny: the two overloads of MessageEnd in one
  on(event: "message" | "close", listener: (message: any) => void): unknown {
    if (event === "close") this.#onClose.push(listener as () => void);
    else this.#onMessage.push(listener);
    return this;
  }

  close(): void {
    this.#link.close("the channel was closed");
  }

  frame(tag: number, payload: Uint8Array): void {
    let message: unknown;
    try {
      if (tag !== MESSAGE_TAG) throw new Error(`its tag is ${tag}`);
      message = deserialize(payload);
    } catch (error) {
      this.#link.close(`a frame is no message: ${(error as Error).message}`);
      return;
    }
    for (const listener of this.#onMessage) listener(message);
  }

  closed(): void {
    for (const listener of this.#onClose) listener();
  }
}

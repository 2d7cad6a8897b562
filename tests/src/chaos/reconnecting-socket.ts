/** A WebSocket that is opened again whenever it breaks, as a careful client does. */
import WebSocket from "ws";
import { pause } from "../support/eventually.js";

const AGAIN_MS = 100;
/** A connection that says nothing for so long is given up, in ms: the exchange pings more often. */
const SILENCE_MS_MAX = 60_000;

export interface SocketHandlers {
  onOpen?(socket: WebSocket): void;
  // biome-ignore lint/suspicious/noExplicitAny: what the exchange tells is what is under test.
  onMessage(message: any, socket: WebSocket): void;
  onClose(): void;
}

export class ReconnectingSocket {
  readonly #url: string;
  readonly #handlers: SocketHandlers;
  #socket: WebSocket | undefined;
  #isClosed = false;

  constructor(url: string, handlers: SocketHandlers) {
    this.#url = url;
    this.#handlers = handlers;
    void this.#run();
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.terminate();
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      await this.#connection();
      if (!this.#isClosed) await pause(AGAIN_MS);
    }
  }

  /** One connection, until it ends. */
  #connection(): Promise<void> {
    return new Promise((resolve) => {
      const socket = new WebSocket(this.#url, { handshakeTimeout: 5_000 });
      this.#socket = socket;
      let timer: NodeJS.Timeout | undefined;
      const heard = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => socket.terminate(), SILENCE_MS_MAX);
      };
      let wasOpen = false;
      socket.on("open", () => {
        wasOpen = true;
        heard();
        this.#handlers.onOpen?.(socket);
      });
      socket.on("ping", heard);
      socket.on("message", (data) => {
        heard();
        this.#handlers.onMessage(JSON.parse(String(data)), socket);
      });
      socket.on("error", () => {});
      socket.on("close", () => {
        clearTimeout(timer);
        if (wasOpen) this.#handlers.onClose();
        resolve();
      });
    });
  }
}

/** A client of streams and of the WebSocket API, for tests. */
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { hmac, type TestKey } from "./test-exchange.js";

/** Longer than anything takes on a busy machine; only a failure waits for it. */
const PATIENCE_MS = 20_000;

// biome-ignore lint/suspicious/noExplicitAny: messages are looked at by the tests.
export type Message = any;

/** A client that keeps what it hears. */
export class Listener {
  readonly heard: Message[] = [];
  closed: { code: number; reason: string } | undefined;
  #wake: () => void = () => undefined;
  #nextId = 1;

  constructor(readonly socket: WebSocket) {
    socket.on("message", (data) => {
      this.heard.push(JSON.parse(String(data)));
      this.#wake();
    });
    socket.on("close", (code, reason) => {
      this.closed = { code, reason: String(reason) };
      this.#wake();
    });
    socket.on("error", () => undefined);
  }

  static async open(
    url: string,
    options: { autoPong?: boolean; headers?: Record<string, string> } = {},
  ): Promise<Listener> {
    const socket = new WebSocket(url, options);
    const listener = new Listener(socket);
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return listener;
  }

  /** The first message, of those heard and to come, that fits. */
  async until(what: string, fits: (message: Message) => boolean): Promise<Message> {
    const found = await this.#eventually(what, () => this.heard.find(fits));
    return found;
  }

  async end(): Promise<{ code: number; reason: string }> {
    return this.#eventually("the end", () => this.closed);
  }

  async call(method: string, params?: unknown, id: string | number = this.#nextId++): Promise<Message> {
    this.socket.send(JSON.stringify({ id, method, params }));
    return this.until(`an answer to ${method}`, (message) => message.id === id);
  }

  async #eventually<T>(what: string, look: () => T | undefined): Promise<T> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const leftMs = deadline - performance.now();
      assert.ok(leftMs > 0, `still waiting for ${what}; heard ${JSON.stringify(this.heard).slice(0, 2000)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

/** Parameters of a request of the WebSocket API with the key and the signature. */
export function signedParams(
  nowMs: number,
  key: TestKey,
  more: Record<string, string | number> = {},
  encode = false,
) {
  const params: Record<string, string | number> = { apiKey: key.apiKey, timestamp: nowMs, ...more };
  const payload = Object.keys(params)
    .sort()
    .map((name) => `${name}=${encode ? encodeURIComponent(params[name]!) : params[name]}`)
    .join("&");
  return { ...params, signature: hmac(key, payload) };
}

import { createHmac } from "node:crypto";
import { connect, type Socket } from "node:net";
import { AnswerReader } from "../api-bench/answer-reader.js";
import type { LoadKey } from "../api-bench/plan.js";

/** How long a request may wait for its answer, in seconds: longer means that the exchange hangs. */
const ANSWER_SECONDS_MAX = 60;

/** Signed requests stay valid this long, in ms, since they wait behind others on the connection. */
const RECEIVE_WINDOW_MS = 60_000;

export interface ApiAnswer {
  readonly status: number;
  /** The parsed body. */
  readonly body: unknown;
}

/** The connection broke: what was under way may or may not have taken effect. */
export class ConnectionLostError extends Error {
  override readonly name = "ConnectionLostError";
}

interface Waiting {
  resolve(answer: ApiAnswer): void;
  reject(error: Error): void;
}

/**
 * One keep-alive connection to the API with many requests under way: they are taken and answered in the order in
 * which they were sent. Everything travels in the query, so that no request waits for a body while the one
 * behind it overtakes.
 */
export class ApiConnection {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #waiting: Waiting[] = [];
  #head = 0;
  #unsent = "";
  #lost: Error | undefined;
  #onRoom: (() => void) | undefined;

  private constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    const reader = new AnswerReader((status, body) => this.#answer(status, body));
    socket.on("data", (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        this.#lose(error as Error);
      }
    });
    socket.on("error", (error) => this.#lose(error));
    socket.on("close", () => this.#lose(new Error("it was closed by the exchange")));
    socket.setTimeout(ANSWER_SECONDS_MAX * 1000, () => {
      if (this.inFlight > 0) this.#lose(new Error(`no answer in ${ANSWER_SECONDS_MAX} s`));
    });
  }

  static open(url: string): Promise<ApiConnection> {
    const { hostname, port } = new URL(url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port === "" ? 80 : port), noDelay: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new ApiConnection(socket, `${hostname}:${port}`));
      });
    });
  }

  /** Requests sent and not yet answered. */
  get inFlight(): number {
    return this.#waiting.length - this.#head;
  }

  /** Sends a signed request behind those before it. */
  signed(method: string, path: string, parameters: string, key: LoadKey): Promise<ApiAnswer> {
    const text = `${parameters}&recvWindow=${RECEIVE_WINDOW_MS}&timestamp=${Date.now()}`;
    const signature = createHmac("sha256", key.secretKey).update(text).digest("hex");
    return this.#send(method, `${path}?${text}&signature=${signature}`, key.apiKey);
  }

  /** Sends a request that needs no signature. */
  open(method: string, path: string): Promise<ApiAnswer> {
    return this.#send(method, path, undefined);
  }

  /** Waits until fewer than `limit` requests are under way. */
  async room(limit: number): Promise<void> {
    while (this.inFlight >= limit) {
      if (this.#lost !== undefined) throw this.#lost;
      await new Promise<void>((resolve) => {
        this.#onRoom = resolve;
      });
    }
    if (this.#lost !== undefined) throw this.#lost;
  }

  close(): void {
    this.#lost ??= new ConnectionLostError("the connection is closed");
    this.#socket.destroy();
  }

  #send(method: string, target: string, apiKey: string | undefined): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) {
        reject(this.#lost);
        return;
      }
      this.#waiting.push({ resolve, reject });
      const keyLine = apiKey === undefined ? "" : `X-MBX-APIKEY: ${apiKey}\r\n`;
      const request = `${method} ${target} HTTP/1.1\r\nHost: ${this.#host}\r\n${keyLine}Content-Length: 0\r\n\r\n`;
      // Requests of one turn go out as one packet.
      if (this.#unsent === "") queueMicrotask(() => this.#flush());
      this.#unsent += request;
    });
  }

  #flush(): void {
    const bytes = this.#unsent;
    this.#unsent = "";
    if (this.#lost === undefined) this.#socket.write(bytes, "latin1");
  }

  #answer(status: number, body: Buffer): void {
    const waiting = this.#waiting[this.#head++];
    if (waiting === undefined) {
      this.#lose(new Error("an answer came that nobody had asked for"));
      return;
    }
    if (this.#head === 1024) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
    let parsed: unknown;
    try {
      parsed = body.length === 0 ? undefined : JSON.parse(body.toString());
    } catch {
      parsed = { code: 0, msg: body.toString("latin1", 0, 200) };
    }
    waiting.resolve({ status, body: parsed });
    this.#wake();
  }

  #lose(error: Error): void {
    if (this.#lost !== undefined) return;
    const count = this.inFlight;
    this.#lost = new ConnectionLostError(
      `the connection broke: ${error.message}; ${count} answers are missing`,
    );
    this.#socket.destroy();
    for (const waiting of this.#waiting.splice(this.#head)) waiting.reject(this.#lost);
    this.#wake();
  }

  #wake(): void {
    const wake = this.#onRoom;
    this.#onRoom = undefined;
    wake?.();
  }
}

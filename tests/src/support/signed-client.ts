/** A small client of the REST API that leaves every byte to the test: for load, and for requests no library sends. */
import { createHmac } from "node:crypto";
import { Agent, request } from "node:http";
import type { ApiKey } from "./exchange.js";

export type Parameters = Readonly<Record<string, string | number | boolean>>;

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what the exchange answers is what is under test.
  readonly body: any;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** The connection broke before an answer: the outcome is unknown. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
}

export function sign(secretKey: string, payload: string): string {
  return createHmac("sha256", secretKey).update(payload).digest("hex");
}

export function query(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join("&");
}

export class SignedClient {
  readonly #agent: Agent;

  constructor(
    readonly url: string,
    readonly key: ApiKey,
    connections = 8,
    /** A connection that is silent for so long is given up; none = never. */
    timeoutMs?: number,
  ) {
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: connections,
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** A request without a signature. */
  public(path: string, parameters: Parameters = {}): Promise<Answer> {
    const text = query(parameters);
    return this.raw("GET", text === "" ? path : `${path}?${text}`);
  }

  /** A signed request with everything in the query. */
  signed(method: string, path: string, parameters: Parameters = {}): Promise<Answer> {
    const text = query({ recvWindow: 60_000, ...parameters, timestamp: Date.now() });
    return this.raw(method, `${path}?${text}&signature=${sign(this.key.secretKey, text)}`);
  }

  /** Sends what it is given, with the API key. Rejects with {@link NoAnswerError} when the connection breaks. */
  raw(
    method: string,
    target: string,
    options: { body?: string | Buffer; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(
        this.url + target,
        {
          method,
          agent: this.#agent,
          headers: { "X-MBX-APIKEY": this.key.apiKey, ...options.headers },
        },
        (response) => {
          let text = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => {
            text += chunk;
          });
          response.on("error", (error) => reject(new NoAnswerError(String(error))));
          response.on("end", () => {
            let body: unknown = text;
            try {
              body = JSON.parse(text);
            } catch {
              // Not every answer is JSON; the test sees the text.
            }
            resolve({ status: response.statusCode ?? 0, body, headers: response.headers });
          });
        },
      );
      sent.on("error", (error) => reject(new NoAnswerError(String(error))));
      sent.on("timeout", () => sent.destroy(new Error("no answer in time")));
      sent.end(options.body);
    });
  }
}

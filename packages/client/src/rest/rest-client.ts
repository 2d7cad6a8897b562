/** The exchange over REST, by `fetch`: in Node and in browsers. Connections are kept open by the platform. */

import type { ApiRestrictions, Coin, TradeFee } from "../api/account-types.js";
import { errorOfAnswer } from "../api/answers.js";
import type { Endpoint } from "../api/endpoints.js";
import * as endpoints from "../api/endpoints.js";
import { ExchangeApi } from "../api/exchange-api.js";
import { type Parameters, queryOf } from "../api/parameters.js";
import { PURSUIT_TIMES, type PursuitTimes } from "../api/pursue.js";
import { NetworkError, OutcomeUnknownError, UnexpectedAnswerError, type UnknownOutcome } from "../errors.js";
import { ServerClock } from "../server-clock.js";
import { type Credentials, type Identity, identityOf } from "../signing/signer.js";

/** As the exchange counts it when a request does not say. */
const RECV_WINDOW_MS_DEFAULT = 5_000;

export interface RestClientOptions {
  /** Of the exchange, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Left out: public calls alone. */
  readonly credentials?: Credentials;
  /** How long a signed request may travel, in ms; default 5,000, at most 60,000. */
  readonly recvWindowMs?: number;
  /** Shared with other clients of the same exchange; default: one of its own. */
  readonly clock?: ServerClock;
  /** How long an answer is waited for, and a call is sent again. */
  readonly pursuit?: Partial<PursuitTimes>;
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch;
}

/** What the exchange has counted, as of the last answer; undefined what it has not told. */
export interface RestUsage {
  /** Request weight of this address in the minute. */
  readonly weight1m: number | undefined;
  /** Orders of this account in ten seconds. */
  readonly orders10s: number | undefined;
  readonly orders1d: number | undefined;
}

/** A client of the REST API. Requests of one client are independent of each other: make as many at once as you like. */
export class RestClient extends ExchangeApi {
  readonly #url: string;
  readonly #identity: Identity | undefined;
  readonly #recvWindowMs: number;
  readonly #fetch: typeof globalThis.fetch;
  #usage: RestUsage = { weight1m: undefined, orders10s: undefined, orders1d: undefined };

  constructor(options: RestClientOptions) {
    super(options.clock ?? new ServerClock(), { ...PURSUIT_TIMES, ...options.pursuit });
    this.#url = options.url.replace(/\/+$/, "");
    this.#identity = options.credentials === undefined ? undefined : identityOf(options.credentials);
    this.#recvWindowMs = options.recvWindowMs ?? RECV_WINDOW_MS_DEFAULT;
    // Browsers' fetch insists on being called as the window's.
    this.#fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
  }

  get usage(): RestUsage {
    return this.#usage;
  }

  systemStatus(): Promise<{ readonly status: number; readonly msg: string }> {
    return this.call(endpoints.SYSTEM_STATUS);
  }

  tradeFee(parameters: { readonly symbol?: string } = {}): Promise<readonly TradeFee[]> {
    return this.call(endpoints.TRADE_FEE, parameters);
  }

  allCoins(): Promise<readonly Coin[]> {
    return this.call(endpoints.ALL_COINS);
  }

  apiRestrictions(): Promise<ApiRestrictions> {
    return this.call(endpoints.API_RESTRICTIONS);
  }

  protected override async attempt(
    endpoint: Endpoint,
    parameters: Parameters,
    attemptMs: number,
  ): Promise<unknown> {
    let query = queryOf(parameters);
    let validUntilMs: number | undefined;
    const headers: Record<string, string> = {};
    if (endpoint.security === "SIGNED") {
      const identity = this.#identity;
      if (identity === undefined)
        throw new TypeError(`${endpoint.path} is signed: the client has no credentials`);
      await this.clock.ensure(() => this.#askTime(attemptMs));
      const timestamp = this.clock.nowMs();
      validUntilMs = timestamp + this.#recvWindowMs;
      query = `${query === "" ? "" : `${query}&`}recvWindow=${this.#recvWindowMs}&timestamp=${timestamp}`;
      query += `&signature=${encodeURIComponent(await identity.signer.sign(query))}`;
      headers["X-MBX-APIKEY"] = identity.apiKey;
    }
    const outcome: UnknownOutcome = {
      symbol: textOf(parameters.symbol),
      clientOrderId: textOf(parameters.newClientOrderId),
      validUntilMs,
    };
    return this.#exchange(endpoint, query, headers, attemptMs, outcome);
  }

  async #askTime(attemptMs: number): Promise<number> {
    const answer = await this.#exchange(endpoints.TIME, "", {}, attemptMs, {});
    return (answer as { readonly serverTime: number }).serverTime;
  }

  async #exchange(
    { method, path, isCommand }: Endpoint,
    query: string,
    headers: Record<string, string>,
    attemptMs: number,
    outcome: UnknownOutcome,
  ): Promise<unknown> {
    const abort = new AbortController();
    const timer = setTimeout(
      () => abort.abort(new NetworkError(`no answer within ${attemptMs} ms`)),
      attemptMs,
    );
    let status: number;
    let text: string;
    let retryAfterMs: number | undefined;
    try {
      const response = await this.#fetch(`${this.#url}${path}${query === "" ? "" : `?${query}`}`, {
        method,
        headers,
        signal: abort.signal,
      });
      status = response.status;
      retryAfterMs = this.#readHeaders(response.headers);
      text = await response.text();
    } catch (error) {
      const message = `${method} ${path}: ${messageOf(error)}`;
      if (isCommand && !wasNeverSent(error))
        throw new OutcomeUnknownError(message, { ...outcome, cause: error });
      throw new NetworkError(message, { cause: error });
    } finally {
      clearTimeout(timer);
    }
    const body = parsed(text);
    if (status === 200 && body !== undefined) return body;
    if (status === 200) {
      const unexpected = new UnexpectedAnswerError(status, text);
      if (!isCommand) throw unexpected;
      throw new OutcomeUnknownError(unexpected.message, { ...outcome, cause: unexpected });
    }
    throw errorOfAnswer({ status, body: body ?? text, retryAfterMs, isCommand, outcome });
  }

  /** Takes the counters and returns `Retry-After` in ms. */
  #readHeaders(headers: Headers): number | undefined {
    const count = (name: string): number | undefined => {
      const value = headers.get(name);
      return value === null ? undefined : Number(value);
    };
    this.#usage = {
      weight1m: count("x-mbx-used-weight-1m") ?? this.#usage.weight1m,
      orders10s: count("x-mbx-order-count-10s") ?? this.#usage.orders10s,
      orders1d: count("x-mbx-order-count-1d") ?? this.#usage.orders1d,
    };
    const seconds = count("retry-after");
    return seconds === undefined || !Number.isFinite(seconds) ? undefined : seconds * 1000;
  }
}

type Headers = Awaited<ReturnType<typeof globalThis.fetch>>["headers"];

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Node's codes of connections that were never made. Browsers tell nothing, and then the outcome is unknown. */
const NEVER_SENT: ReadonlySet<unknown> = /* @__PURE__ */ new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

function wasNeverSent(error: unknown): boolean {
  const cause = (error as { cause?: { code?: unknown } } | undefined)?.cause;
  return NEVER_SENT.has(cause?.code);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const why = cause instanceof Error ? cause.message || String((cause as { code?: unknown }).code) : "";
  return why === "" ? error.message : `${error.message} (${why})`;
}

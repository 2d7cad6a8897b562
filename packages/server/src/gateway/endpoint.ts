/**
 * An endpoint: what it takes, who may call it, what it weighs, what it does. It knows nothing of its transport:
 * REST paths and WebSocket API methods lead to the same endpoints.
 */
import type { Static, TObject, TSchema } from "#typebox";
import type { MarketDataClient } from "../feed/market-data-port.js";
import type { Clock } from "../platform/clock.js";
import type { EngineClient } from "../transport/engine-port.js";
import type { HistoryClient } from "../transport/history-port.js";
import type { ExchangeCatalog, MarketEntry } from "./catalog.js";
import { type ApiError, refusal } from "./errors.js";
import { compileReader, type RawParameters } from "./parameters.js";
import { type Credential, KeyRateLimits } from "./session/key-store.js";
import type { RateLimiter } from "./session/rate-limiter.js";
import type { ReadFence } from "./session/read-fence.js";
import { idOfSignature } from "./session/signature.js";

/** Everything an endpoint works with. */
export interface GatewayContext {
  readonly engine: EngineClient;
  readonly history: HistoryClient;
  readonly marketData: MarketDataClient;
  readonly clock: Clock;
  readonly catalog: ExchangeCatalog;
  readonly limiter: RateLimiter;
  readonly fence: ReadFence;
}

/** Who calls. The account comes from the credential, and from nowhere else. */
export class Caller {
  constructor(
    readonly account: number,
    /** µs since 1970, for the command. */
    readonly deadlineUs: number,
    /** The request's signature as it is always written, from which ids derive that the client did not give. */
    readonly signature: string,
    readonly credential: Credential | undefined,
  ) {}

  /** Whether no rate limits hold for the caller. */
  get isUnlimited(): boolean {
    return this.credential?.rateLimits === KeyRateLimits.NONE;
  }

  /** An id that this signed request, sent again, gets again. */
  derivedId(purpose: string): string {
    return idOfSignature(this.signature, purpose);
  }
}

/** A caller of public endpoints. */
export const NOBODY = new Caller(-1, 0, "", undefined);

/** What a caller must show. KEY: a known key, no signature. READ and TRADE: a signature, and the key's scope. */
export const Security = { NONE: "NONE", KEY: "KEY", READ: "READ", TRADE: "TRADE" } as const;
export type Security = (typeof Security)[keyof typeof Security];

/** How REST answers are written where another protocol than the API's own says so. */
export interface AnswerForm {
  /** Of answers; refusals are always JSON. */
  readonly contentType: string;
  /** A refusal's body, as JSON. What is refused before a route is known has the API's own. */
  readonly refusalBody: (error: ApiError) => string;
  /** That body for the documents. Its title names the responses that have it. */
  readonly refusal: TSchema;
}

export interface Endpoint {
  /** What it does, as one sentence of the documents. */
  readonly summary: string;
  readonly security: Security;
  readonly parameters: TObject;
  /** What it answers with status 200. */
  readonly response: TSchema;
  /** Undefined: JSON, and refusals as `{code,msg}`. */
  readonly form: AnswerForm | undefined;
  /** Validates alone: returns the typed parameters or throws the refusal. */
  readonly read: (raw: RawParameters, alreadyRead: number) => unknown;
  /** Validates and runs. Up to the first await it works synchronously, so that commands keep their order. */
  readonly call: (context: GatewayContext, raw: RawParameters, alreadyRead: number, caller: Caller) => Answer;
  /** The request's weight, by its raw parameters: it is counted before they are validated. */
  readonly weight: (raw: RawParameters) => number;
}

/** An answer's body, as JSON unless the endpoint's form says otherwise. */
export type Answer = string | Promise<string>;

export interface EndpointDefinition<S extends TObject> {
  readonly summary: string;
  readonly security: Security;
  readonly weight: number | ((raw: RawParameters) => number);
  readonly parameters: S;
  /** See `documents/`: what it answers, for the documents and for the tests that hold every answer against it. */
  readonly response: TSchema;
  readonly form?: AnswerForm;
  readonly handle: (context: GatewayContext, parameters: Static<S>, caller: Caller) => Answer;
}

/** Compiles an endpoint's schema once and binds its handler to it. */
export function endpoint<S extends TObject>(definition: EndpointDefinition<S>): Endpoint {
  const read = compileReader(definition.parameters);
  const { weight } = definition;
  return {
    summary: definition.summary,
    security: definition.security,
    parameters: definition.parameters,
    response: definition.response,
    form: definition.form,
    read,
    weight: typeof weight === "number" ? () => weight : weight,
    call: (context, raw, alreadyRead, caller) => definition.handle(context, read(raw, alreadyRead), caller),
  };
}

/** The market of a symbol, or −1121. */
export function marketOf(context: GatewayContext, symbol: string): MarketEntry {
  const market = context.catalog.market(symbol);
  if (market === undefined) throw refusal("INVALID_SYMBOL");
  return market;
}

/** Time in ms, as clients see it. */
export function toMs(us: number): number {
  return Math.floor(us / 1000);
}

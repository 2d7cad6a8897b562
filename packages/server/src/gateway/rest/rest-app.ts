/** The REST side: one fastify app, its routes taken from the table, bodies kept as received. */
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type onRequestHookHandler,
} from "fastify";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import {
  DATA_HEADERS,
  isCrossOrigin,
  isPreflight,
  ORIGIN_HEADERS,
  PREFLIGHT_HEADERS,
} from "../../platform/answer-headers.js";
import type { RequestTracer } from "../../platform/tracing/request-tracer.js";
import { addDocs } from "../docs/docs-routes.js";
import { Caller, type GatewayContext, NOBODY, Security } from "../endpoint.js";
import { type ApiError, refusal } from "../errors.js";
import { asApiError } from "../failure.js";
import { type RawParameters, readForm } from "../parameters.js";
import type { People } from "../people/people.js";
import { Role } from "../people/people-store.js";
import { CookieName, type IsSecure } from "../people/session-cookie.js";
import { addSignInRoutes } from "../people/sign-in-routes.js";
import { ROUTES, type Route } from "../routes.js";
import { countedAs } from "../session/address-list.js";
import {
  checkScope,
  checkSigned,
  credentialOf,
  namesUnlimited,
  takeDeadline,
} from "../session/authentication.js";
import type { AddressOf } from "../session/client-address.js";
import type { KeyStore } from "../session/key-store.js";
import { RateRefusal } from "../session/rate-refusal.js";
import { type RequestMeter, restRequestMetrics } from "../session/request-metrics.js";
import { addTerminal } from "../terminal/terminal-routes.js";
import { answeredSpan, followRoute, scopeOf } from "../tracing/follow.js";
import {
  answerBrokenRequest,
  CONNECTION_LIMITS,
  HEADERS_MAX,
  JSON_TYPE,
  SILENCE_MS_MAX,
} from "./connection-limits.js";
import type { ConnectionShedding } from "./connection-shedding.js";

/** Bytes of a request's body. An order has a few hundred. */
const BODY_BYTES_MAX = 16 * 1024;
/** What a file of the documents weighs, and the metrics, for which a backend asks all of its workers. */
const DOCS_WEIGHT = 1;
const METRICS_WEIGHT = 5;
/** When a client that was refused for load should come back. */
const RETRY_AFTER_SECONDS = 1;

export interface RestParts {
  readonly context: GatewayContext;
  readonly keys: KeyStore;
  readonly logger: Logger;
  readonly registry: Registry;
  /** What `/metrics` answers. */
  readonly metrics: () => Promise<string>;
  readonly addressOf: AddressOf;
  /** Who may sign in with a password; undefined: nobody. */
  readonly people: People | undefined;
  readonly isSecure: IsSecure;
  /** Whether anybody may sign in as the demo trader. */
  readonly isDemo: boolean;
  readonly shedding: ConnectionShedding;
  /** Whether orders are taken right now. */
  readonly isReady: () => Promise<boolean>;
  /** The exchange's, as the documents name it. */
  readonly version: string;
  /** Undefined: no request is followed. */
  readonly tracer?: RequestTracer | undefined;
}

/** Builds the app without listening. */
export function createRestApp(parts: RestParts): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    connectionTimeout: SILENCE_MS_MAX,
    requestTimeout: CONNECTION_LIMITS.requestTimeout,
    keepAliveTimeout: CONNECTION_LIMITS.keepAliveTimeout,
    http: CONNECTION_LIMITS,
    exposeHeadRoutes: false,
    // While the gateway closes, requests on open connections are still answered as ever.
    return503OnClosing: false,
    // What fastify refuses before any route, such as a path that can't be decoded.
    frameworkErrors: (error, request, reply) =>
      sendError(request as FastifyRequest, reply as FastifyReply, asApiError(error, parts.logger)),
    // Parameters are read from the raw text, after the signature over it.
    routerOptions: { querystringParser: () => NO_QUERY, maxParamLength: 256 },
    clientErrorHandler: answerBrokenRequest,
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  const { limiter } = parts.context;
  const metrics = restRequestMetrics(parts.registry);
  // Whatever path a client makes up is counted as one.
  const unknown = metrics.meter({ method: "any", path: "unknown" });
  app.setNotFoundHandler((request, reply) => {
    const source = countedAs(parts.addressOf(request.raw));
    const started = performance.now();
    unknown.began();
    let refused: ApiError = refusal("UNSUPPORTED");
    try {
      limiter.admit(source);
      limiter.take(source, 1);
    } catch (error) {
      refused = asApiError(error, parts.logger);
      if (refused instanceof RateRefusal) {
        limiter.struck(source, refused);
        reply.header(RETRY_HEADER, refused.retryAfterSeconds);
      }
    }
    sendError(request, reply, refused);
    unknown.answered(refused.entry.status, (performance.now() - started) / 1000);
    return reply;
  });
  app.server.maxHeadersCount = HEADERS_MAX + 1;
  app.addHook("onRequest", (request, reply, done) => {
    reply.headers(DATA_HEADERS);
    // Node leaves out what is too many without a word: a request of which a part is missing must not be read.
    done(request.raw.rawHeaders.length > 2 * HEADERS_MAX ? refusal("HEADERS_TOO_LARGE") : undefined);
  });
  app.setErrorHandler((error, request, reply) => sendError(request, reply, asApiError(error, parts.logger)));
  // Preflights carry neither key nor parameters: nothing is told that isn't the same for everyone.
  app.options("*", (request, reply) =>
    isPreflight(request.raw.headers)
      ? reply.status(204).headers(PREFLIGHT_HEADERS).send()
      : sendError(request, reply, refusal("UNSUPPORTED")),
  );

  for (const route of ROUTES) {
    addRoute(app, parts, route, metrics.meter({ method: route.method, path: route.path }));
  }

  app.get("/health/live", (_request, reply) => reply.type(JSON_TYPE).send('{"status":"live"}'));
  app.get("/health/ready", async (_request, reply) => {
    const ready = await parts.isReady();
    return reply
      .status(ready ? 200 : 503)
      .type(JSON_TYPE)
      .send(ready ? '{"status":"ready"}' : '{"status":"not ready"}');
  });
  addDocs(app, parts.version, admitting(parts, DOCS_WEIGHT));
  addTerminal(app);
  if (parts.people !== undefined) addTraders(app, parts, parts.people);
  app.get(
    "/metrics",
    { onRequest: admitting(parts, METRICS_WEIGHT, isOwnMachine) },
    async (_request, reply) => reply.type(parts.registry.contentType).send(await parts.metrics()),
  );
  return app;
}

/** Sign-in and the account page of traders: what they ask counts as all other requests do. */
function addTraders(app: FastifyInstance, parts: RestParts, people: People): void {
  const { context, keys, logger, addressOf, isSecure, isDemo } = parts;
  const { limiter, catalog, clock } = context;
  addSignInRoutes(app, {
    people,
    keys,
    clock,
    logger,
    roles: [Role.TRADER],
    cookieName: CookieName.TRADERS,
    addressOf,
    isSecure,
    isDemo,
    accountName: (account) => catalog.accounts.get(account)?.name ?? "",
    admit: (request) => {
      const source = countedAs(addressOf(request));
      try {
        limiter.admit(source);
        limiter.take(source, 1);
      } catch (error) {
        if (error instanceof RateRefusal) limiter.struck(source, error);
        throw error;
      }
    },
  });
}

const NO_QUERY = {};
// In small letters, as they are sent: each other letter would cost every answer a new string.
const WEIGHT_HEADER = "x-mbx-used-weight-1m";
const TEN_SECONDS_HEADER = "x-mbx-order-count-10s";
const DAY_HEADER = "x-mbx-order-count-1d";
const RETRY_HEADER = "retry-after";

/** Who watches from the machine itself must see it just when clients of the same machine ask for too much. */
const isOwnMachine = (address: string): boolean => address === "::1" || address.startsWith("127.");

/** Counts what is no endpoint against its address, as an endpoint's weight is. */
function admitting(
  { context: { limiter }, addressOf }: RestParts,
  weight: number,
  isFree: (address: string) => boolean = () => false,
): onRequestHookHandler {
  return (request, reply, done) => {
    const address = addressOf(request.raw);
    const source = countedAs(address);
    if (isFree(address)) {
      done();
      return;
    }
    try {
      limiter.admit(source);
      limiter.take(source, weight);
    } catch (error) {
      if (error instanceof RateRefusal) {
        limiter.struck(source, error);
        reply.header(RETRY_HEADER, error.retryAfterSeconds);
      }
      done(error as Error);
      return;
    }
    done();
  };
}

function addRoute(
  app: FastifyInstance,
  parts: RestParts,
  { method, path, endpoint }: Route,
  meter: RequestMeter,
): void {
  const { context, keys, logger, addressOf, shedding, tracer } = parts;
  const { limiter, clock } = context;
  const answerType = endpoint.form?.contentType ?? JSON_TYPE;
  const refusalBody = endpoint.form?.refusalBody ?? ((error: ApiError) => error.body);
  const countsOrders = endpoint.security === Security.TRADE && method !== "GET" && method !== "DELETE";

  const handler = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const started = performance.now();
    meter.began();
    const span = tracer && followRoute(tracer, { method, path }, request.headers.traceparent, clock);
    const address = addressOf(request.raw);
    const source = countedAs(address);
    const raw: RawParameters = new Map();
    let account = -1;
    let used: number | undefined;

    const finish = (status: number, type: string, body: string, code?: number): void => {
      reply.header(WEIGHT_HEADER, used ?? limiter.weight(source));
      if (countsOrders && account >= 0) {
        const orders = limiter.orders(account);
        reply.header(TEN_SECONDS_HEADER, orders.tenSeconds).header(DAY_HEADER, orders.day);
      }
      if (isCrossOrigin(request.raw.headers)) reply.headers(ORIGIN_HEADERS);
      if (status === 503) reply.header(RETRY_HEADER, RETRY_AFTER_SECONDS);
      if (shedding.take()) reply.header("connection", "close");
      reply.status(status).header("content-type", type).send(body);
      meter.answered(status, (performance.now() - started) / 1000);
      if (span !== undefined) answeredSpan(span, status, code, clock);
    };
    const fail = (error: unknown): void => {
      const refused = asApiError(error, logger);
      if (refused instanceof RateRefusal) reply.header(RETRY_HEADER, refused.retryAfterSeconds);
      finish(refused.entry.status, JSON_TYPE, refusalBody(refused), refused.entry.code);
    };

    const apiKey = header(request);
    const isUnlimited = namesUnlimited(keys, apiKey, address, clock);
    let isCounted = false;
    try {
      if (!isUnlimited) limiter.admit(source);
      const url = request.raw.url ?? "";
      const question = url.indexOf("?");
      let query = question < 0 ? "" : url.slice(question + 1);
      let body = request.body instanceof Buffer ? request.body.toString("latin1") : "";
      let caller = NOBODY;
      let alreadyRead = 0;
      switch (endpoint.security) {
        case Security.NONE:
          readBoth(query, body, raw);
          break;
        case Security.KEY:
          credentialOf(keys, apiKey, address, clock);
          readBoth(query, body, raw);
          break;
        case Security.READ:
        case Security.TRADE: {
          const credential = credentialOf(keys, apiKey, address, clock);
          const signed = checkSigned(credential, query, body);
          ({ query, body } = signed);
          checkScope(endpoint.security, credential);
          account = credential.account;
          readBoth(query, body, raw);
          alreadyRead = 1 + countTimes(raw);
          caller = new Caller(account, takeDeadline(raw, context.clock), signed.signature, credential);
          break;
        }
      }
      isCounted = true;
      if (!isUnlimited) used = limiter.take(source, endpoint.weight(raw));
      const answer = endpoint.call(scopeOf(context, span), raw, alreadyRead, caller);
      if (typeof answer === "string") finish(200, answerType, answer);
      else answer.then((text) => finish(200, answerType, text), fail);
    } catch (error) {
      if (error instanceof RateRefusal) limiter.struck(source, error);
      // Before its weight is known it counts as one, also when it only names a key without limits and can't sign.
      else if (!isCounted) limiter.note(source, 1);
      fail(error);
    }
    return reply;
  };

  app.route({ method, url: path, handler });
}

function header(request: FastifyRequest): string | undefined {
  const value = request.headers["x-mbx-apikey"];
  return typeof value === "string" ? value : undefined;
}

function readBoth(query: string, body: string, raw: RawParameters): void {
  if (query !== "") readForm(query, raw);
  if (body !== "") readForm(body, raw);
}

function countTimes(raw: RawParameters): number {
  return (raw.has("timestamp") ? 1 : 0) + (raw.has("recvWindow") ? 1 : 0);
}

function sendError(request: FastifyRequest, reply: FastifyReply, error: ApiError): FastifyReply {
  // What could not be routed has not passed the hook.
  reply.headers(DATA_HEADERS);
  if (isCrossOrigin(request.raw.headers)) reply.headers(ORIGIN_HEADERS);
  return reply.status(error.entry.status).header("content-type", JSON_TYPE).send(error.body);
}

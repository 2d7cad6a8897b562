/** The OpenAPI document of the REST side, written from the table of routes and the schemas that validate. */
import type { TSchema } from "#typebox";
import { type AnswerForm, type Endpoint, Security } from "../endpoint.js";
import { ApiError, type ErrorEntry } from "../errors.js";
import { ROUTES, type Route } from "../routes.js";
import { Components, type Json } from "./components.js";
import { EXAMPLES } from "./examples.js";
import { PARAMETER_NOTES, SIGNED_NOTES } from "./parameter-notes.js";
import { isRequired, plainParameter } from "./parameter-schema.js";
import { REFUSAL_STATUSES, Refusal, refusalsOf } from "./refusal.js";
import { weightNote } from "./weight-note.js";

const JSON_TYPE = "application/json";
const USED_WEIGHT = "X-MBX-USED-WEIGHT-1M";
const RETRY_AFTER = "Retry-After";

const INTRODUCTION = `The REST side of the exchange. The conventions are those of the Binance Spot v3 API, so that existing clients work with a change of URLs; the streams and the WebSocket API are described by [the AsyncAPI document](/docs/asyncapi.json).

**An answer means: on disk.** There is no answer to an order before the journal row that holds it is durable.

**Signing.** Signed requests carry the API key in \`X-MBX-APIKEY\`, a \`timestamp\`, and as their last parameter a \`signature\`: HMAC-SHA256 in hex (or Ed25519 in base64) over the query string and the body exactly as sent.

**Parameters** stand in the query string or, for POST, PUT and DELETE, in a form body (\`application/x-www-form-urlencoded\`), or in both; the signature is over the query string followed by the body. Numbers are plain decimals. Unknown, duplicate and empty parameters are refused, and nothing is rounded.

**Limits.** What an address and an account may use stands in \`rateLimits\` of \`exchangeInfo\`; answers carry what was used in \`X-MBX-USED-WEIGHT-1M\` and \`X-MBX-ORDER-COUNT-*\`. Too much is refused with 429, and who goes on is banned with 418, each with \`Retry-After\`. A body of more than 16 KiB is refused with 413, a line and headers of more than 16 KiB, or more than 100 headers, with 431, and a request that is not there after 10 s with 408.

**Refusals** have the body \`{"code", "msg"}\`, but for those of charts (\`/udf\`). A refused request changes nothing, except that cancel-replace can be done in part (−2021) and that the outcome after −1007 is unknown.`;

/** Names of operations: `GET /api/v3/ticker/24hr` is `getTicker24hr`. */
export function operationId({ method, path }: Pick<Route, "method" | "path">): string {
  const words = path
    .replace(/^\/(?:api\/v3|sapi\/v1)\//, "")
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== "");
  return method.toLowerCase() + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join("");
}

function tagOf({ path, endpoint }: Route): string {
  if (!/^\/s?api\//.test(path)) return path.split("/")[1]!;
  switch (endpoint.security) {
    case Security.NONE:
    case Security.KEY:
      return "public";
    case Security.READ:
      return "account";
    case Security.TRADE:
      return "orders";
  }
}

const TAG_NOTES: Readonly<Record<string, string>> = {
  public: "Market data and the exchange itself. No key is needed.",
  orders: "Signed, with a key that may TRADE.",
  account: "Signed, with a key that may READ.",
  udf: "A data feed for TradingView's charts, by their protocol: times in seconds, prices as numbers, refusals of their own form.",
};

function isSigned(endpoint: Endpoint): boolean {
  return endpoint.security === Security.READ || endpoint.security === Security.TRADE;
}

function securityOf(endpoint: Endpoint): Json {
  switch (endpoint.security) {
    case Security.NONE:
      return [];
    case Security.KEY:
      return [{ apiKey: [] }];
    case Security.READ:
    case Security.TRADE:
      return [{ apiKey: [], signature: [] }];
  }
}

function parameterOf(route: Route, name: string, schema: TSchema): Json {
  const example = EXAMPLES[`${route.method} ${route.path}`]?.[0]?.parameters[name];
  const { plain, clamps, mayBeEmpty } = plainParameter(schema);
  return {
    name,
    in: "query",
    required: isRequired(route.endpoint.parameters, name),
    description: PARAMETER_NOTES[name] ?? name,
    schema: plain,
    ...(example === undefined ? {} : { example: exampleValue(plain, example) }),
    ...(mayBeEmpty ? { allowEmptyValue: true } : {}),
    ...(clamps ? { "x-clamps": true } : {}),
  };
}

/** An example in the type that its schema has. */
function exampleValue(schema: Json, text: string): Json {
  const { type } = schema as { type?: string };
  return type === "integer" ? Number(text) : type === "boolean" ? text === "true" : text;
}

/** Whether a route can be refused with a status. */
function canRefuse({ method, path, endpoint }: Route, status: number): boolean {
  switch (status) {
    case 401:
      return endpoint.security !== Security.NONE;
    // There is no such path.
    case 404:
      return false;
    case 409:
      return path.endsWith("/cancelReplace");
    case 413:
      return method !== "GET";
    // Whether a command took effect.
    case 504:
      return endpoint.security === Security.TRADE;
    default:
      return true;
  }
}

function operationOf(route: Route, components: Components): Json {
  const { endpoint } = route;
  const key = `${route.method} ${route.path}`;
  const parameters = Object.entries(endpoint.parameters.properties as Record<string, TSchema>).map(
    ([name, schema]) => parameterOf(route, name, schema),
  );
  if (isSigned(endpoint)) {
    parameters.push({ $ref: "#/components/parameters/recvWindow" });
    parameters.push({ $ref: "#/components/parameters/timestamp" });
  }
  const refusals = REFUSAL_STATUSES.filter((status) => canRefuse(route, status));
  return {
    operationId: operationId(route),
    tags: [tagOf(route)],
    summary: endpoint.summary,
    description: descriptionOf(endpoint) + furtherExamples(key),
    security: securityOf(endpoint),
    parameters,
    responses: {
      "200": {
        description: "Done.",
        headers: headersOf(route),
        content: { [mediaTypeOf(endpoint)]: { schema: components.schema(endpoint.response) } },
      },
      ...Object.fromEntries(
        refusals.map((status) => [
          String(status),
          { $ref: `#/components/responses/${refusedName(endpoint.form, status)}` },
        ]),
      ),
    },
    "x-weight": weightNote(endpoint),
    ...(isSigned(endpoint) ? { "x-scope": endpoint.security } : {}),
    "x-examples": (EXAMPLES[key] ?? []).map(({ name, parameters }) => ({ name, parameters })),
  };
}

/** Examples after the first, which stands with the parameters. */
function furtherExamples(key: string): string {
  const [, ...further] = EXAMPLES[key] ?? [];
  if (further.length === 0) return "";
  const lines = further.map(({ name, parameters }) => {
    const pairs = Object.entries(parameters).map(([parameter, value]) => `${parameter}=${value}`);
    return `- ${name}: ${pairs.length === 0 ? "no parameters" : `\`${pairs.join("&")}\``}`;
  });
  return `\n\nAlso:\n${lines.join("\n")}`;
}

function descriptionOf(endpoint: Endpoint): string {
  const { least, most } = weightNote(endpoint);
  const weight = least === most ? `Weight ${least}.` : `Weight ${least} to ${most}, by its parameters.`;
  switch (endpoint.security) {
    case Security.NONE:
      return weight;
    case Security.KEY:
      return `Needs an API key, no signature. ${weight}`;
    case Security.READ:
    case Security.TRADE:
      return `Signed; the key needs the scope ${endpoint.security}. ${weight}`;
  }
}

/** Headers that every answer of a route has. */
function headersOf({ method, endpoint }: Route): Json {
  const names = [USED_WEIGHT];
  const countsOrders = endpoint.security === Security.TRADE && method !== "GET" && method !== "DELETE";
  if (countsOrders) names.push("X-MBX-ORDER-COUNT-10S", "X-MBX-ORDER-COUNT-1D");
  return headerReferences(names);
}

function headerReferences(names: readonly string[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** The type of an endpoint's answers, without its charset. */
function mediaTypeOf({ form }: Endpoint): string {
  return form === undefined ? JSON_TYPE : form.contentType.split(";")[0]!;
}

/** Statuses of requests that were not read to their end: no route has a form of its own for them. */
const UNREAD_STATUSES: readonly number[] = [408, 413, 431];
/** Statuses of refusals that say when to come back. */
const RETRY_STATUSES: readonly number[] = [418, 429, 503];

/** The name of the response by which routes of a form refuse with a status. */
function refusedName(form: AnswerForm | undefined, status: number): string {
  if (form === undefined || UNREAD_STATUSES.includes(status)) return `Refused${status}`;
  return `${(form.refusal as { title?: string }).title}${status}`;
}

/** Every refusal with a status, as an example of its response. */
function refusedResponse(form: AnswerForm | undefined, status: number, components: Components): Json {
  const entries = refusalsOf(status);
  const names = [
    ...(UNREAD_STATUSES.includes(status) ? [] : [USED_WEIGHT]),
    ...(RETRY_STATUSES.includes(status) ? [RETRY_AFTER] : []),
  ];
  return {
    description: entries.map(({ code, when }: ErrorEntry) => `\`${code}\` ${when}`).join("\n\n"),
    ...(names.length === 0 ? {} : { headers: headerReferences(names) }),
    content: {
      [JSON_TYPE]: {
        schema: components.schema(form?.refusal ?? Refusal),
        examples: Object.fromEntries(
          entries.map((entry, index) => {
            const error = new ApiError(entry, entry.message);
            const value = JSON.parse(form?.refusalBody(error) ?? error.body) as Json;
            return [`e${-entry.code}-${index}`, { summary: entry.when, value }];
          }),
        ),
      },
    },
  };
}

/** The responses that routes refer to. */
function refusedResponses(routes: readonly Route[], components: Components): Record<string, Json> {
  const responses: Record<string, Json> = {};
  for (const form of new Set([undefined, ...routes.map(({ endpoint }) => endpoint.form)])) {
    for (const status of REFUSAL_STATUSES) {
      const name = refusedName(form, status);
      responses[name] ??= refusedResponse(form, status, components);
    }
  }
  return responses;
}

const health = (summary: string, responses: Json): Json => ({
  get: {
    operationId: operationId({ method: "GET", path: summary }),
    tags: ["health"],
    summary,
    security: [],
    responses,
  },
});

function healthPaths(): Record<string, Json> {
  const status = (...values: string[]): Json => ({
    [JSON_TYPE]: {
      schema: {
        type: "object",
        required: ["status"],
        properties: { status: { type: "string", enum: values } },
      },
    },
  });
  return {
    "/health/live": health("Whether the process answers", {
      "200": { description: "It does.", content: status("live") },
    }),
    "/health/ready": health("Whether orders are taken", {
      "200": { description: "They are.", content: status("ready") },
      "503": { description: "They are not, right now.", content: status("not ready") },
    }),
    "/metrics": health("Metrics for Prometheus", {
      "200": { description: "Metrics.", content: { "text/plain": { schema: { type: "string" } } } },
    }),
  };
}

/** Writes the document. `version` is the exchange's. */
export function openApiDocument(version: string, routes: readonly Route[] = ROUTES): Record<string, Json> {
  const components = new Components("#/components/schemas/");
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    paths[route.path] ??= {};
    paths[route.path]![route.method.toLowerCase()] = operationOf(route, components);
  }
  const responses = refusedResponses(routes, components);
  const tags = [...new Set(routes.map(tagOf)), "health"];
  return {
    openapi: "3.1.0",
    info: {
      title: "Buttonwood",
      version,
      description: INTRODUCTION,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    tags: tags.map((name) => ({ name, description: TAG_NOTES[name] ?? name })),
    paths: { ...paths, ...healthPaths() },
    components: {
      schemas: components.all(),
      responses,
      parameters: signedParameters(),
      headers: {
        [USED_WEIGHT]: header("Weight that this address has used in the current minute."),
        "X-MBX-ORDER-COUNT-10S": header("Orders of the account in the current ten seconds."),
        "X-MBX-ORDER-COUNT-1D": header("Orders of the account in the current day."),
        [RETRY_AFTER]: header("Seconds until it may be tried again."),
      },
      securitySchemes: {
        apiKey: { type: "apiKey", in: "header", name: "X-MBX-APIKEY" },
        signature: { type: "apiKey", in: "query", name: "signature", description: SIGNED_NOTES.signature },
      },
    },
  };
}

const header = (description: string): Json => ({ description, schema: { type: "integer" } });

function signedParameters(): Json {
  return {
    timestamp: {
      name: "timestamp",
      in: "query",
      required: true,
      description: SIGNED_NOTES.timestamp,
      schema: { type: "integer", minimum: 0 },
    },
    recvWindow: {
      name: "recvWindow",
      in: "query",
      required: false,
      description: SIGNED_NOTES.recvWindow,
      schema: { type: "number", minimum: 0, maximum: 60_000, default: 5_000 },
    },
  };
}

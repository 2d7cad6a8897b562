/** The AsyncAPI document of streams, user data events and the WebSocket API, from the tables that serve them. */
import type { TObject, TSchema } from "#typebox";
import { CANDLE_INTERVALS } from "../../transport/history-port.js";
import { type Endpoint, Security } from "../endpoint.js";
import { METHODS, ROUTES } from "../routes.js";
import { Components, type Json } from "./components.js";
import { EXAMPLES, METHOD_EXAMPLES } from "./examples.js";
import { RateLimit } from "./general-answers.js";
import { PARAMETER_NOTES, SIGNED_NOTES } from "./parameter-notes.js";
import { isRequired, jsonParameter } from "./parameter-schema.js";
import { Refusal } from "./refusal.js";
import { SESSION_METHODS } from "./session-methods.js";
import { STREAM_NOTES } from "./stream-messages.js";
import { listOf } from "./terms.js";
import { ServerShutdown, USER_EVENTS } from "./user-event-messages.js";

/** Times in examples: the sender puts its own there. */
export const EXAMPLE_TIME_MS = 1_764_410_000_000;

const INTRODUCTION = `Streams of market data, an account's own events, and the WebSocket API. The REST side is described by [the OpenAPI document](/docs/openapi.json).

**Streams.** Connect to \`/ws\`, \`/ws/<stream>\` or \`/stream?streams=a/b\`; subscribe and unsubscribe with messages. A name that means nothing is no error and has no messages. \`/stream\` wraps each message as \`{"stream", "data"}\`.

**The WebSocket API** takes the REST endpoints by their method names, with the same parameters as JSON. Signed methods carry \`apiKey\`, \`timestamp\` and \`signature\`, which is over all other parameters sorted by name, \`k=v\` joined by \`&\`; after \`session.logon\` they need neither key nor signature.

**Limits.** 5 messages a second on streams, 1,024 streams and 64 KiB a message. The exchange pings every 20 s and cuts a client that was silent for 60 s.`;

const ID: Json = {
  type: ["string", "integer", "null"],
  description: "Comes back with the answer, in its own type.",
};

const API = "api";
const STREAMS = "streams";
const COMBINED = "combined";

const inChannel = (channel: string, message: string): Json => ({
  $ref: `#/channels/${channel}/messages/${message}`,
});

/** Messages of channels, and the operations over them. */
class Writer {
  readonly components = new Components("#/components/schemas/");
  readonly channels: Record<string, Record<string, Json>> = {};
  readonly operations: Record<string, Json> = {};
  readonly #messages: Record<string, Record<string, Json>> = {};

  channel(name: string, address: string, more: Record<string, Json>): void {
    this.#messages[name] = {};
    this.channels[name] = { address, ...more, messages: this.#messages[name] };
  }

  message(
    channel: string,
    name: string,
    summary: string,
    payload: Json,
    examples: readonly Json[] = [],
  ): Json {
    this.#messages[channel]![name] = {
      name,
      summary,
      payload,
      ...(examples.length === 0 ? {} : { examples: examples.map((example) => ({ payload: example })) }),
    };
    return inChannel(channel, name);
  }

  /** The exchange sends. */
  sends(name: string, channel: string, summary: string, messages: readonly Json[]): void {
    this.operations[name] = {
      action: "send",
      channel: { $ref: `#/channels/${channel}` },
      summary,
      messages: [...messages],
    };
  }

  /** The exchange receives, and answers on the same channel. */
  answers(
    name: string,
    channel: string,
    summary: string,
    request: Json,
    answers: readonly Json[],
    more: Record<string, Json> = {},
  ): void {
    this.operations[name] = {
      action: "receive",
      channel: { $ref: `#/channels/${channel}` },
      summary,
      messages: [request],
      reply: { channel: { $ref: `#/channels/${channel}` }, messages: [...answers] },
      ...more,
    };
  }
}

function objectOf(
  properties: Record<string, Json>,
  required: readonly string[] = Object.keys(properties),
): Json {
  return { type: "object", required: [...required], properties };
}

function writeStreams(writer: Writer): void {
  const parameters: Record<string, Json> = {
    symbol: { description: "The symbol in lower case.", examples: ["btcusdt"] },
    interval: { description: "Length of a candle.", enum: Object.keys(CANDLE_INTERVALS) },
    levels: { description: "Levels of each side.", enum: ["5", "10", "20"] },
  };
  for (const [kind, { name, example, summary, message }] of Object.entries(STREAM_NOTES)) {
    const used = Object.keys(parameters).filter((parameter) => name.includes(`{${parameter}}`));
    writer.channel(kind, `/ws/${name}`, {
      summary,
      ...(used.length === 0
        ? {}
        : { parameters: Object.fromEntries(used.map((parameter) => [parameter, parameters[parameter]!])) }),
      "x-example": example,
    });
    const sent = writer.message(kind, "event", summary, writer.components.schema(message));
    writer.sends(`stream.${kind}`, kind, summary, [sent]);
  }
}

/** Messages by which streams are subscribed to; they are the same on `/ws` and `/stream`. */
const CONTROLS: Readonly<Record<string, { summary: string; params?: Json; example?: Json; result: Json }>> = {
  SUBSCRIBE: {
    summary: "Subscribes to streams.",
    params: { type: "array", items: { type: "string" }, maxItems: 1024 },
    example: ["btcusdt@trade", "btcusdt@depth@100ms"],
    result: { type: "null" },
  },
  LIST_SUBSCRIPTIONS: {
    summary: "Names of the streams that are subscribed to.",
    result: { type: "array", items: { type: "string" } },
  },
  UNSUBSCRIBE: {
    summary: "Ends streams.",
    params: { type: "array", items: { type: "string" }, maxItems: 1024 },
    example: ["btcusdt@trade"],
    result: { type: "null" },
  },
  SET_PROPERTY: {
    summary: "Whether messages are wrapped with their stream's name.",
    params: {
      type: "array",
      prefixItems: [{ const: "combined" }, { type: "boolean" }],
      items: false,
      minItems: 2,
    },
    example: ["combined", true],
    result: { type: "null" },
  },
  GET_PROPERTY: {
    summary: "Whether messages are wrapped with their stream's name.",
    params: { type: "array", prefixItems: [{ const: "combined" }], items: false, minItems: 1 },
    example: ["combined"],
    result: { type: "boolean" },
  },
};

function writeControls(writer: Writer): void {
  writer.channel(STREAMS, "/ws", { summary: "Streams, each message bare." });
  writer.channel(COMBINED, "/stream", {
    summary: "Streams, each message wrapped with its stream's name.",
    bindings: {
      ws: {
        query: {
          type: "object",
          properties: { streams: { type: "string", description: "Names, joined by /." } },
        },
      },
    },
  });
  writer.sends("combined.event", COMBINED, "A stream's message with its name.", [
    writer.message(
      COMBINED,
      "event",
      "A stream's message with its name.",
      objectOf({ stream: { type: "string" }, data: {} }),
    ),
  ]);
  const refused = writer.message(
    STREAMS,
    "refused",
    "Why not.",
    objectOf({ error: writer.components.schema(Refusal), id: ID }),
  );
  for (const [method, { summary, params, example, result }] of Object.entries(CONTROLS)) {
    const payload = objectOf(
      { method: { const: method }, ...(params === undefined ? {} : { params }), id: ID },
      ["method", ...(params === undefined ? [] : ["params"])],
    );
    const request = { method, ...(example === undefined ? {} : { params: example }), id: 1 };
    writer.answers(
      `streams.${method}`,
      STREAMS,
      summary,
      writer.message(STREAMS, method, summary, payload, [request]),
      [writer.message(STREAMS, `${method}.done`, "Done.", objectOf({ result, id: ID })), refused],
    );
  }
}

const SIGNED_PARAMETERS: Record<string, Json> = {
  apiKey: { type: "string", description: "Left out after session.logon." },
  timestamp: { type: "integer", description: SIGNED_NOTES.timestamp },
  recvWindow: { type: "number", description: SIGNED_NOTES.recvWindow },
  signature: { type: "string", description: "Left out after session.logon." },
};

function isSigned({ security }: Endpoint): boolean {
  return security === Security.READ || security === Security.TRADE;
}

function parametersOf(endpoint: Endpoint): Json {
  const parameters: TObject = endpoint.parameters;
  const properties = Object.fromEntries(
    Object.entries(parameters.properties as Record<string, TSchema>).map(([name, schema]) => [
      name,
      { ...(jsonParameter(schema) as Record<string, Json>), description: PARAMETER_NOTES[name] ?? name },
    ]),
  );
  const required = Object.keys(properties).filter((name) => isRequired(parameters, name));
  if (!isSigned(endpoint)) return objectOf({ ...properties, apiKey: { type: "string" } }, required);
  return objectOf({ ...properties, ...SIGNED_PARAMETERS }, [...required, "timestamp"]);
}

/** A method's examples are those of the REST path that leads to the same endpoint, with values in JSON's own types. */
export function methodExamples(method: string, endpoint: Endpoint): readonly Record<string, Json>[] {
  const own = METHOD_EXAMPLES[method] as Record<string, Json> | undefined;
  const route = ROUTES.find((entry) => entry.endpoint === endpoint);
  const examples = route === undefined ? [] : (EXAMPLES[`${route.method} ${route.path}`] ?? []);
  const schemas = endpoint.parameters.properties as Record<string, TSchema>;
  const all: Record<string, Json>[] = own === undefined ? [] : [own];
  for (const { parameters } of examples) {
    all.push(
      Object.fromEntries(
        Object.entries(parameters).map(([name, text]) => [
          name,
          jsonValue(jsonParameter(schemas[name]!), text),
        ]),
      ),
    );
  }
  return all.map((params) => (isSigned(endpoint) ? { ...params, timestamp: EXAMPLE_TIME_MS } : params));
}

function jsonValue(schema: Json, text: string): Json {
  const { type } = schema as { type?: string };
  return type === "string" || type === undefined ? text : (JSON.parse(text) as Json);
}

function writeApi(writer: Writer): void {
  writer.channel(API, "/ws-api/v3", { summary: "Requests and answers, and an account's own events." });
  const limits = writer.components.schema(listOf(RateLimit));
  const refused = writer.message(
    API,
    "refused",
    "Why not.",
    objectOf(
      { id: ID, status: { type: "integer" }, error: writer.components.schema(Refusal), rateLimits: limits },
      ["id", "status", "error"],
    ),
  );
  const write = (
    method: string,
    summary: string,
    params: Json,
    response: TSchema,
    examples: readonly Record<string, Json>[],
    more: Record<string, Json>,
  ): void => {
    const payload = objectOf({ id: ID, method: { const: method }, params }, ["method"]);
    const request = writer.message(
      API,
      method,
      summary,
      payload,
      examples.map((example) => ({ id: 1, method, params: example })),
    );
    const answer = writer.message(
      API,
      `${method}.answer`,
      "The answer.",
      objectOf(
        { id: ID, status: { const: 200 }, result: writer.components.schema(response), rateLimits: limits },
        ["id", "status", "result"],
      ),
    );
    writer.answers(`call.${method}`, API, summary, request, [answer, refused], more);
  };
  for (const [method, { summary, isSigned, parameters, response }] of Object.entries(SESSION_METHODS)) {
    const own = (parameters as TObject).properties as unknown as Record<string, Json>;
    const params = isSigned
      ? objectOf({ ...own, ...SIGNED_PARAMETERS }, ["apiKey", "timestamp", "signature"])
      : objectOf(own, []);
    const example: Record<string, Json> = isSigned
      ? { apiKey: "YOUR_KEY", timestamp: EXAMPLE_TIME_MS, signature: "SIGNATURE" }
      : {};
    write(method, summary, params, response, [example], { "x-signed": isSigned });
  }
  for (const [method, endpoint] of METHODS) {
    write(
      method,
      endpoint.summary,
      parametersOf(endpoint),
      endpoint.response,
      methodExamples(method, endpoint),
      {
        "x-security": endpoint.security,
      },
    );
  }
  const events = Object.entries(USER_EVENTS).map(([name, { summary, message }]) =>
    writer.message(API, name, summary, writer.components.schema(message)),
  );
  const shutdown = writer.message(
    API,
    "serverShutdown",
    "The exchange stops; connect again.",
    objectOf({ event: writer.components.schema(ServerShutdown) }),
  );
  writer.sends("userEvents", API, "An account's own orders and balances.", [...events, shutdown]);
}

/** Writes the document. `version` is the exchange's. */
export function asyncApiDocument(version: string): Record<string, Json> {
  const writer = new Writer();
  writeControls(writer);
  writeStreams(writer);
  writeApi(writer);
  writer.sends("streams.shutdown", STREAMS, "The exchange stops; connect again.", [
    writer.message(
      STREAMS,
      "serverShutdown",
      "The exchange stops; connect again.",
      writer.components.schema(ServerShutdown),
    ),
  ]);
  return asDraft07({
    asyncapi: "3.0.0",
    info: {
      title: "Buttonwood",
      version,
      description: INTRODUCTION,
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    defaultContentType: "application/json",
    servers: {
      exchange: {
        host: "{host}",
        protocol: "ws",
        variables: { host: { default: "localhost:8080", description: "Where the exchange listens." } },
      },
    },
    channels: writer.channels,
    operations: writer.operations,
    components: { schemas: writer.components.all() },
  }) as Record<string, Json>;
}

/** AsyncAPI's schemas are of draft 07, which writes lists of fixed length in another way. */
function asDraft07(value: Json): Json {
  if (Array.isArray(value)) return value.map(asDraft07);
  if (typeof value !== "object" || value === null) return value;
  const { prefixItems, items, ...others } = value as Record<string, Json>;
  const members = Object.fromEntries(
    Object.entries(others).map(([name, member]) => [name, asDraft07(member)]),
  );
  if (prefixItems !== undefined) return { ...members, items: asDraft07(prefixItems), additionalItems: false };
  return items === undefined ? members : { ...members, items: asDraft07(items) };
}

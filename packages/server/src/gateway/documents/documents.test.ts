/** The documents are valid, complete, and written from the tables that serve. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, it } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type TSchema, Type } from "#typebox";
import { ApiErrors } from "../errors.js";
import { METHODS, ROUTES } from "../routes.js";
import { OwnMethod } from "../websocket/own-methods.js";
import { parseStreamName, StreamKind } from "../websocket/stream-kinds.js";
import { asyncApiDocument } from "./asyncapi.js";
import { Components, type Json } from "./components.js";
import { EXAMPLES, METHOD_EXAMPLES } from "./examples.js";
import { openApiDocument, operationId } from "./openapi.js";
import { PARAMETER_NOTES } from "./parameter-notes.js";
import { STREAM_NOTES } from "./stream-messages.js";

const openApi = openApiDocument("1.2.3");
const asyncApi = asyncApiDocument("1.2.3");

function report(problems: readonly string[]): void {
  assert.equal(problems.length, 0, `\n${problems.join("\n")}\n`);
}

describe("every route and method", () => {
  it("has a response schema, a summary, an example and a note on each parameter", () => {
    const problems: string[] = [];
    const entries = [
      ...ROUTES.map(({ method, path, endpoint }) => [`${method} ${path}`, endpoint] as const),
      ...METHODS,
    ];
    for (const [name, endpoint] of entries) {
      const { response, summary } = endpoint as { response?: TSchema; summary?: string };
      if (response === undefined) {
        problems.push(
          `${name} has no response schema: write one in gateway/documents and name it as \`response\` of the endpoint`,
        );
      }
      if (summary === undefined || !summary.endsWith(".")) {
        problems.push(
          `${name} has no summary: say in one sentence what it does, as \`summary\` of the endpoint`,
        );
      }
      for (const parameter of Object.keys(endpoint.parameters.properties)) {
        if (PARAMETER_NOTES[parameter] === undefined) {
          problems.push(
            `${name} takes ${parameter}: say what it means in gateway/documents/parameter-notes.ts`,
          );
        }
      }
      const hasPath = ROUTES.some((route) => route.endpoint === endpoint);
      if (
        hasPath ? name.includes(" ") && EXAMPLES[name] === undefined : METHOD_EXAMPLES[name] === undefined
      ) {
        problems.push(`${name} has no example: add one that runs to gateway/documents/examples.ts`);
      }
    }
    for (const name of Object.keys(EXAMPLES)) {
      if (!ROUTES.some(({ method, path }) => `${method} ${path}` === name)) {
        problems.push(`gateway/documents/examples.ts has examples of ${name}, which is no route`);
      }
    }
    report(problems);
  });

  it("has an operation of its own name", () => {
    const names = ROUTES.map(operationId);
    assert.equal(new Set(names).size, names.length, names.join(" "));
    for (const { method, path } of ROUTES) {
      const item = (openApi.paths as Record<string, Record<string, Json>>)[path];
      assert.ok(item?.[method.toLowerCase()] !== undefined, `${method} ${path}`);
    }
    const operations = asyncApi.operations as Record<string, Json>;
    for (const method of [...METHODS.keys(), ...Object.values(OwnMethod)]) {
      assert.ok(operations[`call.${method}`] !== undefined, method);
    }
    for (const kind of Object.values(StreamKind)) assert.ok(operations[`stream.${kind}`] !== undefined, kind);
  });
});

describe("the OpenAPI document", () => {
  it("is valid", async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(openApi));
    assert.ok(valid, JSON.stringify(errors, undefined, 1));
    assert.equal(validator.version, "3.1");
  });

  it("has schemas that compile, and no reference to nothing", () => {
    const ajv = new Ajv2020({ strict: false, validateSchema: true });
    ajv.addSchema(structuredClone(openApi) as object, "openapi");
    const text = JSON.stringify(openApi);
    const references = new Set([...text.matchAll(/"\$ref":"#([^"]+)"/g)].map((match) => match[1]!));
    assert.ok(references.size > 40);
    for (const reference of references) {
      if (reference.startsWith("/components/schemas/")) ajv.compile({ $ref: `openapi#${reference}` });
      assert.notEqual(at(openApi, reference), undefined, reference);
    }
  });

  it("tells every refusal of the list", () => {
    const text = JSON.stringify(openApi.components);
    for (const { code, when } of Object.values(ApiErrors)) {
      assert.ok(text.includes(JSON.stringify(`\`${code}\` ${when}`).slice(1, -1)), `${code} ${when}`);
    }
  });

  it("is the same whenever it is written", () => {
    assert.equal(JSON.stringify(openApiDocument("1.2.3")), JSON.stringify(openApi));
  });
});

describe("the AsyncAPI document", () => {
  it("is valid by AsyncAPI's own schema", () => {
    const path = createRequire(import.meta.url).resolve("@asyncapi/specs/schemas/3.0.0.json");
    const schema = JSON.parse(readFileSync(path, "utf8")) as object;
    // It brings draft 07 itself, which ajv would know twice.
    const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false });
    const validate = ajv.compile(schema);
    assert.ok(validate(asyncApi), JSON.stringify(validate.errors?.slice(0, 5), undefined, 1));
    assert.ok(!validate({ ...asyncApi, channels: { x: { address: 5 } } }), "the schema refuses nothing");
  });

  it("has schemas that compile and that its examples meet", () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    ajv.addSchema(structuredClone(asyncApi) as object, "asyncapi");
    let examples = 0;
    for (const [channel, { messages }] of Object.entries(
      asyncApi.channels as Record<string, { messages: Record<string, { examples?: { payload: Json }[] }> }>,
    )) {
      for (const [name, message] of Object.entries(messages)) {
        const validate = ajv.compile({
          $ref: `asyncapi#/channels/${encodeURIComponent(channel)}/messages/${encodeURIComponent(name)}/payload`,
        });
        for (const { payload } of message.examples ?? []) {
          assert.ok(
            validate(payload),
            `${name} ${JSON.stringify(payload)}: ${ajv.errorsText(validate.errors)}`,
          );
          examples++;
        }
      }
    }
    assert.ok(examples > 40, String(examples));
    for (const match of JSON.stringify(asyncApi).matchAll(/"\$ref":"#([^"]+)"/g)) {
      assert.notEqual(at(asyncApi, match[1]!), undefined, match[1]);
    }
  });

  it("names streams as the exchange reads them", () => {
    for (const [kind, { name, example }] of Object.entries(STREAM_NOTES)) {
      assert.equal(parseStreamName(example)?.kind, kind);
      const filled = name.replace("{symbol}", "btcusdt").replace("{interval}", "1m").replace("{levels}", "5");
      assert.equal(filled, example);
    }
  });
});

describe("components", () => {
  it("refuse two schemas of one title", () => {
    const components = new Components("#/");
    components.schema(Type.Object({}, { title: "A" }));
    assert.throws(() => components.schema(Type.String({ title: "A" })), /two different schemas .* title A/);
  });
});

/** What a JSON pointer leads to. */
function at(document: Json, pointer: string): Json | undefined {
  let place: Json | undefined = document;
  for (const part of pointer.slice(1).split("/")) {
    const name = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
    place = (place as Record<string, Json> | undefined)?.[name];
  }
  return place;
}

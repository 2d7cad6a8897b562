/** Runs in the page: the AsyncAPI document as lists that can be read. */

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema | readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
}
interface Message {
  readonly $ref?: string;
  readonly payload?: Schema;
  readonly examples?: readonly { readonly payload: unknown }[];
}
interface Operation {
  readonly action: "send" | "receive";
  readonly summary: string;
  readonly channel: { readonly $ref: string };
  readonly messages: readonly Message[];
  readonly reply?: { readonly messages: readonly Message[] };
}
interface AsyncApi {
  readonly info: { readonly description: string };
  readonly channels: Readonly<Record<string, { readonly address: string }>>;
  readonly operations: Readonly<Record<string, Operation>>;
}

/** An element with text or children; text is never read as HTML. */
function make(tag: string, content: string | readonly Node[] = [], className = ""): HTMLElement {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  if (typeof content === "string") element.textContent = content;
  else element.append(...content);
  return element;
}

class Reader {
  constructor(readonly source: AsyncApi) {}

  /** What a reference leads to. */
  resolve<T extends { readonly $ref?: string }>(value: T): T {
    if (value.$ref === undefined) return value;
    let place: unknown = this.source;
    for (const part of value.$ref.slice(2).split("/")) place = (place as Record<string, unknown>)[part];
    return this.resolve(place as T);
  }

  typeOf(schema: Schema): string {
    const { type, anyOf, items, pattern } = this.resolve(schema);
    const { const: only, enum: members } = this.resolve(schema);
    if (only !== undefined) return JSON.stringify(only);
    if (members !== undefined) return members.map((member) => String(member)).join(" | ");
    if (anyOf !== undefined) return [...new Set(anyOf.map((one) => this.typeOf(one)))].join(" | ");
    if (type === "array" && items !== undefined) {
      return Array.isArray(items)
        ? `[${(items as readonly Schema[]).map((one) => this.typeOf(one)).join(", ")}]`
        : `list of ${this.typeOf(items as Schema)}`;
    }
    if (type === "string" && pattern?.includes("[0-9]+(") === true) return "decimal";
    return Array.isArray(type) ? type.join(" | ") : String(type ?? "any");
  }

  /** Fields of an object, those of objects inside it below it with their path. */
  *fields(schema: Schema, path = ""): Generator<readonly [string, string, string]> {
    const { properties = {}, required = [] } = this.resolve(schema);
    for (const [name, field] of Object.entries(properties)) {
      const resolved = this.resolve(field);
      const optional = required.includes(name) ? "" : "optional. ";
      yield [path + name, this.typeOf(field), optional + (field.description ?? resolved.description ?? "")];
      if (resolved.properties !== undefined) yield* this.fields(resolved, `${path}${name}.`);
      const items = resolved.items;
      if (items !== undefined && !Array.isArray(items))
        yield* this.fields(items as Schema, `${path}${name}[].`);
    }
  }
}

function fieldTable(reader: Reader, schema: Schema): HTMLElement {
  const resolved = reader.resolve(schema);
  const list =
    resolved.type === "array" && !Array.isArray(resolved.items) ? (resolved.items as Schema) : undefined;
  const rows = [...reader.fields(list ?? resolved)].map(([name, type, note]) =>
    make("tr", [make("td", [make("code", name)]), make("td", type), make("td", note, "muted")]),
  );
  if (rows.length === 0) return make("p", reader.typeOf(schema), "fields");
  const head = make("thead", [make("tr", [make("th", "field"), make("th", "type"), make("th", "meaning")])]);
  return make("div", [make("table", [head, make("tbody", rows)])], "fields");
}

function streamEntry(reader: Reader, operation: Operation): HTMLElement {
  const channel = operation.channel.$ref.split("/").at(-1)!;
  const { address } = reader.source.channels[channel]!;
  const payload = reader.resolve(operation.messages[0]!).payload!;
  return make("details", [
    make("summary", [make("code", address.replace("/ws/", "")), make("span", operation.summary)]),
    fieldTable(reader, payload),
  ]);
}

function callEntry(reader: Reader, title: string, operation: Operation): HTMLElement {
  const request = reader.resolve(operation.messages[0]!);
  const params = request.payload?.properties?.params;
  const answer = operation.reply === undefined ? undefined : reader.resolve(operation.reply.messages[0]!);
  const result = answer?.payload?.properties?.result;
  const parts: HTMLElement[] = [];
  for (const { payload } of request.examples ?? [])
    parts.push(make("pre", JSON.stringify(payload, undefined, 1)));
  if (params !== undefined) parts.push(make("h3", "Parameters"), fieldTable(reader, params));
  if (result !== undefined) parts.push(make("h3", "Result"), fieldTable(reader, result));
  return make("details", [make("summary", [make("code", title), make("span", operation.summary)]), ...parts]);
}

/** `code` and **strong** of the introduction; everything else is text. */
function paragraph(text: string): HTMLElement {
  const nodes = text
    .replace(/\[([^\]]+)\]\([^)]+\)/g, "$1")
    .split(/(`[^`]+`|\*\*[^*]+\*\*)/)
    .map((part) => {
      if (part.startsWith("`")) return make("code", part.slice(1, -1));
      if (part.startsWith("**")) return make("strong", part.slice(2, -2));
      return document.createTextNode(part);
    });
  return make("p", nodes);
}

async function show(): Promise<void> {
  const source = (await (await fetch("asyncapi.json")).json()) as AsyncApi;
  const reader = new Reader(source);
  const operations = Object.entries(source.operations);
  const named = (prefix: string): [string, Operation][] =>
    operations.filter(([name]) => name.startsWith(prefix));
  const events = source.operations.userEvents?.messages ?? [];
  document.getElementById("document")!.replaceChildren(
    ...source.info.description.split("\n\n").map(paragraph),
    make("h2", "Streams"),
    ...named("stream.").map(([, operation]) => streamEntry(reader, operation)),
    make("h2", "Subscribing"),
    ...named("streams.")
      .filter(([, { action }]) => action === "receive")
      .map(([name, operation]) => callEntry(reader, name.slice("streams.".length), operation)),
    make("h2", "The WebSocket API"),
    ...named("call.").map(([name, operation]) => callEntry(reader, name.slice("call.".length), operation)),
    make("h2", "An account's own events"),
    ...events.map((message) => {
      const { payload } = reader.resolve(message);
      const title = message.$ref?.split("/").at(-1) ?? "";
      return make("details", [make("summary", [make("code", title)]), fieldTable(reader, payload ?? {})]);
    }),
  );
}

void show();

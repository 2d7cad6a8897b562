/** From a parameter's schema, as it validates, to the one that stands in a document. */
import type { TObject, TSchema } from "#typebox";
import type { Json } from "./components.js";

export interface PlainParameter {
  readonly plain: Json;
  /** Larger values count as the maximum. */
  readonly clamps: boolean;
  /** Sent empty it counts as not sent. */
  readonly mayBeEmpty: boolean;
}

/** A parameter as text in a query, without the hints that are the reader's own. */
export function plainParameter(schema: TSchema): PlainParameter {
  const source = schema as unknown as Record<string, Json>;
  const form = source["x-form"];
  // A list travels as JSON text.
  if (form !== undefined)
    return { plain: { type: "string", pattern: form }, clamps: false, mayBeEmpty: false };
  const plain: Record<string, Json> = source.enum === undefined ? {} : { type: "string" };
  for (const [name, value] of Object.entries(source)) if (!name.startsWith("x-")) plain[name] = value;
  return { plain, clamps: source["x-clamp"] === true, mayBeEmpty: source["x-empty"] === true };
}

/** A parameter as a value of a JSON message. */
export function jsonParameter(schema: TSchema): Json {
  const source = schema as unknown as Record<string, Json>;
  if (source["x-json"] !== undefined) return source["x-json"];
  if (source["x-form"] !== undefined) return { type: "array", items: { type: "string" } };
  return plainParameter(schema).plain;
}

export function isRequired(parameters: TObject, name: string): boolean {
  const required = (parameters as { required?: readonly string[] }).required ?? [];
  const { default: byDefault } = (parameters.properties as Record<string, { default?: unknown }>)[name]!;
  return required.includes(name) && byDefault === undefined;
}

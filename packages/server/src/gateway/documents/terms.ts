/**
 * The vocabulary of answers: schemas of what stands in many of them. An answer's schema says what a client may rely
 * on; the documents are written from it, and the tests hold the answers against it. A schema with a title becomes a
 * component of that name.
 */
import { type TSchema, Type } from "#typebox";

/** A plain decimal in a string, so that no client reads it as a float by accident. */
export const amount = (description?: string) =>
  Type.String({
    pattern: "^-?[0-9]+(\\.[0-9]+)?$",
    examples: ["0.10000000"],
    ...(description === undefined ? {} : { description }),
  });
/** ms since 1970. */
export const ms = (description = "ms since 1970") => Type.Integer({ minimum: 0, description });
/** ms since 1970, or −1 for not yet. */
export const msOrNever = (description: string) => Type.Integer({ minimum: -1, description });
export const id = (description?: string) =>
  Type.Integer({ minimum: 0, ...(description === undefined ? {} : { description }) });
/** An id, or −1 where there is none. */
export const idOrNone = (description: string) => Type.Integer({ minimum: -1, description });
export const count = (description?: string) =>
  Type.Integer({ minimum: 0, ...(description === undefined ? {} : { description }) });
export const text = (description?: string) => Type.String(description === undefined ? {} : { description });
export const yesNo = (description?: string) => Type.Boolean(description === undefined ? {} : { description });
export const symbolName = () => Type.String({ examples: ["BTCUSDT"] });
export const assetName = () => Type.String({ examples: ["BTC"] });
export const listOf = <T extends TSchema>(items: T, options: Record<string, unknown> = {}) =>
  Type.Array(items, options);
/** One of a closed set; a list by number may have holes. */
export const member = (members: readonly string[], options: object = {}) =>
  Type.Unsafe<string>({ type: "string", enum: members.filter(Boolean), ...options });
/** Exactly one text. */
export const only = (value: string) => Type.Unsafe<string>({ type: "string", const: value });
export const anyOf = (schemas: readonly TSchema[], options: object = {}) =>
  Type.Unsafe<unknown>({ anyOf: schemas, ...options });
export const orNull = (schema: TSchema) => anyOf([schema, Type.Null()]);
/** A list of fixed length, each place with its own meaning. */
export const row = (places: readonly TSchema[], options: object = {}) =>
  Type.Unsafe<readonly unknown[]>({
    type: "array",
    prefixItems: places,
    items: false,
    minItems: places.length,
    ...options,
  });
/** An object for one symbol, a list for several. */
export const oneOrMany = (schema: TSchema) => anyOf([schema, Type.Array(schema)]);
export const object = Type.Object;
export const optional = Type.Optional;

/** `{}`: there is nothing to say but that it was done. */
export const Nothing = Type.Object({}, { title: "Nothing" });

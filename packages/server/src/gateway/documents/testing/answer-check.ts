/** Holds answers against a document's schemas, more strictly than clients may: what is not described is refused. */
import type { Json } from "../components.js";

/** What is used of ajv, of the class for the document's dialect. */
export interface SchemaCompiler {
  addSchema(schema: object, key: string): unknown;
  compile(schema: object): ((value: unknown) => unknown) & { readonly errors?: unknown };
  // biome-ignore lint/suspicious/noExplicitAny: its errors are passed on as they are.
  errorsText(errors: any): string;
}

/** The options for ajv: the documents hold words of their own, and formats are none of the schemas' promises. */
export const COMPILER_OPTIONS = { strict: false, validateFormats: false } as const;

export type Check = (value: unknown) => string | undefined;

/** Schemas of the document at these pointers, compiled once each. */
export class AnswerCheck {
  readonly #ajv: SchemaCompiler;
  readonly #checks = new Map<string, Check>();

  constructor(ajv: SchemaCompiler, document: Json) {
    this.#ajv = ajv;
    this.#ajv.addSchema(closed(document) as object, "document");
  }

  /** The check of a schema; it returns what is wrong, or undefined. */
  at(pointer: string): Check {
    let check = this.#checks.get(pointer);
    if (check === undefined) {
      const validate = this.#ajv.compile({ $ref: `document#${pointer}` });
      check = (value) =>
        validate(value)
          ? undefined
          : `${this.#ajv.errorsText(validate.errors)} in ${JSON.stringify(value).slice(0, 600)}`;
      this.#checks.set(pointer, check);
    }
    return check;
  }
}

/** A name as a part of a JSON pointer in a URI. */
export function pointerPart(name: string): string {
  return encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));
}

/** The same with every object that names its members having no others. */
function closed(value: Json): Json {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, closed(member)]));
  const isOpen = members.type === "object" && typeof members.properties === "object";
  return isOpen && members.additionalProperties === undefined
    ? { ...members, additionalProperties: false }
    : members;
}

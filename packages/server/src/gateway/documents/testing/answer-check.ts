/** Holds answers against a document's schemas, more strictly than clients may: what is not described is refused. */
import { Ajv, type AnySchemaObject, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Json } from "../components.js";

export type Check = (value: unknown) => string | undefined;

/** Schemas of the document at these pointers, compiled once each. */
export class AnswerCheck {
  readonly #ajv: Ajv | Ajv2020;
  readonly #checks = new Map<string, Check>();

  constructor(document: Json, dialect: "2020-12" | "draft-07") {
    const options = { strict: false, validateFormats: false, allErrors: false } as const;
    this.#ajv = dialect === "2020-12" ? new Ajv2020(options) : new Ajv(options);
    this.#ajv.addSchema(closed(document) as AnySchemaObject, "document");
  }

  /** The check of a schema; it returns what is wrong, or undefined. */
  at(pointer: string): Check {
    let check = this.#checks.get(pointer);
    if (check === undefined) {
      const validate: ValidateFunction = this.#ajv.compile({ $ref: `document#${pointer}` });
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

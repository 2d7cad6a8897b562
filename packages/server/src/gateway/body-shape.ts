import type { TSchema } from "#typebox";
import { Compile } from "#typebox/schema";

/** Of a name that a client made up, an answer repeats no more characters than this. */
const NAME_CHARS_MAX = 40;

/**
 * Checks values against a schema and says what the first one that does not fit is and should be, e.g.
 * `account must be integer`; undefined when all fits. `whole` is what the value is called itself. The schema is
 * compiled when the first value comes: dozens of gateways start at once, and most never see one.
 */
export function bodyShape(schema: TSchema, whole = "the body"): (body: unknown) => string | undefined {
  let shape: ReturnType<typeof Compile> | undefined;
  return (body) => {
    shape ??= Compile(schema);
    if (shape.Check(body)) return undefined;
    const [, errors] = shape.Errors(body);
    const [first] = errors;
    if (first === undefined) return `${whole} does not fit`;
    const place = placeOf(first.instancePath) || whole;
    // What the schema does not name meets the schema `false`.
    if (first.keyword === "boolean") return `${place} is not known here`;
    const here = errors.filter(({ instancePath }) => instancePath === first.instancePath);
    if (!here.some(({ keyword }) => keyword === "anyOf")) return `${place} ${first.message}`;
    const branches = here.filter(({ keyword }) => keyword !== "anyOf").map(({ message }) => message);
    return `${place} ${[...new Set(branches)].join(" or ")}`;
  };
}

/** A JSON pointer (RFC 6901) as people write it: `scopes.0`. */
function placeOf(pointer: string): string {
  return pointer
    .slice(1)
    .split("/")
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((name) => (name.length > NAME_CHARS_MAX ? `${name.slice(0, NAME_CHARS_MAX)}…` : name))
    .join(".")
    .replaceAll(/\p{C}/gu, "?");
}

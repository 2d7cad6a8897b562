import type { TSchema } from "#typebox";
import { Compile } from "#typebox/schema";

/**
 * Checks bodies against a schema and says what the first value that does not fit is and should be, e.g.
 * `account must be string`; undefined when all fits. The schema is compiled when the first body comes: dozens of
 * gateways start at once, and most never see one.
 */
export function bodyShape(schema: TSchema): (body: unknown) => string | undefined {
  let shape: ReturnType<typeof Compile> | undefined;
  return (body) => {
    shape ??= Compile(schema);
    if (shape.Check(body)) return undefined;
    const [, [first]] = shape.Errors(body);
    const place = first?.instancePath.slice(1).replaceAll("/", ".") ?? "";
    return `${place === "" ? "the body" : place} ${first?.message ?? ""}`;
  };
}

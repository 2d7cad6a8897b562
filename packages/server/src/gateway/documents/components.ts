/** Schemas with a title, gathered under it and referred to by it. */
import type { TSchema } from "#typebox";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

export class Components {
  readonly #prefix: string;
  readonly #schemas = new Map<string, { readonly source: object; readonly json: Json }>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** A schema as it stands in a document: whole, or a reference when it has a title. Two of one title must be equal. */
  schema(schema: TSchema): Json {
    return this.#place(schema as unknown as Json);
  }

  all(): Record<string, Json> {
    const sorted = [...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(sorted.map(([title, { json }]) => [title, json]));
  }

  #place(value: Json): Json {
    if (Array.isArray(value)) return value.map((item) => this.#place(item));
    if (typeof value !== "object" || value === null) return value;
    const { title } = value as { title?: unknown };
    if (typeof title !== "string") return this.#members(value as Record<string, Json>);
    const known = this.#schemas.get(title);
    if (known === undefined) {
      const json = this.#members(value as Record<string, Json>);
      this.#schemas.set(title, { source: value, json });
    } else if (known.source !== value && JSON.stringify(known.source) !== JSON.stringify(value)) {
      throw new Error(`two different schemas have the title ${title}: give one of them another`);
    }
    return { $ref: `${this.#prefix}${title}` };
  }

  #members(value: Readonly<Record<string, Json>>): Json {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, this.#place(member)]));
  }
}

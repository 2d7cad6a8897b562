import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLMap,
} from "yaml";

/** Something wrong in a YAML file, and where. */
export interface YamlProblem {
  /** From 1. */
  readonly line: number;
  readonly column: number;
  /** What is wrong, and what to write instead. */
  readonly text: string;
}

/** A YAML file while it is read: collects everything that is wrong with it, so that all can be put right at once. */
export class YamlFile {
  readonly problems: YamlProblem[] = [];
  readonly #lines = new LineCounter();
  readonly #document: Document;

  constructor(text: string) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    for (const { message, pos } of [...this.#document.errors, ...this.#document.warnings]) {
      this.#add(pos[0], `this is no YAML: ${message}`);
    }
  }

  /** The file's mapping; undefined, with a problem noted, when it holds something else. */
  root(): YamlSection | undefined {
    const { contents } = this.#document;
    if (isMap(contents)) return new YamlSection(this, contents as YAMLMap);
    if (this.problems.length === 0)
      this.#add(0, "the file must hold keys and values, beginning with `partitions:`");
    return undefined;
  }

  /** Notes what is wrong at a place. */
  problem(node: Node, text: string): void {
    this.#add(node.range?.[0] ?? 0, text);
  }

  /** Line of a place, from 1. */
  lineOf(node: Node): number {
    return this.#lines.linePos(node.range?.[0] ?? 0).line;
  }

  /** What an alias stands for; every other node as it is. */
  resolved(node: unknown): Node | undefined {
    return (isAlias(node) ? node.resolve(this.#document) : node) as Node | undefined;
  }

  #add(offset: number, text: string): void {
    const { line, col } = this.#lines.linePos(offset);
    this.problems.push({ line, column: col, text });
  }
}

/**
 * One mapping of a YAML file. Every value is asked for by its key and checked; `end` then reports the keys that
 * nobody asked for. After a problem a harmless value is answered, so that reading goes on.
 */
export class YamlSection {
  readonly #file: YamlFile;
  readonly #map: YAMLMap;
  readonly #asked = new Set<string>();

  constructor(file: YamlFile, map: YAMLMap) {
    this.#file = file;
    this.#map = map;
  }

  /** Where the value of a key stands; where the section stands when it has none. */
  place(key: string): Node {
    return this.#node(key) ?? this.#map;
  }

  has(key: string): boolean {
    return this.#node(key) !== undefined;
  }

  /** Text of at least one character. Numbers and words like `true` are taken as they are written. */
  text(key: string, fallback?: string): string {
    const node = this.#required(key, fallback);
    if (node === undefined) return fallback ?? "";
    return this.#textOf(node, key) ?? fallback ?? "";
  }

  optionalText(key: string): string | undefined {
    return this.has(key) ? this.text(key) : undefined;
  }

  /** A whole number from `min` to `max`. */
  wholeNumber(key: string, min: number, max: number, fallback?: number): number {
    const node = this.#required(key, fallback);
    if (node === undefined) return fallback ?? min;
    const value = isScalar(node) ? node.value : undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
    this.#file.problem(node, `${key} must be a whole number from ${min} to ${max}`);
    return fallback ?? min;
  }

  truth(key: string, fallback: boolean): boolean {
    const node = this.#required(key, fallback);
    if (node === undefined) return fallback;
    if (isScalar(node) && typeof node.value === "boolean") return node.value;
    this.#file.problem(node, `${key} must be true or false`);
    return fallback;
  }

  /** A list of texts, each with its place. */
  texts(key: string): { readonly text: string; readonly place: Node }[] {
    return this.#items(key, false).flatMap((place) => {
      const text = this.#textOf(place, `each of ${key}`);
      return text === undefined ? [] : [{ text, place }];
    });
  }

  /** A list of sections. `required` = at least one. */
  sections(key: string, required: boolean): YamlSection[] {
    return this.#items(key, required).flatMap((node) => {
      if (isMap(node)) return [new YamlSection(this.#file, node as YAMLMap)];
      this.#file.problem(node, `each of ${key} must hold keys and values, like \`- name: …\``);
      return [];
    });
  }

  section(key: string): YamlSection | undefined {
    const node = this.#node(key);
    if (node === undefined) return undefined;
    if (isMap(node)) return new YamlSection(this.#file, node as YAMLMap);
    this.#file.problem(node, `${key} must hold keys and values`);
    return undefined;
  }

  /** Reports every key that was not asked for. */
  end(): void {
    for (const { key } of this.#map.items as Pair[]) {
      const name = isScalar(key) ? String(key.value) : String(key);
      if (this.#asked.has(name)) continue;
      this.#file.problem(
        key as Node,
        `there is no key ${name} here: known are ${[...this.#asked].sort().join(", ")}`,
      );
    }
  }

  #node(key: string): Node | undefined {
    this.#asked.add(key);
    const node = this.#file.resolved(this.#map.get(key, true));
    // `key:` with nothing behind it is the same as no key.
    return isScalar(node) && node.value === null ? undefined : node;
  }

  #required(key: string, fallback: unknown): Node | undefined {
    const node = this.#node(key);
    if (node === undefined && fallback === undefined) this.#file.problem(this.#map, `${key} is missing here`);
    return node;
  }

  #textOf(node: Node, what: string): string | undefined {
    if (isScalar(node) && node.value !== null) {
      const text = typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
      if (text !== "") return text;
    }
    this.#file.problem(node, `${what} must be a text`);
    return undefined;
  }

  #items(key: string, required: boolean): Node[] {
    const node = this.#node(key);
    const items = isSeq(node) ? node.items.map((item) => this.#file.resolved(item)!) : [];
    if (node !== undefined && !isSeq(node)) this.#file.problem(node, `${key} must be a list`);
    else if (required && items.length === 0) {
      this.#file.problem(node ?? this.#map, `${key} must list at least one`);
    }
    return items;
  }
}

/**
 * Request parameters. Each endpoint has one typebox schema: it says what is taken, validates it (compiled once, at
 * start), and gives the handler's types. Values arrive as text, from a query string, a form or a JSON message.
 */
import { type Static, type TObject, type TSchema, Type } from "#typebox";
import { CANDLE_INTERVALS } from "../transport/history-port.js";
import { type ApiErrorName, refusal } from "./errors.js";

/** Parameters as sent. A map, so that no name means anything but itself. */
export type RawParameters = Map<string, string>;

const PARAMETERS_MAX = 64;
export const DECIMAL_CHARACTERS = "([0-9]{1,20})(\\.[0-9]{1,20})?";
export const DECIMAL_FORM = `^${DECIMAL_CHARACTERS}$`;
const SYMBOL_FORM = "^[A-Z0-9-_.]{1,20}$";
export const CLIENT_ID_CHARACTERS = "[a-zA-Z0-9-_]{1,36}";
const CLIENT_ID_FORM = `^${CLIENT_ID_CHARACTERS}$`;
const INTEGER_FORM = "^[0-9]{1,20}$";
const SYMBOLS_FORM = '^\\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\\]$';

/** Plain decimals stay text until they meet their market's decimals; see `parseDecimal`. */
export const decimal = () => Type.String({ pattern: DECIMAL_FORM });
export const symbol = () => Type.String({ pattern: SYMBOL_FORM });
export const clientId = () => Type.String({ pattern: CLIENT_ID_FORM });
export const flag = () => Type.Boolean();
/** Larger values count as the maximum. */
export const limit = (byDefault: number, maximum: number) =>
  Type.Integer({ minimum: 1, maximum, default: byDefault, "x-clamp": true });
export const orderId = () => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** ms since 1970. */
export const timeMs = () => Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 / 1000 });
export const symbols = () => Type.Array(Type.String(), { "x-form": SYMBOLS_FORM });
/** One of a closed set; anything else is refused with `otherwise`, or −1130. */
export const oneOf = <const T extends readonly string[]>(members: T, otherwise?: ApiErrorName) =>
  Type.Unsafe<T[number]>(Type.Enum([...members], { "x-error": otherwise }));
export const interval = () =>
  oneOf(Object.keys(CANDLE_INTERVALS) as (keyof typeof CANDLE_INTERVALS)[], "INVALID_INTERVAL");
export const timeZone = () => Type.String({ pattern: "^[+-]?[0-9]{1,2}(:[0-9]{2})?$" });
/** Text that may be sent empty, which is the same as not at all: some clients send every parameter they know. */
export const maybeEmpty = (pattern: string) => Type.Optional(Type.String({ pattern, "x-empty": true }));
export const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);

/** Reads a query string or form into `into`. Refuses what is twice, too much, or no valid UTF-8. */
export function readForm(text: string, into: RawParameters): void {
  let at = 0;
  while (at < text.length) {
    let end = text.indexOf("&", at);
    if (end < 0) end = text.length;
    if (end > at) {
      const equals = text.indexOf("=", at);
      const name = equals < 0 || equals > end ? text.slice(at, end) : text.slice(at, equals);
      const value = equals < 0 || equals > end ? "" : text.slice(equals + 1, end);
      addParameter(decodePart(name), decodePart(value), into);
    }
    at = end + 1;
  }
}

export function addParameter(name: string, value: string, into: RawParameters): void {
  if (into.has(name)) throw refusal("DUPLICATE_PARAMETER");
  if (into.size >= PARAMETERS_MAX) throw refusal("TOO_MANY_PARAMETERS");
  into.set(name, value);
}

const NEEDS_DECODING = /[%+]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it finds.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\uffff]/;

function decodePart(text: string): string {
  let decoded = text;
  if (NEEDS_DECODING.test(text)) {
    try {
      decoded = decodeURIComponent(text.replaceAll("+", " "));
    } catch {
      throw refusal("ILLEGAL_ENCODING");
    }
  }
  // No parameter takes anything beyond printable ASCII, and raw bytes above it were never valid in a form.
  if (UNPRINTABLE.test(decoded)) throw refusal("ILLEGAL_ENCODING");
  return decoded;
}

/** Turns raw parameters into typed ones or throws the exact refusal. */
export type Reader<S extends TObject> = (raw: RawParameters, alreadyRead: number) => Static<S>;

type ReadValue = (text: string) => unknown;
interface Parameter {
  readonly name: string;
  readonly required: boolean;
  readonly byDefault: unknown;
  readonly mayBeEmpty: boolean;
  readonly read: ReadValue;
}

/** What is used of a schema. */
interface SchemaView {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly "x-error"?: ApiErrorName;
  readonly "x-clamp"?: boolean;
  readonly "x-form"?: string;
  readonly "x-empty"?: boolean;
}

/** Compiles an endpoint's schema. `alreadyRead` counts parameters that authentication took out. */
export function compileReader<S extends TObject>(schema: S): Reader<S> {
  const required = new Set<string>((schema as { required?: readonly string[] }).required ?? []);
  const parameters: Parameter[] = Object.entries(schema.properties as Record<string, SchemaView>).map(
    ([name, view]) => ({
      name,
      required: required.has(name) && view.default === undefined,
      byDefault: view.default,
      mayBeEmpty: view["x-empty"] === true,
      read: compileValue(name, view),
    }),
  );
  return (raw, alreadyRead) => {
    const values: Record<string, unknown> = {};
    let read = 0;
    for (const parameter of parameters) {
      const text = raw.get(parameter.name);
      if (text === undefined) {
        if (parameter.required) throw refusal("MANDATORY_PARAMETER", parameter.name);
        if (parameter.byDefault !== undefined) values[parameter.name] = parameter.byDefault;
      } else {
        read++;
        if (text !== "") values[parameter.name] = parameter.read(text);
        else if (!parameter.mayBeEmpty) throw refusal("EMPTY_PARAMETER", parameter.name);
      }
    }
    if (read < raw.size) throw refusal("UNREAD_PARAMETERS", read + alreadyRead, raw.size + alreadyRead);
    return values as Static<S>;
  };
}

function compileValue(name: string, view: SchemaView): ReadValue {
  if (view.enum !== undefined) {
    const members = new Set(view.enum);
    const error = view["x-error"];
    return (text) => {
      if (members.has(text)) return text;
      throw error === undefined ? refusal("INVALID_DATA", name) : refusal(error);
    };
  }
  switch (view.type) {
    case "boolean":
      return (text) => {
        const lower = text.toLowerCase();
        if (lower === "true") return true;
        if (lower === "false") return false;
        throw refusal("ILLEGAL_CHARACTERS", name, "^(true|false)$");
      };
    case "integer": {
      const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = view;
      const clamp = view["x-clamp"] === true;
      const form = new RegExp(INTEGER_FORM);
      return (text) => {
        if (!form.test(text)) throw refusal("ILLEGAL_CHARACTERS", name, INTEGER_FORM);
        // 20 digits may be rounded here, but then they lie far beyond every maximum.
        const value = Number.parseInt(text, 10);
        if (value > maximum && clamp) return maximum;
        if (value < minimum || value > maximum) throw refusal("INVALID_DATA", name);
        return value;
      };
    }
    case "array": {
      const source = view["x-form"] ?? SYMBOLS_FORM;
      const form = new RegExp(source);
      return (text) => {
        if (!form.test(text)) throw refusal("ILLEGAL_CHARACTERS", name, source);
        const list = JSON.parse(text) as string[];
        if (new Set(list).size < list.length) throw refusal("DUPLICATE_SYMBOL");
        return list;
      };
    }
    case "string": {
      const source = view.pattern ?? "^.*$";
      const form = new RegExp(source);
      return (text) => {
        if (form.test(text)) return text;
        throw refusal("ILLEGAL_CHARACTERS", name, source);
      };
    }
  }
  throw new Error(`parameter ${name} has a schema of a kind that is not read: ${JSON.stringify(view)}`);
}

/** Values of parameters, right and wrong, from their schemas. They are percent-encoded already. */
import fc from "fast-check";
import { Fault, type ParameterNote } from "./cells.fuzz.js";

/** Stands for the time at which the request is sent. */
export const NOW = "@now";
/** Stands for the id of an order that was placed before. */
export const SOME_ORDER = "@order";

export type Values = fc.Arbitrary<string>;

/** Values that mean something on the exchange that is tried: what a pattern makes up hardly ever does. */
const MEANINGFUL: Readonly<Record<string, readonly string[]>> = {
  symbol: ["BTCUSDT", "BTCUSDT", "BTCUSDT", "ETHUSDT", "AAPLUSD", "NOSUCH"],
  asset: ["BTC", "USDT", "NOSUCH"],
  symbols: ['["BTCUSDT"]', '["BTCUSDT","ETHUSDT"]', '["BTCUSDT","BTCUSDT"]', "[]", '["NOSUCH"]'],
  price: ["59000", "59999.99", "60000", "60000.01", "61000", "58000.5", "59000.001", "1", "0"],
  stopPrice: ["58000", "62000", "60000", "59000.01"],
  quantity: ["0.01", "0.001", "0.5", "0.0001", "0.00001", "99", "100000", "0"],
  quoteOrderQty: ["100", "61.5", "5", "1", "0.000001", "99999999"],
  newQty: ["0.005", "0.001", "0.5", "0"],
  orderId: [SOME_ORDER, SOME_ORDER, "0", "1"],
  cancelOrderId: [SOME_ORDER, SOME_ORDER, "0"],
  origClientOrderId: ["a", "b", "c", "example-limit"],
  cancelOrigClientOrderId: ["a", "b", "c"],
  newClientOrderId: ["a", "b", "c", "d", "e"],
  preventedMatchId: ["0", "1", "4096"],
  fromPreventedMatchId: ["0", "1"],
  resolution: ["1", "1", "60", "1D", "1S"],
  from: ["0", "1764460800", "-1"],
  to: ["0", "-1", "1764460800", "4102444800"],
  countback: ["1", "300", "5000", "5001"],
  query: ["BTC", "usd", "/", "NOSUCH"],
  exchange: ["Buttonwood", "Nasdaq"],
  currencyCode: ["USDT", "USD", "EUR"],
  recvWindow: ["5000", "60000", "1000.5"],
  icebergQty: ["0.001", "0.005", "0.01"],
  trailingDelta: ["10", "100", "2000", "1"],
  countdownTime: ["0", "60000", "86400000"],
  goodTillDate: ["4102444800000", "0", "1764460800000"],
  listClientOrderId: ["a", "b", "c", "d", "e"],
  timestamp: [NOW],
  windowSize: ["1m", "59m", "4h", "23h", "7d", "60m", "24h", "8d", "0m"],
  timeZone: ["0", "-12:00", "14:00", "05:45", "14:01", "-13"],
};

/** Parameters of one order of a list are named after those of an order, e.g. `pendingAbovePrice`. */
const OF_LISTS =
  /^(?:above|below|working|pendingAbove|pendingBelow|pending|limit|stop(?=Limit|Iceberg|Client))/;

function meaningfulOf(name: string): readonly string[] | undefined {
  const bare = name.replace(OF_LISTS, "");
  return MEANINGFUL[name] ?? MEANINGFUL[bare.charAt(0).toLowerCase() + bare.slice(1)];
}

const WRONG_TYPES = [
  "true",
  "abc",
  "[]",
  "{}",
  "null",
  "undefined",
  "1,2",
  "[1]",
  '{"a":1}',
  '"x"',
  "NaN",
  "1.5",
  "-1",
  "0",
  '["a",1]',
];
const WRONG_FORMS = [
  "-0",
  "+1",
  "1e5",
  "1E-5",
  "0x10",
  " 1",
  "1 ",
  ".5",
  "5.",
  "Infinity",
  "1_000",
  "1'000",
  "00",
  "--1",
  "1-1",
  "a b",
  "btcusdt",
  "buy",
  "limit",
  "gtc",
  "1M ",
  "[",
  '["BTCUSDT"',
  "../..",
  "<script>",
  "' OR 1=1 --",
  "%s",
  "$&",
  "__proto__",
  "constructor",
  "toString",
];
const UNICODE = [
  "é",
  "１２",
  "𝟙",
  "\u202e",
  "\u0000",
  "\u0007",
  "🙂",
  "ß",
  "\ud7ff",
  "\ufeff1",
  "a\u0301",
  "\u2028",
];
const BROKEN = [
  "%",
  "%zz",
  "%f",
  "%ff",
  "%c3%28",
  "%ed%a0%80",
  "%00",
  "a%0ab",
  "%u0041",
  "+",
  "%2",
  "%c0%af",
];

/** A quote is encoded too: whoever parses the URL on the way would do it, after the signature over it. */
const encoded = (value: string): string => encodeURIComponent(value).replaceAll("'", "%27");
const from = (values: readonly string[]): Values => fc.constantFrom(...values.map(encoded));

/** A value that the document allows. */
export function validValue({ name, schema }: ParameterNote): Values {
  const meaningful = meaningfulOf(name);
  const described = describedValue(schema);
  if (meaningful === undefined) return described.map(encoded);
  // A time that a pattern makes up is none of now.
  if (name === "timestamp") return fc.constant(NOW);
  return fc.oneof(
    { weight: 4, arbitrary: from(meaningful) },
    { weight: 1, arbitrary: described.map(encoded) },
  );
}

/** Texts of a pattern are dear to prepare, and the same patterns stand in many places. */
const texts = new Map<string, Values>();

function textOf(pattern: string): Values {
  let made = texts.get(pattern);
  if (made === undefined) {
    made = fc.stringMatching(new RegExp(pattern));
    texts.set(pattern, made);
  }
  return made;
}

function describedValue(schema: ParameterNote["schema"]): Values {
  const {
    type,
    enum: members,
    pattern,
    minimum,
    maximum,
    default: byDefault,
  } = schema as {
    type?: string;
    enum?: readonly string[];
    pattern?: string;
    minimum?: number;
    maximum?: number;
    default?: number;
  };
  if (members !== undefined) return fc.constantFrom(...members);
  switch (type) {
    case "boolean":
      return fc.constantFrom("true", "false", "TRUE");
    case "integer":
    case "number": {
      const whole = fc.integer({ min: minimum ?? 0, max: Math.min(maximum ?? 1e9, Number.MAX_SAFE_INTEGER) });
      return fc
        .oneof(whole, fc.constant(byDefault ?? minimum ?? 0), fc.integer({ min: 1, max: 20 }))
        .map(String);
    }
    case "string":
      return pattern === undefined ? fc.string({ minLength: 1 }) : textOf(pattern);
    default:
      throw new Error(`the document has a parameter of a type that is not made: ${JSON.stringify(schema)}`);
  }
}

function boundaryValue({ schema }: ParameterNote): Values {
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = schema as { minimum?: number; maximum?: number };
  return from([
    ...[minimum, minimum - 1, maximum, maximum + 1].map((value) => BigInt(Math.trunc(value)).toString()),
    "0",
    "1",
    "00000000000000000001",
    "9007199254740991",
    "9007199254740993",
    "18446744073709551616",
    "99999999999999999999",
    "0.00000001",
    "0.000000000000000000001",
    "99999999999999999999.99999999999999999999",
    "0.00000000000000000000",
    "A",
    "A".repeat(20),
    "A".repeat(21),
    "a".repeat(36),
    "a".repeat(37),
  ]);
}

const hugeValue: Values = fc.oneof(
  fc
    .constantFrom("9", "A", "0", "%41", "[", "-")
    .chain((unit) =>
      fc.constantFrom(64, 500, 4_000, 12_000).map((times) => unit.repeat(Math.ceil(times / unit.length))),
    ),
  fc.constant(encoded(`["${"A".repeat(20)}"${',"BTCUSDT"'.repeat(500)}]`)),
);

/** The values of a fault that is in the value; undefined for those that are in its presence. */
export function faultyValue(parameter: ParameterNote, fault: Fault): Values | undefined {
  switch (fault) {
    case Fault.VALID:
    case Fault.TWICE:
      return validValue(parameter);
    case Fault.BOUNDARY:
      return boundaryValue(parameter);
    case Fault.WRONG_TYPE:
      return from(WRONG_TYPES);
    case Fault.WRONG_FORM:
      return from(WRONG_FORMS);
    case Fault.EMPTY:
      return fc.constant("");
    case Fault.HUGE:
      return hugeValue;
    case Fault.UNICODE:
      return fc.oneof(
        from(UNICODE),
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }).filter(isWellFormed).map(encoded),
      );
    case Fault.BROKEN_ENCODING:
      return fc.constantFrom(...BROKEN);
    case Fault.MISSING:
      return undefined;
  }
}

function isWellFormed(text: string): boolean {
  try {
    encodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Anything at all, for several parameters at once. */
export function anyValue(parameter: ParameterNote): Values {
  const faults = Object.values(Fault).flatMap((fault) => faultyValue(parameter, fault) ?? []);
  return fc.oneof({ weight: 8, arbitrary: validValue(parameter) }, ...faults);
}

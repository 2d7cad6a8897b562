/** One request for each cell, made from a seed. */
import fc from "fast-check";
import {
  type Cell,
  Fault,
  type OperationNote,
  type ParameterNote,
  type Signing,
  Whole,
} from "./cells.fuzz.js";
import { anyValue, faultyValue, validValue } from "./values.fuzz.js";

/** Name and percent-encoded value. */
export type Pair = readonly [name: string, value: string];

/** Where the parameters stand. */
export const Place = { QUERY: "QUERY", BODY: "BODY", SPLIT: "SPLIT" } as const;
export type Place = (typeof Place)[keyof typeof Place];

export interface RequestPlan {
  readonly method: string;
  readonly path: string;
  readonly pairs: readonly Pair[];
  readonly place: Place;
  /** Sent in addition, as it is. */
  readonly rawBody: string;
  readonly contentType: string;
  readonly account: "alice" | "bob";
  readonly isSigned: boolean;
  readonly signing: Signing;
  /** For signatures that are made up. */
  readonly text: string;
}

/** Names of parameters that give an id, and don't look one up. */
const NEW_ID = /^(?!orig|cancelOrig).*ClientOrderId$/;
const TIMES = new Set(["timestamp", "recvWindow"]);

const soundOf = new Map<OperationNote, fc.Arbitrary<readonly Pair[]>>();

function soundPairs(operation: OperationNote): fc.Arbitrary<readonly Pair[]> {
  let sound = soundOf.get(operation);
  if (sound === undefined) {
    sound = makeSoundPairs(operation);
    soundOf.set(operation, sound);
  }
  return sound;
}

/** Parameters that the document allows: those of an example, or each for itself. */
function makeSoundPairs(operation: OperationNote): fc.Arbitrary<readonly Pair[]> {
  const noteOf = new Map(operation.parameters.map((parameter) => [parameter.name, parameter]));
  const fromExamples = operation.examples.map((example) =>
    fc
      .tuple(
        ...Object.entries(example).map(([name, value]): fc.Arbitrary<readonly Pair[]> => {
          // The ids of examples are taken after the first time.
          if (NEW_ID.test(name)) {
            return fc.constantFrom("a", "b", "c", "d", "").map((id) => (id === "" ? [] : [[name, id]]));
          }
          const same = fc.constant(encodeURIComponent(value));
          const parameter = noteOf.get(name);
          if (parameter === undefined) return same.map((text) => [[name, text]]);
          return fc
            .oneof({ weight: 3, arbitrary: same }, { weight: 1, arbitrary: validValue(parameter) })
            .map((text) => [[name, text]]);
        }),
      )
      .map((parts): readonly Pair[] => parts.flat()),
  );
  const times = operation.parameters.filter(({ name }) => name === "timestamp");
  const withTimes = fc.tuple(fc.oneof(...fromExamples), presentPairs(times)).map((parts) => parts.flat());
  return fc.oneof(
    { weight: 2, arbitrary: withTimes },
    { weight: 1, arbitrary: presentPairs(operation.parameters) },
  );
}

/** Each parameter that must be there, some of the others. */
function presentPairs(
  parameters: readonly ParameterNote[],
  makeValue: (parameter: ParameterNote) => fc.Arbitrary<string> = validValue,
): fc.Arbitrary<readonly Pair[]> {
  const each = parameters.map((parameter) => {
    const pair = makeValue(parameter).map((value): readonly Pair[] => [[parameter.name, value]]);
    const absent = fc.constant<readonly Pair[]>([]);
    return parameter.required
      ? pair
      : fc.oneof({ weight: 1, arbitrary: pair }, { weight: 3, arbitrary: absent });
  });
  return each.length === 0 ? fc.constant([]) : fc.tuple(...each).map((parts) => parts.flat());
}

/** A cell's parameter in a request that is sound but for it. */
function faultyPairs({ operation, parameter, fault }: Cell): fc.Arbitrary<readonly Pair[]> {
  if (parameter === undefined) return soundPairs(operation);
  const { name } = parameter;
  const values = faultyValue(parameter, fault);
  return soundPairs(operation).chain((sound) => {
    const others = sound.filter(([other]) => other !== name);
    if (values === undefined) return fc.constant(others);
    const copies = fault === Fault.TWICE ? 2 : 1;
    return fc
      .tuple(fc.array(values, { minLength: copies, maxLength: copies }), fc.nat({ max: others.length }))
      .map(([made, at]) => {
        const pairs = made.map((value): Pair => [name, value]);
        return [...others.slice(0, at), ...pairs, ...others.slice(at)];
      });
  });
}

const oddName = fc.constantFrom(
  "colour",
  "__proto__",
  "constructor",
  "%00",
  "%ff",
  "Symbol",
  "a%5B%5D",
  "%F0%9F%99%82",
  "",
);

function pairsOf(cell: Cell): fc.Arbitrary<readonly Pair[]> {
  const { operation, whole } = cell;
  switch (whole) {
    case undefined:
      return faultyPairs(cell);
    case Whole.EXAMPLE:
    case Whole.OTHER_PATH:
    case Whole.BODY_OF_ANYTHING:
      return soundPairs(operation);
    case Whole.RANDOM:
      return presentPairs(operation.parameters);
    case Whole.MIXED:
      return presentPairs(operation.parameters, anyValue);
    case Whole.UNKNOWN_PARAMETER:
      return fc
        .tuple(soundPairs(operation), oddName)
        .map(([pairs, name]): readonly Pair[] => [...pairs, [name, "1"]]);
    case Whole.TOO_MANY:
      return soundPairs(operation).map((pairs) => [
        ...pairs,
        ...Array.from({ length: 65 }, (_, index): Pair => [`p${index}`, "1"]),
      ]);
  }
}

const anyBody = fc.oneof(
  fc.constantFrom("{", "{}", "null", '{"symbol":"BTCUSDT"}', "[]", "&", "=", "&&=&", "a", "\0", "%", "----x"),
  fc.string({ maxLength: 200 }),
  fc.constantFrom("A".repeat(16_000), "A".repeat(17_000), "[".repeat(10_000)),
);

function pathOf({ operation, whole }: Cell): fc.Arbitrary<Readonly<{ method: string; path: string }>> {
  const { method, path } = operation;
  if (whole !== Whole.OTHER_PATH) return fc.constant({ method, path });
  return fc.oneof(
    fc
      .constantFrom("/", "x", "/..", "%00", "%ff", "/%2e%2e", "?")
      .map((end) => ({ method, path: path + end })),
    fc.constantFrom("PATCH", "OPTIONS", "HEAD", "TRACE").map((other) => ({ method: other, path })),
    fc.constantFrom(path.toUpperCase(), path.slice(0, -1)).map((other) => ({ method, path: other })),
  );
}

/** The request of a cell, whatever else it holds made from a seed. */
export function requestOf(cell: Cell): fc.Arbitrary<RequestPlan> {
  const { operation, whole, signing } = cell;
  const places = operation.method === "GET" ? [Place.QUERY] : Object.values(Place);
  return fc
    .record({
      target: pathOf(cell),
      pairs: pairsOf(cell),
      place: fc.constantFrom(...places),
      rawBody: whole === Whole.BODY_OF_ANYTHING ? anyBody : fc.constant(""),
      contentType: fc.constantFrom(
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded;charset=UTF-8",
        "application/json",
        "text/plain",
        "",
      ),
      account: fc.constantFrom("alice" as const, "alice" as const, "bob" as const),
      text: fc.string({ maxLength: 80 }),
    })
    .map(({ target, pairs, ...others }) => ({
      ...others,
      ...target,
      // Times are last but for the signature, as clients send them.
      pairs: [...pairs.filter(([name]) => !TIMES.has(name)), ...pairs.filter(([name]) => TIMES.has(name))],
      isSigned: operation.isSigned,
      signing,
    }));
}

import {
  type Command,
  decodeEvents,
  type Event,
  encodeCommand,
  nameOf,
  type OrderTerms,
  Reason,
  type WordBuffer,
} from "@buttonwood/protocol";
import { type Outcome, type TypedCommand, withoutAbsentTerms } from "./definition.js";

/**
 * Appends a command in fields as a record. Throws RangeError when it is none, or when a text or a closed set's number
 * is out of its range; what else may be wrong with it the core says.
 */
export function encodeTyped(words: WordBuffer, typed: TypedCommand): void {
  const name = typed.command;
  if (name === undefined) throw new RangeError("the message holds no command");
  const fields = typed[name] as { readonly order?: object | null; readonly legs?: readonly object[] };
  if (fields.order === null) throw new RangeError("the order is missing");
  const order = fields.order === undefined ? {} : { order: checkedOrder(fields.order) };
  const legs =
    fields.legs === undefined
      ? {}
      : { legs: fields.legs.map((leg) => ({ terms: NO_TERMS, ...checkedOrder(leg) })) };
  const kind = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  const { account, deadlineUs } = typed;
  encodeCommand(words, { kind, account, deadlineUs, ...fields, ...order, ...legs } as unknown as Command);
}

const NO_TERMS: OrderTerms = { displayLots: 0, trailingBips: 0, expiresUs: 0 };

/** An order as a command takes it: without terms when it has none. Throws RangeError for a closed set's number. */
function checkedOrder(fields: object): object {
  // These four share a word.
  for (const key of ["side", "type", "timeInForce", "selfTradePrevention"]) {
    const value = (fields as Record<string, number>)[key] ?? 0;
    if (value < 0 || value > 0xff) throw new RangeError(`${key} can't be ${value}`);
  }
  return withoutAbsentTerms(fields);
}

/** What became of a command, in fields, from its group of events. */
export function toOutcome(number: number, events: WordBuffer, at: number, end: number): Outcome {
  const group = decodeEvents(events, at, end);
  const result = group[0] as Event & { readonly kind: "RESULT" };
  const { sequence, timeUs, reason, orderId } = result;
  const own = group.filter((event) => "order" in event && event.order.orderId === orderId);
  const last = own.at(-1);
  return {
    number,
    sequence,
    timeUs,
    reason,
    reasonName: nameOf(Reason, reason),
    orderId,
    order: last !== undefined && "order" in last ? last.order : null,
    fills: own.filter((event) => event.kind === "ORDER_FILLED"),
    events: events.copy(at, end),
  };
}

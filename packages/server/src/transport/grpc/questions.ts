import type { EngineAnswer, EngineQuery } from "../engine-port.js";
import { type QueryMessage, withoutAbsentTerms } from "./definition.js";

/** Every question has a field of its name in QueryRequest, and one in QueryReply whose `value` is the answer. */
export const QUESTIONS = {
  openOrders: true,
  openOrder: true,
  balances: true,
  funds: true,
  outbox: true,
  transferArrived: true,
  catalog: true,
  group: true,
  sequence: true,
  batchTimes: true,
  status: true,
} as const satisfies Record<EngineQuery["kind"], true>;

export function toQueryRequest({ kind, ...fields }: EngineQuery): QueryMessage {
  return { [kind]: fields };
}

/** Reads a question. Throws RangeError when there is none. */
export function fromQueryRequest(request: QueryMessage): EngineQuery {
  const kind = request.query;
  if (kind === undefined || !(kind in QUESTIONS)) throw new RangeError("the request holds no query");
  return { kind, ...(request[kind] as object) } as EngineQuery;
}

export function toQueryReply(query: EngineQuery, answer: EngineAnswer<EngineQuery>): QueryMessage {
  return { [query.kind]: { value: answer } };
}

/** Reads an answer. Throws RangeError when there is none. */
export function fromQueryReply(reply: QueryMessage): unknown {
  const kind = reply.answer;
  if (kind === undefined) throw new RangeError("the reply holds no answer");
  const { value } = reply[kind] as { readonly value: unknown };
  // Nothing is written as an absent message, or as no bytes.
  if (value === null || (value instanceof Uint8Array && value.byteLength === 0)) return undefined;
  if (kind === "openOrder") return withoutAbsentTerms(value as object);
  return kind === "openOrders" ? (value as object[]).map(withoutAbsentTerms) : value;
}

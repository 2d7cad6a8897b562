/** Which field of a ticket a refusal concerns, and what it means there. */
import { type RefusalReason, RefusedError } from "@buttonwood/client";
import { type Draft, type Field, fieldsOf } from "./draft.js";

export interface FieldRefusal {
  readonly field: Field;
  /** A whole sentence for beside the field; the exchange's own words stand beside the button. */
  readonly words: string;
}

interface Meaning {
  /** The first of these that the draft has. */
  readonly fields: readonly Field[];
  readonly words: string;
}

const MEANINGS: Readonly<Partial<Record<RefusalReason, Meaning>>> = {
  INSUFFICIENT_BALANCE: {
    fields: ["quantity", "quoteQuantity"],
    words: "Less is free in your account than this order needs.",
  },
  WOULD_MATCH: {
    fields: ["price"],
    words: "At this price it would trade at once, and an order that only posts may not.",
  },
  WOULD_TRIGGER: {
    fields: ["stopPrice", "trailingDelta"],
    words: "The last price has passed this stop price already.",
  },
  OCO_PRICES: {
    fields: ["price", "pendingPrice"],
    words: "The limit and the stop must lie on either side of the last price.",
  },
  PRICE_FILTER: {
    fields: ["price", "stopPrice"],
    words: "The price is no multiple of the tick, or out of bounds.",
  },
  PERCENT_PRICE_BY_SIDE: {
    fields: ["price", "stopPrice"],
    words: "The price lies too far from the market's reference price.",
  },
  LOT_SIZE: {
    fields: ["quantity", "pendingQuantity"],
    words: "The quantity is no multiple of the step, or out of bounds.",
  },
  MARKET_LOT_SIZE: {
    fields: ["quantity"],
    words: "The quantity is out of the bounds of market orders.",
  },
  NOTIONAL: {
    fields: ["quantity", "quoteQuantity"],
    words: "Price × quantity is out of bounds.",
  },
  ICEBERG_EXCEEDS_QUANTITY: {
    fields: ["icebergQuantity"],
    words: "An iceberg shows no more than its quantity.",
  },
  ICEBERG_PARTS: { fields: ["icebergQuantity"], words: "An iceberg of too many parts: show more at a time." },
  NO_ICEBERGS: { fields: ["icebergQuantity"], words: "This market takes no icebergs." },
  TRAILING_DELTA: { fields: ["trailingDelta"], words: "The delta is out of bounds." },
  NO_TRAILING_STOPS: { fields: ["trailingDelta"], words: "This market takes no trailing stops." },
};

/** The fields behind the names that parameters have in requests, without what a list puts before them. */
const PARAMETERS: Readonly<Record<string, readonly Field[]>> = {
  price: ["price", "pendingPrice"],
  stopprice: ["stopPrice", "pendingStopPrice"],
  quantity: ["quantity"],
  quoteorderqty: ["quoteQuantity"],
  trailingdelta: ["trailingDelta"],
  icebergqty: ["icebergQuantity"],
  goodtilldate: ["goodTill"],
};

/** Undefined when the refusal is of no single field: then the words beside the button are all there is. */
export function fieldOfRefusal(error: unknown, draft: Draft): FieldRefusal | undefined {
  if (!(error instanceof RefusedError)) return undefined;
  const present = new Set(fieldsOf(draft).map(({ field }) => field));
  const meaning = error.reason === undefined ? undefined : MEANINGS[error.reason];
  if (meaning !== undefined) {
    const field = meaning.fields.find((each) => present.has(each));
    return field === undefined ? undefined : { field, words: meaning.words };
  }
  const parameter = /[Pp]aram(?:eter)? '(\w+)'/.exec(error.message)?.[1];
  if (parameter === undefined) return undefined;
  const name = parameter
    .replace(/^(?:working|pendingAbove|pendingBelow|pending|above|below)/, "")
    .toLowerCase();
  const field = PARAMETERS[name]?.find((each) => present.has(each));
  return field === undefined ? undefined : { field, words: error.message };
}

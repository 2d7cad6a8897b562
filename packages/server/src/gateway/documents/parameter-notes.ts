const OF_ORDERS = [
  "type",
  "side",
  "quantity",
  "price",
  "stopPrice",
  "trailingDelta",
  "icebergQty",
  "timeInForce",
];

/**
 * What each request parameter means, by its name: a name means the same wherever it stands. A test names every
 * parameter that has no line here.
 */
export const PARAMETER_NOTES: Readonly<Record<string, string>> = {
  symbol: "A market, e.g. `BTCUSDT`.",
  symbols: 'Several markets, as a JSON list: `["BTCUSDT","ETHUSDT"]`.',
  permissions: "Only `SPOT` has markets here.",
  showPermissionSets: "Taken for clients that send it; the sets are always shown.",
  symbolStatus: "Only markets with this status.",
  limit: "How many at most; a larger value counts as the maximum.",
  asset: "An asset, e.g. `BTC`.",
  fromId: "From this id on.",
  beforeId: "Up to the one before this id.",
  startTime: "From this time on, in ms since 1970.",
  endTime: "Up to this time, in ms since 1970; the whole ms belongs to it.",
  interval: "Length of a candle.",
  timeZone: "Where the day begins, as hours from UTC: `-1:00`, `05:45`, `8`.",
  type: "FULL or MINI for tickers; the kind of an order; for charts `spot`.",
  windowSize: "Length of the window: `1m` to `59m`, `1h` to `23h`, `1d` to `7d`. `1d` unless given.",
  side: "BUY or SELL.",
  timeInForce:
    "GTC: until canceled. IOC: what trades at once, the rest expires. FOK: all at once or nothing. Needed by every type with `price` but LIMIT_MAKER.",
  quantity: "In the base asset. Whole lots of LOT_SIZE.",
  quoteOrderQty: "Of a MARKET order, instead of `quantity`: how much of the quote asset to spend or to earn.",
  price: "The limit. Whole ticks of PRICE_FILTER.",
  newClientOrderId:
    "The order's own id: the same request with the same id, within 24 hours (sooner forgotten where millions come in a day) or while the order is open, gets the original result. Derived from the signature unless given. Of a cancel: the cancel's id.",
  stopPrice: "The last price at which a stop order becomes an order.",
  trailingDelta:
    "Makes a stop order a trailing stop: it triggers when the price has come back from its best by this many basis points, within TRAILING_DELTA. Its `stopPrice`, if there is one, says where it begins to follow.",
  icebergQty:
    "Makes an iceberg of an order that rests: so much of it is shown at a time. In at most ICEBERG_PARTS parts.",
  goodTillDate:
    "When the order expires, in ms since 1970. With `timeInForce=GTD` where the type has a time in force. An extension.",
  listClientOrderId: "The list's own id, for which the same holds as for newClientOrderId.",
  orderListId: "The list's id.",
  limitClientOrderId: "The limit order's own id.",
  limitIcebergQty: "As `icebergQty`, of the limit order.",
  stopClientOrderId: "The stop's own id.",
  stopLimitPrice: "Makes the stop a STOP_LOSS_LIMIT with this price.",
  stopIcebergQty: "As `icebergQty`, of the stop.",
  stopLimitTimeInForce: "As `timeInForce`, of the stop; needed with stopLimitPrice.",
  countdownTime: "In ms from now, up to a day; 0 takes the countdown away.",
  ...ofOrders("above", "the order above"),
  ...ofOrders("below", "the order below"),
  ...ofOrders("working", "the working order"),
  ...ofOrders("pending", "the pending order, or orders"),
  ...ofOrders("pendingAbove", "the pending order above"),
  ...ofOrders("pendingBelow", "the pending order below"),
  newOrderRespType: "How much is answered. FULL for MARKET and LIMIT unless given, ACK for all others.",
  selfTradePreventionMode: "What happens instead of a trade of the account with itself. NONE unless given.",
  computeCommissionRates: "Answers with the fees that the order would pay.",
  orderId: "The order's id. Either this or its client order id is needed; in lists: from this id on.",
  origClientOrderId: "The order's client order id.",
  cancelRestrictions: "Cancel only if the order is untouched, or only if it is partly executed.",
  cancelReplaceMode:
    "STOP_ON_FAILURE: no order is placed when the cancel fails. ALLOW_FAILURE: it is placed all the same.",
  cancelOrderId: "The order to cancel, by id.",
  cancelOrigClientOrderId: "The order to cancel, by client order id.",
  cancelNewClientOrderId: "The id of the cancel.",
  orderRateLimitExceededMode: "Taken for clients that send it.",
  newQty: "The new quantity: less than now, more than what is executed.",
  omitZeroBalances: "Leaves out assets of which the account has nothing.",
  includeEtf: "Taken for clients that send it.",
  preventedMatchId: "One prevented match. Either this or `orderId` is needed.",
  fromPreventedMatchId: "With `orderId`: prevented matches from this id on.",
  query: "What a symbol or its description holds; empty: all.",
  exchange: "Only `Buttonwood` has markets here.",
  currencyCode: "The market's quote asset, as charts were told it. No price is converted into another.",
  resolution: "Length of a bar: seconds as `1S`, minutes as `1` to `720`, then `1D`, `3D`, `1W`, `1M`.",
  from: "Bars that open from this time on, in s since 1970. Needed without `countback`, ignored with it.",
  to: "Up to this time, in s since 1970, which itself is not included.",
  countback: "The last so many bars before `to`; a larger value counts as the maximum.",
  orders: 'Rows of side, price, quantity and client order id: `["BUY","60000.00","0.01","my-1"]`.',
};

/** Parameters of one order of a list, which mean what those of an order do. */
function ofOrders(prefix: string, which: string): Record<string, string> {
  const notes: Record<string, string> = { [`${prefix}ClientOrderId`]: `The own id of ${which}.` };
  for (const field of OF_ORDERS) {
    notes[`${prefix}${field[0]!.toUpperCase()}${field.slice(1)}`] = `As \`${field}\`, of ${which}.`;
  }
  return notes;
}

/** Of signed requests. */
export const SIGNED_NOTES = {
  timestamp: "When the request was made, in ms since 1970; at most 1,000 ms ahead of the exchange's clock.",
  recvWindow: "How old the request may be when the engine takes it, in ms, with up to three decimals.",
  signature:
    "HMAC-SHA256 in hex (or Ed25519 in base64) over the query string and the body exactly as sent, without this parameter. It comes last.",
} as const;

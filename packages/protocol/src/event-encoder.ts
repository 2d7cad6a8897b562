/**
 * Writes events that exist as objects. The core writes its events in place without objects; this is for the plain
 * reference, whose bytes must equal the core's, and for tests of readers.
 */
import { ListMarket, writeBands, writeMarket } from "./command.js";
import {
  AccountOpened,
  AccountStatusSet,
  AssetListed,
  BalanceEvent,
  CountdownSet,
  type Event,
  EventHeader,
  EventType,
  LevelEvent,
  MarketBandsSet,
  MarketFeesSet,
  MarketListed,
  MarketStatusSet,
  OrderBlock,
  OrderCanceled,
  OrderEnded,
  OrderEvent,
  OrderFilled,
  OrderListEvent,
  type OrderListState,
  OrderPrevented,
  type OrderState,
  PaymentEvent,
  ResultEvent,
  TransferEvent,
} from "./event.js";
import { ASSET_NAME_BYTES_MAX, CLIENT_ID_WORDS } from "./limits.js";
import { TermsBlock, writeTermsState } from "./order-terms.js";
import { writeText } from "./text.js";
import type { WordBuffer } from "./word-buffer.js";

const WORDS_OF: Record<Event["kind"], number> = {
  RESULT: ResultEvent.WORDS,
  ORDER_ACCEPTED: OrderEvent.WORDS,
  ORDER_TRIGGERED: OrderEvent.WORDS,
  ORDER_RELEASED: OrderEvent.WORDS,
  ORDER_LIST: OrderListEvent.WORDS,
  COUNTDOWN_SET: CountdownSet.WORDS,
  ORDER_FILLED: OrderFilled.WORDS,
  ORDER_CANCELED: OrderCanceled.WORDS,
  ORDER_EXPIRED: OrderEnded.WORDS,
  ORDER_AMENDED: OrderEnded.WORDS,
  ORDER_PREVENTED: OrderPrevented.WORDS,
  BALANCE: BalanceEvent.WORDS,
  LEVEL: LevelEvent.WORDS,
  ASSET_LISTED: AssetListed.WORDS,
  MARKET_LISTED: MarketListed.WORDS,
  MARKET_STATUS_SET: MarketStatusSet.WORDS,
  MARKET_FEES_SET: MarketFeesSet.WORDS,
  MARKET_BANDS_SET: MarketBandsSet.WORDS,
  ACCOUNT_OPENED: AccountOpened.WORDS,
  ACCOUNT_STATUS_SET: AccountStatusSet.WORDS,
  DEPOSITED: PaymentEvent.WORDS,
  WITHDRAWN: PaymentEvent.WORDS,
  TRANSFER_SENT: TransferEvent.WORDS,
  TRANSFER_RECEIVED: TransferEvent.WORDS,
};

/** The words that an event takes. */
export const eventSize = (event: Event): number =>
  WORDS_OF[event.kind] + (hasTerms(event) ? TermsBlock.WORDS : 0);

const hasTerms = (event: Event): boolean => "order" in event && event.order.terms !== undefined;

/** What stands in an event's header: the account, the market for events of a market, 0 for ASSET_LISTED. */
function subjectOf(event: Event): number {
  switch (event.kind) {
    case "ORDER_ACCEPTED":
    case "ORDER_TRIGGERED":
    case "ORDER_RELEASED":
    case "ORDER_FILLED":
    case "ORDER_CANCELED":
    case "ORDER_EXPIRED":
    case "ORDER_AMENDED":
    case "ORDER_PREVENTED":
      return event.order.account;
    case "LEVEL":
    case "MARKET_LISTED":
    case "MARKET_STATUS_SET":
    case "MARKET_FEES_SET":
    case "MARKET_BANDS_SET":
      return event.market;
    case "ASSET_LISTED":
      return 0;
    case "RESULT":
    case "BALANCE":
    case "ORDER_LIST":
    case "COUNTDOWN_SET":
    case "ACCOUNT_OPENED":
    case "ACCOUNT_STATUS_SET":
    case "DEPOSITED":
    case "WITHDRAWN":
    case "TRANSFER_SENT":
    case "TRANSFER_RECEIVED":
      return event.account;
  }
}

function writeOrderState(buffer: WordBuffer, at: number, order: OrderState): void {
  const { i32, f64 } = buffer;
  f64[(at + OrderBlock.ORDER_ID) >> 1] = order.orderId;
  i32[at + OrderBlock.MARKET] = order.market;
  i32[at + OrderBlock.KIND] =
    order.side | (order.type << 8) | (order.timeInForce << 16) | (order.selfTradePrevention << 24);
  i32[at + OrderBlock.PRICE_TICKS] = order.priceTicks;
  i32[at + OrderBlock.STOP_TICKS] = order.stopTicks;
  i32[at + OrderBlock.LOTS] = order.lots;
  i32[at + OrderBlock.EXECUTED_LOTS] = order.executedLots;
  f64[(at + OrderBlock.EXECUTED_QUOTE) >> 1] = order.executedQuote;
  f64[(at + OrderBlock.QUOTE_AMOUNT) >> 1] = order.quoteAmount;
  f64[(at + OrderBlock.CREATED_US) >> 1] = order.createdUs;
  f64[(at + OrderBlock.WORKING_US) >> 1] = order.workingUs;
  const idLength = writeText(buffer, at + OrderBlock.ID, CLIENT_ID_WORDS, order.clientOrderId);
  i32[at + OrderBlock.STATUS] = order.status | (idLength << 8);
  i32[at + OrderBlock.PREVENTED_LOTS] = order.preventedLots;
}

function writeOrderList(buffer: WordBuffer, at: number, list: OrderListState): void {
  const { i32, f64 } = buffer;
  f64[(at + OrderListEvent.LIST_ID) >> 1] = list.listId;
  i32[at + OrderListEvent.MARKET] = list.market;
  i32[at + OrderListEvent.STATUS] =
    list.status | (list.contingency << 8) | (list.clientOrderIds.length << 16);
  f64[(at + OrderListEvent.CREATED_US) >> 1] = list.createdUs;
  i32[at + OrderListEvent.ID_LENGTH] = writeText(
    buffer,
    at + OrderListEvent.ID,
    CLIENT_ID_WORDS,
    list.listClientOrderId,
  );
  let lengths = 0;
  list.clientOrderIds.forEach((id, leg) => {
    const words = at + OrderListEvent.LEG_IDS + leg * CLIENT_ID_WORDS;
    lengths |= writeText(buffer, words, CLIENT_ID_WORDS, id) << (8 * leg);
  });
  i32[at + OrderListEvent.LEG_ID_LENGTHS] = lengths;
}

/** Appends an event to a buffer and returns where it starts; the inverse of `decodeEvent`. */
export function encodeEvent(buffer: WordBuffer, event: Event): number {
  const words = eventSize(event);
  const at = buffer.reserve(words);
  const { i32, f64 } = buffer;
  i32.fill(0, at, at + words);
  i32[at] = EventType[event.kind] | (words << 8);
  i32[at + EventHeader.ACCOUNT] = subjectOf(event);
  if ("order" in event) {
    writeOrderState(buffer, at, event.order);
    const { terms } = event.order;
    if (terms !== undefined) writeTermsState(buffer, at + WORDS_OF[event.kind], terms);
  }
  switch (event.kind) {
    case "RESULT":
      f64[(at + ResultEvent.SEQUENCE) >> 1] = event.sequence;
      f64[(at + ResultEvent.TIME_US) >> 1] = event.timeUs;
      i32[at + ResultEvent.GROUP_WORDS] = event.groupWords;
      i32[at + ResultEvent.REASON] = event.reason | (event.commandType << 16);
      f64[(at + ResultEvent.ORDER_ID) >> 1] = event.orderId;
      i32[at + ResultEvent.DETAIL] = event.cancelReason | (event.newOrderReason << 16);
      break;
    case "ORDER_ACCEPTED":
    case "ORDER_TRIGGERED":
    case "ORDER_RELEASED":
      break;
    case "ORDER_LIST":
      writeOrderList(buffer, at, event);
      break;
    case "COUNTDOWN_SET":
      f64[(at + CountdownSet.AT_US) >> 1] = event.atUs;
      break;
    case "ORDER_FILLED":
      f64[(at + OrderFilled.TRADE_ID) >> 1] = event.tradeId;
      f64[(at + OrderFilled.COUNTER_ORDER_ID) >> 1] = event.counterOrderId;
      f64[(at + OrderFilled.FEE) >> 1] = event.fee;
      i32[at + OrderFilled.FEE_ASSET] = event.feeAsset;
      i32[at + OrderFilled.PRICE_TICKS] = event.priceTicks;
      i32[at + OrderFilled.LOTS] = event.lots;
      i32[at + OrderFilled.IS_MAKER] = event.isMaker ? 1 : 0;
      break;
    case "ORDER_CANCELED":
      i32[at + OrderCanceled.CANCEL_ID_LENGTH] = writeText(
        buffer,
        at + OrderCanceled.CANCEL_ID,
        CLIENT_ID_WORDS,
        event.cancelId,
      );
      break;
    case "ORDER_EXPIRED":
    case "ORDER_AMENDED":
      i32[at + OrderEnded.REASON] = event.reason;
      break;
    case "ORDER_PREVENTED":
      f64[(at + OrderPrevented.COUNTER_ORDER_ID) >> 1] = event.counterOrderId;
      i32[at + OrderPrevented.PRICE_TICKS] = event.priceTicks;
      i32[at + OrderPrevented.LOTS] = event.lots;
      break;
    case "BALANCE":
      i32[at + BalanceEvent.ASSET] = event.asset;
      f64[(at + BalanceEvent.FREE) >> 1] = event.free;
      f64[(at + BalanceEvent.LOCKED) >> 1] = event.locked;
      break;
    case "LEVEL":
      i32[at + LevelEvent.SIDE] = event.side;
      i32[at + LevelEvent.PRICE_TICKS] = event.priceTicks;
      f64[(at + LevelEvent.LOTS) >> 1] = event.lots;
      f64[(at + LevelEvent.UPDATE_ID) >> 1] = event.updateId;
      break;
    case "ASSET_LISTED":
      i32[at + AssetListed.ASSET] = event.asset;
      i32[at + AssetListed.DECIMALS] = event.decimals;
      writeText(buffer, at + AssetListed.NAME, ASSET_NAME_BYTES_MAX / 4, event.name);
      break;
    case "MARKET_LISTED":
      writeMarket(buffer, at + MarketListed.BODY - ListMarket.MARKET, event);
      break;
    case "MARKET_STATUS_SET":
      i32[at + MarketStatusSet.STATUS] = event.status;
      break;
    case "MARKET_FEES_SET":
      i32[at + MarketFeesSet.MAKER_FEE_PPM] = event.makerFeePpm;
      i32[at + MarketFeesSet.TAKER_FEE_PPM] = event.takerFeePpm;
      break;
    case "MARKET_BANDS_SET":
      writeBands(buffer, at + MarketBandsSet.BODY, event);
      break;
    case "ACCOUNT_OPENED":
      i32[at + AccountOpened.NAME_LENGTH] = writeText(
        buffer,
        at + AccountOpened.NAME,
        CLIENT_ID_WORDS,
        event.name,
      );
      break;
    case "ACCOUNT_STATUS_SET":
      i32[at + AccountStatusSet.STATUS] = event.status;
      break;
    case "DEPOSITED":
    case "WITHDRAWN":
      i32[at + PaymentEvent.ASSET] = event.asset;
      f64[(at + PaymentEvent.AMOUNT) >> 1] = event.amount;
      i32[at + PaymentEvent.ID_LENGTH] = writeText(
        buffer,
        at + PaymentEvent.ID,
        CLIENT_ID_WORDS,
        event.reference,
      );
      break;
    case "TRANSFER_SENT":
    case "TRANSFER_RECEIVED":
      i32[at + TransferEvent.PARTITION] = event.partition;
      i32[at + TransferEvent.ASSET] = event.asset;
      f64[(at + TransferEvent.CHANNEL_SEQUENCE) >> 1] = event.channelSequence;
      f64[(at + TransferEvent.AMOUNT) >> 1] = event.amount;
      break;
  }
  return at;
}

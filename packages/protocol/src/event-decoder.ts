import type { CommandType } from "./command.js";
import { ListMarket, readBands, readMarket } from "./command.js";
import type { AccountStatus, MarketStatus, Side } from "./enums.js";
import {
  AccountOpened,
  AccountStatusSet,
  AssetListed,
  BalanceEvent,
  CountdownSet,
  type Event,
  EventHeader,
  EventType,
  eventWords,
  LevelEvent,
  MarketBandsSet,
  MarketFeesSet,
  MarketListed,
  MarketStatusSet,
  OrderCanceled,
  OrderEnded,
  OrderFilled,
  OrderPrevented,
  PaymentEvent,
  ResultEvent,
  readOrderList,
  readOrderState,
  TransferEvent,
} from "./event.js";
import type { Reason } from "./reason.js";
import { readPaddedText, readText } from "./text.js";
import type { WordBuffer } from "./word-buffer.js";

/** Reads the event at a word as an object. Throws on a type that is not known. */
export function decodeEvent(buffer: WordBuffer, at: number): Event {
  const { i32, f64 } = buffer;
  const type = (i32[at]! & 0xff) as EventType;
  const subject = i32[at + EventHeader.ACCOUNT]!;
  switch (type) {
    case EventType.RESULT: {
      const reason = i32[at + ResultEvent.REASON]!;
      return {
        kind: "RESULT",
        account: subject,
        sequence: f64[(at + ResultEvent.SEQUENCE) >> 1]!,
        timeUs: f64[(at + ResultEvent.TIME_US) >> 1]!,
        groupWords: i32[at + ResultEvent.GROUP_WORDS]!,
        reason: (reason & 0xffff) as Reason,
        commandType: (reason >>> 16) as CommandType,
        orderId: f64[(at + ResultEvent.ORDER_ID) >> 1]!,
        cancelReason: (i32[at + ResultEvent.DETAIL]! & 0xffff) as Reason,
        newOrderReason: (i32[at + ResultEvent.DETAIL]! >>> 16) as Reason,
      };
    }
    case EventType.ORDER_ACCEPTED:
      return { kind: "ORDER_ACCEPTED", order: readOrderState(buffer, at) };
    case EventType.ORDER_TRIGGERED:
      return { kind: "ORDER_TRIGGERED", order: readOrderState(buffer, at) };
    case EventType.ORDER_RELEASED:
      return { kind: "ORDER_RELEASED", order: readOrderState(buffer, at) };
    case EventType.ORDER_LIST:
      return { kind: "ORDER_LIST", ...readOrderList(buffer, at) };
    case EventType.COUNTDOWN_SET:
      return { kind: "COUNTDOWN_SET", account: subject, atUs: f64[(at + CountdownSet.AT_US) >> 1]! };
    case EventType.ORDER_FILLED:
      return {
        kind: "ORDER_FILLED",
        order: readOrderState(buffer, at),
        tradeId: f64[(at + OrderFilled.TRADE_ID) >> 1]!,
        counterOrderId: f64[(at + OrderFilled.COUNTER_ORDER_ID) >> 1]!,
        fee: f64[(at + OrderFilled.FEE) >> 1]!,
        feeAsset: i32[at + OrderFilled.FEE_ASSET]!,
        priceTicks: i32[at + OrderFilled.PRICE_TICKS]!,
        lots: i32[at + OrderFilled.LOTS]!,
        isMaker: i32[at + OrderFilled.IS_MAKER] === 1,
      };
    case EventType.ORDER_CANCELED:
      return {
        kind: "ORDER_CANCELED",
        order: readOrderState(buffer, at),
        cancelId: readText(buffer, at + OrderCanceled.CANCEL_ID, i32[at + OrderCanceled.CANCEL_ID_LENGTH]!),
      };
    case EventType.ORDER_EXPIRED:
    case EventType.ORDER_AMENDED:
      return {
        kind: type === EventType.ORDER_EXPIRED ? "ORDER_EXPIRED" : "ORDER_AMENDED",
        order: readOrderState(buffer, at),
        reason: i32[at + OrderEnded.REASON]! as Reason,
      };
    case EventType.ORDER_PREVENTED:
      return {
        kind: "ORDER_PREVENTED",
        order: readOrderState(buffer, at),
        counterOrderId: f64[(at + OrderPrevented.COUNTER_ORDER_ID) >> 1]!,
        priceTicks: i32[at + OrderPrevented.PRICE_TICKS]!,
        lots: i32[at + OrderPrevented.LOTS]!,
      };
    case EventType.BALANCE:
      return {
        kind: "BALANCE",
        account: subject,
        asset: i32[at + BalanceEvent.ASSET]!,
        free: f64[(at + BalanceEvent.FREE) >> 1]!,
        locked: f64[(at + BalanceEvent.LOCKED) >> 1]!,
      };
    case EventType.LEVEL:
      return {
        kind: "LEVEL",
        market: subject,
        side: i32[at + LevelEvent.SIDE]! as Side,
        priceTicks: i32[at + LevelEvent.PRICE_TICKS]!,
        lots: f64[(at + LevelEvent.LOTS) >> 1]!,
        updateId: f64[(at + LevelEvent.UPDATE_ID) >> 1]!,
      };
    case EventType.ASSET_LISTED:
      return {
        kind: "ASSET_LISTED",
        asset: i32[at + AssetListed.ASSET]!,
        decimals: i32[at + AssetListed.DECIMALS]!,
        name: readPaddedText(buffer, at + AssetListed.NAME, 4),
      };
    case EventType.MARKET_LISTED:
      return { kind: "MARKET_LISTED", ...readMarket(buffer, at + MarketListed.BODY - ListMarket.MARKET) };
    case EventType.MARKET_STATUS_SET:
      return {
        kind: "MARKET_STATUS_SET",
        market: subject,
        status: i32[at + MarketStatusSet.STATUS]! as MarketStatus,
      };
    case EventType.MARKET_FEES_SET:
      return {
        kind: "MARKET_FEES_SET",
        market: subject,
        makerFeePpm: i32[at + MarketFeesSet.MAKER_FEE_PPM]!,
        takerFeePpm: i32[at + MarketFeesSet.TAKER_FEE_PPM]!,
      };
    case EventType.MARKET_BANDS_SET:
      return { kind: "MARKET_BANDS_SET", ...readBands(buffer, at + MarketBandsSet.BODY) };
    case EventType.ACCOUNT_OPENED:
      return {
        kind: "ACCOUNT_OPENED",
        account: subject,
        name: readText(buffer, at + AccountOpened.NAME, i32[at + AccountOpened.NAME_LENGTH]!),
      };
    case EventType.ACCOUNT_STATUS_SET:
      return {
        kind: "ACCOUNT_STATUS_SET",
        account: subject,
        status: i32[at + AccountStatusSet.STATUS]! as AccountStatus,
      };
    case EventType.DEPOSITED:
    case EventType.WITHDRAWN:
      return {
        kind: type === EventType.DEPOSITED ? "DEPOSITED" : "WITHDRAWN",
        account: subject,
        asset: i32[at + PaymentEvent.ASSET]!,
        amount: f64[(at + PaymentEvent.AMOUNT) >> 1]!,
        reference: readText(buffer, at + PaymentEvent.ID, i32[at + PaymentEvent.ID_LENGTH]!),
      };
    case EventType.TRANSFER_SENT:
    case EventType.TRANSFER_RECEIVED:
      return {
        kind: type === EventType.TRANSFER_SENT ? "TRANSFER_SENT" : "TRANSFER_RECEIVED",
        account: subject,
        partition: i32[at + TransferEvent.PARTITION]!,
        asset: i32[at + TransferEvent.ASSET]!,
        channelSequence: f64[(at + TransferEvent.CHANNEL_SEQUENCE) >> 1]!,
        amount: f64[(at + TransferEvent.AMOUNT) >> 1]!,
      };
    default:
      throw new RangeError(`no event of type ${type satisfies never}`);
  }
}

/** Reads all events from `start` to `end`. */
export function decodeEvents(buffer: WordBuffer, start = 0, end = buffer.length): Event[] {
  const events: Event[] = [];
  for (let at = start; at < end; at += eventWords(buffer, at)) events.push(decodeEvent(buffer, at));
  return events;
}

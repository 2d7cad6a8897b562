/**
 * Commands: what a client or an operator asks. A command is a record of 32-bit words, written by a gateway,
 * stamped with time by the engine that sequences it, read in place by the core and kept so in the journal.
 * `docs/reference/semantics.md` says what each does.
 */
import {
  type AccountStatus,
  type CancelReplaceMode,
  type CancelRestriction,
  Contingency,
  type MarketStatus,
  type OrderType,
  type SelfTradePrevention,
  type Side,
  type TimeInForce,
} from "./enums.js";
import { CLIENT_ID_WORDS, LIST_LEGS_MAX } from "./limits.js";
import { type OrderTerms, readTerms, TermsWords, writeTerms } from "./order-terms.js";
import { readPaddedText, readText, writeText } from "./text.js";
import type { WordBuffer } from "./word-buffer.js";

export const CommandType = {
  NEW_ORDER: 1,
  CANCEL_ORDER: 2,
  CANCEL_ALL: 3,
  CANCEL_REPLACE: 4,
  MOVE_ORDER: 5,
  REDUCE_ORDER: 6,
  ORDER_LIST: 7,
  CANCEL_LIST: 8,
  SET_COUNTDOWN: 9,

  LIST_ASSET: 32,
  LIST_MARKET: 33,
  SET_MARKET_STATUS: 34,
  SET_MARKET_FEES: 35,
  OPEN_ACCOUNT: 36,
  SET_ACCOUNT_STATUS: 37,
  DEPOSIT: 38,
  WITHDRAW: 39,

  // Funds between partitions.
  TRANSFER_OUT: 40,
  TRANSFER_IN: 41,
  TRANSFER_ACK: 42,

  SET_MARKET_BANDS: 43,

  /** Changes nothing; takes a sequence, so that what lies before it is known to be durable. */
  BARRIER: 48,
  /** Ends what its time has come: orders good till a date, and those of accounts whose countdown has run out. */
  TICK: 49,
} as const;
export type CommandType = (typeof CommandType)[keyof typeof CommandType];

/** The header of every command, in words. */
export const enum CommandHeader {
  /** `type | words << 8`: the size includes the header. */
  TYPE_AND_SIZE = 0,
  ACCOUNT = 1,
  /** Double: µs since 1970, stamped when sequenced. */
  TIME_US = 2,
  /** Double: µs since 1970, 0 = none. Sequenced later than this, the command is refused. */
  DEADLINE_US = 4,
  WORDS = 6,
}

/**
 * NEW_ORDER. The words from MARKET on are the order itself, which CANCEL_REPLACE embeds at its NEW_ORDER. An order with
 * {@link TermsWords terms} has them behind it, and its record, or that of its CANCEL_REPLACE, is longer by them.
 */
export const enum NewOrder {
  MARKET = 6,
  /** `side | type << 8 | timeInForce << 16 | selfTradePrevention << 24` */
  KIND = 7,
  PRICE_TICKS = 8,
  STOP_TICKS = 9,
  LOTS = 10,
  RESERVED = 11,
  /** Double: quote units to spend or receive, when LOTS is 0. */
  QUOTE_AMOUNT = 12,
  ID_LENGTH = 14,
  ID = 15,
  WORDS = 24,
}

/** CANCEL_ORDER. Either id may be missing (0), not both; when both are there, both must fit. */
export const enum CancelOrder {
  MARKET = 6,
  RESTRICTION = 7,
  /** Double, 0 = by client order id. */
  ORDER_ID = 8,
  ID_LENGTH = 10,
  /** The id that the cancel itself goes by in reports; 0 = none. */
  CANCEL_ID_LENGTH = 11,
  ID = 12,
  CANCEL_ID = 21,
  WORDS = 30,
}

/** CANCEL_ALL: open orders of the account. */
export const enum CancelAll {
  /** −1 = every market. */
  MARKET = 6,
  /** −1 = both sides. */
  SIDE = 7,
  WORDS = 8,
}

/** CANCEL_REPLACE: a CANCEL_ORDER and the body of a NEW_ORDER on the same market. */
export const enum CancelReplace {
  MARKET = CancelOrder.MARKET,
  RESTRICTION = CancelOrder.RESTRICTION,
  ORDER_ID = CancelOrder.ORDER_ID,
  ID_LENGTH = CancelOrder.ID_LENGTH,
  CANCEL_ID_LENGTH = CancelOrder.CANCEL_ID_LENGTH,
  ID = CancelOrder.ID,
  CANCEL_ID = CancelOrder.CANCEL_ID,
  MODE = 30,
  RESERVED = 31,
  /** Where the new order's words from `NewOrder.MARKET` on stand. */
  NEW_ORDER = 32,
  WORDS = 32 + NewOrder.WORDS - NewOrder.MARKET,
}

/** MOVE_ORDER: a new price, and a new remaining quantity unless LOTS is 0; goes to the end of its new queue. */
export const enum MoveOrder {
  MARKET = 6,
  PRICE_TICKS = 7,
  ORDER_ID = 8,
  ID_LENGTH = 10,
  LOTS = 11,
  ID = 12,
  RESERVED = 21,
  WORDS = 22,
}

/** REDUCE_ORDER: takes quantity off and keeps the place in the queue. One of the two quantities is 0. */
export const enum ReduceOrder {
  MARKET = 6,
  /** Lots to take off; as much as remains or more cancels the order. */
  REDUCE_LOTS = 7,
  ORDER_ID = 8,
  ID_LENGTH = 10,
  /** The order's new quantity, executed part included: less than now, more than executed. */
  NEW_LOTS = 11,
  ID = 12,
  RESERVED = 21,
  WORDS = 22,
}

/** ORDER_LIST: two or three new orders on one market, bound to each other. */
export const enum OrderList {
  CONTINGENCY = 6,
  ID_LENGTH = 7,
  ID = 8,
  RESERVED = 17,
  /** Where the words of each order stand, from `NewOrder.MARKET` on and with its terms. OCO: above, below. */
  LEGS = 18,
  LEG_WORDS = NewOrder.WORDS - NewOrder.MARKET + TermsWords.WORDS,
  WORDS = LEGS + 3 * LEG_WORDS,
}

/** CANCEL_LIST: by id, by client id, or by both. */
export const enum CancelList {
  MARKET = 6,
  ID_LENGTH = 7,
  /** Double, 0 = by client id. */
  LIST_ID = 8,
  ID = 10,
  /** The id that the cancel itself goes by in reports; 0 = none. */
  CANCEL_ID_LENGTH = 19,
  CANCEL_ID = 20,
  RESERVED = 29,
  WORDS = 30,
}

/** SET_COUNTDOWN: the dead man's switch of the account. */
export const enum SetCountdown {
  /** Double: µs since 1970, at which all open orders of the account are canceled; 0 = never. */
  AT_US = 6,
  WORDS = 8,
}

export const enum ListAsset {
  ASSET = 6,
  DECIMALS = 7,
  NAME = 8,
  WORDS = 12,
}

export const enum ListMarket {
  MARKET = 6,
  BASE_ASSET = 7,
  QUOTE_ASSET = 8,
  /** Price of the first band checks and stop checks, until a trade. */
  REFERENCE_TICKS = 9,
  SYMBOL = 10,
  /** A tick is `mantissa × 10^-decimals` quote for one base; a lot is the same of base. */
  TICK_MANTISSA = 15,
  TICK_DECIMALS = 16,
  LOT_MANTISSA = 17,
  LOT_DECIMALS = 18,
  PRICE_TICKS_MIN = 19,
  PRICE_TICKS_MAX = 20,
  LOTS_MIN = 21,
  LOTS_MAX = 22,
  MARKET_LOTS_MAX = 23,
  /** Doubles, quote units. */
  NOTIONAL_MIN = 24,
  NOTIONAL_MAX = 26,
  MAKER_FEE_PPM = 28,
  TAKER_FEE_PPM = 29,
  OPEN_ORDERS_MAX = 30,
  STOP_ORDERS_MAX = 31,
  /** Multipliers of the reference price, in ppm: the lowest and highest price of a bid and of an ask; 0 = any. */
  BID_DOWN_PPM = 32,
  BID_UP_PPM = 33,
  ASK_DOWN_PPM = 34,
  ASK_UP_PPM = 35,
  WORDS = 36,
}

export const enum SetMarketStatus {
  MARKET = 6,
  STATUS = 7,
  WORDS = 8,
}
export const enum SetMarketFees {
  MARKET = 6,
  MAKER_FEE_PPM = 7,
  TAKER_FEE_PPM = 8,
  RESERVED = 9,
  WORDS = 10,
}
/** SET_MARKET_BANDS: how far prices may lie from a reference. */
export const enum SetMarketBands {
  MARKET = 6,
  /** 0 = the price of the last trade. */
  REFERENCE_TICKS = 7,
  /** Multipliers of the reference, as in LIST_MARKET. */
  BID_DOWN_PPM = 8,
  BID_UP_PPM = 9,
  ASK_DOWN_PPM = 10,
  ASK_UP_PPM = 11,
  WORDS = 12,
}
/** The new account's number stands in the header. */
export const enum OpenAccount {
  NAME_LENGTH = 6,
  NAME = 7,
  WORDS = 16,
}
export const enum SetAccountStatus {
  STATUS = 6,
  RESERVED = 7,
  WORDS = 8,
}
/** DEPOSIT and WITHDRAW. The reference makes a repeat harmless and says why. */
export const enum Payment {
  ASSET = 6,
  ID_LENGTH = 7,
  AMOUNT = 8,
  ID = 10,
  RESERVED = 19,
  WORDS = 20,
}

/** TRANSFER_OUT: takes free funds for another partition. */
export const enum TransferOut {
  TO = 6,
  ASSET = 7,
  /** Doubles: as much as is free up to the highest, or nothing when it is less than the lowest. */
  AMOUNT_MIN = 8,
  AMOUNT_MAX = 10,
  WORDS = 12,
}
/** TRANSFER_IN: credits what another partition has sent. */
export const enum TransferIn {
  FROM = 6,
  ASSET = 7,
  /** Doubles. */
  CHANNEL_SEQUENCE = 8,
  AMOUNT = 10,
  WORDS = 12,
}
/** TRANSFER_ACK: another partition has what was sent to it, up to a number. */
export const enum TransferAck {
  TO = 6,
  RESERVED = 7,
  /** Double. */
  CHANNEL_SEQUENCE = 8,
  WORDS = 10,
}

/** A new order as an object; see {@link NewOrder}. Absent quantities and prices are 0. */
export interface NewOrderFields {
  readonly market: number;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly selfTradePrevention: SelfTradePrevention;
  readonly priceTicks: number;
  readonly stopTicks: number;
  readonly lots: number;
  readonly quoteAmount: number;
  readonly clientOrderId: string;
  /** Of orders that have some. */
  readonly terms?: OrderTerms;
}

/** Which order: by id (0 = not given), by client order id ("" = not given), or both. */
export interface OrderReference {
  readonly market: number;
  readonly orderId: number;
  readonly clientOrderId: string;
}

export interface CancelFields extends OrderReference {
  readonly restriction: CancelRestriction;
  /** The id that the cancel itself goes by; "" = none. */
  readonly cancelId: string;
}

export interface MarketFields {
  readonly market: number;
  readonly symbol: string;
  readonly baseAsset: number;
  readonly quoteAsset: number;
  readonly referenceTicks: number;
  readonly tickMantissa: number;
  readonly tickDecimals: number;
  readonly lotMantissa: number;
  readonly lotDecimals: number;
  readonly priceTicksMin: number;
  readonly priceTicksMax: number;
  readonly lotsMin: number;
  readonly lotsMax: number;
  readonly marketLotsMax: number;
  readonly notionalMin: number;
  readonly notionalMax: number;
  readonly makerFeePpm: number;
  readonly takerFeePpm: number;
  readonly openOrdersMax: number;
  readonly stopOrdersMax: number;
  readonly bidDownPpm: number;
  readonly bidUpPpm: number;
  readonly askDownPpm: number;
  readonly askUpPpm: number;
}

/** How far prices of orders may lie from a reference: multipliers in ppm, 0 = any. */
export interface BandFields {
  readonly market: number;
  /** 0 = the price of the last trade. */
  readonly referenceTicks: number;
  readonly bidDownPpm: number;
  readonly bidUpPpm: number;
  readonly askDownPpm: number;
  readonly askUpPpm: number;
}

type Header = { readonly account: number; readonly deadlineUs?: number; readonly timeUs?: number };

/** A command as an object: for tests, tools and the plain reference; the core reads the words. */
export type Command = Header &
  (
    | { readonly kind: "NEW_ORDER"; readonly order: NewOrderFields }
    | ({ readonly kind: "CANCEL_ORDER" } & CancelFields)
    | { readonly kind: "CANCEL_ALL"; readonly market: number; readonly side: Side | -1 }
    | ({
        readonly kind: "CANCEL_REPLACE";
        readonly mode: CancelReplaceMode;
        readonly order: NewOrderFields;
      } & CancelFields)
    | ({ readonly kind: "MOVE_ORDER"; readonly priceTicks: number; readonly lots: number } & OrderReference)
    | ({
        readonly kind: "REDUCE_ORDER";
        readonly reduceLots: number;
        readonly newLots: number;
      } & OrderReference)
    | {
        readonly kind: "ORDER_LIST";
        readonly contingency: Contingency;
        readonly listClientOrderId: string;
        /** OCO: above, below. OTO: working, pending. OTOCO: working, above, below. */
        readonly legs: readonly NewOrderFields[];
      }
    | {
        readonly kind: "CANCEL_LIST";
        readonly market: number;
        /** 0 = by client id. */
        readonly listId: number;
        readonly listClientOrderId: string;
        readonly cancelId: string;
      }
    | { readonly kind: "SET_COUNTDOWN"; readonly atUs: number }
    | {
        readonly kind: "LIST_ASSET";
        readonly asset: number;
        readonly decimals: number;
        readonly name: string;
      }
    | ({ readonly kind: "LIST_MARKET" } & MarketFields)
    | { readonly kind: "SET_MARKET_STATUS"; readonly market: number; readonly status: MarketStatus }
    | {
        readonly kind: "SET_MARKET_FEES";
        readonly market: number;
        readonly makerFeePpm: number;
        readonly takerFeePpm: number;
      }
    | ({ readonly kind: "SET_MARKET_BANDS" } & BandFields)
    | { readonly kind: "OPEN_ACCOUNT"; readonly name: string }
    | { readonly kind: "SET_ACCOUNT_STATUS"; readonly status: AccountStatus }
    | {
        readonly kind: "DEPOSIT" | "WITHDRAW";
        readonly asset: number;
        readonly amount: number;
        readonly reference: string;
      }
    | {
        readonly kind: "TRANSFER_OUT";
        readonly toPartition: number;
        readonly asset: number;
        readonly amountMin: number;
        readonly amountMax: number;
      }
    | {
        readonly kind: "TRANSFER_IN";
        readonly fromPartition: number;
        readonly channelSequence: number;
        readonly asset: number;
        readonly amount: number;
      }
    | { readonly kind: "TRANSFER_ACK"; readonly toPartition: number; readonly channelSequence: number }
    | { readonly kind: "BARRIER" | "TICK" }
  );

/** Reserves a command's words, writes its header and returns where it starts. */
export function beginCommand(
  buffer: WordBuffer,
  type: CommandType,
  words: number,
  account: number,
  deadlineUs: number,
  timeUs: number,
): number {
  const at = buffer.reserve(words);
  buffer.i32.fill(0, at, at + words);
  buffer.i32[at] = type | (words << 8);
  buffer.i32[at + CommandHeader.ACCOUNT] = account;
  buffer.f64[(at + CommandHeader.TIME_US) >> 1] = timeUs;
  buffer.f64[(at + CommandHeader.DEADLINE_US) >> 1] = deadlineUs;
  return at;
}

function writeOrder(buffer: WordBuffer, at: number, order: NewOrderFields): void {
  const { i32, f64 } = buffer;
  i32[at + NewOrder.MARKET] = order.market;
  i32[at + NewOrder.KIND] =
    order.side | (order.type << 8) | (order.timeInForce << 16) | (order.selfTradePrevention << 24);
  i32[at + NewOrder.PRICE_TICKS] = order.priceTicks;
  i32[at + NewOrder.STOP_TICKS] = order.stopTicks;
  i32[at + NewOrder.LOTS] = order.lots;
  f64[(at + NewOrder.QUOTE_AMOUNT) >> 1] = order.quoteAmount;
  i32[at + NewOrder.ID_LENGTH] = writeText(buffer, at + NewOrder.ID, CLIENT_ID_WORDS, order.clientOrderId);
  if (order.terms !== undefined) writeTerms(buffer, at + NewOrder.WORDS, order.terms);
}

/** Where the words of an order of a list would begin, were it a NEW_ORDER. `at`: where the ORDER_LIST begins. */
export const legAt = (at: number, leg: number): number =>
  at + OrderList.LEGS + leg * OrderList.LEG_WORDS - NewOrder.MARKET;

function writeCancel(buffer: WordBuffer, at: number, fields: CancelFields): void {
  buffer.i32[at + CancelOrder.MARKET] = fields.market;
  buffer.i32[at + CancelOrder.RESTRICTION] = fields.restriction;
  buffer.f64[(at + CancelOrder.ORDER_ID) >> 1] = fields.orderId;
  buffer.i32[at + CancelOrder.ID_LENGTH] = writeText(
    buffer,
    at + CancelOrder.ID,
    CLIENT_ID_WORDS,
    fields.clientOrderId,
  );
  buffer.i32[at + CancelOrder.CANCEL_ID_LENGTH] = writeText(
    buffer,
    at + CancelOrder.CANCEL_ID,
    CLIENT_ID_WORDS,
    fields.cancelId,
  );
}

const WORDS_OF: Record<Command["kind"], number> = {
  NEW_ORDER: NewOrder.WORDS,
  CANCEL_ORDER: CancelOrder.WORDS,
  CANCEL_ALL: CancelAll.WORDS,
  CANCEL_REPLACE: CancelReplace.WORDS,
  MOVE_ORDER: MoveOrder.WORDS,
  REDUCE_ORDER: ReduceOrder.WORDS,
  ORDER_LIST: OrderList.WORDS,
  CANCEL_LIST: CancelList.WORDS,
  SET_COUNTDOWN: SetCountdown.WORDS,
  LIST_ASSET: ListAsset.WORDS,
  LIST_MARKET: ListMarket.WORDS,
  SET_MARKET_STATUS: SetMarketStatus.WORDS,
  SET_MARKET_FEES: SetMarketFees.WORDS,
  SET_MARKET_BANDS: SetMarketBands.WORDS,
  OPEN_ACCOUNT: OpenAccount.WORDS,
  SET_ACCOUNT_STATUS: SetAccountStatus.WORDS,
  DEPOSIT: Payment.WORDS,
  WITHDRAW: Payment.WORDS,
  TRANSFER_OUT: TransferOut.WORDS,
  TRANSFER_IN: TransferIn.WORDS,
  TRANSFER_ACK: TransferAck.WORDS,
  BARRIER: CommandHeader.WORDS,
  TICK: CommandHeader.WORDS,
};

/** The words that a command of a type takes, without terms; undefined for an unknown type. */
export const COMMAND_WORDS: ReadonlyMap<number, number> = new Map(
  Object.entries(WORDS_OF).map(([kind, words]) => [CommandType[kind as Command["kind"]], words]),
);

/** Whether the record of a command of a type may have so many words. */
export function isCommandSize(type: number, words: number): boolean {
  const plain = COMMAND_WORDS.get(type);
  if (plain === undefined) return false;
  const mayHaveTerms = type === CommandType.NEW_ORDER || type === CommandType.CANCEL_REPLACE;
  return words === plain || (mayHaveTerms && words === plain + TermsWords.WORDS);
}

function wordsOf(command: Command): number {
  const hasTerms = "order" in command && command.order.terms !== undefined;
  return WORDS_OF[command.kind] + (hasTerms ? TermsWords.WORDS : 0);
}

/** Appends a command to a buffer and returns where it starts. Fields must be in range; text is checked. */
export function encodeCommand(buffer: WordBuffer, command: Command): number {
  const at = beginCommand(
    buffer,
    CommandType[command.kind],
    wordsOf(command),
    command.account,
    command.deadlineUs ?? 0,
    command.timeUs ?? 0,
  );
  const { i32, f64 } = buffer;
  switch (command.kind) {
    case "NEW_ORDER":
      writeOrder(buffer, at, command.order);
      break;
    case "CANCEL_ORDER":
      writeCancel(buffer, at, command);
      break;
    case "CANCEL_REPLACE":
      writeCancel(buffer, at, command);
      i32[at + CancelReplace.MODE] = command.mode;
      writeOrder(buffer, at + CancelReplace.NEW_ORDER - NewOrder.MARKET, command.order);
      break;
    case "CANCEL_ALL":
      i32[at + CancelAll.MARKET] = command.market;
      i32[at + CancelAll.SIDE] = command.side;
      break;
    case "MOVE_ORDER":
      i32[at + MoveOrder.MARKET] = command.market;
      i32[at + MoveOrder.PRICE_TICKS] = command.priceTicks;
      f64[(at + MoveOrder.ORDER_ID) >> 1] = command.orderId;
      i32[at + MoveOrder.LOTS] = command.lots;
      i32[at + MoveOrder.ID_LENGTH] = writeText(
        buffer,
        at + MoveOrder.ID,
        CLIENT_ID_WORDS,
        command.clientOrderId,
      );
      break;
    case "REDUCE_ORDER":
      i32[at + ReduceOrder.MARKET] = command.market;
      i32[at + ReduceOrder.REDUCE_LOTS] = command.reduceLots;
      f64[(at + ReduceOrder.ORDER_ID) >> 1] = command.orderId;
      i32[at + ReduceOrder.NEW_LOTS] = command.newLots;
      i32[at + ReduceOrder.ID_LENGTH] = writeText(
        buffer,
        at + ReduceOrder.ID,
        CLIENT_ID_WORDS,
        command.clientOrderId,
      );
      break;
    case "ORDER_LIST":
      i32[at + OrderList.CONTINGENCY] = command.contingency;
      i32[at + OrderList.ID_LENGTH] = writeText(
        buffer,
        at + OrderList.ID,
        CLIENT_ID_WORDS,
        command.listClientOrderId,
      );
      if (command.legs.length > LIST_LEGS_MAX)
        throw new RangeError(`${command.legs.length} orders in a list`);
      command.legs.forEach((leg, i) => {
        writeOrder(buffer, legAt(at, i), leg);
      });
      break;
    case "CANCEL_LIST":
      i32[at + CancelList.MARKET] = command.market;
      f64[(at + CancelList.LIST_ID) >> 1] = command.listId;
      i32[at + CancelList.ID_LENGTH] = writeText(
        buffer,
        at + CancelList.ID,
        CLIENT_ID_WORDS,
        command.listClientOrderId,
      );
      i32[at + CancelList.CANCEL_ID_LENGTH] = writeText(
        buffer,
        at + CancelList.CANCEL_ID,
        CLIENT_ID_WORDS,
        command.cancelId,
      );
      break;
    case "SET_COUNTDOWN":
      f64[(at + SetCountdown.AT_US) >> 1] = command.atUs;
      break;
    case "LIST_ASSET":
      i32[at + ListAsset.ASSET] = command.asset;
      i32[at + ListAsset.DECIMALS] = command.decimals;
      writeText(buffer, at + ListAsset.NAME, 4, command.name);
      break;
    case "LIST_MARKET":
      writeMarket(buffer, at, command);
      break;
    case "SET_MARKET_STATUS":
      i32[at + SetMarketStatus.MARKET] = command.market;
      i32[at + SetMarketStatus.STATUS] = command.status;
      break;
    case "SET_MARKET_FEES":
      i32[at + SetMarketFees.MARKET] = command.market;
      i32[at + SetMarketFees.MAKER_FEE_PPM] = command.makerFeePpm;
      i32[at + SetMarketFees.TAKER_FEE_PPM] = command.takerFeePpm;
      break;
    case "SET_MARKET_BANDS":
      writeBands(buffer, at + SetMarketBands.MARKET, command);
      break;
    case "OPEN_ACCOUNT":
      i32[at + OpenAccount.NAME_LENGTH] = writeText(
        buffer,
        at + OpenAccount.NAME,
        CLIENT_ID_WORDS,
        command.name,
      );
      break;
    case "SET_ACCOUNT_STATUS":
      i32[at + SetAccountStatus.STATUS] = command.status;
      break;
    case "DEPOSIT":
    case "WITHDRAW":
      i32[at + Payment.ASSET] = command.asset;
      f64[(at + Payment.AMOUNT) >> 1] = command.amount;
      i32[at + Payment.ID_LENGTH] = writeText(buffer, at + Payment.ID, CLIENT_ID_WORDS, command.reference);
      break;
    case "TRANSFER_OUT":
      i32[at + TransferOut.TO] = command.toPartition;
      i32[at + TransferOut.ASSET] = command.asset;
      f64[(at + TransferOut.AMOUNT_MIN) >> 1] = command.amountMin;
      f64[(at + TransferOut.AMOUNT_MAX) >> 1] = command.amountMax;
      break;
    case "TRANSFER_IN":
      i32[at + TransferIn.FROM] = command.fromPartition;
      i32[at + TransferIn.ASSET] = command.asset;
      f64[(at + TransferIn.CHANNEL_SEQUENCE) >> 1] = command.channelSequence;
      f64[(at + TransferIn.AMOUNT) >> 1] = command.amount;
      break;
    case "TRANSFER_ACK":
      i32[at + TransferAck.TO] = command.toPartition;
      f64[(at + TransferAck.CHANNEL_SEQUENCE) >> 1] = command.channelSequence;
      break;
    case "BARRIER":
    case "TICK":
      break;
  }
  return at;
}

/** Writes the body of LIST_MARKET; MARKET_LISTED carries the same words. */
export function writeMarket(buffer: WordBuffer, at: number, fields: MarketFields): void {
  const { i32, f64 } = buffer;
  i32[at + ListMarket.MARKET] = fields.market;
  i32[at + ListMarket.BASE_ASSET] = fields.baseAsset;
  i32[at + ListMarket.QUOTE_ASSET] = fields.quoteAsset;
  i32[at + ListMarket.REFERENCE_TICKS] = fields.referenceTicks;
  writeText(buffer, at + ListMarket.SYMBOL, 5, fields.symbol);
  i32[at + ListMarket.TICK_MANTISSA] = fields.tickMantissa;
  i32[at + ListMarket.TICK_DECIMALS] = fields.tickDecimals;
  i32[at + ListMarket.LOT_MANTISSA] = fields.lotMantissa;
  i32[at + ListMarket.LOT_DECIMALS] = fields.lotDecimals;
  i32[at + ListMarket.PRICE_TICKS_MIN] = fields.priceTicksMin;
  i32[at + ListMarket.PRICE_TICKS_MAX] = fields.priceTicksMax;
  i32[at + ListMarket.LOTS_MIN] = fields.lotsMin;
  i32[at + ListMarket.LOTS_MAX] = fields.lotsMax;
  i32[at + ListMarket.MARKET_LOTS_MAX] = fields.marketLotsMax;
  f64[(at + ListMarket.NOTIONAL_MIN) >> 1] = fields.notionalMin;
  f64[(at + ListMarket.NOTIONAL_MAX) >> 1] = fields.notionalMax;
  i32[at + ListMarket.MAKER_FEE_PPM] = fields.makerFeePpm;
  i32[at + ListMarket.TAKER_FEE_PPM] = fields.takerFeePpm;
  i32[at + ListMarket.OPEN_ORDERS_MAX] = fields.openOrdersMax;
  i32[at + ListMarket.STOP_ORDERS_MAX] = fields.stopOrdersMax;
  i32[at + ListMarket.BID_DOWN_PPM] = fields.bidDownPpm;
  i32[at + ListMarket.BID_UP_PPM] = fields.bidUpPpm;
  i32[at + ListMarket.ASK_DOWN_PPM] = fields.askDownPpm;
  i32[at + ListMarket.ASK_UP_PPM] = fields.askUpPpm;
}

/** Writes bands, from the market on. */
export function writeBands(buffer: WordBuffer, at: number, fields: BandFields): void {
  const { market, referenceTicks, bidDownPpm, bidUpPpm, askDownPpm, askUpPpm } = fields;
  buffer.i32.set([market, referenceTicks, bidDownPpm, bidUpPpm, askDownPpm, askUpPpm], at);
}

/** Reads bands, from the market on. */
export function readBands(buffer: WordBuffer, at: number): BandFields {
  const [market, referenceTicks, bidDownPpm, bidUpPpm, askDownPpm, askUpPpm] = buffer.i32.subarray(
    at,
    at + 6,
  );
  return {
    market: market!,
    referenceTicks: referenceTicks!,
    bidDownPpm: bidDownPpm!,
    bidUpPpm: bidUpPpm!,
    askDownPpm: askDownPpm!,
    askUpPpm: askUpPpm!,
  };
}

/** Reads the body of LIST_MARKET. */
export function readMarket(buffer: WordBuffer, at: number): MarketFields {
  const word = (offset: number): number => buffer.i32[at + offset]!;
  const double = (offset: number): number => buffer.f64[(at + offset) >> 1]!;
  return {
    market: word(ListMarket.MARKET),
    symbol: readPaddedText(buffer, at + ListMarket.SYMBOL, 5),
    baseAsset: word(ListMarket.BASE_ASSET),
    quoteAsset: word(ListMarket.QUOTE_ASSET),
    referenceTicks: word(ListMarket.REFERENCE_TICKS),
    tickMantissa: word(ListMarket.TICK_MANTISSA),
    tickDecimals: word(ListMarket.TICK_DECIMALS),
    lotMantissa: word(ListMarket.LOT_MANTISSA),
    lotDecimals: word(ListMarket.LOT_DECIMALS),
    priceTicksMin: word(ListMarket.PRICE_TICKS_MIN),
    priceTicksMax: word(ListMarket.PRICE_TICKS_MAX),
    lotsMin: word(ListMarket.LOTS_MIN),
    lotsMax: word(ListMarket.LOTS_MAX),
    marketLotsMax: word(ListMarket.MARKET_LOTS_MAX),
    notionalMin: double(ListMarket.NOTIONAL_MIN),
    notionalMax: double(ListMarket.NOTIONAL_MAX),
    makerFeePpm: word(ListMarket.MAKER_FEE_PPM),
    takerFeePpm: word(ListMarket.TAKER_FEE_PPM),
    openOrdersMax: word(ListMarket.OPEN_ORDERS_MAX),
    stopOrdersMax: word(ListMarket.STOP_ORDERS_MAX),
    bidDownPpm: word(ListMarket.BID_DOWN_PPM),
    bidUpPpm: word(ListMarket.BID_UP_PPM),
    askDownPpm: word(ListMarket.ASK_DOWN_PPM),
    askUpPpm: word(ListMarket.ASK_UP_PPM),
  };
}

function readOrder(buffer: WordBuffer, at: number, hasTerms: boolean): NewOrderFields {
  const { i32, f64 } = buffer;
  const kind = i32[at + NewOrder.KIND]!;
  return {
    market: i32[at + NewOrder.MARKET]!,
    side: (kind & 0xff) as Side,
    type: ((kind >> 8) & 0xff) as OrderType,
    timeInForce: ((kind >> 16) & 0xff) as TimeInForce,
    selfTradePrevention: ((kind >> 24) & 0xff) as SelfTradePrevention,
    priceTicks: i32[at + NewOrder.PRICE_TICKS]!,
    stopTicks: i32[at + NewOrder.STOP_TICKS]!,
    lots: i32[at + NewOrder.LOTS]!,
    quoteAmount: f64[(at + NewOrder.QUOTE_AMOUNT) >> 1]!,
    clientOrderId: readText(buffer, at + NewOrder.ID, i32[at + NewOrder.ID_LENGTH]!),
    ...(hasTerms ? { terms: readTerms(buffer, at + NewOrder.WORDS) } : {}),
  };
}

/** The orders of an ORDER_LIST: three of an OTOCO, two of any other. */
function readLegs(buffer: WordBuffer, at: number): NewOrderFields[] {
  const legs = buffer.i32[at + OrderList.CONTINGENCY] === Contingency.OTOCO ? LIST_LEGS_MAX : 2;
  return Array.from({ length: legs }, (_, leg) => readOrder(buffer, legAt(at, leg), true));
}

/** Reads a command as an object. Throws on a type that is not known. */
export function decodeCommand(buffer: WordBuffer, at: number): Command {
  const { i32, f64 } = buffer;
  const type = (i32[at]! & 0xff) as CommandType;
  const words = i32[at]! >>> 8;
  const header = {
    account: i32[at + CommandHeader.ACCOUNT]!,
    timeUs: f64[(at + CommandHeader.TIME_US) >> 1]!,
    deadlineUs: f64[(at + CommandHeader.DEADLINE_US) >> 1]!,
  };
  // CANCEL_ORDER, CANCEL_REPLACE, MOVE_ORDER and REDUCE_ORDER name the order in the same words.
  const reference = (): OrderReference => ({
    market: i32[at + CancelOrder.MARKET]!,
    orderId: f64[(at + CancelOrder.ORDER_ID) >> 1]!,
    clientOrderId: readText(buffer, at + CancelOrder.ID, i32[at + CancelOrder.ID_LENGTH]!),
  });
  const cancel = (): CancelFields => ({
    ...reference(),
    restriction: i32[at + CancelOrder.RESTRICTION]! as CancelRestriction,
    cancelId: readText(buffer, at + CancelOrder.CANCEL_ID, i32[at + CancelOrder.CANCEL_ID_LENGTH]!),
  });
  switch (type) {
    case CommandType.NEW_ORDER:
      return { ...header, kind: "NEW_ORDER", order: readOrder(buffer, at, words > NewOrder.WORDS) };
    case CommandType.CANCEL_ORDER:
      return { ...header, kind: "CANCEL_ORDER", ...cancel() };
    case CommandType.CANCEL_REPLACE:
      return {
        ...header,
        kind: "CANCEL_REPLACE",
        ...cancel(),
        mode: i32[at + CancelReplace.MODE]! as CancelReplaceMode,
        order: readOrder(buffer, at + CancelReplace.NEW_ORDER - NewOrder.MARKET, words > CancelReplace.WORDS),
      };
    case CommandType.CANCEL_ALL:
      return {
        ...header,
        kind: "CANCEL_ALL",
        market: i32[at + CancelAll.MARKET]!,
        side: i32[at + CancelAll.SIDE]! as Side | -1,
      };
    case CommandType.MOVE_ORDER:
      return {
        ...header,
        kind: "MOVE_ORDER",
        ...reference(),
        priceTicks: i32[at + MoveOrder.PRICE_TICKS]!,
        lots: i32[at + MoveOrder.LOTS]!,
      };
    case CommandType.REDUCE_ORDER:
      return {
        ...header,
        kind: "REDUCE_ORDER",
        ...reference(),
        reduceLots: i32[at + ReduceOrder.REDUCE_LOTS]!,
        newLots: i32[at + ReduceOrder.NEW_LOTS]!,
      };
    case CommandType.ORDER_LIST:
      return {
        ...header,
        kind: "ORDER_LIST",
        contingency: i32[at + OrderList.CONTINGENCY]! as Contingency,
        listClientOrderId: readText(buffer, at + OrderList.ID, i32[at + OrderList.ID_LENGTH]!),
        legs: readLegs(buffer, at),
      };
    case CommandType.CANCEL_LIST:
      return {
        ...header,
        kind: "CANCEL_LIST",
        market: i32[at + CancelList.MARKET]!,
        listId: f64[(at + CancelList.LIST_ID) >> 1]!,
        listClientOrderId: readText(buffer, at + CancelList.ID, i32[at + CancelList.ID_LENGTH]!),
        cancelId: readText(buffer, at + CancelList.CANCEL_ID, i32[at + CancelList.CANCEL_ID_LENGTH]!),
      };
    case CommandType.SET_COUNTDOWN:
      return { ...header, kind: "SET_COUNTDOWN", atUs: f64[(at + SetCountdown.AT_US) >> 1]! };
    case CommandType.LIST_ASSET:
      return {
        ...header,
        kind: "LIST_ASSET",
        asset: i32[at + ListAsset.ASSET]!,
        decimals: i32[at + ListAsset.DECIMALS]!,
        name: readPaddedText(buffer, at + ListAsset.NAME, 4),
      };
    case CommandType.LIST_MARKET:
      return { ...header, kind: "LIST_MARKET", ...readMarket(buffer, at) };
    case CommandType.SET_MARKET_STATUS:
      return {
        ...header,
        kind: "SET_MARKET_STATUS",
        market: i32[at + SetMarketStatus.MARKET]!,
        status: i32[at + SetMarketStatus.STATUS]! as MarketStatus,
      };
    case CommandType.SET_MARKET_FEES:
      return {
        ...header,
        kind: "SET_MARKET_FEES",
        market: i32[at + SetMarketFees.MARKET]!,
        makerFeePpm: i32[at + SetMarketFees.MAKER_FEE_PPM]!,
        takerFeePpm: i32[at + SetMarketFees.TAKER_FEE_PPM]!,
      };
    case CommandType.SET_MARKET_BANDS:
      return { ...header, kind: "SET_MARKET_BANDS", ...readBands(buffer, at + SetMarketBands.MARKET) };
    case CommandType.OPEN_ACCOUNT:
      return {
        ...header,
        kind: "OPEN_ACCOUNT",
        name: readText(buffer, at + OpenAccount.NAME, i32[at + OpenAccount.NAME_LENGTH]!),
      };
    case CommandType.SET_ACCOUNT_STATUS:
      return {
        ...header,
        kind: "SET_ACCOUNT_STATUS",
        status: i32[at + SetAccountStatus.STATUS]! as AccountStatus,
      };
    case CommandType.DEPOSIT:
    case CommandType.WITHDRAW:
      return {
        ...header,
        kind: type === CommandType.DEPOSIT ? "DEPOSIT" : "WITHDRAW",
        asset: i32[at + Payment.ASSET]!,
        amount: f64[(at + Payment.AMOUNT) >> 1]!,
        reference: readText(buffer, at + Payment.ID, i32[at + Payment.ID_LENGTH]!),
      };
    case CommandType.TRANSFER_OUT:
      return {
        ...header,
        kind: "TRANSFER_OUT",
        toPartition: i32[at + TransferOut.TO]!,
        asset: i32[at + TransferOut.ASSET]!,
        amountMin: f64[(at + TransferOut.AMOUNT_MIN) >> 1]!,
        amountMax: f64[(at + TransferOut.AMOUNT_MAX) >> 1]!,
      };
    case CommandType.TRANSFER_IN:
      return {
        ...header,
        kind: "TRANSFER_IN",
        fromPartition: i32[at + TransferIn.FROM]!,
        asset: i32[at + TransferIn.ASSET]!,
        channelSequence: f64[(at + TransferIn.CHANNEL_SEQUENCE) >> 1]!,
        amount: f64[(at + TransferIn.AMOUNT) >> 1]!,
      };
    case CommandType.TRANSFER_ACK:
      return {
        ...header,
        kind: "TRANSFER_ACK",
        toPartition: i32[at + TransferAck.TO]!,
        channelSequence: f64[(at + TransferAck.CHANNEL_SEQUENCE) >> 1]!,
      };
    case CommandType.BARRIER:
      return { ...header, kind: "BARRIER" };
    case CommandType.TICK:
      return { ...header, kind: "TICK" };
    default:
      throw new RangeError(`no command of type ${type satisfies never}`);
  }
}

import {
  decodeEvent,
  type Event,
  EventHeader,
  EventType,
  eventWords,
  LevelEvent,
  OrderBlock,
  OrderFilled,
  type OrderListState,
  PaymentEvent,
  type PreventedMatch,
  ResultEvent,
  readOrderList,
  readPreventedMatches,
  readText,
  Side,
  type WordBuffer,
} from "@buttonwood/protocol";

/** Both sides of a trade, as its two ORDER_FILLED events tell them. */
export interface Fill {
  readonly market: number;
  readonly tradeId: number;
  readonly priceTicks: number;
  readonly lots: number;
  /** Quote units that changed hands. */
  readonly quote: number;
  readonly timeUs: number;
  readonly buyOrderId: number;
  readonly sellOrderId: number;
  readonly buyerIsMaker: boolean;
  readonly buyAccount: number;
  readonly sellAccount: number;
  readonly buyFee: number;
  readonly buyFeeAsset: number;
  readonly sellFee: number;
  readonly sellFeeAsset: number;
}

/** A deposit or a withdrawal that was done. */
export interface Payment {
  readonly account: number;
  readonly asset: number;
  /** In the asset's smallest unit; less than 0: it was withdrawn. */
  readonly units: number;
  readonly reference: string;
}

/** What reads events: the query tables and the market data. */
export interface EventSink {
  /** A command's group begins. */
  group(sequence: number, timeUs: number, commandType: number): void;
  /** An order as it now is: its event stands at `at`. `tradeId` is 0 unless the event is a fill. */
  order(buffer: WordBuffer, at: number, tradeId: number): void;
  trade(fill: Fill): void;
  /** An order list as it now is. */
  orderList(list: OrderListState, timeUs: number): void;
  /** Two orders of one account met and did not trade. */
  prevented(match: PreventedMatch): void;
  payment(payment: Payment): void;
  level(market: number, side: number, priceTicks: number, lots: number, updateId: number): void;
  /** ASSET_LISTED or MARKET_LISTED. */
  listed(event: Event & { kind: "ASSET_LISTED" | "MARKET_LISTED" }): void;
  /** Quote units of one lot at one tick. */
  tickLotUnits(market: number): number;
}

/** Reads events in place and hands them on: objects are made for trades and listings only. */
export class EventScan {
  readonly #sink: EventSink;
  #makerAt = -1;

  constructor(sink: EventSink) {
    this.#sink = sink;
  }

  /** The size of the group at a word, in words. */
  skip(buffer: WordBuffer, start: number): number {
    return buffer.i32[start + ResultEvent.GROUP_WORDS]!;
  }

  /** Reads one command's group and returns where the next begins. */
  group(buffer: WordBuffer, start: number): number {
    const { i32, f64 } = buffer;
    const sink = this.#sink;
    if ((i32[start]! & 0xff) !== EventType.RESULT) {
      throw new Error(`the group at word ${start} begins with event type ${i32[start]! & 0xff}, not RESULT`);
    }
    const end = start + i32[start + ResultEvent.GROUP_WORDS]!;
    const timeUs = f64[(start + ResultEvent.TIME_US) >> 1]!;
    const commandType = i32[start + ResultEvent.REASON]! >>> 16;
    sink.group(f64[(start + ResultEvent.SEQUENCE) >> 1]!, timeUs, commandType);
    let prevents = false;
    for (let at = start + eventWords(buffer, start); at < end; at += i32[at]! >>> 8) {
      const type = (i32[at]! & 0xff) as EventType;
      switch (type) {
        case EventType.ORDER_ACCEPTED:
        case EventType.ORDER_TRIGGERED:
        case EventType.ORDER_RELEASED:
        case EventType.ORDER_CANCELED:
        case EventType.ORDER_EXPIRED:
        case EventType.ORDER_AMENDED:
          sink.order(buffer, at, 0);
          break;
        case EventType.ORDER_PREVENTED:
          sink.order(buffer, at, 0);
          prevents = true;
          break;
        case EventType.ORDER_FILLED:
          sink.order(buffer, at, f64[(at + OrderFilled.TRADE_ID) >> 1]!);
          if (i32[at + OrderFilled.IS_MAKER] === 1) this.#makerAt = at;
          else sink.trade(this.#fill(buffer, this.#makerAt, at, timeUs));
          break;
        case EventType.LEVEL:
          sink.level(
            i32[at + EventHeader.ACCOUNT]!,
            i32[at + LevelEvent.SIDE]!,
            i32[at + LevelEvent.PRICE_TICKS]!,
            f64[(at + LevelEvent.LOTS) >> 1]!,
            f64[(at + LevelEvent.UPDATE_ID) >> 1]!,
          );
          break;
        case EventType.ASSET_LISTED:
        case EventType.MARKET_LISTED: {
          const event = decodeEvent(buffer, at);
          if (event.kind === "ASSET_LISTED" || event.kind === "MARKET_LISTED") sink.listed(event);
          break;
        }
        case EventType.RESULT:
          throw new Error(`a second RESULT stands inside the group at word ${start}`);
        case EventType.ORDER_LIST:
          sink.orderList(readOrderList(buffer, at), timeUs);
          break;
        case EventType.DEPOSITED:
        case EventType.WITHDRAWN: {
          const amount = f64[(at + PaymentEvent.AMOUNT) >> 1]!;
          sink.payment({
            account: i32[at + EventHeader.ACCOUNT]!,
            asset: i32[at + PaymentEvent.ASSET]!,
            units: type === EventType.DEPOSITED ? amount : -amount,
            reference: readText(buffer, at + PaymentEvent.ID, i32[at + PaymentEvent.ID_LENGTH]!),
          });
          break;
        }
        case EventType.BALANCE:
        case EventType.COUNTDOWN_SET:
        case EventType.MARKET_STATUS_SET:
        case EventType.MARKET_FEES_SET:
        case EventType.MARKET_BANDS_SET:
        case EventType.ACCOUNT_OPENED:
        case EventType.ACCOUNT_STATUS_SET:
        case EventType.TRANSFER_SENT:
        case EventType.TRANSFER_RECEIVED:
          break;
      }
    }
    if (prevents) {
      for (const match of new Set(readPreventedMatches(buffer, start).values())) sink.prevented(match);
    }
    return end;
  }

  #fill(buffer: WordBuffer, makerAt: number, takerAt: number, timeUs: number): Fill {
    const { i32, f64 } = buffer;
    const tradeId = f64[(takerAt + OrderFilled.TRADE_ID) >> 1]!;
    if (makerAt < 0 || f64[(makerAt + OrderFilled.TRADE_ID) >> 1] !== tradeId) {
      throw new Error(`trade ${tradeId}: the taker's fill does not follow the maker's`);
    }
    this.#makerAt = -1;
    const buyerIsMaker = (i32[makerAt + OrderBlock.KIND]! & 0xff) === Side.BUY;
    const buyAt = buyerIsMaker ? makerAt : takerAt;
    const sellAt = buyerIsMaker ? takerAt : makerAt;
    const market = i32[takerAt + OrderBlock.MARKET]!;
    const priceTicks = i32[takerAt + OrderFilled.PRICE_TICKS]!;
    const lots = i32[takerAt + OrderFilled.LOTS]!;
    return {
      market,
      tradeId,
      priceTicks,
      lots,
      quote: priceTicks * lots * this.#sink.tickLotUnits(market),
      timeUs,
      buyOrderId: f64[(buyAt + OrderBlock.ORDER_ID) >> 1]!,
      sellOrderId: f64[(sellAt + OrderBlock.ORDER_ID) >> 1]!,
      buyerIsMaker,
      buyAccount: i32[buyAt + EventHeader.ACCOUNT]!,
      sellAccount: i32[sellAt + EventHeader.ACCOUNT]!,
      buyFee: f64[(buyAt + OrderFilled.FEE) >> 1]!,
      buyFeeAsset: i32[buyAt + OrderFilled.FEE_ASSET]!,
      sellFee: f64[(sellAt + OrderFilled.FEE) >> 1]!,
      sellFeeAsset: i32[sellAt + OrderFilled.FEE_ASSET]!,
    };
  }
}

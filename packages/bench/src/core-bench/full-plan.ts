import {
  beginCommand,
  CancelOrder,
  CLIENT_ID_WORDS,
  type Command,
  CommandType,
  encodeCommand,
  LOTS_MAX,
  MoveOrder,
  NewOrder,
  NOTIONAL_MAX,
  ORDERS_PER_COMMAND,
  OrderType,
  PRICE_TICKS_MAX,
  ReduceOrder,
  TimeInForce,
  WordBuffer,
  writeText,
} from "@buttonwood/protocol";
import { ACCOUNT, type Flow, FlowOp, HEAD, ORDER_ID, PRICE, QUANTITY, RECORD_WORDS } from "../flow/ofl.js";

/** What each account gets of every asset: enough for any flow, and in sum below the highest supply. */
const DEPOSIT_TOTAL = 4e15;
const START_US = 1_700_000_000_000_000;
// Fees as a real venue's, so that both sides of every trade pay.
const MAKER_FEE_PPM = 1000;
const TAKER_FEE_PPM = 2000;

/** A flow as the commands a gateway would send: a setup, then one command for each record. */
export interface FullPlan {
  readonly flow: Flow;
  readonly setup: WordBuffer;
  readonly setupCommands: number;
  /** Orders among the records. */
  readonly orders: number;
  readonly commands: WordBuffer;
  /** Where the command of each record starts. */
  readonly starts: Uint32Array;
}

/**
 * Encodes a flow. Every symbol becomes a market with a base asset of its own and one quote asset for all; every
 * account gets money enough. Client order ids are "f" and the flow's order id. An order's id in the core
 * follows from its command's sequence, so that cancels and the like can name it beforehand.
 */
export function planFull(flow: Flow): FullPlan {
  const setup = new WordBuffer();
  let setupCommands = 0;
  for (const command of setupOf(flow)) {
    encodeCommand(setup, command);
    setupCommands++;
  }
  const { records } = flow;
  let orders = 0;
  const count = records.length / RECORD_WORDS;
  const commands = new WordBuffer(count * CancelOrder.WORDS);
  const starts = new Uint32Array(count);
  const orderIds = new Float64Array(flow.orderIdMax + 1);
  const owners = new Int32Array(flow.orderIdMax + 1);
  for (let i = 0; i < count; i++) {
    const at = i * RECORD_WORDS;
    const op = records[at + HEAD]! & 0xff;
    const id = records[at + ORDER_ID]! >>> 0;
    if (op <= FlowOp.ioc) {
      orderIds[id] = (setupCommands + i + 1) * ORDERS_PER_COMMAND;
      owners[id] = records[at + ACCOUNT]!;
      orders++;
    }
    const timeUs = START_US + i;
    starts[i] = encodeRecord(commands, flow, at, op, id, orderIds[id]!, owners[id]!, timeUs);
  }
  return { flow, setup, setupCommands, orders, commands, starts };
}

function* setupOf(flow: Flow): Generator<Command> {
  const quoteAsset = flow.symbols;
  const timeUs = START_US;
  for (let asset = 0; asset <= quoteAsset; asset++) {
    yield { kind: "LIST_ASSET", account: 0, timeUs, asset, decimals: 6, name: `A${asset}` };
  }
  for (let market = 0; market < flow.symbols; market++) {
    yield {
      kind: "LIST_MARKET",
      account: 0,
      timeUs,
      market,
      symbol: `M${market}`,
      baseAsset: market,
      quoteAsset,
      referenceTicks: Math.max(1, flow.priceMin),
      // A lot is 1 base, a million units; a lot at one tick is 1,000 units of quote.
      tickMantissa: 1,
      tickDecimals: 3,
      lotMantissa: 1,
      lotDecimals: 0,
      priceTicksMin: 1,
      priceTicksMax: PRICE_TICKS_MAX,
      lotsMin: 1,
      lotsMax: LOTS_MAX,
      marketLotsMax: LOTS_MAX,
      notionalMin: 0,
      notionalMax: NOTIONAL_MAX,
      makerFeePpm: MAKER_FEE_PPM,
      takerFeePpm: TAKER_FEE_PPM,
      openOrdersMax: LOTS_MAX,
      stopOrdersMax: 0,
      bidDownPpm: 0,
      bidUpPpm: 0,
      askDownPpm: 0,
      askUpPpm: 0,
    };
  }
  for (let account = 1; account <= flow.accounts; account++) {
    yield { kind: "OPEN_ACCOUNT", account, timeUs, name: `trader ${account}` };
    for (let asset = 0; asset <= quoteAsset; asset++) {
      const amount = Math.floor(DEPOSIT_TOTAL / flow.accounts);
      yield { kind: "DEPOSIT", account, timeUs, asset, amount, reference: `d${asset}` };
    }
  }
}

function encodeRecord(
  buffer: WordBuffer,
  flow: Flow,
  record: number,
  op: number,
  id: number,
  orderId: number,
  account: number,
  timeUs: number,
): number {
  const { records } = flow;
  const head = records[record + HEAD]!;
  const market = head >>> 16;
  const price = records[record + PRICE]!;
  const quantity = records[record + QUANTITY]!;
  if (op <= FlowOp.ioc) {
    const at = beginCommand(buffer, CommandType.NEW_ORDER, NewOrder.WORDS, account, 0, timeUs);
    const timeInForce = op === FlowOp.limit ? TimeInForce.GTC : TimeInForce.IOC;
    const w = buffer.i32;
    w[at + NewOrder.MARKET] = market;
    w[at + NewOrder.KIND] = ((head >>> 8) & 1) | (OrderType.LIMIT << 8) | (timeInForce << 16);
    w[at + NewOrder.PRICE_TICKS] = price;
    w[at + NewOrder.LOTS] = quantity;
    w[at + NewOrder.ID_LENGTH] = writeText(buffer, at + NewOrder.ID, CLIENT_ID_WORDS, `f${id}`);
    return at;
  }
  // The three commands name their order in the same words.
  const [type, words] =
    op === FlowOp.cancel
      ? [CommandType.CANCEL_ORDER, CancelOrder.WORDS]
      : op === FlowOp.move
        ? [CommandType.MOVE_ORDER, MoveOrder.WORDS]
        : [CommandType.REDUCE_ORDER, ReduceOrder.WORDS];
  const at = beginCommand(buffer, type, words, account, 0, timeUs);
  const w = buffer.i32;
  w[at + CancelOrder.MARKET] = market;
  buffer.f64[(at + CancelOrder.ORDER_ID) >> 1] = orderId;
  if (op === FlowOp.move) {
    w[at + MoveOrder.PRICE_TICKS] = price;
    w[at + MoveOrder.LOTS] = flow.moveSetsQuantity ? quantity : 0;
  } else if (op === FlowOp.reduce) {
    w[at + ReduceOrder.REDUCE_LOTS] = quantity;
  }
  return at;
}

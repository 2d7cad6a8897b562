import { parseDecimal } from "@buttonwood/protocol";
import { HASH_PRIME, HASH_START, hashText, type Outcome } from "../core-bench/result.js";
import type { ApiConnection } from "./api-connection.js";
import { PRICE_DECIMALS, type Stage } from "./stage.js";

const PAGE = 1000;
const DEPTH_LIMIT = 5000;
/** Market data follows the engine; a book that has not caught up after this is wrong. */
const SETTLE_MS = 10_000;

interface ApiTrade {
  readonly id: number;
  readonly orderId: number;
  readonly price: string;
  readonly qty: string;
  readonly isMaker: boolean;
}

interface Trade {
  readonly tradeId: number;
  maker: number;
  taker: number;
  readonly price: number;
  readonly lots: number;
}

/** What the public depth shows. */
export interface DepthOutcome {
  readonly levels: number;
  readonly restingQty: number;
  readonly bookChecksum: number;
}

/** What a replay ended with, read back through the API. */
export interface ReadBack extends Outcome {
  readonly depth: DepthOutcome;
}

/** Reads all trades, open orders and the depth of a stage, and sums them up as the flow format does. */
export async function readBack(
  connection: ApiConnection,
  stage: Stage,
  flowIds: ReadonlyMap<number, number>,
  onProgress: (trades: number) => void,
): Promise<ReadBack> {
  const trades: Trade[] = [];
  for (const symbol of stage.symbols) {
    await readTrades(connection, stage, symbol, trades, () => onProgress(trades.length));
  }
  // Order ids rise with the commands, so takers come in the order of the flow, whichever the market.
  trades.sort((a, b) => a.taker - b.taker || a.tradeId - b.tradeId);
  let hash = HASH_START;
  let volume = 0;
  let notional = 0;
  const flowId = (orderId: number): number => {
    const id = flowIds.get(orderId);
    if (id === undefined) throw new Error(`a trade names order ${orderId}, which this replay did not place`);
    return id;
  };
  for (const trade of trades) {
    for (const word of [flowId(trade.maker), flowId(trade.taker), trade.price, trade.lots]) {
      hash = Math.imul(hash ^ word, HASH_PRIME);
    }
    volume += trade.lots;
    notional += trade.lots * trade.price;
  }
  const book = await readOpenOrders(connection, stage);
  let depth = await readDepth(connection, stage);
  const deadlineMs = Date.now() + SETTLE_MS;
  while (!agree(depth, book) && Date.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    depth = await readDepth(connection, stage);
  }
  return { trades: trades.length, volume, notional, tradeHash: hashText(hash), ...book, depth };
}

/** Whether the public depth shows the same book as the open orders make up. */
export function agree(depth: DepthOutcome, book: DepthOutcome): boolean {
  return (
    depth.levels === book.levels &&
    depth.restingQty === book.restingQty &&
    depth.bookChecksum === book.bookChecksum
  );
}

/** Both accounts' sides of every trade on a symbol, joined by trade id. */
async function readTrades(
  connection: ApiConnection,
  stage: Stage,
  symbol: string,
  into: Trade[],
  onPage: () => void,
): Promise<void> {
  const byId = new Map<number, Trade>();
  for (const key of stage.keys) {
    for (let fromId = 0; ; ) {
      const page = await ask<ApiTrade[]>(() =>
        connection.signed("GET", "/api/v3/myTrades", `symbol=${symbol}&fromId=${fromId}&limit=${PAGE}`, key),
      );
      for (const { id, orderId, price, qty, isMaker } of page) {
        let trade = byId.get(id);
        if (trade === undefined) {
          trade = { tradeId: id, maker: 0, taker: 0, price: ticks(price), lots: whole(qty) };
          byId.set(id, trade);
          into.push(trade);
        }
        if (isMaker) trade.maker = orderId;
        else trade.taker = orderId;
      }
      onPage();
      if (page.length < PAGE) break;
      fromId = page.at(-1)!.id + 1;
    }
  }
}

async function readOpenOrders(
  connection: ApiConnection,
  stage: Stage,
): Promise<DepthOutcome & { restingOrders: number }> {
  const levels = new Set<string>();
  let restingOrders = 0;
  let restingQty = 0;
  let bookChecksum = 0;
  for (const [side, key] of stage.keys.entries()) {
    for (const symbol of stage.symbols) {
      const orders = await ask<{ price: string; origQty: string; executedQty: string }[]>(() =>
        connection.signed("GET", "/api/v3/openOrders", `symbol=${symbol}`, key),
      );
      for (const order of orders) {
        const lots = whole(order.origQty) - whole(order.executedQty);
        const price = ticks(order.price);
        restingOrders++;
        restingQty += lots;
        bookChecksum += price * lots;
        levels.add(`${symbol} ${side} ${price}`);
      }
    }
  }
  return { restingOrders, restingQty, levels: levels.size, bookChecksum };
}

async function readDepth(connection: ApiConnection, stage: Stage): Promise<DepthOutcome> {
  let levels = 0;
  let restingQty = 0;
  let bookChecksum = 0;
  for (const symbol of stage.symbols) {
    const depth = await ask<{ bids: [string, string][]; asks: [string, string][] }>(() =>
      connection.open("GET", `/api/v3/depth?symbol=${symbol}&limit=${DEPTH_LIMIT}`),
    );
    for (const [price, quantity] of [...depth.bids, ...depth.asks]) {
      levels++;
      restingQty += whole(quantity);
      bookChecksum += ticks(price) * whole(quantity);
    }
  }
  return { levels, restingQty, bookChecksum };
}

/** Asks until the exchange no longer says that it is asked too often; other refusals are errors. */
async function ask<T>(
  request: () => Promise<{ readonly status: number; readonly body: unknown }>,
): Promise<T> {
  for (;;) {
    const { status, body } = await request();
    if (status === 200) return body as T;
    if (status !== 429) throw new Error(`a read was answered ${status} ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

function ticks(text: string): number {
  return exact(text, PRICE_DECIMALS);
}

function whole(text: string): number {
  return exact(text, 0);
}

function exact(text: string, decimals: number): number {
  const value = parseDecimal(text, decimals);
  if (typeof value !== "number") throw new Error(`the exchange answered the amount ${text}: ${value}`);
  return value;
}

import type { CandleInterval, CandleRecord, HistoryClient } from "../transport/history-port.js";
import { baseLengthS, type Candle, candleOpenAfterUs, candleOpenUs, flatCandle } from "./candle.js";
import type { TableQuery, Tables } from "./tables.js";

const US_PER_SECOND = 1_000_000;

interface BaseRow {
  open_s: number;
  open_ticks: number;
  high_ticks: number;
  low_ticks: number;
  close_ticks: number;
  lots: number;
  quote: number;
  trades: number;
  taker_buy_lots: number;
  taker_buy_quote: number;
  first_trade_id: number;
  last_trade_id: number;
}

/** Sums candles of any interval up from the kept ones. */
export class CandleReader {
  readonly #firstOpen: TableQuery<{ open_s: number }>;
  readonly #closeBefore: TableQuery<{ close_ticks: number }>;
  readonly #sums: TableQuery<BaseRow>;
  readonly #monthSums: TableQuery<BaseRow>;

  constructor(tables: Tables) {
    this.#firstOpen = tables.query(
      "select open_s from candle where market = ?1 and length_s = 1 order by open_s limit 1",
    );
    this.#closeBefore = tables.query(
      `select close_ticks from candle where market = ?1 and length_s = ?2 and open_s < ?3
        order by open_s desc limit 1`,
    );
    // Trade ids rise with time: the first and last id of a group lead to the candles that hold its first and
    // last price. A sum beyond 64 bits would be an error, so large ones are added as floats, and saturate below.
    const sum = (column: string): string => `sum(cast(${column} as double precision)) as ${column}`;
    const sums = (group: string): string => `
      with sums as (
        select market, length_s, ${group} as bucket, min(open_s) as open_s, max(open_s) as last_s,
          max(high_ticks) as high_ticks, min(low_ticks) as low_ticks,
          ${sum("lots")}, ${sum("quote")}, ${sum("trades")}, ${sum("taker_buy_lots")}, ${sum("taker_buy_quote")},
          min(first_trade_id) as first_trade_id, max(last_trade_id) as last_trade_id
        from candle where market = ?1 and length_s = ?2 and open_s >= ?3 and open_s < ?4
        group by market, length_s, bucket)
      select s.*, a.open_ticks, b.close_ticks from sums s
        join candle a on a.market = s.market and a.length_s = s.length_s and a.open_s = s.open_s
        join candle b on b.market = s.market and b.length_s = s.length_s and b.open_s = s.last_s
        order by s.open_s`;
    this.#sums = tables.query(sums("(open_s - cast(?5 as bigint)) / cast(?6 as bigint)"));
    this.#monthSums = tables.query(sums(tables.monthOf("open_s + cast(?5 as bigint) * 60")));
  }

  /** See {@link HistoryClient.candles}: none lies before the first trade or after `nowUs`. */
  async candles(
    query: Parameters<HistoryClient["candles"]>[0],
    nowUs: number,
  ): Promise<readonly CandleRecord[]> {
    const { market, interval, startUs, endUs, limit, timeZoneMinutes: zone } = query;
    const [first] = await this.#firstOpen(market);
    if (first === undefined || limit < 1) return [];
    const firstUs = candleOpenUs(interval, first.open_s * US_PER_SECOND, zone);
    const lastUs = candleOpenUs(interval, Math.min(endUs ?? nowUs, nowUs), zone);
    let openUs: number;
    let closeUs: number;
    if (startUs === undefined) {
      openUs = candleOpenAfterUs(interval, lastUs, 1 - limit, zone);
      closeUs = lastUs;
    } else {
      openUs = candleOpenUs(interval, startUs, zone);
      if (openUs < startUs) openUs = candleOpenAfterUs(interval, openUs, 1, zone);
      openUs = Math.max(openUs, firstUs);
      closeUs = Math.min(lastUs, candleOpenAfterUs(interval, openUs, limit - 1, zone));
    }
    return this.#range(market, interval, Math.max(openUs, firstUs), closeUs, zone);
  }

  /** The candle that holds a time, as it is; undefined before the first trade. */
  async at(market: number, interval: CandleInterval, timeUs: number): Promise<Candle | undefined> {
    const openUs = candleOpenUs(interval, timeUs, 0);
    const [candle] = await this.#range(market, interval, openUs, openUs, 0);
    return candle;
  }

  /** Candles from the one that opens at `firstUs` to the one that opens at `lastUs`. */
  async #range(
    market: number,
    interval: CandleInterval,
    firstUs: number,
    lastUs: number,
    zone: number,
  ): Promise<Candle[]> {
    if (lastUs < firstUs) return [];
    const base = baseLengthS(interval, zone);
    const endUs = candleOpenAfterUs(interval, lastUs, 1, zone);
    const firstS = firstUs / US_PER_SECOND;
    const endS = endUs / US_PER_SECOND;
    const lengthS = (candleOpenAfterUs(interval, firstUs, 1, zone) - firstUs) / US_PER_SECOND;
    const rows =
      interval === "1M"
        ? await this.#monthSums(market, base, firstS, endS, zone)
        : await this.#sums(market, base, firstS, endS, firstS, lengthS);
    const [before] = await this.#closeBefore(market, base, firstS);
    const candles: Candle[] = [];
    let close = before?.close_ticks;
    let openUs = firstUs;
    for (const row of rows) {
      const rowOpenUs = candleOpenUs(interval, row.open_s * US_PER_SECOND, zone);
      for (; openUs < rowOpenUs; openUs = candleOpenAfterUs(interval, openUs, 1, zone)) {
        this.#addFlat(candles, interval, openUs, close, zone);
      }
      openUs = candleOpenAfterUs(interval, rowOpenUs, 1, zone);
      close = row.close_ticks;
      candles.push({
        openUs: rowOpenUs,
        closeUs: openUs - 1,
        openTicks: row.open_ticks,
        highTicks: row.high_ticks,
        lowTicks: row.low_ticks,
        closeTicks: row.close_ticks,
        lots: saturated(row.lots),
        quote: saturated(row.quote),
        trades: row.trades,
        takerBuyLots: saturated(row.taker_buy_lots),
        takerBuyQuote: saturated(row.taker_buy_quote),
        firstTradeId: row.first_trade_id,
        lastTradeId: row.last_trade_id,
      });
    }
    for (; openUs <= lastUs; openUs = candleOpenAfterUs(interval, openUs, 1, zone)) {
      this.#addFlat(candles, interval, openUs, close, zone);
    }
    return candles;
  }

  #addFlat(
    candles: Candle[],
    interval: CandleInterval,
    openUs: number,
    close: number | undefined,
    zone: number,
  ): void {
    if (close === undefined) return;
    candles.push(flatCandle(openUs, candleOpenAfterUs(interval, openUs, 1, zone) - 1, close));
  }
}

const saturated = (sum: number): number => Math.min(sum, Number.MAX_SAFE_INTEGER);
